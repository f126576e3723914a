"""`/cgi-bin/kf`: the interfaces, always HTTP 200; `/sandbox/api/customers`: what people do."""

from typing import TypeAlias

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from sandbox import control
from sandbox.customer_service.conversations import ServiceConversations
from sandbox.customer_service.interfaces import ServiceInterfaces
from sandbox.interface_gate import InterfaceGate, Token, add_posts
from sandbox.member_app.accounts import AppAccounts
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, Json, PlatformError
from sandbox.world import MemberApp, ServiceAccount

_Gate: TypeAlias = InterfaceGate[MemberApp]


class CustomerAct(BaseModel):
    """What a customer does, `do`: enter, say, press, photo, voice, video, file, location, other or recall;
    or a servicer: pick, answer, end; or the platform: call."""

    model_config = ConfigDict(extra="forbid")

    account: str
    user: str
    do: str
    scene: str = ""
    words: str = ""
    """What is written, the line that is pressed, the servicer who picks, or the message that is recalled."""
    file: str = ""
    """A photo, voice, video or file, as `say` takes it."""
    location: Json = {}
    other: Json = {}


def build_router(
    tenant: Tenant, apps: AppAccounts, interfaces: ServiceInterfaces, talks: ServiceConversations
) -> APIRouter:
    """The routes of all customer-service accounts of one tenant."""
    router = APIRouter()
    gate = InterfaceGate(tenant, apps.open_token)
    _add_lists(router, gate, interfaces)
    add_posts(router, "/cgi-bin", gate, interfaces.by_path)
    _add_control(router, tenant, talks)
    return router


def _add_lists(router: APIRouter, gate: _Gate, interfaces: ServiceInterfaces) -> None:
    @router.get("/cgi-bin/kf/account/list")
    async def list_accounts(token: Token = "") -> Json:
        return gate.call("kf/account/list", token, interfaces.list_accounts)

    @router.get("/cgi-bin/kf/servicer/list")
    async def list_servicers(token: Token = "", open_kfid: str = "") -> Json:
        return gate.call("kf/servicer/list", token, lambda app: interfaces.list_servicers(app, open_kfid))


def _add_control(router: APIRouter, tenant: Tenant, talks: ServiceConversations) -> None:
    @router.post("/sandbox/api/customers")
    async def act(request: CustomerAct, connection: Request) -> Json:
        control.learn_base_url(tenant, connection)
        account = _find_account(tenant, request.account)
        _act(tenant, talks, account, request)
        return {"delivered": bool(account.callback_url)}

    @router.get("/sandbox/api/services/{open_kfid}/sessions")
    async def list_sessions(open_kfid: str) -> Json:
        return {"sessions": talks.list_sessions(_find_account(tenant, open_kfid))}

    @router.post("/sandbox/api/services/{open_kfid}/verify")
    async def verify(open_kfid: str) -> Json:
        problem = await talks.verify(_find_account(tenant, open_kfid))
        return {"ok": problem is None, "problem": problem}


def _act(tenant: Tenant, talks: ServiceConversations, account: ServiceAccount, request: CustomerAct) -> None:
    user, words = request.user, request.words
    match request.do:
        case "enter":
            talks.enter(account, user, request.scene)
        case "say":
            talks.say(account, user, words)
        case "press":
            talks.press(account, user, words)
        case "voice":
            talks.send_file(account, user, "voice", control.load_voice(tenant, request.file))
        case "photo" | "video" | "file" as kind:
            talks.send_file(account, user, kind, control.load_blob(tenant, request.file, f"{kind}.bin"))
        case "location":
            talks.send_location(account, user, request.location)
        case "other":
            talks.send_other(account, user, request.other)
        case "recall":
            talks.recall(account, user, words)
        case _:
            _act_for_servicer(talks, account, request)


def _act_for_servicer(talks: ServiceConversations, account: ServiceAccount, request: CustomerAct) -> None:
    match request.do:
        case "pick":
            talks.pick(account, request.user, request.words)
        case "answer":
            talks.answer(account, request.user, request.words)
        case "end":
            talks.end(account, request.user)
        case "call":
            talks.call(account)
        case _:
            raise PlatformError(BAD_PARAMS, f"不认识的动作 {request.do}")


def _find_account(tenant: Tenant, open_kfid: str) -> ServiceAccount:
    account = tenant.world.services.get(open_kfid)
    if account is None:
        raise PlatformError(BAD_PARAMS, f"没有客服账号 {open_kfid}")
    return account
