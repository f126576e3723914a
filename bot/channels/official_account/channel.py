"""A 公众号/服务号: XML in by callback, the answer in the same response, as a message within two days, or as
a notice of fixed fields after them.

GET  ──verify──> the echo text
POST ──open────> Envelope ──(stored)──> reply(push) within the 5 s the platform waits, or an empty 200
later ─send────> customer message, while the person's window has room ──> template, or subscription notice
"""

from collections.abc import AsyncIterator, Mapping

import httpx

from bot.channels import base, http
from bot.channels.base import (
    CredentialsRefused,
    Delivery,
    Envelope,
    Handle,
    MediaSource,
    OpenRequest,
    Outcome,
    PlainChannel,
    Query,
    RateLimit,
    RefusedInput,
    RequestAnswer,
    RouteRefused,
)
from bot.channels.crypto import CallbackCrypto, signature_matches
from bot.channels.official_account import errors, messages, payload
from bot.channels.official_account.api import OfficialAccountAPI
from bot.channels.official_account.entrance import AccountEntrance
from bot.channels.official_account.notices import LateNotices
from bot.channels.official_account.settings import MESSAGE, Mode, OfficialAccountSettings
from bot.channels.official_account.sign_in import AccountSignIn
from bot.channels.residents.pictures import Picture, load_picture
from bot.channels.residents.words import plain_text
from bot.channels.settings import ChannelHost
from bot.channels.xml_callback import MAX_BODY, XmlCallback, build_xml, get_text, read_fields
from models.messages import (
    CardPush,
    CardUpdatePush,
    CaseEventPush,
    FilePush,
    HandOverPush,
    Incoming,
    IncomingKind,
    MediaRef,
    PhotoPush,
    PushBody,
    TextPush,
)


class OfficialAccount(PlainChannel):
    """One official account."""

    max_body = MAX_BODY

    def __init__(self, name: str, settings: OfficialAccountSettings, host: ChannelHost) -> None:
        self.name = name
        self.declaration = settings.declare()
        self.callback = self.passive_replies = self
        self.media = MediaSource(stream=self._stream)
        self._settings = settings
        self._client = host.client
        self._clock = host.clock
        self._token = settings.token.get_secret_value()
        crypto = CallbackCrypto(self._token, settings.aes_key.get_secret_value(), receiveid=settings.app_id)
        self._door = XmlCallback(crypto, replay_window=settings.replay_window, clock=host.clock)
        self._api = OfficialAccountAPI(settings, host.database, clock=host.clock)
        self._notices = LateNotices(settings, self._api, host.client)
        self.resident_sign_in = AccountSignIn(settings, self._api, host.client)
        self.entrance = AccountEntrance(self._api, host.client, qr_base=settings.qr_base)

    # In ------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> str:
        """The text to echo, never encrypted, when somebody saves the address. Raises RefusedInput."""
        self._check_plain_signature(query)
        return query.get("echostr", "")

    def open(self, query: Query, body: bytes) -> Envelope:
        """What a POST carries. Raises RefusedInput for what is not authentic or not well-formed."""
        if self._settings.mode is Mode.PLAIN and query.get("encrypt_type", "raw") == "raw":
            raw = self._open_plain(query, body)
        else:
            # The plain signature, which comes along, proves no word of the message.
            raw = self._door.open(query, body)
        return payload.build_envelope(raw, self._settings, now=self._clock())

    def _open_plain(self, query: Query, body: bytes) -> str:
        self._check_plain_signature(query)
        self._door.check_age(query)
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise RefusedInput("malformed", 400, -40002) from error

    def read(self, raw: str) -> Incoming:
        return payload.build_incoming(raw, self._settings, channel=self.name)

    def _check_plain_signature(self, query: Query) -> None:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not signature_matches(query.get("signature", ""), self._token, timestamp, nonce):
            raise RefusedInput("signature_mismatch", 403, -40001)

    async def _stream(self, ref: MediaRef, client: httpx.AsyncClient) -> AsyncIterator[bytes]:
        async for chunk in self._api.download(client, ref.url):
            yield chunk

    # Out within the request ------------------------------------------------------------------------

    def can_reply(self, body: PushBody, request: OpenRequest) -> bool:
        """Whether a push may be the answer to this request: words, or people, to somebody who is there."""
        if request.incoming.kind in (IncomingKind.LEFT, IncomingKind.IGNORED):
            return False
        if isinstance(body, HandOverPush):
            return self._settings.hand_over
        return 0 < len(plain_text(body).encode()) <= messages.TEXT_BYTES

    def build_reply(self, body: PushBody, request: OpenRequest) -> RequestAnswer:
        """The answer, encrypted where the message was. ValueError where `can_reply` said no."""
        if not self.can_reply(body, request):
            raise ValueError(f"a {type(body).__name__} does not answer a {request.incoming.kind}")
        asked = read_fields(request.envelope.raw)
        reply = {
            "ToUserName": get_text(asked, "FromUserName"),
            "FromUserName": get_text(asked, "ToUserName"),
            "CreateTime": int(self._clock().timestamp()),
            **_build_content(body),
        }
        if "msg_signature" in request.query:
            return self._door.seal(reply)
        return RequestAnswer(build_xml(reply).encode(), "application/xml")

    # Out later -------------------------------------------------------------------------------------

    def can_send(self, delivery: Delivery) -> bool:
        if not self.declaration.capabilities.carries(delivery.body):
            return False
        if isinstance(delivery.body, PhotoPush) and delivery.file is None:
            return False
        if isinstance(delivery.body, HandOverPush):
            return True  # `send` says that it goes in an answer alone
        return bool(delivery.handles) or self._notices.can_carry(delivery)

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        handle = _choose_handle(delivery)
        if handle is None or isinstance(delivery.body, HandOverPush):
            return ()
        return (base.build_budget(handle, self.declaration.budgets[handle.kind]),)

    async def send(self, delivery: Delivery) -> Outcome:
        if isinstance(delivery.body, HandOverPush):
            return RouteRefused("only_in_reply")
        handle = _choose_handle(delivery)
        if handle is None:
            return await self._notices.send(delivery)
        message = await self._build_message(delivery)
        if not isinstance(message, Mapping):
            return message
        asked = {"touser": delivery.chat_id, **message}
        answer = await self._api.post(self._client, "message/custom/send", asked)
        if not isinstance(answer, Mapping):
            return answer
        return errors.judge_send(http.errcode(answer), handle=handle.id)

    async def probe(self) -> bool:
        # Without a person nobody is shown anything, and only the platform refuses it by number.
        answer = await self._api.post(self._client, "message/custom/send", {"touser": "", "msgtype": "text"})
        if isinstance(answer, CredentialsRefused):
            return True  # it answers, if not kindly
        return isinstance(answer, Mapping) and http.errcode(answer) not in errors.BUSY

    async def _build_message(self, delivery: Delivery) -> messages.Message | Outcome:
        match delivery.body:
            case CardPush(card=card) if card.buttons:
                return messages.build_menu(card)
            case TextPush() | CardPush():
                words = plain_text(delivery.body)
                return messages.build_text(words) if words.strip() else RouteRefused("empty_text")
            case PhotoPush():
                return await self._upload_photo(delivery)
            case FilePush() | CardUpdatePush() | HandOverPush() | CaseEventPush():
                return RouteRefused("not_carried")

    async def _upload_photo(self, delivery: Delivery) -> messages.Message | Outcome:
        picture = await load_picture(delivery)
        if not isinstance(picture, Picture):
            return picture
        media_id = await self._api.upload(self._client, picture.data, name=picture.name, kind="image")
        return messages.build_image(media_id) if isinstance(media_id, str) else media_id


def _build_content(body: PushBody) -> Mapping[str, str]:
    if isinstance(body, HandOverPush):
        return {"MsgType": "transfer_customer_service"}
    return {"MsgType": "text", "Content": plain_text(body)}


def _choose_handle(delivery: Delivery) -> Handle | None:
    """What the person's own message opened lasts; what a press or a scan opened is for when that is over."""
    return min(delivery.handles, key=lambda handle: handle.kind != MESSAGE, default=None)
