"""The interfaces of an app, checked as the platform checks them (wecom-app.md sections 3, 4, 5)."""

import secrets
from collections.abc import Callable
from typing import TypeAlias

from sandbox import cards, uploads
from sandbox.member_app.accounts import AppAccounts
from sandbox.tenant import Tenant
from sandbox.wire import (
    BAD_MSGTYPE,
    BAD_PARAMS,
    OK,
    Json,
    PlatformError,
    read_items,
    read_number,
    read_object,
    read_string,
    read_strings,
)
from sandbox.world import Blob, Group, MemberApp, Message, Sender, SenderKind, single_chat_id

WRONG_AGENT, NO_RECEIVER, NO_MEDIA, NO_GROUP, FEW_MEMBERS, BAD_MEMBER = (
    301002,
    81013,
    44001,
    86003,
    86006,
    86216,
)
NOT_ALLOWED = 48002
_TEXT_BYTES = 2048
_SMALLEST_GROUP = 2

Interface: TypeAlias = Callable[[MemberApp, Json], Json]


class AppInterfaces:
    """What the apps of one tenant may call. Each call answers JSON or raises PlatformError."""

    def __init__(self, tenant: Tenant, accounts: AppAccounts) -> None:
        self._tenant = tenant
        self._accounts = accounts
        self.by_path: dict[str, Interface] = {
            "message/send": self.send_to_members,
            "message/update_template_card": self.update_card,
            "appchat/create": self.create_group,
            "appchat/send": self.send_to_group,
        }
        """Those that take a POST of JSON."""
        self._fillers: dict[str, Callable[[MemberApp, Json, Message], None]] = {
            "text": _fill_text,
            "markdown": _fill_text,
            "textcard": _fill_textcard,
            "news": _fill_news,
            "image": self._fill_media,
            "voice": self._fill_media,
            "video": self._fill_media,
            "file": self._fill_media,
        }

    def send_to_members(self, app: MemberApp, body: Json) -> Json:
        """`message/send`: the answer names whom it did not reach."""
        _check_agent(app, body)
        wanted = [name for name in read_string(body, "touser").split("|") if name]
        if "@all" in wanted:
            wanted = list(self._tenant.world.members)
        reached = [userid for name in wanted if (userid := self._find_member(app, name))]
        if not reached:
            raise PlatformError(NO_RECEIVER, "user & party & tag all invalid")
        posted = self._post_to_members(app, body, reached)
        missed = [name.lower() for name in wanted if self._find_member(app, name) is None]
        answer = OK | {"msgid": secrets.token_urlsafe(24), "invaliduser": "|".join(missed)}
        if any(message.card and message.card["card_type"] in cards.INTERACTIVE for message in posted):
            answer |= {"response_code": self._accounts.issue_code(app, tuple(posted))}
        return answer

    def update_card(self, app: MemberApp, body: Json) -> Json:
        """`message/update_template_card`: for the members it names, by a code that is good once."""
        _check_agent(app, body)
        messages = self._accounts.spend_code(app, body.get("response_code"))
        chats = {single_chat_id(app.app_id, name) for name in read_strings(body, "userids")}
        mine = [message for message in messages if body.get("atall") == 1 or message.chat.lower() in chats]
        for message in mine:
            if "button" in body:
                replace_buttons(
                    self._tenant, message, read_string(read_object(body, "button"), "replace_name")
                )
            else:
                replace_card(self._tenant, message, read_object(body, "template_card"))
        return OK | {"invaliduser": "" if mine else "|".join(read_strings(body, "userids"))}

    def create_group(self, app: MemberApp, body: Json) -> Json:
        """`appchat/create`: the group's id."""
        if app.visible_to:
            # Its visible range has to be the whole corporation.
            raise PlatformError(NOT_ALLOWED, "api forbidden for invisible range")
        members = read_strings(body, "userlist")
        if len(members) < _SMALLEST_GROUP:
            raise PlatformError(FEW_MEMBERS, "userlist is too short")
        unknown = set(members) - self._tenant.world.members.keys()
        if unknown:
            raise PlatformError(BAD_MEMBER, f"invalid member {min(unknown)}")
        chatid = str(body.get("chatid") or secrets.token_hex(8))
        if chatid in self._tenant.world.groups or not chatid.isalnum() or len(chatid) > 32:
            raise PlatformError(BAD_PARAMS, "chatid is in use or malformed")
        name = read_string(body, "name")
        self._tenant.world.groups[chatid] = Group(chatid, name, members, [], about=f"{app.name}建的群")
        self._accounts.groups[chatid] = app.app_id
        return OK | {"chatid": chatid}

    def read_group(self, app: MemberApp, chatid: str) -> Json:
        """`appchat/get`."""
        group = self._find_group(app, chatid)
        about = {"chatid": chatid, "name": group.name, "owner": group.members[0], "userlist": group.members}
        return OK | {"chat_info": about}

    def send_to_group(self, app: MemberApp, body: Json) -> Json:
        """`appchat/send`: everything but cards, with real mentions in a text."""
        group = self._find_group(app, read_string(body, "chatid"))
        draft = self._build_draft(app, body, chat=group.chatid)
        if draft.msgtype == "text":
            named = read_strings(read_object(body, "text"), "mentioned_list")
            draft.mentions = [name for name in named if name in group.members or name == "@all"]
        self._tenant.world.post(draft)
        return OK

    def read_login(self, app: MemberApp, code: str) -> Json:
        """`auth/getuserinfo`: who signed in; of somebody outside the app's range, only an openid."""
        userid = self._accounts.spend_login(app, code)
        return OK | ({"userid": userid} if app.sees(userid) else {"openid": f"o{secrets.token_hex(8)}"})

    def upload(self, app: MemberApp, kind: str, *, name: str | None, data: bytes | None) -> Json:
        """`media/upload`: the id of the file, good for three days."""
        if not name or data is None:
            raise PlatformError(NO_MEDIA, "media data missing")
        media_id = uploads.store_file(self._tenant, app.app_id, kind, name=name, data=data)
        return OK | {"type": kind, "media_id": media_id, "created_at": str(int(self._tenant.clock.now()))}

    def download(self, app: MemberApp, media_id: str) -> Blob:
        """`media/get`."""
        return uploads.find_sent_file(self._tenant, app.app_id, media_id)

    def reply(self, app: MemberApp, userid: str, msgtype: str, part: Json) -> None:
        """What the app answered within the callback."""
        body = {"msgtype": msgtype, msgtype: part}
        self._tenant.world.post(self._build_draft(app, body, chat=single_chat_id(app.app_id, userid)))

    def _find_member(self, app: MemberApp, name: str) -> str | None:
        """The id of a member in the app's visible range; capitals do not matter."""
        return next(
            (one for one in self._tenant.world.members if app.sees(one) and one.lower() == name.lower()), None
        )

    def _find_group(self, app: MemberApp, chatid: str) -> Group:
        if self._accounts.groups.get(chatid) != app.app_id:
            raise PlatformError(NO_GROUP, "invalid chatid")
        return self._tenant.world.groups[chatid]

    def _post_to_members(self, app: MemberApp, body: Json, userids: list[str]) -> list[Message]:
        drafts = [self._build_draft(app, body, chat=single_chat_id(app.app_id, userid)) for userid in userids]
        task_id = (drafts[0].card or {}).get("task_id")
        if task_id and (app.app_id, task_id) in self._tenant.world.used_tasks:
            raise PlatformError(self._tenant.options.used_task_code, "template_card: task_id was used before")
        posted = []
        for userid, draft in zip(userids, drafts, strict=True):
            if not self._accounts.take_quota(app, userid):
                self._tenant.stats.count_rate_refusal(draft.chat)
                continue
            posted.append(self._tenant.world.post(draft))
            if task_id:
                self._tenant.world.used_tasks[app.app_id, task_id] = posted[-1].id
        return posted

    def _build_draft(self, app: MemberApp, body: Json, *, chat: str) -> Message:
        msgtype = body.get("msgtype")
        sender = Sender(SenderKind.BOT, app.app_id, app.name)
        draft = Message(chat, sender, str(msgtype), self._tenant.clock.now())
        if msgtype == "template_card" and chat not in self._tenant.world.groups:
            draft.card = read_object(body, "template_card")
            cards.check_card(draft.card)
            return draft
        if not isinstance(msgtype, str) or msgtype not in self._fillers:
            raise PlatformError(BAD_MSGTYPE, f"invalid message type {msgtype}")
        self._fillers[msgtype](app, read_object(body, msgtype), draft)
        return draft

    def _fill_media(self, app: MemberApp, part: Json, draft: Message) -> None:
        uploads.attach_file(self._tenant, app.app_id, part, draft)


def replace_card(tenant: Tenant, message: Message, card: Json) -> None:
    """Draw this card in the place of the one that was sent. Raises PlatformError for a malformed one."""
    cards.check_card(card, update=True)
    message.card = {**card, "task_id": (message.card or {}).get("task_id")}
    tenant.world.touch(message)


def replace_buttons(tenant: Tenant, message: Message, words: str) -> None:
    """Let the card say this in the place of its buttons, which cannot be pressed any more."""
    message.card = {**(message.card or {}), "replace_text": words, "button_list": []}
    tenant.world.touch(message)


def _check_agent(app: MemberApp, body: Json) -> None:
    if str(read_number(body, "agentid")) != app.app_id:
        raise PlatformError(WRONG_AGENT, "agentid does not belong to this access_token")


def _fill_text(_app: MemberApp, part: Json, draft: Message) -> None:
    draft.text = read_string(part, "content", limit=_TEXT_BYTES)


def _fill_textcard(_app: MemberApp, part: Json, draft: Message) -> None:
    title, url = read_string(part, "title", limit=128), read_string(part, "url", limit=2048)
    draft.articles = [
        {"title": title, "description": read_string(part, "description", limit=512), "url": url}
    ]


def _fill_news(_app: MemberApp, part: Json, draft: Message) -> None:
    articles = read_items(part, "articles")
    if not 1 <= len(articles) <= 8:
        raise PlatformError(BAD_PARAMS, "news.articles needs 1 to 8 entries")
    draft.articles = articles
