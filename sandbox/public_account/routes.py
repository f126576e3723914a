"""`/wechat/cgi-bin`: an account's interfaces, always HTTP 200; `/sandbox/api/followers`: what people do."""

import json
import secrets
from collections.abc import Mapping
from html import escape
from typing import Annotated, TypeAlias
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict

from sandbox import control, samples
from sandbox.interface_gate import InterfaceGate, Token, add_posts, read_json
from sandbox.public_account import conversations
from sandbox.public_account.conversations import AccountConversations
from sandbox.public_account.followers import AccountBook
from sandbox.public_account.interfaces import AccountInterfaces
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, Json, PlatformError
from sandbox.world import PublicAccount

_Gate: TypeAlias = InterfaceGate[PublicAccount]


class FollowerAct(BaseModel):
    """What a person does, `do`: scan, subscribe, unsubscribe, menu, agree, press, say, photo, voice, video,
    shortvideo or location."""

    model_config = ConfigDict(extra="forbid")

    account: str
    user: str
    do: str
    scene: str = ""
    words: str = ""
    """What they write, the entry of the menu or the line that they press, or what the platform heard."""
    file: str = ""
    """A photo, voice or video, as `say` takes it; nothing for a voice of which only the words matter."""
    location: Json = {}


def build_router(
    tenant: Tenant, book: AccountBook, interfaces: AccountInterfaces, talks: AccountConversations
) -> APIRouter:
    """The routes of all accounts of one tenant."""
    router = APIRouter()
    _add_interfaces(router, InterfaceGate(tenant, book.open_token, prefix="wechat/"), book, interfaces)
    _add_code_picture(router, interfaces)
    _add_sign_in(router, InterfaceGate(tenant, book.open_token, prefix="wechat/"), book)
    _add_control(router, tenant, talks)
    return router


def _add_interfaces(router: APIRouter, gate: _Gate, book: AccountBook, interfaces: AccountInterfaces) -> None:
    @router.post("/wechat/cgi-bin/stable_token")
    async def get_token(request: Request) -> Json:
        raw = await request.body()

        def answer() -> Json:
            asked = read_json(raw)
            if asked.get("grant_type") != "client_credential":
                raise PlatformError(BAD_PARAMS, "invalid grant_type")
            value, seconds = book.fetch_token(
                str(asked.get("appid")), str(asked.get("secret")), forced=asked.get("force_refresh") is True
            )
            return {"access_token": value, "expires_in": seconds}

        return gate.run("stable_token", answer)

    @router.post("/wechat/cgi-bin/media/upload")
    async def upload(
        token: Token = "", kind: Annotated[str, Query(alias="type")] = "", media: UploadFile | None = None
    ) -> Json:
        data = await media.read() if media is not None else None
        name = media.filename if media is not None else None
        return gate.call(
            "upload", token, lambda account: interfaces.upload(account, kind, name=name, data=data)
        )

    @router.get("/wechat/cgi-bin/media/get")
    async def download(request: Request, token: Token = "", media_id: str = "") -> Response:
        try:
            blob = interfaces.download(gate.open("media/get", token), media_id)
        except PlatformError as refusal:
            return JSONResponse(gate.refuse(refusal))
        if blob.mime.startswith("video/"):
            address = f"{request.url.scheme}://{request.url.netloc}/sandbox/files/{blob.id}"
            return Response(json.dumps({"video_url": address}), media_type="text/plain")
        named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(blob.name)}"}
        return Response(blob.data, media_type=blob.mime, headers=named)

    add_posts(router, "/wechat/cgi-bin", gate, interfaces.by_path)


def _add_code_picture(router: APIRouter, interfaces: AccountInterfaces) -> None:
    @router.get("/wechat/cgi-bin/showqrcode")
    async def show_code(ticket: str = "") -> Response:
        if ticket not in interfaces.scenes:
            return Response(status_code=404)
        # No picture to scan: what it would lead to.
        return Response(samples.render(next(iter(samples.SAMPLES))), media_type="image/jpeg")


def _add_sign_in(router: APIRouter, gate: _Gate, book: AccountBook) -> None:
    @router.get("/wechat/connect/oauth2/authorize")
    async def authorize(
        request: Request,
        appid: str,
        redirect_uri: str,
        response_type: str,
        scope: str,
        state: str = "",
        as_openid: str = "",
    ) -> Response:
        """WeChat knows whose telephone it is; here the browser says it, or somebody is asked."""
        if response_type != "code" or scope != "snsapi_base":
            return JSONResponse(gate.refuse(PlatformError(BAD_PARAMS, "scope 参数错误或没有 scope 权限")))
        if not as_openid:
            return HTMLResponse(_ask_who(request.query_params))
        try:
            code = book.authorize(appid, as_openid)
        except PlatformError as refusal:
            return JSONResponse(gate.refuse(refusal))
        sign = "&" if "?" in redirect_uri else "?"
        return RedirectResponse(f"{redirect_uri}{sign}{urlencode({'code': code, 'state': state})}", 302)

    @router.get("/wechat/sns/oauth2/access_token")
    async def exchange(appid: str = "", secret: str = "", code: str = "", grant_type: str = "") -> Json:
        def answer() -> Json:
            if grant_type != "authorization_code":
                raise PlatformError(BAD_PARAMS, "invalid grant_type")
            openid = book.spend_login(appid, secret, code)
            tokens = {"access_token": secrets.token_urlsafe(48), "refresh_token": secrets.token_urlsafe(48)}
            return {**tokens, "expires_in": 7200, "openid": openid, "scope": "snsapi_base"}

        return gate.run("sns/oauth2/access_token", answer)


def _ask_who(asked: Mapping[str, str]) -> str:
    """A page that asks whose telephone it is, and comes back with the same question."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    form = (
        f'<form>{hidden}<label>openid <input name="as_openid" required></label> <button>打开</button></form>'
    )
    return f'<!doctype html><meta charset="utf-8"><title>微信</title><p>沙箱不知道这是谁的手机。</p>{form}'


def _add_control(router: APIRouter, tenant: Tenant, talks: AccountConversations) -> None:
    @router.post("/sandbox/api/followers")
    async def act(request: FollowerAct, connection: Request) -> Json:
        control.learn_base_url(tenant, connection)
        account = _find_account(tenant, request.account)
        return {"delivered": _act(tenant, talks, account, request)}

    @router.post("/sandbox/api/accounts/{app_id}/verify")
    async def verify(app_id: str) -> Json:
        problem = await talks.verify(_find_account(tenant, app_id))
        return {"ok": problem is None, "problem": problem}


def _act(tenant: Tenant, talks: AccountConversations, account: PublicAccount, request: FollowerAct) -> bool:
    """Whether the account was told. Raises PlatformError."""
    user, words = request.user, request.words
    if (choose := {"menu": talks.press_menu, "agree": talks.agree}.get(request.do)) is not None:
        return choose(account, user, words)
    match request.do:
        case "scan":
            return talks.scan(account, user, request.scene)
        case "subscribe":
            return talks.subscribe(account, user)
        case "unsubscribe":
            return talks.unsubscribe(account, user)
        case "press":
            message = conversations.find_choice_message(tenant, account, user)
            return talks.press_choice(account, user, message, words)
        case "say":
            return talks.say_words(account, user, words)[1]
        case "voice":
            blob = control.load_voice(tenant, request.file)
            return talks.send_file(account, user, "voice", blob, recognition=words)[1]
        case "photo" | "video" | "shortvideo" as kind:
            blob = control.load_blob(tenant, request.file, f"{kind}.bin")
            return talks.send_file(account, user, kind, blob)[1]
        case "location":
            lat, lon, label = conversations.read_place(request.location)
            return talks.send_location(account, user, lat=lat, lon=lon, label=label)[1]
    raise PlatformError(BAD_PARAMS, f"不认识的动作 {request.do}")


def _find_account(tenant: Tenant, app_id: str) -> PublicAccount:
    account = tenant.world.accounts.get(app_id)
    if account is None:
        raise PlatformError(BAD_PARAMS, f"没有公众号 {app_id}")
    return account
