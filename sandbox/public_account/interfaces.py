"""The interfaces of an account, checked as the platform checks them (official-account §3 to §5, §7)."""

import itertools
import re
import secrets
from collections.abc import Callable
from typing import TypeAlias

from sandbox import uploads
from sandbox.public_account.followers import NOT_A_FOLLOWER, AccountBook
from sandbox.tenant import Tenant
from sandbox.wire import (
    BAD_MSGTYPE,
    BAD_PARAMS,
    OK,
    Json,
    PlatformError,
    read_items,
    read_object,
    read_string,
)
from sandbox.world import Blob, Message, PublicAccount, Sender, SenderKind, single_chat_id

BAD_TEMPLATE, BAD_VALUE, NO_MEDIA, BAD_MENU, NO_CONSENT = 40037, 47003, 44001, 40016, 43101
_TEXT_BYTES = 2048
_LENGTHS = {"thing": 20, "character_string": 32, "phrase": 5, "phone_number": 17, "car_number": 8}
_KEY = re.compile(r"([a-z_]+?)\d+")
_ONE_TIME, _PERMANENT = "QR_STR_SCENE", "QR_LIMIT_STR_SCENE"
_SCENE = 64

Interface: TypeAlias = Callable[[PublicAccount, Json], Json]


class AccountInterfaces:
    """What the accounts of one tenant may call. Each call answers JSON or raises PlatformError."""

    def __init__(self, tenant: Tenant, book: AccountBook) -> None:
        self._tenant = tenant
        self._book = book
        self._template_ids = itertools.count(200_163_836)
        self.scenes: dict[str, tuple[str, str]] = {}
        """ticket -> app id and scene of a code that was made."""
        self.after_template: Callable[[PublicAccount, str, int], None] | None = None
        """Called with account, openid and msgid once a template was delivered."""
        self.by_path: dict[str, Interface] = {
            "message/custom/send": self.send_message,
            "message/template/send": self.send_template,
            "message/subscribe/bizsend": self.send_subscription,
            "qrcode/create": self.create_code,
            "menu/create": self.create_menu,
        }
        """Those that take a POST of JSON."""
        self._fillers: dict[str, Callable[[PublicAccount, Json, Message], None]] = {
            "text": _fill_text,
            "msgmenu": _fill_menu,
            "image": self._fill_media,
            "voice": self._fill_media,
        }

    def send_message(self, account: PublicAccount, body: Json) -> Json:
        """`message/custom/send`: while the person's window has room."""
        follower = self._book.find(account, read_string(body, "touser"))
        draft = self._build_draft(account, follower.openid, body)
        self._book.take_quota(follower)
        self._tenant.world.post(draft)
        return OK

    def send_template(self, account: PublicAccount, body: Json) -> Json:
        """`message/template/send`: at any time, to whoever follows."""
        follower = self._book.find(account, read_string(body, "touser"))
        if body.get("template_id") not in account.templates:
            raise PlatformError(BAD_TEMPLATE, "invalid template_id")
        data = read_object(body, "data")
        for key in data:
            _check_value(key, read_string(read_object(data, key), "value"))
        if not follower.subscribed:
            raise PlatformError(NOT_A_FOLLOWER, "require subscribe")
        draft = self._draft(account, follower.openid, "template")
        draft.card = {"template_id": body["template_id"], "data": data, "url": body.get("url", "")}
        self._tenant.world.post(draft)
        number = next(self._template_ids)
        if self.after_template is not None:
            self.after_template(account, follower.openid, number)
        return OK | {"msgid": number}

    def send_subscription(self, account: PublicAccount, body: Json) -> Json:
        """`message/subscribe/bizsend`: one for each time that the person agreed."""
        follower = self._book.find(account, read_string(body, "touser"))
        template = body.get("template_id")
        if template not in account.subscriptions:
            raise PlatformError(BAD_TEMPLATE, "invalid template_id")
        data = read_object(body, "data")
        for key in data:
            _check_value(key, read_string(read_object(data, key), "value"))
        if template not in follower.consents:
            raise PlatformError(NO_CONSENT, "user refuse to accept the msg")
        follower.consents.remove(template)
        draft = self._draft(account, follower.openid, "subscription")
        draft.card = {"template_id": template, "data": data, "page": body.get("page", "")}
        self._tenant.world.post(draft)
        return OK

    def transfer(self, account: PublicAccount, openid: str) -> None:
        """What the person said goes to those who sit at the 客服 page."""
        self._tenant.world.post(self._draft(account, openid, "transfer_customer_service"))

    def create_code(self, account: PublicAccount, body: Json) -> Json:
        """`qrcode/create` with a scene of words: the ticket of its picture."""
        name = read_string(body, "action_name")
        scene = read_string(read_object(read_object(body, "action_info"), "scene"), "scene_str")
        if name not in (_ONE_TIME, _PERMANENT) or len(scene) > _SCENE:
            raise PlatformError(BAD_PARAMS, "action_name or scene_str is wrong")
        ticket = secrets.token_urlsafe(32)
        self.scenes[ticket] = account.app_id, scene
        return {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket[:16]}"}

    def create_menu(self, account: PublicAccount, body: Json) -> Json:
        """`menu/create`: what stands below the conversation, at most three entries."""
        entries = read_items(body, "button")
        if not 1 <= len(entries) <= 3:
            raise PlatformError(BAD_MENU, "invalid button size")
        for entry in entries:
            read_string(entry, "name", limit=16)
            if entry.get("type") != "click":
                raise PlatformError(BAD_PARAMS, "this sandbox knows click buttons only")
            read_string(entry, "key", limit=128)
        account.menu = entries
        return OK

    def upload(self, account: PublicAccount, kind: str, *, name: str | None, data: bytes | None) -> Json:
        """`media/upload`: the id of the file, good for three days."""
        if not name or data is None:
            raise PlatformError(NO_MEDIA, "media data missing")
        media_id = uploads.store_file(self._tenant, account.app_id, kind, name=name, data=data)
        return {"type": kind, "media_id": media_id, "created_at": int(self._tenant.clock.now())}

    def download(self, account: PublicAccount, media_id: str) -> Blob:
        """`media/get`."""
        return uploads.find_sent_file(self._tenant, account.app_id, media_id)

    def reply(self, account: PublicAccount, openid: str, words: str) -> None:
        """What the account answered within the callback: no quota counts it."""
        self._tenant.world.post(
            self._build_draft(account, openid, {"msgtype": "text", "text": {"content": words}})
        )

    def _build_draft(self, account: PublicAccount, openid: str, body: Json) -> Message:
        msgtype = body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in self._fillers:
            raise PlatformError(BAD_MSGTYPE, f"invalid message type {msgtype}")
        draft = self._draft(account, openid, msgtype)
        self._fillers[msgtype](account, read_object(body, msgtype), draft)
        return draft

    def _draft(self, account: PublicAccount, openid: str, msgtype: str) -> Message:
        sender = Sender(SenderKind.BOT, account.app_id, account.name)
        chat = single_chat_id(account.app_id, openid)
        return Message(chat, sender, msgtype, self._tenant.clock.now())

    def _fill_media(self, account: PublicAccount, part: Json, draft: Message) -> None:
        uploads.attach_file(self._tenant, account.app_id, part, draft)


def _fill_text(_account: PublicAccount, part: Json, draft: Message) -> None:
    draft.text = read_string(part, "content", limit=_TEXT_BYTES)


def _fill_menu(_account: PublicAccount, part: Json, draft: Message) -> None:
    draft.text = read_string(part, "head_content", limit=_TEXT_BYTES)
    choices = read_items(part, "list")
    if not choices:
        raise PlatformError(BAD_PARAMS, "msgmenu.list is empty")
    for choice in choices:
        read_string(choice, "id")
        read_string(choice, "content")
    draft.card = {"choices": choices}


def _check_value(key: str, value: str) -> None:
    kind = _KEY.fullmatch(key)
    if kind is None or len(value) > _LENGTHS.get(kind[1], 64):
        raise PlatformError(BAD_VALUE, f"argument invalid! data.{key}.value invalid")
