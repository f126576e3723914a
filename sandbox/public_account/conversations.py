"""What people do with an account, and the callbacks of it (wechat-official-account.md §2)."""

import hashlib
import itertools
import secrets
from collections.abc import Mapping

import structlog

from sandbox import crypto
from sandbox.callback_delivery import CallbackDelivery
from sandbox.public_account.followers import AccountBook, Follower
from sandbox.public_account.interfaces import AccountInterfaces
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, Json, PlatformError
from sandbox.world import Blob, Message, PublicAccount, Sender, SenderKind, single_chat_id
from sandbox.xml_messages import read_xml, write_xml

log = structlog.get_logger()

_KINDS = {"photo": "image", "voice": "voice", "video": "video", "shortvideo": "shortvideo"}


class AccountConversations:
    """The conversations of all accounts of one tenant, by openid. One without an address hears nothing."""

    def __init__(self, tenant: Tenant, book: AccountBook, interfaces: AccountInterfaces) -> None:
        self._tenant = tenant
        self._book = book
        self._interfaces = interfaces
        self._ids = itertools.count(24_812_345_678_901_234)
        self._delivery = CallbackDelivery(tenant, "account.callback")
        interfaces.after_template = self._report_template

    async def close(self) -> None:
        """Cancel the deliveries under way and close the HTTP client."""
        await self._delivery.close()

    def scan(self, account: PublicAccount, openid: str, scene: str) -> bool:
        """Scan the code of a scene; whoever does not follow yet subscribes. Whether the account was told."""
        try:
            follower = self._book.find(account, openid)
        except PlatformError:
            return self.subscribe(account, openid, scene=scene)
        if not follower.subscribed:
            return self.subscribe(account, openid, scene=scene)
        self._book.note_press(follower)
        return self._deliver_event(account, openid, {"Event": "SCAN", "EventKey": scene, "Ticket": "TICKET"})

    def subscribe(self, account: PublicAccount, openid: str, *, scene: str = "") -> bool:
        """Begin to follow, by the code of a scene or by the account's name."""
        self._book.subscribe(account, openid)
        about = {"EventKey": f"qrscene_{scene}", "Ticket": "TICKET"} if scene else {"EventKey": ""}
        return self._deliver_event(account, openid, {"Event": "subscribe", **about})

    def unsubscribe(self, account: PublicAccount, openid: str) -> bool:
        """Follow no more."""
        self._book.find(account, openid).subscribed = False
        return self._deliver_event(account, openid, {"Event": "unsubscribe", "EventKey": ""})

    def agree(self, account: PublicAccount, openid: str, template: str) -> bool:
        """Agree to one notice of this kind. Raises PlatformError where there is none."""
        if template not in account.subscriptions:
            raise PlatformError(BAD_PARAMS, f"没有订阅通知 {template}")
        self._find_follower(account, openid).consents.append(template)
        entry = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "2"}
        about = {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": entry}}
        return self._deliver_event(account, openid, about)

    def press_menu(self, account: PublicAccount, openid: str, name: str) -> bool:
        """Press the entry of the menu that is called so. Raises PlatformError where there is none."""
        follower = self._find_follower(account, openid)
        key = next((entry["key"] for entry in account.menu if entry["name"] == name), None)
        if key is None:
            raise PlatformError(BAD_PARAMS, f"菜单里没有{name}")
        self._book.note_press(follower)
        return self._deliver_event(account, openid, {"Event": "CLICK", "EventKey": key})

    def press_choice(self, account: PublicAccount, openid: str, message: Message, words: str) -> bool:
        """Press the line below a message that says these words: it is said, with the line's id."""
        choices = (message.card or {}).get("choices", [])
        key = next((choice["id"] for choice in choices if choice["content"] == words), None)
        if key is None:
            raise PlatformError(BAD_PARAMS, f"消息下面没有{words}")
        _, told = self._say(account, openid, "text", {"Content": words, "bizmsgmenuid": key}, text=words)
        return told

    def say_words(self, account: PublicAccount, openid: str, text: str) -> tuple[Message, bool]:
        """Write; the message, and whether the account was told."""
        return self._say(account, openid, "text", {"Content": text}, text=text)

    def send_file(
        self, account: PublicAccount, openid: str, kind: str, blob: Blob, *, recognition: str = ""
    ) -> tuple[Message, bool]:
        """Send a photo, voice, video or short video; `recognition`: what the platform heard in a voice."""
        msgtype = _KINDS[kind]
        stored = "video" if msgtype == "shortvideo" else msgtype
        media_id = self._tenant.media_ids.store(account.app_id, stored, blob)
        parts: dict[str, object] = {"MediaId": media_id}
        if msgtype == "image":
            parts = {"PicUrl": f"{self._tenant.links.base_url}/sandbox/files/{blob.id}", **parts}
        elif msgtype == "voice":
            parts["Format"] = "amr"
            if recognition:
                parts["Recognition"] = recognition
        else:
            parts["ThumbMediaId"] = f"THUMB{blob.id}"
        return self._say(account, openid, msgtype, parts, text=recognition, blob=blob)

    def send_location(
        self, account: PublicAccount, openid: str, *, lat: float, lon: float, label: str
    ) -> tuple[Message, bool]:
        """Send a place, as WeChat's map counts it."""
        parts = {"Location_X": lat, "Location_Y": lon, "Scale": 20, "Label": label or "位置信息"}
        return self._say(account, openid, "location", parts, text=label or f"{lat:.5f}，{lon:.5f}")

    async def verify(self, account: PublicAccount) -> str | None:
        """Send the GET that saving the address sends; None, or what was wrong."""
        echo = str(secrets.randbelow(10**18))
        query = self._sign(account) | {"echostr": echo}
        return await self._delivery.verify(account.callback_url, query, echo)

    def _find_follower(self, account: PublicAccount, openid: str) -> Follower:
        follower = self._book.find(account, openid)
        if not follower.subscribed:
            raise PlatformError(BAD_PARAMS, f"{openid}没有关注{account.name}")
        return follower

    def _say(
        self,
        account: PublicAccount,
        openid: str,
        msgtype: str,
        parts: Mapping[str, object],
        *,
        text: str = "",
        blob: Blob | None = None,
    ) -> tuple[Message, bool]:
        follower = self._find_follower(account, openid)
        sender = Sender(SenderKind.USER, openid, self._tenant.world.member_name(openid))
        chat = single_chat_id(account.app_id, openid)
        message = Message(chat, sender, msgtype, self._tenant.clock.now(), text=text)
        if blob is not None and msgtype == "image":
            message.photos.append(blob)
        else:
            message.attachment = blob
        self._tenant.world.post(message)
        self._book.note_message(follower)
        told = self._deliver(account, openid, {"MsgType": msgtype, **parts, "MsgId": next(self._ids)})
        return message, told

    def _report_template(self, account: PublicAccount, openid: str, number: int) -> None:
        finished = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": number, "Status": "success"}
        self._deliver_event(account, openid, finished)

    def _deliver_event(self, account: PublicAccount, openid: str, parts: Mapping[str, object]) -> bool:
        return self._deliver(account, openid, {"MsgType": "event", **parts})

    def _deliver(self, account: PublicAccount, openid: str, parts: Mapping[str, object]) -> bool:
        """Start delivering in the background; whether there is anybody to deliver to."""
        if not account.callback_url:
            self._tenant.stats.lost += 1
            return False
        head = {
            "ToUserName": account.original_id,
            "FromUserName": openid,
            "CreateTime": int(self._tenant.clock.now()),
        }
        text = write_xml({**head, **parts})
        self._delivery.start(self._deliver_with_retries(account, openid, text))
        return True

    async def _deliver_with_retries(self, account: PublicAccount, openid: str, text: str) -> None:
        answer = await self._delivery.try_often(lambda: self._post_once(account, openid, text))
        if answer is None:
            log.info("account.callback.given_up", account=account.app_id)
            return
        try:
            self._accept_reply(account, openid, answer)
        except (PlatformError, crypto.CryptoError, ValueError) as error:
            self._delivery.record_failure(f"reply: {error}")

    async def _post_once(self, account: PublicAccount, openid: str, text: str) -> bytes | None:
        """The body of the answer; None when the POST failed."""
        query = self._sign(account) | {"openid": openid}
        if account.encrypted:
            encrypted = crypto.seal(text, crypto.decode_key(account.aes_key), receiveid=account.app_id)
            text = write_xml({"ToUserName": account.original_id, "Encrypt": encrypted})
            signature = crypto.compute_signature(account.token, query["timestamp"], query["nonce"], encrypted)
            query |= {"encrypt_type": "aes", "msg_signature": signature}
        return await self._delivery.post_xml(account.callback_url, query, text)

    def _sign(self, account: PublicAccount) -> dict[str, str]:
        timestamp, nonce = str(int(self._tenant.clock.now())), secrets.token_hex(5)
        joined = "".join(sorted([account.token, timestamp, nonce]))
        signature = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce}

    def _accept_reply(self, account: PublicAccount, openid: str, content: bytes) -> None:
        text = content.decode().strip()
        if text in ("", "success"):
            return
        reply = read_xml(text)
        if account.encrypted:
            encrypted = reply.findtext("Encrypt", "")
            crypto.check_signature(
                reply.findtext("MsgSignature", ""),
                token=account.token,
                timestamp=reply.findtext("TimeStamp", ""),
                nonce=reply.findtext("Nonce", ""),
                encrypted=encrypted,
            )
            key = crypto.decode_key(account.aes_key)
            reply = read_xml(crypto.unseal(encrypted, key, receiveid=account.app_id))
        if reply.findtext("ToUserName") != openid or reply.findtext("FromUserName") != account.original_id:
            raise PlatformError(BAD_PARAMS, "ToUserName or FromUserName is wrong")
        match reply.findtext("MsgType"):
            case "text":
                self._interfaces.reply(account, openid, reply.findtext("Content", ""))
            case "transfer_customer_service":
                self._interfaces.transfer(account, openid)
            case _:
                raise PlatformError(BAD_PARAMS, "this sandbox takes no other replies")


def find_choice_message(tenant: Tenant, account: PublicAccount, openid: str) -> Message:
    """The newest message to this person with something to press below it. Raises PlatformError."""
    for message in reversed(tenant.world.messages_in_chat(single_chat_id(account.app_id, openid))):
        if message.card is not None and "choices" in message.card:
            return message
    raise PlatformError(BAD_PARAMS, "没有可以点的消息")


def read_place(place: Json) -> tuple[float, float, str]:
    """Latitude, longitude and name of a place. Raises PlatformError."""
    try:
        return float(place["lat"]), float(place["lon"]), str(place.get("label", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise PlatformError(BAD_PARAMS, "location wants lat and lon") from error
