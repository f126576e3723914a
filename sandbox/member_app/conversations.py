"""What a member does in the private conversation with an app, and the callbacks of it (wecom-app.md §2)."""

import itertools
import secrets
from collections.abc import Mapping

import structlog

from sandbox import cards, crypto
from sandbox.callback_delivery import CallbackDelivery
from sandbox.frames import default_selection
from sandbox.member_app.accounts import AppAccounts
from sandbox.member_app.interfaces import AppInterfaces, replace_buttons, replace_card
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, Json, PlatformError
from sandbox.world import Blob, MemberApp, Message, Sender, SenderKind, single_chat_id
from sandbox.xml_messages import read_card, read_xml, write_xml

log = structlog.get_logger()


class AppConversations:
    """The conversations of all apps of one tenant. An app without an address hears nothing."""

    def __init__(self, tenant: Tenant, accounts: AppAccounts, interfaces: AppInterfaces) -> None:
        self._tenant = tenant
        self._accounts = accounts
        self._interfaces = interfaces
        self._ids = itertools.count(7_000_000_000_000_000_001)
        self._delivery = CallbackDelivery(tenant, "app.callback")

    async def close(self) -> None:
        """Cancel the deliveries under way and close the HTTP client."""
        await self._delivery.close()

    def say(
        self,
        app: MemberApp,
        userid: str,
        *,
        text: str = "",
        photos: list[Blob],
        attachment: Blob | None = None,
        other: Json | None = None,
    ) -> tuple[Message, bool]:
        """Post a member's message: one callback for each photo, the words, the file, or the place.

        `other`: `{"msgtype": "location", "location": {"latitude", "longitude", "label"}}`, or a link.
        The last message, and whether the app was told. Raises PlatformError.
        """
        self._check_member(app, userid)
        contents: list[tuple[str, Mapping[str, object]]] = [
            ("image", self._build_image(app, one)) for one in photos
        ]
        if attachment is not None:
            contents.append(self._build_file(app, attachment))
        if other is not None:
            contents.append(_build_other(other))
        if text:
            contents.append(("text", {"Content": text}))
        if not contents:
            raise PlatformError(BAD_PARAMS, "没有可发送的内容")
        sender = Sender(SenderKind.USER, userid, self._tenant.world.member_name(userid))
        chat = single_chat_id(app.app_id, userid)
        for kind, _ in contents:
            message = Message(
                chat, sender, kind, self._tenant.clock.now(), text=text if kind == "text" else ""
            )
            message.photos = photos if kind == "image" else []
            message.attachment = attachment if kind in ("voice", "video", "file") else None
            message.other = other if kind in ("location", "link") else None
            self._tenant.world.post(message)
        told = [
            self._deliver(app, userid, kind, {**parts, "MsgId": next(self._ids)}) for kind, parts in contents
        ]
        return message, all(told)

    def press(
        self, app: MemberApp, message: Message, *, userid: str, key: str, selected: dict[str, list[str]]
    ) -> bool:
        """Press a button of the app's card. Raises PlatformError where there is none such."""
        if message.card is None or key not in cards.card_keys(message.card):
            raise PlatformError(BAD_PARAMS, "卡片上没有这个按钮")
        if message.chat != single_chat_id(app.app_id, userid):
            raise PlatformError(BAD_PARAMS, f"{userid}看不到这张卡片")
        message.clicks.append({"user": userid, "key": key, "at": self._tenant.clock.now()})
        self._tenant.world.touch(message)
        chosen = {**default_selection(message.card), **selected}
        event: dict[str, object] = {
            "Event": "template_card_event",
            "EventKey": key,
            "TaskId": message.card.get("task_id", ""),
            "CardType": message.card["card_type"],
            "ResponseCode": self._accounts.issue_code(app, (message,)),
        }
        if chosen:
            event["SelectedItems"] = {
                "SelectedItem": [
                    {"QuestionKey": question, "OptionIds": {"OptionId": options}}
                    for question, options in chosen.items()
                ]
            }
        return self._deliver(app, userid, "event", event, card=message)

    def enter(self, app: MemberApp, userid: str) -> bool:
        """Open the conversation; the app is told each time."""
        self._check_member(app, userid)
        return self._deliver(app, userid, "event", {"Event": "enter_agent", "EventKey": ""})

    def announce(self, app: MemberApp, event: Mapping[str, object]) -> bool:
        """An event of the platform itself, which comes from `sys`."""
        return self._deliver(app, "sys", "event", event)

    def authorize(self, app: MemberApp, userid: str) -> str:
        """Sign in with the app; the code that a browser would bring back."""
        return self._accounts.authorize(app, userid)

    def expire_tokens(self) -> None:
        """Let every token of the apps end now."""
        self._accounts.expire_tokens()

    async def verify(self, app: MemberApp) -> str | None:
        """Send the GET that saving the address sends; None, or what was wrong."""
        echo = secrets.token_hex(10)
        encrypted = crypto.seal(echo, crypto.decode_key(app.aes_key), receiveid=app.corp_id)
        query = self._sign(app, encrypted) | {"echostr": encrypted}
        return await self._delivery.verify(app.callback_url, query, echo)

    def _check_member(self, app: MemberApp, userid: str) -> None:
        if userid not in self._tenant.world.members or not app.sees(userid):
            raise PlatformError(BAD_PARAMS, f"{userid}看不到应用{app.name}")

    def _build_image(self, app: MemberApp, blob: Blob) -> Mapping[str, object]:
        media_id = self._tenant.media_ids.store(app.app_id, "image", blob)
        return {"PicUrl": f"{self._tenant.links.base_url}/sandbox/files/{blob.id}", "MediaId": media_id}

    def _build_file(self, app: MemberApp, blob: Blob) -> tuple[str, Mapping[str, object]]:
        kind = blob.mime.partition("/")[0]
        kind = {"audio": "voice", "video": "video"}.get(kind, "file")
        about: dict[str, object] = {"MediaId": self._tenant.media_ids.store(app.app_id, kind, blob)}
        if kind == "voice":
            about["Format"] = "amr"
        if kind == "video":
            about["ThumbMediaId"] = f"THUMB{blob.id}"
        return kind, about

    def _sign(self, app: MemberApp, encrypted: str) -> dict[str, str]:
        timestamp, nonce = str(int(self._tenant.clock.now())), secrets.token_hex(8)
        signature = crypto.compute_signature(app.token, timestamp, nonce, encrypted)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}

    def _deliver(
        self,
        app: MemberApp,
        userid: str,
        msgtype: str,
        parts: Mapping[str, object],
        *,
        card: Message | None = None,
    ) -> bool:
        """Start delivering in the background; whether there is anybody to deliver to."""
        if not app.callback_url:
            self._tenant.stats.lost += 1
            return False
        head = {
            "ToUserName": app.corp_id,
            "FromUserName": userid,
            "CreateTime": int(self._tenant.clock.now()),
            "MsgType": msgtype,
        }
        text = write_xml({**head, **parts, "AgentID": int(app.app_id)})
        self._delivery.start(self._deliver_with_retries(app, userid, text, card))
        return True

    async def _deliver_with_retries(
        self, app: MemberApp, userid: str, text: str, card: Message | None
    ) -> None:
        answer = await self._delivery.try_often(lambda: self._post_once(app, text))
        if answer is None:
            log.info("app.callback.given_up", app=app.app_id)
            return
        try:
            self._accept_reply(app, userid, answer, card)
        except (PlatformError, crypto.CryptoError, ValueError) as error:
            self._delivery.record_failure(f"reply: {error}")

    async def _post_once(self, app: MemberApp, text: str) -> bytes | None:
        """The body of the answer; None when the POST failed."""
        encrypted = crypto.seal(text, crypto.decode_key(app.aes_key), receiveid=app.corp_id)
        envelope = write_xml({"ToUserName": app.corp_id, "AgentID": app.app_id, "Encrypt": encrypted})
        return await self._delivery.post_xml(app.callback_url, self._sign(app, encrypted), envelope)

    def _accept_reply(self, app: MemberApp, userid: str, content: bytes, card: Message | None) -> None:
        if not content.strip():
            return
        envelope = read_xml(content.decode())
        encrypted = envelope.findtext("Encrypt", "")
        crypto.check_signature(
            envelope.findtext("MsgSignature", ""),
            token=app.token,
            timestamp=envelope.findtext("TimeStamp", ""),
            nonce=envelope.findtext("Nonce", ""),
            encrypted=encrypted,
        )
        key = crypto.decode_key(app.aes_key)
        reply = read_xml(crypto.unseal(encrypted, key, receiveid=app.corp_id))
        if reply.findtext("ToUserName") != userid.lower() or reply.findtext("FromUserName") != app.corp_id:
            raise PlatformError(BAD_PARAMS, "ToUserName or FromUserName is wrong")
        msgtype = reply.findtext("MsgType", "")
        drawn = reply.find("TemplateCard")
        if msgtype == "text":
            self._interfaces.reply(app, userid, "text", {"content": reply.findtext("Content", "")})
        elif msgtype in ("image", "voice"):
            media_id = reply.findtext(f"{msgtype.capitalize()}/MediaId", "")
            self._interfaces.reply(app, userid, msgtype, {"media_id": media_id})
        elif msgtype == "update_button" and card is not None:
            replace_buttons(self._tenant, card, reply.findtext("Button/ReplaceName", ""))
        elif msgtype == "update_template_card" and card is not None and drawn is not None:
            replace_card(self._tenant, card, read_card(drawn))
        else:
            raise PlatformError(BAD_PARAMS, f"{msgtype} does not answer this")


def _build_other(other: Json) -> tuple[str, Mapping[str, object]]:
    kind = other.get("msgtype")
    part = other.get(str(kind))
    if not isinstance(part, dict) or kind not in ("location", "link"):
        raise PlatformError(BAD_PARAMS, f"不认识的消息 {kind}")
    if kind == "link":
        names = {"title": "Title", "description": "Description", "url": "Url", "pic_url": "PicUrl"}
        return kind, {names[name]: str(part.get(name, "")) for name in names}
    return kind, {
        "Location_X": float(part["latitude"]),
        "Location_Y": float(part["longitude"]),
        "Scale": 16,
        "Label": str(part.get("label", "")),
        "AppType": "wxwork",
    }
