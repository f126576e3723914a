"""URL-callback mode: encrypted POSTs to the bot, passive replies back (wecom-aibot.md section 4)."""

import asyncio
import json
import secrets

import structlog

from sandbox import crypto, frames, outbound
from sandbox.callback_delivery import CallbackDelivery
from sandbox.tenant import Tenant
from sandbox.tickets import Ticket, TicketKind
from sandbox.wire import BAD_PARAMS, Json, PlatformError, read_object, read_string
from sandbox.world import Bot

log = structlog.get_logger()


class BadReply(Exception):
    """The bot's passive reply cannot be read or is not allowed."""


class CallbackSender:
    """Posts to the callback URLs of one app's bots."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._delivery = CallbackDelivery(tenant, "callback")

    async def close(self) -> None:
        """Cancel the deliveries under way and close the HTTP client."""
        await self._delivery.close()

    def deliver(self, bot: Bot, ticket: Ticket, body: Json) -> None:
        """Start delivering a message in the background, with retries."""
        self._delivery.start(self._deliver_with_retries(bot, ticket, body))

    async def verify(self, bot: Bot) -> str | None:
        """Send the GET that saving the URL in the admin console sends; None, or what was wrong."""
        echo = secrets.token_hex(10)
        encrypted = crypto.seal(echo, crypto.decode_key(bot.aes_key))
        query = self._sign_query(bot, encrypted) | {"echostr": encrypted}
        return await self._delivery.verify(bot.callback_url, query, echo)

    def _sign_query(self, bot: Bot, encrypted: str) -> dict[str, str]:
        timestamp, nonce = str(int(self._tenant.clock.now())), secrets.token_hex(8)
        signature = crypto.compute_signature(bot.token, timestamp, nonce, encrypted)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}

    async def _deliver_with_retries(self, bot: Bot, ticket: Ticket, body: Json) -> None:
        tries = self._tenant.options.callback_tries if ticket.kind is TicketKind.MESSAGE else 1
        reply = await self._delivery.try_often(lambda: self._post_once(bot, body), tries=tries)
        if reply is not None:
            await self._accept_reply(bot, ticket, reply)
            return
        log.info("callback.given_up", bot=bot.bot_id, kind=str(ticket.kind), tries=tries)

    async def _post_once(self, bot: Bot, body: Json) -> Json | None:
        """The decrypted reply, {} for an empty one, None when the POST failed."""
        key = crypto.decode_key(bot.aes_key)
        encrypted = crypto.seal(json.dumps(body, ensure_ascii=False), key)
        query = self._sign_query(bot, encrypted)
        content = await self._delivery.post(bot.callback_url, query, json={"encrypt": encrypted})
        if content is None:
            return None
        try:
            return self._open_reply(bot, key, query["nonce"], content)
        except (BadReply, crypto.CryptoError) as error:
            self._delivery.record_failure(f"reply: {error}")
            return {}

    def _open_reply(self, bot: Bot, key: bytes, nonce: str, content: bytes) -> Json:
        if not content.strip():
            return {}
        try:
            envelope = json.loads(content)
            encrypted, given = read_string(envelope, "encrypt"), read_string(envelope, "msgsignature")
        except (ValueError, AttributeError, PlatformError) as error:
            raise BadReply("not an encrypted JSON envelope") from error
        if not isinstance(envelope.get("timestamp"), int):
            raise BadReply("timestamp must be an integer")
        if envelope.get("nonce") != nonce:
            raise BadReply("nonce must be the one of the callback URL")
        stamp = str(envelope["timestamp"])
        crypto.check_signature(given, token=bot.token, timestamp=stamp, nonce=nonce, encrypted=encrypted)
        try:
            reply = json.loads(crypto.unseal(encrypted, key))
        except ValueError as error:
            raise BadReply("the plaintext is not JSON") from error
        if not isinstance(reply, dict):
            raise BadReply("the plaintext is not an object")
        return reply

    async def _accept_reply(self, bot: Bot, ticket: Ticket, reply: Json) -> None:
        if not reply:
            return
        try:
            self._apply_reply(bot, ticket, reply)
            stream_id = _find_open_stream(reply)
            if stream_id:
                await self._poll_stream(bot, ticket, stream_id)
        except PlatformError as refusal:
            self._tenant.stats.count_refusal(refusal.code)
            self._delivery.record_failure(f"reply: {refusal.code} {refusal.message}")

    def _apply_reply(self, bot: Bot, ticket: Ticket, reply: Json) -> None:
        if ticket.kind is TicketKind.CARD:
            self._tenant.tickets.check_age(ticket)
            outbound.update_card(self._tenant, reply, ticket=ticket)
        elif ticket.kind is TicketKind.ENTER:
            self._tenant.tickets.check_age(ticket)
            outbound.push(self._tenant, bot, reply, chat=ticket.chat, allowed=outbound.WELCOME)
        elif ticket.kind is TicketKind.MESSAGE:
            outbound.respond(self._tenant, bot, reply, ticket=ticket, allowed=outbound.PASSIVE, pictures=True)
        else:
            raise PlatformError(BAD_PARAMS, "this event takes no reply")

    async def _poll_stream(self, bot: Bot, ticket: Ticket, stream_id: str) -> None:
        """Ask for the newest content of a stream until it is finished or its time is over."""
        started = self._tenant.clock.now()
        while self._tenant.clock.now() - started <= self._tenant.options.stream_window:
            await asyncio.sleep(self._tenant.options.stream_poll)
            body = frames.build_head(self._tenant.world, ticket)
            body |= {"msgtype": "stream", "stream": {"id": stream_id}}
            reply = await self._post_once(bot, body)
            if not reply:
                continue
            if read_object(reply, "stream").get("id") != stream_id:
                raise PlatformError(BAD_PARAMS, "stream.id differs from the one asked for")
            self._apply_reply(bot, ticket, reply)
            if not _find_open_stream(reply):
                return


def _find_open_stream(reply: Json) -> str:
    """The id of a stream that is not finished, else ""."""
    stream = reply.get("stream")
    if not isinstance(stream, dict) or stream.get("finish") is True:
        return ""
    return str(stream.get("id", ""))
