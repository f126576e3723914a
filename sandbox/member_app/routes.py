"""`/cgi-bin`: the addresses of an app's interfaces. Always HTTP 200; `errcode` tells."""

from typing import Annotated, TypeAlias
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Response, UploadFile
from fastapi.responses import JSONResponse

from sandbox.interface_gate import InterfaceGate, Token, add_posts
from sandbox.member_app.accounts import AppAccounts
from sandbox.member_app.interfaces import AppInterfaces
from sandbox.tenant import Tenant
from sandbox.wire import OK, Json, PlatformError
from sandbox.world import MemberApp

_Gate: TypeAlias = InterfaceGate[MemberApp]


def build_router(tenant: Tenant, accounts: AppAccounts, interfaces: AppInterfaces) -> APIRouter:
    """The routes of all apps of one tenant."""
    router = APIRouter(prefix="/cgi-bin")
    gate = InterfaceGate(tenant, accounts.open_token)
    _add_account_routes(router, gate, accounts, interfaces)
    _add_media_routes(router, gate, interfaces)
    add_posts(router, "", gate, interfaces.by_path)
    return router


def _add_account_routes(
    router: APIRouter, gate: _Gate, accounts: AppAccounts, interfaces: AppInterfaces
) -> None:
    @router.get("/gettoken")
    async def get_token(corpid: str = "", corpsecret: str = "") -> Json:
        def answer() -> Json:
            value, seconds = accounts.fetch_token(corpid, corpsecret)
            return OK | {"access_token": value, "expires_in": seconds}

        return gate.run("gettoken", answer)

    @router.get("/get_api_domain_ip")
    async def get_addresses(token: Token = "") -> Json:
        return gate.call("get_api_domain_ip", token, lambda _app: OK | {"ip_list": ["127.0.0.1"]})

    @router.get("/appchat/get")
    async def get_group(token: Token = "", chatid: str = "") -> Json:
        return gate.call("appchat/get", token, lambda app: interfaces.read_group(app, chatid))

    @router.get("/auth/getuserinfo")
    async def get_login(token: Token = "", code: str = "") -> Json:
        return gate.call("auth/getuserinfo", token, lambda app: interfaces.read_login(app, code))


def _add_media_routes(router: APIRouter, gate: _Gate, interfaces: AppInterfaces) -> None:
    @router.post("/media/upload")
    async def upload(
        token: Token = "",
        kind: Annotated[str, Query(alias="type")] = "",
        media: UploadFile | None = None,
    ) -> Json:
        data = await media.read() if media is not None else None
        name = media.filename if media is not None else None
        return gate.call(
            "media/upload", token, lambda app: interfaces.upload(app, kind, name=name, data=data)
        )

    @router.get("/media/get")
    async def download(
        token: Token = "", media_id: str = "", wanted: Annotated[str, Header(alias="range")] = ""
    ) -> Response:
        try:
            blob = interfaces.download(gate.open("media/get", token), media_id)
        except PlatformError as refusal:
            return JSONResponse(gate.refuse(refusal))
        named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(blob.name)}"}
        start = int(wanted.removeprefix("bytes=").partition("-")[0] or 0)
        if not start:
            return Response(blob.data, media_type=blob.mime, headers=named)
        named["Content-Range"] = f"bytes {start}-{len(blob.data) - 1}/{len(blob.data)}"
        return Response(blob.data[start:], 206, media_type=blob.mime, headers=named)
