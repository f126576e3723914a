"""The state of the pretend platform: members, groups, bots, apps, webhooks, and every message so far."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.wire import Json


class Mode(StrEnum):
    """How a bot is connected: long connection or URL callback."""

    SOCKET = "socket"
    CALLBACK = "callback"


class SenderKind(StrEnum):
    """Who posted a message."""

    USER = "user"
    BOT = "bot"
    WEBHOOK = "webhook"


@dataclass(slots=True)
class Member:
    """A person of the corp."""

    userid: str
    name: str
    title: str = ""
    departments: list[int] = field(default_factory=lambda: [1])
    """Numbers of departments."""


@dataclass(slots=True)
class Department:
    """A department of the corp; the root is number 1."""

    number: int
    name: str
    parent: int = 0


@dataclass(slots=True)
class Group:
    """A group chat with its members and bots, by their ids."""

    chatid: str
    name: str
    members: list[str]
    bots: list[str]
    about: str = ""
    room_id: str = ""
    """Its id in the message archive; empty: the same."""
    archived: bool = False
    """Whether the message archive reads it, so that what is said without a mention is heard as well."""


@dataclass(slots=True)
class Bot:
    """An AI bot; `secret` is for the long connection, `token`, `aes_key` and `callback_url` for callbacks."""

    bot_id: str
    name: str
    mode: Mode = Mode.SOCKET
    secret: str = ""
    token: str = ""
    aes_key: str = ""
    callback_url: str = ""


@dataclass(slots=True)
class MemberApp:
    """A self-built app; `app_id` is its AgentID. Without a `callback_url` it hears nothing."""

    app_id: str
    name: str
    corp_id: str
    secret: str = ""
    token: str = ""
    aes_key: str = ""
    callback_url: str = ""
    visible_to: list[str] = field(default_factory=list)
    """User ids; empty: everybody of the corp."""

    def sees(self, userid: str) -> bool:
        """Whether the member is in its visible range."""
        return not self.visible_to or userid in self.visible_to


@dataclass(slots=True)
class Phone:
    """Somebody with ordinary WeChat and no account of the corp; the page shows their telephone."""

    user: str
    """As the account knows them: an openid, or the external_userid of customer service."""
    name: str
    title: str = ""


@dataclass(slots=True)
class Poster:
    """A printed code of an account, and the scene that it leads to."""

    scene: str
    title: str


@dataclass(slots=True)
class Spot:
    """A place that a telephone can send, as WeChat's map counts it."""

    name: str
    lat: float
    lon: float


@dataclass(slots=True)
class PublicAccount:
    """An official account (公众号). Without a `callback_url` it hears nothing."""

    app_id: str
    name: str
    original_id: str = "gh_0123456789ab"
    secret: str = ""
    token: str = ""
    aes_key: str = ""
    callback_url: str = ""
    encrypted: bool = True
    """Safe mode; False: messages go in plain XML."""
    templates: list[str] = field(default_factory=list)
    """Ids of the templates it may send."""
    subscriptions: list[str] = field(default_factory=list)
    """Ids of the notices that people may agree to (订阅通知)."""
    menu: list[Json] = field(default_factory=list)
    """What stands below its conversations."""
    phones: list[Phone] = field(default_factory=list)
    posters: list[Poster] = field(default_factory=list)

    def to_json(self) -> Json:
        """The account as the page reads it: no secrets."""
        return {
            "app_id": self.app_id,
            "name": self.name,
            "menu": [entry["name"] for entry in self.menu],
            **_list_doors(self),
        }


@dataclass(slots=True)
class ServiceAccount:
    """A customer-service account (客服账号) of one app. Without a `callback_url` nobody is called."""

    open_kfid: str
    name: str
    app_id: str
    token: str = ""
    aes_key: str = ""
    callback_url: str = ""
    servicers: list[str] = field(default_factory=list)
    """Members who may answer themselves."""
    phones: list[Phone] = field(default_factory=list)
    posters: list[Poster] = field(default_factory=list)

    def to_json(self) -> Json:
        """The account as the page reads it: no secrets."""
        named = {"open_kfid": self.open_kfid, "name": self.name, "servicers": self.servicers}
        return {**named, **_list_doors(self)}


def _list_doors(account: PublicAccount | ServiceAccount) -> Json:
    return {
        "phones": [_pick_fields(phone, "user", "name", "title") for phone in account.phones],
        "posters": [_pick_fields(poster, "scene", "title") for poster in account.posters],
    }


@dataclass(slots=True)
class Webhook:
    """A group webhook; whoever has the key may post into the chat."""

    key: str
    chatid: str
    name: str


@dataclass(slots=True)
class GroupRobot:
    """A group robot that hears, in several groups. Without a `callback_url` it hears nothing."""

    key: str
    name: str
    token: str = ""
    aes_key: str = ""
    callback_url: str = ""
    chats: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Blob:
    """A file in memory."""

    id: str
    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """Who posted a message, as the page shows it."""

    kind: SenderKind
    id: str
    name: str


@dataclass(slots=True)
class Message:
    """One bubble of a chat. `at` is in Unix seconds; `revision` rises with every change of the bubble."""

    chat: str
    sender: Sender
    msgtype: str
    at: float
    text: str = ""
    photos: list[Blob] = field(default_factory=list)
    attachment: Blob | None = None
    caption: Json = field(default_factory=dict)
    articles: list[Json] = field(default_factory=list)
    other: Json | None = None
    """A message of a type that bots' documents do not have: `msgtype`, and its content under that name."""
    card: Json | None = None
    cards_for: dict[str, Json] = field(default_factory=dict)
    """Cards that only some people see, after an update with `userids`."""
    mentions: list[str] = field(default_factory=list)
    at_bot: str | None = None
    quote: str | None = None
    feedback_id: str = ""
    open_stream: bool = False
    clicks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    """Buttons below a robot's words."""
    id: str = ""
    seq: int = 0
    revision: int = 0

    def to_json(self) -> Json:
        """The message as the control API and the page read it."""
        return {
            "id": self.id,
            "seq": self.seq,
            "revision": self.revision,
            "chat": self.chat,
            "at": self.at,
            "sender": {"kind": str(self.sender.kind), "id": self.sender.id, "name": self.sender.name},
            "msgtype": self.msgtype,
            "text": self.text,
            "photos": [blob_to_json(blob) for blob in self.photos],
            "attachment": blob_to_json(self.attachment) if self.attachment else None,
            "caption": self.caption,
            "articles": self.articles,
            "other": self.other,
            "card": self.card,
            "cards_for": self.cards_for,
            "mentions": self.mentions,
            "at_bot": self.at_bot,
            "quote": self.quote,
            "feedback_id": self.feedback_id,
            "open_stream": self.open_stream,
            "clicks": self.clicks,
            "attachments": self.attachments,
        }


def blob_to_json(blob: Blob) -> Json:
    """The file as the page reads it: name, MIME type and address, without its bytes."""
    return {"id": blob.id, "name": blob.name, "mime": blob.mime, "url": f"/sandbox/files/{blob.id}"}


class World:
    """The corp in memory. `post` adds messages; `touch` announces every later change of one."""

    def __init__(self, *, name: str = "") -> None:
        self.name = name
        self.members: dict[str, Member] = {}
        self.departments: dict[int, Department] = {1: Department(1, name)}
        self.groups: dict[str, Group] = {}
        self.bots: dict[str, Bot] = {}
        self.apps: dict[str, MemberApp] = {}
        self.accounts: dict[str, PublicAccount] = {}
        self.services: dict[str, ServiceAccount] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.spots: list[Spot] = []
        self.robots: dict[str, GroupRobot] = {}
        self.messages: list[Message] = []
        self.blobs: dict[str, Blob] = {}
        self.pushable_chats: set[tuple[str, str]] = set()
        """(bot, chat) where somebody has spoken to the bot: pushing is allowed there."""
        self.used_tasks: dict[tuple[str, str], str] = {}
        """(bot or app, task_id) -> id of the message that carries the card."""
        self.stories: list[Json] = []
        self.boot_id = secrets.token_hex(8)
        """Tells an open page that the sandbox was restarted."""
        self.revision = 0
        self.on_change: list[Callable[[Message], None]] = []
        self._by_id: dict[str, Message] = {}

    def post(self, message: Message) -> Message:
        """Add a message; gives it its id and sequence number and notifies the listeners."""
        message.seq = len(self.messages) + 1
        message.id = f"m{message.seq}-{secrets.token_hex(4)}"
        self.messages.append(message)
        self._by_id[message.id] = message
        self.touch(message)
        return message

    def touch(self, message: Message) -> None:
        """Give the message a new revision and notify the listeners."""
        self.revision += 1
        message.revision = self.revision
        for listener in self.on_change:
            listener(message)

    def find_message(self, message_id: str) -> Message | None:
        """The message with this id, or None."""
        return self._by_id.get(message_id)

    def messages_in_chat(self, chat: str) -> list[Message]:
        """All messages of a chat, oldest first."""
        return [message for message in self.messages if message.chat == chat]

    def messages_since(self, revision: int) -> list[Message]:
        """Messages that are new or changed since this revision, oldest first."""
        return [message for message in self.messages if message.revision > revision]

    def store_blob(self, data: bytes, *, name: str, mime: str) -> Blob:
        """Keep a file; its id is random."""
        blob = Blob(id=secrets.token_hex(8), name=name, mime=mime, data=data)
        self.blobs[blob.id] = blob
        return blob

    def member_name(self, userid: str) -> str:
        """The name of a member or of a telephone's owner; the user id where nobody has it."""
        member = self.members.get(userid)
        named = member or next((phone for phone in self.list_phones() if phone.user == userid), None)
        return named.name if named else userid

    def list_phones(self) -> list[Phone]:
        """The telephones of all accounts."""
        followers = [phone for account in self.accounts.values() for phone in account.phones]
        return followers + [phone for account in self.services.values() for phone in account.phones]

    def find_group_bot(self, group: Group, wanted: str | None = None) -> Bot | None:
        """The bot with the id `wanted` in this group, or its first bot; None where there is none."""
        if wanted is not None:
            return self.bots[wanted] if wanted in group.bots else None
        return self.bots[group.bots[0]] if group.bots else None

    def to_json(self, after: int = 0) -> Json:
        """The whole state for the page, with the messages that changed since the revision `after`."""
        return {
            "name": self.name,
            "boot": self.boot_id,
            "revision": self.revision,
            "stories": self.stories,
            "members": [_pick_fields(member, "userid", "name", "title") for member in self.members.values()],
            "groups": [
                _pick_fields(group, "chatid", "name", "members", "bots", "about", "archived")
                for group in self.groups.values()
            ],
            "bots": [_pick_fields(bot, "bot_id", "name", "mode") for bot in self.bots.values()],
            "apps": [_pick_fields(app, "app_id", "name") for app in self.apps.values() if app.callback_url],
            "spots": [_pick_fields(spot, "name", "lat", "lon") for spot in self.spots],
            "accounts": [account.to_json() for account in self.accounts.values() if account.callback_url],
            "services": [account.to_json() for account in self.services.values() if account.callback_url],
            "webhooks": [_pick_fields(hook, "chatid", "name") for hook in self.webhooks.values()],
            "messages": [message.to_json() for message in self.messages_since(after)],
        }


def single_chat_id(bot_id: str, userid: str) -> str:
    """The sandbox's id of a one-to-one chat; the platform has none and names only the two ends."""
    return f"{bot_id}/{userid}"


def _pick_fields(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}
