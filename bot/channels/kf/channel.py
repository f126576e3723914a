"""A corporation's customer service: called back that there is something, which is then fetched.

GET  ──verify──> the echo text
POST ──open────> Envelope of the call ──(stored)──> the puller fetches the messages
send ──────────> send_msg within the customer's window, or send_msg_on_event by the code of a welcome
"""

from collections.abc import Mapping, Sequence

from bot.channels import base, http
from bot.channels.base import (
    BackgroundTask,
    ChannelHealth,
    Delivered,
    Delivery,
    Envelope,
    Handle,
    MediaSource,
    Outcome,
    PlainChannel,
    Query,
    RateLimit,
    RetryLater,
    RouteRefused,
)
from bot.channels.crypto import CallbackCrypto
from bot.channels.kf import errors, messages, payload
from bot.channels.kf.entrance import ServiceLinks
from bot.channels.kf.messages import Message
from bot.channels.kf.payload import Trigger
from bot.channels.kf.puller import MessagePuller
from bot.channels.kf.settings import MESSAGE, POOL, WELCOME, KfSettings
from bot.channels.residents.pictures import Picture, load_picture
from bot.channels.residents.words import plain_text
from bot.channels.settings import ChannelHost
from bot.channels.wecom.interfaces import MEDIA_EXPIRED, CorpInterfaces
from bot.channels.wecom.uploads import CorpUploads
from bot.channels.xml_callback import MAX_BODY, XmlCallback, read_fields
from models.messages import (
    CardPush,
    CardUpdatePush,
    CaseEventPush,
    FilePush,
    HandOverPush,
    Incoming,
    PhotoPush,
    TextPush,
)

_POOL_STATE, _PERSON_STATE = 2, 3


class CustomerService(PlainChannel):
    """The customer service of one corporation, with all its accounts."""

    max_body = MAX_BODY

    def __init__(self, name: str, settings: KfSettings, host: ChannelHost) -> None:
        self.name = name
        self.declaration = settings.declare()
        self.callback = self
        self.lock_names = (f"kf:{name}",)
        self._settings = settings
        self._client = host.client
        crypto = CallbackCrypto(
            settings.token.get_secret_value(),
            settings.aes_key.get_secret_value(),
            receiveid=settings.corp_id,
        )
        self._door = XmlCallback(crypto, replay_window=settings.replay_window, clock=host.clock)
        self._api = CorpInterfaces(
            settings, account=f"kf:{settings.corp_id}", database=host.database, clock=host.clock
        )
        self._uploads = CorpUploads(self._api, judge=errors.judge_errcode, clock=host.clock)
        self._puller = MessagePuller(name, settings, self._api, host, lock=self.lock_names[0])
        self.media = MediaSource(stream=self._api.download)
        self.entrance_links = ServiceLinks(settings, self._api, host.client)

    # In ------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> str:
        """The text to echo when the administrator saves the address. Raises RefusedInput."""
        return self._door.verify(query)

    def open(self, query: Query, body: bytes) -> Envelope:
        """What a POST carries. Raises RefusedInput for what is not authentic or not well-formed."""
        raw = self._door.open(query, body)
        return payload.build_summons(read_fields(raw), raw, query)

    def read(self, raw: str) -> Incoming:
        return payload.build_incoming(raw, self._settings, channel=self.name)

    def notice_stored(self) -> None:
        """Somebody called: look at once what there is."""
        self._puller.ring()

    def tasks(self) -> Sequence[BackgroundTask]:
        return (BackgroundTask(self._puller.run, self._puller.stop),)

    def read_health(self) -> ChannelHealth:
        return self._puller.read_health()

    # Out -----------------------------------------------------------------------------------------

    def can_send(self, delivery: Delivery) -> bool:
        if not self.declaration.capabilities.carries(delivery.body):
            return False
        if isinstance(delivery.body, PhotoPush | FilePush) and delivery.file is None:
            return False
        return _choose_handle(delivery) is not None

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        handle = _choose_handle(delivery)
        if handle is None or isinstance(delivery.body, HandOverPush):
            return ()
        return (base.build_budget(handle, self.declaration.budgets[handle.kind]),)

    async def probe(self) -> bool:
        # A question that shows nobody anything: any number the platform answers with is an answer.
        answer = await self._api.get(self._client, "kf/account/list")
        if not isinstance(answer, Mapping):
            return False
        return not isinstance(errors.judge_errcode(http.errcode(answer)), RetryLater)

    async def send(self, delivery: Delivery) -> Outcome:
        handle = _choose_handle(delivery)
        if handle is None:
            return RouteRefused("window_over")
        if isinstance(delivery.body, HandOverPush):
            return await self._hand_over(delivery, handle)
        message = await self._build_message(delivery)
        if not isinstance(message, Mapping):
            return message
        own_id = messages.build_message_id(delivery.push_id, handle.value)
        if handle.kind == WELCOME:
            asked = {"code": handle.value, "msgid": own_id, **message}
            answer = await self._api.post(self._client, "kf/send_msg_on_event", asked)
        else:
            account = Trigger.from_value(handle.value).account
            to_customer = {"touser": delivery.chat_id, "open_kfid": account, "msgid": own_id}
            answer = await self._api.post(self._client, "kf/send_msg", {**to_customer, **message})
        if not isinstance(answer, Mapping):
            return answer
        code = http.errcode(answer)
        if code in MEDIA_EXPIRED:
            self._uploads.forget_all()
        return errors.judge_send(code, handle=handle.id, once=handle.kind == WELCOME)

    async def _build_message(self, delivery: Delivery) -> Message | Outcome:
        match delivery.body:
            case CardPush(card=card) if card.buttons:
                return messages.build_menu(card)
            case TextPush() | CardPush():
                words = plain_text(delivery.body)
                return messages.build_text(words) if words.strip() else RouteRefused("empty_text")
            case PhotoPush():
                picture = await load_picture(delivery)
                if not isinstance(picture, Picture):
                    return picture
                uploaded = await self._uploads.upload(
                    self._client, picture.data, kind="image", name=picture.name
                )
                return _show_media("image", uploaded)
            case FilePush() if delivery.file is not None:
                found = await self._uploads.find_media_id(self._client, delivery.file, kind="file")
                return _show_media("file", found)
            case FilePush():
                return RouteRefused("file_missing")
            case CardUpdatePush() | HandOverPush() | CaseEventPush():
                return RouteRefused("not_carried")

    async def _hand_over(self, delivery: Delivery, handle: Handle) -> Outcome:
        """Let a person answer; the platform lets nobody else speak to them until they write after that."""
        servicer = self._settings.hand_over
        asked = {
            "open_kfid": Trigger.from_value(handle.value).account,
            "external_userid": delivery.chat_id,
            "service_state": _POOL_STATE if servicer == POOL else _PERSON_STATE,
        }
        if servicer != POOL:
            asked["servicer_userid"] = servicer
        answer = await self._api.post(self._client, "kf/service_state/trans", asked)
        if not isinstance(answer, Mapping):
            return answer
        outcome = errors.judge_errcode(http.errcode(answer))
        return Delivered("handed_over", used_handle=handle.id) if isinstance(outcome, Delivered) else outcome


def _choose_handle(delivery: Delivery) -> Handle | None:
    """The code of a welcome while it is good, which costs nothing else; then what a message opened."""
    wanted = (MESSAGE,) if isinstance(delivery.body, HandOverPush) else (WELCOME, MESSAGE)
    usable = [handle for handle in delivery.handles if handle.kind in wanted]
    return min(usable, key=lambda handle: wanted.index(handle.kind), default=None)


def _show_media(kind: str, media_id: str | Outcome) -> Message | Outcome:
    return messages.build_media(kind, media_id) if isinstance(media_id, str) else media_id
