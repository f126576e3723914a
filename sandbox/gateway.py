"""The AI bot's long connection: one WebSocket, frames in JSON, acknowledgements without a cmd."""

import asyncio
import hmac
import itertools
import json
from collections.abc import Callable
from typing import TypeAlias

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox import inbound, outbound
from sandbox.tenant import Tenant
from sandbox.tickets import TicketKind
from sandbox.uploads import Uploads
from sandbox.wire import BAD_PARAMS, OK, Json, PlatformError, read_string
from sandbox.world import Bot, Mode, single_chat_id

log = structlog.get_logger()

NOT_SUBSCRIBED = 846609
BAD_CHAT = 93006


class Connection:
    """One socket. `bot` is set by a successful subscribe; `displaced` once a newer socket took the bot."""

    def __init__(self, socket: WebSocket, serial: int) -> None:
        self.serial = serial
        self.zombie = False
        self.bot: Bot | None = None
        self.displaced = False
        self._socket = socket

    async def send(self, frame: Json) -> bool:
        """Send a frame; False where the socket is gone."""
        try:
            await self._socket.send_text(json.dumps(frame, ensure_ascii=False))
        except (RuntimeError, WebSocketDisconnect):
            return False
        return True

    async def close(self, code: int) -> None:
        """Close the socket with this code; does nothing where it is gone."""
        try:
            await self._socket.close(code)
        except (RuntimeError, WebSocketDisconnect):
            return


_Command: TypeAlias = Callable[[Bot, Connection, str, Json], Json | None]


class Gateway:
    """All long connections of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._serials = itertools.count(1)
        self._delayed_acks: set[asyncio.Task[bool]] = set()
        uploads = Uploads(tenant)
        self._commands: dict[str, _Command] = {
            "aibot_respond_msg": self._respond,
            "aibot_respond_welcome_msg": self._welcome,
            "aibot_respond_update_msg": self._update_card,
            "aibot_send_msg": self._push_message,
            "aibot_upload_media_init": lambda bot, _line, _id, body: uploads.init(bot.bot_id, body),
            "aibot_upload_media_chunk": lambda bot, _line, _id, body: uploads.chunk(bot.bot_id, body),
            "aibot_upload_media_finish": lambda bot, _line, _id, body: uploads.finish(bot.bot_id, body),
        }

    async def serve(self, socket: WebSocket) -> None:
        """Accept a socket and answer its frames until it disconnects."""
        await socket.accept()
        connection = Connection(socket, next(self._serials))
        try:
            while True:
                received = await socket.receive()
                if received["type"] == "websocket.disconnect":
                    break
                # The platform speaks text frames; what comes as bytes is read the same way.
                raw = received.get("text")
                text = raw if raw is not None else received["bytes"].decode(errors="replace")
                await self._handle_frame(connection, text)
        except WebSocketDisconnect:
            pass
        finally:
            self._release(connection)

    def _release(self, connection: Connection) -> None:
        bot = connection.bot
        if bot is not None and self._tenant.connections.get(bot.bot_id) is connection:
            del self._tenant.connections[bot.bot_id]
            self._tenant.notify_presence()
            log.info("gateway.closed", bot=bot.bot_id, serial=connection.serial)

    async def _handle_frame(self, connection: Connection, text: str) -> None:
        req_id = ""
        answer: Json
        try:
            cmd, req_id, body = _parse_frame(text)
            if cmd == "aibot_subscribe":
                await self._subscribe(connection, req_id, body)
                return
            answer = self._run_command(connection, cmd, req_id, body)
        except PlatformError as refusal:
            self._tenant.stats.count_refusal(refusal.code)
            answer = refusal.to_json()
        await self._acknowledge(connection, {"headers": {"req_id": req_id}, **answer})

    def _run_command(self, connection: Connection, cmd: str, req_id: str, body: Json) -> Json:
        if cmd == "ping":
            return OK
        if connection.bot is None or connection.displaced:
            raise PlatformError(NOT_SUBSCRIBED, "not subscribed")
        if cmd not in self._commands:
            raise PlatformError(BAD_PARAMS, f"unknown cmd {cmd}")
        fault = self._tenant.faults.errcodes.get(cmd)
        code = fault.take() if fault else None
        if code is not None:
            raise PlatformError(int(code), "injected fault")
        result = self._commands[cmd](connection.bot, connection, req_id, body)
        return OK | ({"body": result} if result else {})

    async def _acknowledge(self, connection: Connection, frame: Json) -> None:
        self._tenant.stats.acks += 1
        if self._tenant.faults.lost_acks.take() is not None:
            return
        delay = self._tenant.faults.ack_delay.take()
        if delay is None:
            await connection.send(frame)
            return
        task = asyncio.create_task(_send_later(connection, frame, delay))
        self._delayed_acks.add(task)
        task.add_done_callback(self._delayed_acks.discard)

    async def _subscribe(self, connection: Connection, req_id: str, body: Json) -> None:
        fault = self._tenant.faults.errcodes.get("aibot_subscribe")
        code = fault.take() if fault else None
        if code is not None:
            raise PlatformError(int(code), "injected fault")
        bot = self._tenant.world.bots.get(read_string(body, "bot_id"))
        secret = read_string(body, "secret")
        known = bot is not None and bot.mode is Mode.SOCKET
        if bot is None or not known or not hmac.compare_digest(secret.encode(), bot.secret.encode()):
            raise PlatformError(self._tenant.options.bad_secret_code, "invalid bot_id or secret")
        if connection.bot is not bot:
            self._release(connection)
        older = self._tenant.connections.get(bot.bot_id)
        connection.bot, connection.displaced = bot, False
        self._tenant.connections[bot.bot_id] = connection
        self._tenant.notify_presence()
        await connection.send({"headers": {"req_id": req_id}, **OK})
        log.info("gateway.subscribed", bot=bot.bot_id, serial=connection.serial)
        if isinstance(older, Connection) and older is not connection:
            await self._displace(older, bot)
        for ticket, waiting in self._tenant.queued_frames.pop(bot.bot_id, []):
            again = self._tenant.tickets.rebind(ticket, connection.serial)
            await inbound.send_to_socket(self._tenant, bot, again, waiting)

    async def _displace(self, older: Connection, bot: Bot) -> None:
        older.displaced = True
        await older.send(inbound.build_disconnected_frame(bot.bot_id, now=self._tenant.clock.now()))
        if self._tenant.options.close_displaced:
            await older.close(1000)

    def _respond(self, bot: Bot, line: Connection, req_id: str, body: Json) -> None:
        ticket = self._tenant.tickets.find(
            req_id, TicketKind.MESSAGE, bot_id=bot.bot_id, connection=line.serial
        )
        options = self._tenant.options
        allowed = outbound.RESPOND
        if options.socket_stream_cards:
            allowed |= {"stream_with_template_card"}
        outbound.respond(
            self._tenant, bot, body, ticket=ticket, allowed=allowed, pictures=options.socket_stream_images
        )

    def _welcome(self, bot: Bot, line: Connection, req_id: str, body: Json) -> None:
        ticket = self._tenant.tickets.find(
            req_id, TicketKind.ENTER, bot_id=bot.bot_id, connection=line.serial
        )
        outbound.push(self._tenant, bot, body, chat=ticket.chat, allowed=outbound.WELCOME)

    def _update_card(self, bot: Bot, line: Connection, req_id: str, body: Json) -> None:
        ticket = self._tenant.tickets.find(req_id, TicketKind.CARD, bot_id=bot.bot_id, connection=line.serial)
        outbound.update_card(self._tenant, body, ticket=ticket)

    def _push_message(self, bot: Bot, _line: Connection, _req_id: str, body: Json) -> None:
        chat = self._find_pushable_chat(bot, read_string(body, "chatid"), body.get("chat_type", 0))
        outbound.push(self._tenant, bot, body, chat=chat, allowed=outbound.PUSH)

    def _find_pushable_chat(self, bot: Bot, chatid: str, chat_type: object) -> str:
        """The sandbox's id of the conversation. Raises PlatformError where the bot may not push there."""
        world = self._tenant.world
        group = world.groups.get(chatid)
        chat = ""
        if group is not None and bot.bot_id in group.bots and chat_type in (0, 2):
            chat = chatid
        elif group is None and chatid in world.members and chat_type in (0, 1):
            chat = single_chat_id(bot.bot_id, chatid)
        if (bot.bot_id, chat) not in world.pushable_chats:
            raise PlatformError(BAD_CHAT, "invalid chatid")
        return chat


async def _send_later(connection: Connection, frame: Json, delay: float) -> bool:
    await asyncio.sleep(delay)
    return await connection.send(frame)


def _parse_frame(text: str) -> tuple[str, str, Json]:
    try:
        frame = json.loads(text)
    except json.JSONDecodeError as error:
        raise PlatformError(BAD_PARAMS, "not JSON") from error
    if not isinstance(frame, dict):
        raise PlatformError(BAD_PARAMS, "a frame is an object")
    headers, body = frame.get("headers"), frame.get("body") or {}
    req_id = headers.get("req_id") if isinstance(headers, dict) else None
    if not isinstance(req_id, str) or not 0 < len(req_id.encode()) <= 256:
        raise PlatformError(BAD_PARAMS, "headers.req_id must be 1 to 256 bytes")
    if not isinstance(body, dict):
        raise PlatformError(BAD_PARAMS, "body must be an object")
    return str(frame.get("cmd")), req_id, body
