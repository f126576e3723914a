"""A self-built app of WeCom (wecom-app.md): each member's own conversation, and groups that the app made.

GET  ──verify──> the echo text
POST ──open────> Envelope ──(stored)──> a passive reply within the 5 s, or an empty 200
later ─send────> message/send to one person, appchat/send into a group, update_template_card by response code
"""

from collections.abc import Mapping, Sequence
from functools import partial

from bot.channels import base, http
from bot.channels.app import messages, payload
from bot.channels.app.contact_watch import ContactWatch
from bot.channels.app.contacts import AppDirectory
from bot.channels.app.errors import CARD_REFUSED, judge_errcode
from bot.channels.app.groups import AppGroups
from bot.channels.app.messages import Message
from bot.channels.app.settings import CARD_WINDOW, RESPONSE_CODE, AppSettings
from bot.channels.app.sign_in import AppSignIn
from bot.channels.base import (
    BackgroundTask,
    CredentialsRefused,
    Delivered,
    Delivery,
    Envelope,
    IssuedHandle,
    MediaSource,
    OpenRequest,
    Outcome,
    PlainChannel,
    Query,
    RateLimit,
    RefusedInput,
    RequestAnswer,
    RetryLater,
    RouteRefused,
)
from bot.channels.crypto import CallbackCrypto
from bot.channels.part_progress import Progress
from bot.channels.settings import ChannelHost
from bot.channels.text_limits import strip_markdown
from bot.channels.wecom.interfaces import MEDIA_EXPIRED, CorpInterfaces
from bot.channels.wecom.uploads import CorpUploads
from bot.channels.xml_callback import MAX_BODY, XmlCallback, get_text, read_fields
from models.account_ids import WECOM, spell_account
from models.messages import (
    CardPush,
    CardUpdatePush,
    CaseEventPush,
    FilePush,
    HandOverPush,
    Incoming,
    IncomingKind,
    PhotoPush,
    PushBody,
    TextPush,
)

_TO_MEMBER = ((30, 60.0), (1000, 3600.0))
"""What goes beyond is dropped without a word (wecom-app.md §4)."""
_TO_GROUP = ((200, 60.0),)
"""For each member of the group; the limit of a day, 10,000, is far away (§5)."""


class AppChannel(PlainChannel):
    """One app."""

    max_body = MAX_BODY

    def __init__(self, name: str, settings: AppSettings, host: ChannelHost) -> None:
        self.name = name
        self.declaration = settings.declare()
        self.callback = self.passive_replies = self
        self._settings = settings
        self._base_url = host.base_url
        self._client = host.client
        self._clock = host.clock
        crypto = CallbackCrypto(
            settings.token.get_secret_value(),
            settings.aes_key.get_secret_value(),
            receiveid=settings.corp_id,
        )
        self._door = XmlCallback(crypto, replay_window=settings.replay_window, clock=host.clock)
        self._api = CorpInterfaces(
            settings,
            account=f"app:{settings.corp_id}:{settings.agent_id}",
            database=host.database,
            clock=host.clock,
        )
        self._uploads = CorpUploads(self._api, judge=judge_errcode, clock=host.clock)
        self._progress = Progress()
        self.media = MediaSource(stream=self._api.download)
        self.sign_in = AppSignIn(settings, self._api, host.client)
        self.groups = AppGroups(self._api, host.client)
        self.directory = AppDirectory(self._api, host.database, host.client)
        self._watch = ContactWatch(self.directory, receive=partial(host.receive, name), clock=host.clock)

    # In ------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> str:
        """The text to echo when the administrator saves the address. Raises RefusedInput."""
        return self._door.verify(query)

    def open(self, query: Query, body: bytes) -> Envelope:
        """What a POST carries. Raises RefusedInput for what is not authentic or not well-formed."""
        raw = self._door.open(query, body)
        fields = read_fields(raw)
        # Signed with our token, and yet meant for another app: two apps share their secrets.
        if get_text(fields, "AgentID") not in ("", "0", str(self._settings.agent_id)):
            raise RefusedInput("other_app", 403)
        return payload.build_envelope(fields, raw)

    def read(self, raw: str) -> Incoming:
        return payload.build_incoming(raw, self._settings, channel=self.name)

    def tasks(self) -> Sequence[BackgroundTask]:
        """Reading the list of members each day, where the settings say so."""
        if not self._settings.sync_contacts:
            return ()
        return (BackgroundTask(self._watch.run, self._watch.stop),)

    # The answer within the request -----------------------------------------------------------------

    def can_reply(self, body: PushBody, request: OpenRequest) -> bool:
        """Whether a push may be the answer to this request: words, or to a press its card drawn anew."""
        if request.incoming.kind is IncomingKind.CLICK:
            return isinstance(body, CardUpdatePush)
        speaks = request.incoming.kind in (IncomingKind.MESSAGE, IncomingKind.ENTER)
        return speaks and isinstance(body, TextPush) and len(self._build_texts(body.text, plain=True)) == 1

    def build_reply(self, body: PushBody, request: OpenRequest) -> RequestAnswer:
        """The answer, encrypted. ValueError where `can_reply` said no."""
        if not self.can_reply(body, request):
            raise ValueError(f"a {type(body).__name__} does not answer a {request.incoming.kind}")
        return self._door.seal(
            {
                "ToUserName": request.incoming.sender,
                "FromUserName": self._settings.corp_id,
                "CreateTime": int(self._clock().timestamp()),
                **self._build_reply_fields(body),
            }
        )

    def _build_reply_fields(self, body: PushBody) -> Mapping[str, object]:
        match body:
            case TextPush(text=text):
                return {"MsgType": "text", "Content": strip_markdown(text)}
            case CardUpdatePush(card=card):
                drawn = messages.build_card_update(card, base_url=self._base_url)
                return {
                    "MsgType": "update_template_card",
                    "TemplateCard": messages.build_card_fields(drawn),
                }
        raise ValueError(f"a {type(body).__name__} is no answer")

    # Out -------------------------------------------------------------------------------------------

    def can_send(self, delivery: Delivery) -> bool:
        # An update without a code is refused by `send`: nothing would come of waiting for one.
        return delivery.file is not None or not isinstance(delivery.body, PhotoPush | FilePush)

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        match delivery.body:
            case CardUpdatePush():
                return ()
            case TextPush(text=text):
                count = max(len(self._build_texts(text)), 1)
            case PhotoPush(caption=caption):
                count = 1 + len(self._build_texts(caption))
            case _:
                count = 1
        key = f"app:{self._settings.corp_id}:{self._settings.agent_id}:{delivery.chat_id}"
        limits = _TO_MEMBER if delivery.direct else _TO_GROUP
        return base.build_rate_limits(key, limits, messages=count)

    async def probe(self) -> bool:
        # Asked for by no one, and shown to nobody: any number the platform answers with is an answer.
        answer = await self._api.get(self._client, "get_api_domain_ip")
        return isinstance(answer, Mapping) and not isinstance(judge_errcode(http.errcode(answer)), RetryLater)

    async def send(self, delivery: Delivery) -> Outcome:
        if isinstance(delivery.body, CardUpdatePush):
            return await self._update_card(delivery, delivery.body)
        parts = await self._build_messages(delivery)
        if not isinstance(parts, Sequence):
            return parts
        outcome = await self._send_parts(delivery, parts)
        if not isinstance(outcome, RetryLater | CredentialsRefused):
            self._progress.forget(delivery.push_id)
        return outcome

    async def _send_parts(self, delivery: Delivery, parts: Sequence[Message]) -> Outcome:
        outcome: Outcome = Delivered()
        for part in parts[self._progress.sent_count(delivery.push_id) :]:
            outcome = await self._send_message(delivery, part)
            if not isinstance(outcome, Delivered):
                return outcome
            self._progress.advance(delivery.push_id)
        return outcome

    async def _send_message(self, delivery: Delivery, message: Message) -> Outcome:
        if delivery.direct:
            to_member = {"touser": delivery.chat_id, "agentid": self._settings.agent_id}
            answer = await self._api.post(self._client, "message/send", {**to_member, **message})
        else:
            to_group = {"chatid": delivery.chat_id}
            answer = await self._api.post(self._client, "appchat/send", {**to_group, **message})
        if isinstance(answer, Outcome):
            return answer
        code = http.errcode(answer)
        if code in MEDIA_EXPIRED:
            self._uploads.forget_all()
        if code == CARD_REFUSED and delivery.doubtful and message["msgtype"] == "template_card":
            return Delivered("was_there")
        outcome = judge_errcode(code)
        if isinstance(outcome, Delivered) and _is_unreachable(answer, delivery.chat_id):
            return RouteRefused("invalid_receiver", chat_gone=True)
        code_for_card = answer.get("response_code")
        if isinstance(outcome, Delivered) and isinstance(code_for_card, str) and code_for_card:
            return Delivered(issued=IssuedHandle(RESPONSE_CODE, code_for_card, CARD_WINDOW))
        return outcome

    async def _update_card(self, delivery: Delivery, body: CardUpdatePush) -> Outcome:
        """By the newest code that is still good: nobody says whether a press spends the one before it."""
        card = messages.build_card_update(body.card, base_url=self._base_url)
        target = {"userids": [delivery.chat_id], "agentid": self._settings.agent_id, "template_card": card}
        for handle in delivery.handles:
            update = {**target, "response_code": handle.value}
            answer = await self._api.post(self._client, "message/update_template_card", update)
            if isinstance(answer, Outcome):
                return answer
            outcome = judge_errcode(code := http.errcode(answer))
            if isinstance(outcome, Delivered):
                return Delivered(used_handle=handle.id)
            if code != CARD_REFUSED:
                return outcome
        return RouteRefused("card_window_over")

    async def _build_messages(self, delivery: Delivery) -> Sequence[Message] | Outcome:
        match delivery.body:
            case TextPush() as push:
                texts = self._build_texts(push.text) if delivery.direct else messages.build_group_texts(push)
                return texts or RouteRefused("empty_text")
            case CardPush(card=card) if delivery.direct:
                return [messages.build_card_message(card, base_url=self._base_url)]
            case CardPush(card=card):
                return messages.build_group_card(card)
            case PhotoPush(caption=caption):
                return await self._build_media_messages(delivery, kind="image", caption=caption)
            case FilePush():
                return await self._build_media_messages(delivery, kind="file")
            case CardUpdatePush() | HandOverPush() | CaseEventPush():
                return RouteRefused("card_window_over")

    async def _build_media_messages(
        self, delivery: Delivery, *, kind: str, caption: str = ""
    ) -> Sequence[Message] | Outcome:
        if delivery.file is None:
            return RouteRefused("file_missing")
        media_id = await self._uploads.find_media_id(self._client, delivery.file, kind=kind)
        if not isinstance(media_id, str):
            return media_id
        return [*self._build_texts(caption), {"msgtype": kind, kind: {"media_id": media_id}}]

    def _build_texts(self, text: str, *, plain: bool = False) -> tuple[Message, ...]:
        """`plain`: a passive reply shows no markdown, whatever the settings say."""
        return messages.build_text_messages(text, markdown=self._settings.markdown and not plain)


def _is_unreachable(answer: Mapping[str, object], user_id: str) -> bool:
    """Whether the platform accepted a message and names its receiver as one it cannot reach."""
    named = (str(answer.get(field) or "").split("|") for field in ("invaliduser", "unlicenseduser"))
    return any(spell_account(WECOM, one) == user_id for some in named for one in some)
