"""The interfaces of customer service, checked as the platform checks them (wecom-external.md B)."""

import re
import secrets
from collections.abc import Callable
from typing import TypeAlias

from sandbox import uploads
from sandbox.customer_service.sessions import BY_PERSON, ServiceBook, Session
from sandbox.tenant import Tenant
from sandbox.wire import (
    BAD_MSGTYPE,
    BAD_PARAMS,
    OK,
    TOO_LONG,
    Json,
    PlatformError,
    read_items,
    read_number,
    read_object,
    read_string,
    read_strings,
)
from sandbox.world import MemberApp, Message, Sender, SenderKind, ServiceAccount, single_chat_id

_TEXT_BYTES, _MENU_BYTES, _ITEM_BYTES, _KEY_BYTES, _SCENE_BYTES = 2048, 1024, 128, 128, 32
_MENU_ITEMS = 10
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")
_ON_EVENT = ("text", "msgmenu")

Interface: TypeAlias = Callable[[MemberApp, Json], Json]
OnEvent: TypeAlias = Callable[[Session, Json], None]


class ServiceInterfaces:
    """What apps that speak for customer service may call: each answers JSON or raises PlatformError."""

    def __init__(self, tenant: Tenant, book: ServiceBook) -> None:
        self._tenant = tenant
        self._book = book
        self.on_event: OnEvent | None = None
        """Called with an event that is to be fetched: a message was not delivered, a session changed."""
        self.by_path: dict[str, Interface] = {
            "kf/sync_msg": self.sync,
            "kf/send_msg": self.send,
            "kf/send_msg_on_event": self.send_on_event,
            "kf/service_state/get": self.read_state,
            "kf/service_state/trans": self.change_state,
            "kf/customer/batchget": self.read_customers,
            "kf/add_contact_way": self.make_link,
        }
        """Those that take a POST of JSON."""
        self._fillers: dict[str, Callable[[MemberApp, Json, Message], None]] = {
            "text": _fill_text,
            "msgmenu": _fill_menu,
            "link": self._fill_link,
            "location": _fill_location,
            "miniprogram": _fill_mini_program,
            "image": self._fill_media,
            "voice": self._fill_media,
            "video": self._fill_media,
            "file": self._fill_media,
        }

    def sync(self, app: MemberApp, body: Json) -> Json:
        """`kf/sync_msg`."""
        if body.get("voice_format", 0) not in (0, 1) or not 1 <= int(body.get("limit") or 1000) <= 1000:
            raise PlatformError(BAD_PARAMS, "voice_format or limit is wrong")
        account = self._book.find_account(app.app_id, body.get("open_kfid"))
        return OK | self._book.read_page(account, body)

    def send(self, app: MemberApp, body: Json) -> Json:
        """`kf/send_msg`: what comes too late, or is one too many, is accepted and reported as failed."""
        account = self._book.find_account(app.app_id, body.get("open_kfid"))
        session = self._book.find_session(account, body.get("touser"))
        message_id = _read_message_id(body)
        draft = self._build_draft(app, session, body, allowed=tuple(self._fillers))
        if self._book.is_known_message(account, message_id):
            return OK | {"msgid": message_id}
        failed = self._book.take_quota(session)
        self._book.note_message_id(account, message_id)
        if failed is None:
            self._tenant.world.post(draft)
        else:
            self._report(
                session, {"event_type": "msg_send_fail", "fail_msgid": message_id, "fail_type": failed}
            )
        return OK | {"msgid": message_id}

    def send_on_event(self, app: MemberApp, body: Json) -> Json:
        """`kf/send_msg_on_event`: one message by the code of an event."""
        message_id = _read_message_id(body)
        session = self._book.spend_code(body.get("code"))
        self._tenant.world.post(self._build_draft(app, session, body, allowed=_ON_EVENT))
        return OK | {"msgid": message_id}

    def read_state(self, app: MemberApp, body: Json) -> Json:
        """`kf/service_state/get`."""
        session = self._find_session(app, body)
        return OK | {"service_state": session.state, "servicer_userid": session.servicer}

    def change_state(self, app: MemberApp, body: Json) -> Json:
        """`kf/service_state/trans`."""
        session, state = self._find_session(app, body), read_number(body, "service_state")
        servicer = read_string(body, "servicer_userid") if state == BY_PERSON else ""
        self._book.change_state(session, state, servicer)
        return OK | {"msg_code": self._book.issue_code(session)}

    def read_customers(self, _app: MemberApp, body: Json) -> Json:
        """`kf/customer/batchget`."""
        customers = [
            {"external_userid": one, "nickname": self._tenant.world.member_name(one), "gender": 0}
            for one in read_strings(body, "external_userid_list")[:100]
        ]
        return OK | {"customer_list": customers, "invalid_external_userid": []}

    def make_link(self, app: MemberApp, body: Json) -> Json:
        """`kf/add_contact_way`."""
        account = self._book.find_account(app.app_id, body.get("open_kfid"))
        scene = read_string(body, "scene", limit=_SCENE_BYTES)
        return OK | {"url": f"https://work.weixin.qq.com/kf/{account.open_kfid}?enc_scene={scene}"}

    def list_accounts(self, app: MemberApp) -> Json:
        """`kf/account/list`."""
        mine = (one for one in self._tenant.world.services.values() if one.app_id == app.app_id)
        return OK | {"account_list": [{"open_kfid": one.open_kfid, "name": one.name} for one in mine]}

    def list_servicers(self, app: MemberApp, open_kfid: str) -> Json:
        """`kf/servicer/list`."""
        account = self._book.find_account(app.app_id, open_kfid)
        return OK | {"servicer_list": [{"userid": one, "status": 0} for one in account.servicers]}

    def _find_session(self, app: MemberApp, body: Json) -> Session:
        account = self._book.find_account(app.app_id, body.get("open_kfid"))
        return self._book.find_session(account, body.get("external_userid"))

    def _report(self, session: Session, event: Json) -> None:
        if self.on_event is not None:
            self.on_event(session, event)

    def _build_draft(
        self, app: MemberApp, session: Session, body: Json, *, allowed: tuple[str, ...]
    ) -> Message:
        msgtype = body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in allowed:
            raise PlatformError(BAD_MSGTYPE, f"invalid message type {msgtype}")
        draft = build_message(self._tenant, session.account, session.customer, msgtype)
        self._fillers[msgtype](app, read_object(body, msgtype), draft)
        return draft

    def _fill_media(self, app: MemberApp, part: Json, draft: Message) -> None:
        uploads.attach_file(self._tenant, app.app_id, part, draft)

    def _fill_link(self, app: MemberApp, part: Json, draft: Message) -> None:
        self._tenant.media_ids.find(app.app_id, "image", part.get("thumb_media_id"))
        about = {"title": read_string(part, "title", limit=128), "url": read_string(part, "url", limit=2048)}
        draft.articles = [about | {"description": str(part.get("desc", ""))}]


def build_message(tenant: Tenant, account: ServiceAccount, customer: str, msgtype: str) -> Message:
    """An empty message of the account to a customer."""
    sender = Sender(SenderKind.BOT, account.open_kfid, account.name)
    return Message(single_chat_id(account.open_kfid, customer), sender, msgtype, tenant.clock.now())


def _read_message_id(body: Json) -> str:
    given = body.get("msgid") or secrets.token_hex(16)
    if not isinstance(given, str) or not _MESSAGE_ID.fullmatch(given):
        raise PlatformError(BAD_PARAMS, "invalid msgid")
    return given


def _fill_text(_app: MemberApp, part: Json, draft: Message) -> None:
    draft.text = read_string(part, "content", limit=_TEXT_BYTES)


def _fill_menu(_app: MemberApp, part: Json, draft: Message) -> None:
    items = read_items(part, "list")
    if len(items) > _MENU_ITEMS:
        raise PlatformError(BAD_PARAMS, "msgmenu.list is too long")
    for name in ("head_content", "tail_content"):
        if len(str(part.get(name, "")).encode()) > _MENU_BYTES:
            raise PlatformError(TOO_LONG, f"{name} exceeds {_MENU_BYTES} bytes")
    choices = []
    for item in items:
        kind = read_string(item, "type")
        content = read_object(item, kind)
        read_string(content, "content", limit=_ITEM_BYTES)
        if kind == "click":
            key = read_string(content, "id", limit=_KEY_BYTES)
            choices.append({"id": key, "content": content["content"]})
        elif kind == "view":
            read_string(content, "url")
        elif kind != "text":
            raise PlatformError(BAD_PARAMS, f"invalid menu type {kind}")
    draft.text = str(part.get("head_content", ""))
    draft.card = {"choices": choices}


def _fill_location(_app: MemberApp, part: Json, draft: Message) -> None:
    point = part.get("latitude"), part.get("longitude")
    if not all(isinstance(one, int | float) for one in point):
        raise PlatformError(BAD_PARAMS, "latitude and longitude are wanted")
    draft.text = f"{part.get('name', '')} {point[0]},{point[1]}"


def _fill_mini_program(_app: MemberApp, part: Json, draft: Message) -> None:
    draft.text = read_string(part, "title", limit=64)
    if not read_string(part, "pagepath").partition("?")[0].endswith(".html"):
        raise PlatformError(BAD_PARAMS, "pagepath must end with .html")
