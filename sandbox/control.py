"""`/sandbox/api`: the control API for tests, the bench and the page."""

import base64
import binascii
import dataclasses
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Request, Response, UploadFile, WebSocket
from pydantic import BaseModel, ConfigDict, Field

from sandbox import callback, inbound, media, samples, voice_format
from sandbox.faults import Countdown, Faults
from sandbox.hub import Hub
from sandbox.member_app.conversations import AppConversations
from sandbox.tenant import Tenant
from sandbox.wire import Json, PlatformError
from sandbox.world import Blob, MemberApp


class _RequestBody(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SayRequest(_RequestBody):
    """A message that a person posts."""

    chat: str
    user: str
    text: str = ""
    at_bot: bool | str = False
    photos: list[str] = []
    """Each one base64, a data URL, `file:<id>` of an upload, or `sample:<name>`."""
    voice: str | None = None
    video: str | None = None
    file: str | None = None
    other: Json | None = None
    """A message of another type: `{"msgtype": "link", "link": {…}}`."""
    quote: str | None = None


class ClickRequest(_RequestBody):
    """A press on a card's button."""

    message: str
    user: str
    key: str
    selected: dict[str, list[str]] = {}


class EnterRequest(_RequestBody):
    """A person opens the single chat with a bot."""

    bot: str
    user: str


class RateRequest(_RequestBody):
    """A person rates a bot's answer; `type` 1 like, 2 dislike, 3 withdrawn (wecom-aibot.md section 3)."""

    message: str
    user: str
    type: Literal[1, 2, 3]
    content: str | None = None
    inaccurate_reason_list: list[int] | None = None


class MembershipRequest(_RequestBody):
    """A person or a bot joins or leaves a group."""

    chat: str
    user: str | None = None
    bot: str | None = None


class FaultsRequest(_RequestBody):
    """Faults to arm, by name; faults that are not named stay as they are."""

    errcodes: dict[str, tuple[int, int]] = {}
    """Command of the gateway -> [errcode, how many answers]."""
    push_errors: tuple[int, int] | None = None
    """Shorthand for `errcodes` of aibot_send_msg."""
    ack_delay: tuple[float, int] | None = None
    lost_acks: int | None = None
    webhook_status: tuple[int, int] | None = None
    webhook_delay: tuple[float, int] | None = None
    webhook_errcode: tuple[int, int] | None = None
    lost_calls: int | None = None
    cut_media: int | None = None
    gone_media: int | None = None
    expire_media: bool = False
    expire_tokens: bool = False
    """Every access_token of the apps ends now."""
    drop: str | None = None
    """Close the live socket of this bot."""
    zombie: str | None = None
    """Group callbacks of this bot stop until it reconnects."""
    clear: bool = False


class AdvanceRequest(_RequestBody):
    """Push the clock forward by so many seconds."""

    seconds: Annotated[float, Field(ge=0)]


class VerifyRequest(_RequestBody):
    """Verify the callback URL of a bot."""

    bot: str


def build_router(tenant: Tenant, hub: Hub, conversations: AppConversations) -> APIRouter:
    """The routes of the control API."""
    router = APIRouter(prefix="/sandbox")
    _add_read_routes(router, tenant, hub)
    _add_chat_routes(router, tenant, conversations)
    _add_file_routes(router, tenant)
    _add_fault_routes(router, tenant, conversations)
    _add_administration_routes(router, tenant, conversations)
    return router


def build_state(tenant: Tenant, after: int = 0) -> Json:
    """The state for the page: the world as changed since revision `after`, and the bots that are online."""
    return tenant.world.to_json(after) | {
        "type": "state",
        "online": sorted(tenant.connections),
        "now": tenant.clock.now(),
        "samples": [{"key": sample.key, "title": sample.title} for sample in samples.SAMPLES.values()],
    }


def _add_read_routes(router: APIRouter, tenant: Tenant, hub: Hub) -> None:
    @router.get("/api/state")
    async def read_state(after: int = 0) -> Json:
        return build_state(tenant, after)

    @router.get("/api/messages")
    async def read_messages(chat: str) -> list[Json]:
        return [message.to_json() for message in tenant.world.messages_in_chat(chat)]

    @router.get("/api/stats")
    async def read_stats() -> Json:
        return dataclasses.asdict(tenant.stats) | {
            "online": sorted(tenant.connections),
            "messages": len(tenant.world.messages),
        }

    @router.websocket("/api/events")
    async def events(socket: WebSocket, after: int = 0) -> None:
        await hub.serve(socket, build_state(tenant, after))


def _add_chat_routes(router: APIRouter, tenant: Tenant, conversations: AppConversations) -> None:
    @router.post("/api/say")
    async def say(request: SayRequest, connection: Request) -> Json:
        learn_base_url(tenant, connection)
        app = _find_app(tenant, request.chat)
        if app is not None:
            return _say_to_app(tenant, conversations, app, request)
        saying = inbound.UserMessage(
            chat=request.chat,
            user=request.user,
            text=request.text,
            at_bot=request.at_bot,
            photos=[load_blob(tenant, photo, "照片.jpg") for photo in request.photos],
            voice=request.voice,
            video=load_blob(tenant, request.video, "视频.mp4") if request.video else None,
            file=load_blob(tenant, request.file, "文件.bin") if request.file else None,
            other=request.other,
            quote=request.quote,
        )
        message, delivered = await inbound.say(tenant, saying)
        return {"message": message.to_json(), "delivered": delivered}

    @router.post("/api/click")
    async def click(request: ClickRequest, connection: Request) -> Json:
        learn_base_url(tenant, connection)
        pressed = tenant.world.find_message(request.message)
        app = _find_app(tenant, pressed.chat) if pressed is not None else None
        if app is not None and pressed is not None:
            told = conversations.press(
                app, pressed, userid=request.user, key=request.key, selected=request.selected
            )
            return {"delivered": told}
        delivered = await inbound.click(
            tenant, request.message, user=request.user, key=request.key, selected=request.selected
        )
        return {"delivered": delivered}

    @router.post("/api/enter")
    async def enter(request: EnterRequest) -> Json:
        app = tenant.world.apps.get(request.bot)
        if app is not None:
            return {"delivered": conversations.enter(app, request.user)}
        return {"delivered": await inbound.enter(tenant, request.bot, request.user)}

    @router.post("/api/authorize")
    async def authorize(request: EnterRequest) -> Json:
        app = tenant.world.apps.get(request.bot)
        if app is None or request.user not in tenant.world.members:
            raise PlatformError(404, "没有这个应用，或没有这个成员")
        return {"code": conversations.authorize(app, request.user)}

    @router.post("/api/rate")
    async def rate(request: RateRequest) -> Json:
        verdict = request.model_dump(exclude={"message", "user"}, exclude_none=True)
        delivered = await inbound.rate(tenant, request.message, user=request.user, verdict=verdict)
        return {"delivered": delivered}


def _add_file_routes(router: APIRouter, tenant: Tenant) -> None:
    @router.post("/api/files")
    async def upload(file: UploadFile) -> Json:
        blob = _store_blob(tenant, await file.read(), file.filename or "文件")
        return {"id": blob.id, "name": blob.name, "mime": blob.mime}

    @router.get("/files/{file_id}")
    async def download(file_id: str) -> Response:
        blob = tenant.world.blobs.get(file_id)
        if blob is None:
            raise HTTPException(404)
        # A file somebody posted must not act as a page of this origin.
        safe = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return Response(blob.data, media_type=blob.mime, headers=safe)

    @router.get("/samples/{key}")
    def sample(key: str) -> Response:
        if key not in samples.SAMPLES:
            raise HTTPException(404)
        return Response(samples.render(key), media_type="image/jpeg")


def _add_fault_routes(router: APIRouter, tenant: Tenant, conversations: AppConversations) -> None:
    @router.post("/api/faults")
    async def faults(request: FaultsRequest) -> Json:
        _arm_faults(tenant, request)
        if request.expire_tokens:
            conversations.expire_tokens()
        for bot_id, act in ((request.drop, "drop"), (request.zombie, "zombie")):
            line = tenant.connections.get(bot_id or "")
            if line is not None and act == "zombie":
                line.zombie = True
            elif line is not None:
                await line.close(1012)
        return {"ok": True}

    @router.post("/api/clock")
    async def clock(request: AdvanceRequest) -> Json:
        tenant.clock.advance(request.seconds)
        return {"now": tenant.clock.now()}


def _add_administration_routes(router: APIRouter, tenant: Tenant, conversations: AppConversations) -> None:
    @router.post("/api/join")
    async def join(request: MembershipRequest) -> Json:
        return _change_membership(tenant, request, joins=True)

    @router.post("/api/leave")
    async def leave(request: MembershipRequest) -> Json:
        return _change_membership(tenant, request, joins=False)

    @router.post("/api/verify")
    async def verify(request: VerifyRequest) -> Json:
        app = tenant.world.apps.get(request.bot)
        if app is not None:
            problem = await conversations.verify(app)
            return {"ok": problem is None, "problem": problem}
        bot = tenant.world.bots.get(request.bot)
        if bot is None or not isinstance(tenant.callbacks, callback.CallbackSender):
            raise PlatformError(404, "没有这个回调机器人")
        problem = await tenant.callbacks.verify(bot)
        return {"ok": problem is None, "problem": problem}


def _find_app(tenant: Tenant, chat: str) -> MemberApp | None:
    """The app whose private conversation this is: `1000002/zhangsf`."""
    return tenant.world.apps.get(chat.partition("/")[0])


def _say_to_app(tenant: Tenant, conversations: AppConversations, app: MemberApp, request: SayRequest) -> Json:
    """A message to an app; its voice is a file, for it sends no transcript."""
    file = request.video or request.file
    voice = load_voice(tenant, request.voice) if request.voice else None
    message, delivered = conversations.say(
        app,
        request.user,
        text=request.text,
        photos=[load_blob(tenant, photo, "照片.jpg") for photo in request.photos],
        attachment=load_blob(tenant, file, "文件.bin") if file else voice,
        other=request.other,
    )
    return {"message": message.to_json(), "delivered": delivered}


def _arm_faults(tenant: Tenant, request: FaultsRequest) -> None:
    if request.clear:
        tenant.faults = Faults()
    armed = tenant.faults
    errcodes = dict(request.errcodes)
    if request.push_errors:
        errcodes["aibot_send_msg"] = request.push_errors
    armed.errcodes |= {cmd: Countdown(code, times) for cmd, (code, times) in errcodes.items()}
    for name in ("ack_delay", "webhook_status", "webhook_delay", "webhook_errcode"):
        pair = getattr(request, name)
        if pair is not None:
            setattr(armed, name, Countdown(*pair))
    if request.lost_acks is not None:
        armed.lost_acks = Countdown(1, request.lost_acks)
    if request.lost_calls is not None:
        armed.lost_calls = Countdown(1, request.lost_calls)
    if request.gone_media is not None:
        armed.gone_media = Countdown(1, request.gone_media)
    if request.cut_media is not None:
        armed.cut_media = Countdown(1, request.cut_media)
    if request.expire_media:
        tenant.links.expire_all()


def _change_membership(tenant: Tenant, seat: MembershipRequest, *, joins: bool) -> Json:
    group = tenant.world.groups.get(seat.chat)
    if group is None:
        raise PlatformError(404, "没有这个群")
    known = (
        (seat.user, group.members, tenant.world.members),
        (seat.bot, group.bots, tenant.world.bots),
    )
    for wanted, present, all_of_them in known:
        if wanted is None:
            continue
        if wanted not in all_of_them:
            raise PlatformError(404, f"没有 {wanted}")
        if joins and wanted not in present:
            present.append(wanted)
        elif not joins and wanted in present:
            present.remove(wanted)
    return {"members": group.members, "bots": group.bots}


def load_blob(tenant: Tenant, source: str, name: str) -> Blob:
    scheme, _, rest = source.partition(":")
    if scheme == "file" and rest in tenant.world.blobs:
        return tenant.world.blobs[rest]
    if scheme == "sample" and rest in samples.SAMPLES:
        return _load_sample(tenant, rest)
    encoded = rest.partition(",")[2] if scheme == "data" else source
    try:
        return _store_blob(tenant, base64.b64decode(encoded, validate=True), name)
    except binascii.Error as error:
        raise PlatformError(400, "照片不是 base64，也不是 file: 或 sample:") from error


def load_voice(tenant: Tenant, source: str) -> Blob:
    """A voice (as `load_blob` takes it) as a platform stores it; a silent one where there is none.

    Raises PlatformError for what holds no sound.
    """
    data = load_blob(tenant, source, "voice.bin").data if source else voice_format.make_silence(2)
    return tenant.world.store_blob(voice_format.make_amr(data), name="voice.amr", mime="audio/amr")


def _load_sample(tenant: Tenant, key: str) -> Blob:
    if key not in tenant.sample_blobs:
        name = f"{samples.SAMPLES[key].title}.jpg"
        tenant.sample_blobs[key] = _store_blob(tenant, samples.render(key), name)
    return tenant.sample_blobs[key]


def _store_blob(tenant: Tenant, data: bytes, name: str) -> Blob:
    return tenant.world.store_blob(data, name=name, mime=media.guess_mime(data, name))


def learn_base_url(tenant: Tenant, connection: Request | WebSocket) -> None:
    """Without a configured address, links start with the one the first caller used."""
    if not tenant.links.base_url:
        scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
        tenant.links.base_url = f"{scheme}://{connection.url.netloc}"
