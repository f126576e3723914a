"""`/cgi-bin`: the addresses of an app's interfaces. Always HTTP 200; `errcode` tells."""

import json
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse

from sandbox.member_app.accounts import AppAccounts
from sandbox.member_app.interfaces import AppInterfaces
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, OK, Json, PlatformError
from sandbox.world import MemberApp

Token = Annotated[str, Query(alias="access_token")]


def build_router(tenant: Tenant, accounts: AppAccounts, interfaces: AppInterfaces) -> APIRouter:
    """The routes of all apps of one tenant."""
    router = APIRouter(prefix="/cgi-bin")
    gate = _Gate(tenant, accounts)

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

    for path in interfaces.by_path:
        _add_interface(router, path, gate, interfaces)
    return router


def _add_interface(router: APIRouter, path: str, gate: "_Gate", interfaces: AppInterfaces) -> None:
    @router.post(f"/{path}")
    async def call(request: Request, token: Token = "") -> Json:
        raw = await request.body()
        return gate.call(path, token, lambda app: interfaces.by_path[path](app, _read_json(raw)))


class _Gate:
    """Token and injected faults before each call; a refusal as the platform answers it."""

    def __init__(self, tenant: Tenant, accounts: AppAccounts) -> None:
        self._tenant = tenant
        self._accounts = accounts

    def call(self, path: str, token: str, answer: Callable[[MemberApp], Json]) -> Json:
        return self.run(path, lambda: answer(self._accounts.open_token(token)))

    def run(self, path: str, answer: Callable[[], Json]) -> Json:
        try:
            self._raise_fault(path)
            return answer()
        except PlatformError as refusal:
            return self.refuse(refusal)

    def open(self, path: str, token: str) -> MemberApp:
        self._raise_fault(path)
        return self._accounts.open_token(token)

    def refuse(self, refusal: PlatformError) -> Json:
        self._tenant.stats.count_refusal(refusal.code)
        return refusal.to_json()

    def _raise_fault(self, path: str) -> None:
        fault = self._tenant.faults.errcodes.get(path)
        code = fault.take() if fault else None
        if code is not None:
            raise PlatformError(int(code), "injected fault")


def _read_json(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise PlatformError(BAD_PARAMS, "not JSON") from error
    if not isinstance(body, dict):
        raise PlatformError(BAD_PARAMS, "an object is wanted")
    return body
