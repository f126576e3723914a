"""What customers and servicers do, and the calls that there is something to be fetched."""

import secrets
from urllib.parse import quote

import structlog

from sandbox import crypto
from sandbox.callback_delivery import CallbackDelivery
from sandbox.customer_service.interfaces import ServiceInterfaces, build_message
from sandbox.customer_service.sessions import BY_PERSON, ENDED, POOL, ServiceBook, Session
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, Json, PlatformError
from sandbox.world import Blob, Message, Sender, SenderKind, ServiceAccount, single_chat_id
from sandbox.xml_messages import write_xml

log = structlog.get_logger()

_CUSTOMER, _SYSTEM, _SERVICER = 3, 4, 5
_PICKED, _ENDED_CHANGE = 1, 3
_KINDS = {"photo": "image", "voice": "voice", "video": "video", "file": "file"}
_OTHERS = frozenset({"link", "business_card", "miniprogram"})


class ServiceConversations:
    """The conversations of all accounts of one tenant. One without an address hears nothing."""

    def __init__(self, tenant: Tenant, book: ServiceBook, interfaces: ServiceInterfaces) -> None:
        self._tenant = tenant
        self._book = book
        self._delivery = CallbackDelivery(tenant, "kf.callback")
        interfaces.on_event = self._add_event

    async def close(self) -> None:
        """Cancel the calls under way and close the HTTP client."""
        await self._delivery.close()

    # Customers -------------------------------------------------------------------------------------

    def enter(self, account: ServiceAccount, customer: str, scene: str) -> None:
        """Open the conversation by the link that carries this `scene_param`."""
        session = self._book.open_session(account, customer)
        event: Json = {"event_type": "enter_session", "scene": "grid"}
        if scene:
            event["scene_param"] = quote(scene, safe="")
        if not self._book.was_here_lately(session):
            event["welcome_code"] = self._book.issue_code(session)
        self._add_event(session, event)

    def say(self, account: ServiceAccount, customer: str, words: str) -> None:
        """Write."""
        self._post(account, customer, "text", {"content": words}, text=words)

    def press(self, account: ServiceAccount, customer: str, words: str) -> None:
        """Press the line below the newest menu that says these words. Raises PlatformError."""
        chat = single_chat_id(account.open_kfid, customer)
        menus = [one for one in self._tenant.world.messages_in_chat(chat) if one.card is not None]
        choices = (menus[-1].card or {}).get("choices", []) if menus else []
        key = next((choice["id"] for choice in choices if choice["content"] == words), None)
        if key is None:
            raise PlatformError(BAD_PARAMS, f"没有可以点的{words}")
        self._post(account, customer, "text", {"content": words, "menu_id": key}, text=words)

    def send_file(self, account: ServiceAccount, customer: str, kind: str, blob: Blob) -> None:
        """Send a photo, voice, video or file."""
        msgtype = _KINDS[kind]
        media_id = self._tenant.media_ids.store(account.app_id, msgtype, blob)
        self._post(account, customer, msgtype, {"media_id": media_id}, blob=blob)

    def send_location(self, account: ServiceAccount, customer: str, place: Json) -> None:
        """Send a place: latitude, longitude, name, address."""
        self._post(account, customer, "location", dict(place), text=str(place.get("name", "")))

    def send_other(self, account: ServiceAccount, customer: str, other: Json) -> None:
        """Send a link, a business card or a mini program: `{"msgtype": "link", "link": {…}}`."""
        msgtype = other.get("msgtype")
        if msgtype not in _OTHERS or not isinstance(other.get(str(msgtype)), dict):
            raise PlatformError(BAD_PARAMS, f"不认识的消息 {msgtype}")
        self._post(account, customer, str(msgtype), other[str(msgtype)])

    def recall(self, account: ServiceAccount, customer: str, message_id: str) -> None:
        """Take a message back."""
        session = self._book.find_session(account, customer)
        self._add_event(session, {"event_type": "user_recall_msg", "recall_msgid": message_id})

    # Servicers -------------------------------------------------------------------------------------

    def list_sessions(self, account: ServiceAccount) -> list[Json]:
        """What a servicer sees of everybody who has come: who they are, the state, and who answers."""
        return [
            {
                "user": session.customer,
                "name": self._tenant.world.member_name(session.customer),
                "service_state": session.state,
                "servicer_userid": session.servicer,
            }
            for session in self._book.list_sessions(account)
        ]

    def pick(self, account: ServiceAccount, customer: str, servicer: str) -> None:
        """A servicer takes a customer who waits in the pool."""
        session = self._book.find_session(account, customer)
        if session.state != POOL:
            raise PlatformError(BAD_PARAMS, "没有在排队")
        self._book.change_state(session, BY_PERSON, servicer)
        self._change(session, _PICKED, {"new_servicer_userid": servicer})

    def answer(self, account: ServiceAccount, customer: str, words: str) -> None:
        """The servicer writes."""
        session = self._book.find_session(account, customer)
        if session.state != BY_PERSON:
            raise PlatformError(BAD_PARAMS, "不是人工接待")
        message = build_message(self._tenant, account, customer, "text")
        message.text = words
        self._tenant.world.post(message)
        who = {"external_userid": customer, "servicer_userid": session.servicer}
        self._book.add_item(account, _SERVICER, "text", {"content": words}, **who)
        self._call(account)

    def end(self, account: ServiceAccount, customer: str) -> None:
        """The servicer ends the session."""
        session = self._book.find_session(account, customer)
        servicer = session.servicer
        self._book.change_state(session, ENDED, "")
        self._change(session, _ENDED_CHANGE, {"old_servicer_userid": servicer})

    def _change(self, session: Session, change_type: int, who: Json) -> None:
        about = {"change_type": change_type, "msg_code": self._book.issue_code(session), **who}
        self._add_event(session, {"event_type": "session_status_change", **about})

    # Calls -----------------------------------------------------------------------------------------

    def call(self, account: ServiceAccount) -> None:
        """Say once more that there is something, whether or not there is."""
        self._call(account)

    async def verify(self, account: ServiceAccount) -> str | None:
        """Send the GET that saving the address sends; None, or what was wrong."""
        echo = secrets.token_hex(10)
        key = crypto.decode_key(account.aes_key)
        encrypted = crypto.seal(echo, key, receiveid=self._find_corp(account))
        query = self._sign(account, encrypted) | {"echostr": encrypted}
        return await self._delivery.verify(account.callback_url, query, echo)

    def _post(
        self,
        account: ServiceAccount,
        customer: str,
        msgtype: str,
        content: Json,
        *,
        text: str = "",
        blob: Blob | None = None,
    ) -> None:
        session = self._book.open_session(account, customer)
        chat = single_chat_id(account.open_kfid, customer)
        sender = Sender(SenderKind.USER, customer, self._tenant.world.member_name(customer))
        message = Message(chat, sender, msgtype, self._tenant.clock.now(), text=text)
        if blob is not None and msgtype == "image":
            message.photos.append(blob)
        else:
            message.attachment = blob
        self._tenant.world.post(message)
        self._book.note_message(session)
        self._book.add_item(account, _CUSTOMER, msgtype, content, external_userid=customer)
        self._call(account)

    def _add_event(self, session: Session, event: Json) -> None:
        named = {"open_kfid": session.account.open_kfid, "external_userid": session.customer}
        self._book.add_item(session.account, _SYSTEM, "event", event | named)
        self._call(session.account)

    def _call(self, account: ServiceAccount) -> None:
        if not account.callback_url:
            self._tenant.stats.lost += 1
            return
        if self._tenant.faults.lost_calls.take() is not None:
            return
        text = write_xml(
            {
                "ToUserName": self._find_corp(account),
                "CreateTime": int(self._tenant.clock.now()),
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": self._book.issue_sync_token(account),
                "OpenKfId": account.open_kfid,
            }
        )
        self._delivery.start(self._deliver(account, text))

    async def _deliver(self, account: ServiceAccount, text: str) -> None:
        if await self._delivery.try_often(lambda: self._post_once(account, text)) is None:
            log.info("kf.callback.given_up", account=account.open_kfid)

    async def _post_once(self, account: ServiceAccount, text: str) -> bytes | None:
        corp_id = self._find_corp(account)
        encrypted = crypto.seal(text, crypto.decode_key(account.aes_key), receiveid=corp_id)
        envelope = write_xml({"ToUserName": corp_id, "AgentID": "", "Encrypt": encrypted})
        return await self._delivery.post_xml(account.callback_url, self._sign(account, encrypted), envelope)

    def _sign(self, account: ServiceAccount, encrypted: str) -> dict[str, str]:
        timestamp, nonce = str(int(self._tenant.clock.now())), secrets.token_hex(8)
        signature = crypto.compute_signature(account.token, timestamp, nonce, encrypted)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}

    def _find_corp(self, account: ServiceAccount) -> str:
        return self._tenant.world.apps[account.app_id].corp_id
