"""A group robot that hears, from the platform's side (wecom-webhook.md B): callbacks, member lists, `chatid`.

What it is called in the world: a webhook whose `chatid` is empty. It may be in any number of groups.
"""

import itertools
import json
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from sandbox import control, crypto
from sandbox.callback_delivery import CallbackDelivery
from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, OK, Json, PlatformError
from sandbox.world import GroupRobot, Message, Sender, SenderKind
from sandbox.xml_messages import write_xml

BAD_CODE = 40029
_INFO_FOR = 300.0
_TO_PERSON = 3
"""Messages to one person for each of theirs."""
NOT_ALLOWED = 93005


class RobotAct(BaseModel):
    """What happens to a robot, `do`: say, enter, press, join (a group lets it in) or leave."""

    model_config = ConfigDict(extra="forbid")

    robot: str
    user: str
    do: str
    chat: str = ""
    """A group; empty: the person's own conversation."""
    words: str = ""
    """What they write, without the mention, or the button that they press."""
    photos: list[str] = []


class GroupRobots:
    """The robots of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._delivery = CallbackDelivery(tenant, "robot.callback")
        self._ids = itertools.count(1)
        self._codes: dict[str, tuple[str, float]] = {}
        """Code of a member list -> chat, and until when it is good."""
        self._left: dict[tuple[str, str], int] = {}
        """(robot, person) -> messages that it may still send them."""

    async def close(self) -> None:
        """Cancel the deliveries under way and close the HTTP client."""
        await self._delivery.close()

    def act(self, robot: GroupRobot, act: RobotAct) -> bool:
        """Something happens, and the robot is told; whether there is anybody to tell."""
        group = self._tenant.world.groups.get(act.chat)
        if act.chat and (group is None or act.user not in group.members):
            raise PlatformError(BAD_PARAMS, f"{act.user}不在群{act.chat}里")
        match act.do:
            case "join" | "leave":
                (robot.chats.append if act.do == "join" else robot.chats.remove)(act.chat)
                event = "add_to_chat" if act.do == "join" else "delete_from_chat"
                return self._deliver(robot, act, {"msgtype": "event", "event": {"event_type": event}})
            case "enter":
                return self._deliver(robot, act, {"msgtype": "event", "event": {"event_type": "enter_chat"}})
            case "press":
                return self._press(robot, act)
            case "say":
                return self._say(robot, act)
        raise PlatformError(BAD_PARAMS, f"不认识的动作 {act.do}")

    def find_targets(self, robot: GroupRobot, wanted: object) -> list[str]:
        """Chats that a `chatid` names; without one, every group of the robot. Raises PlatformError."""
        if wanted in (None, "", "@all_group"):
            return list(robot.chats)
        chats = []
        for name in str(wanted).split("|"):
            if name in self._tenant.world.members:
                if self._left.get((robot.key, name), 0) <= 0:
                    raise PlatformError(NOT_ALLOWED, "not allowed to message this user")
                self._left[robot.key, name] -= 1
                chats.append(f"{robot.key}/{name}")
            elif name in robot.chats:
                chats.append(name)
            else:
                raise PlatformError(93006, "invalid chatid")
        return chats

    def read_group(self, code: str) -> Json:
        """`get_chat_info`: name and members, once."""
        chat, until = self._codes.pop(code, ("", 0.0))
        if until <= self._tenant.clock.now():
            raise PlatformError(BAD_CODE, "invalid code")
        group = self._tenant.world.groups[chat]
        members = [
            {"userid": one, "alias": "", "name": self._tenant.world.member_name(one)} for one in group.members
        ]
        return OK | {"chatid": chat, "name": group.name, "chattype": "group", "members": members}

    def _say(self, robot: GroupRobot, act: RobotAct) -> bool:
        mention = f"@{robot.name} " if act.chat else ""
        text = {"content": f"{mention}{act.words}"}
        photos = [control.load_blob(self._tenant, one, "照片.jpg") for one in act.photos]
        links = [f"{self._tenant.links.base_url}/sandbox/files/{blob.id}" for blob in photos]
        sender = Sender(SenderKind.USER, act.user, self._tenant.world.member_name(act.user))
        where = act.chat or f"{robot.key}/{act.user}"
        message = Message(
            where, sender, "text", self._tenant.clock.now(), text=text["content"], photos=photos
        )
        self._tenant.world.post(message)
        if not act.chat:
            self._left[robot.key, act.user] = _TO_PERSON
        if not links:
            return self._deliver(robot, act, {"msgtype": "text", "text": text})
        items: list[Json] = [{"msg_type": "text", "text": text}]
        items += [{"msg_type": "image", "image": {"image_url": link}} for link in links]
        return self._deliver(robot, act, {"msgtype": "mixed", "mixed_message": {"msg_item": items}})

    def _press(self, robot: GroupRobot, act: RobotAct) -> bool:
        for message in reversed(self._tenant.world.messages_in_chat(act.chat or f"{robot.key}/{act.user}")):
            for attachment in message.attachments:
                for action in attachment["actions"]:
                    if action["text"] == act.words:
                        pressed = {name: action[name] for name in ("name", "value", "type")}
                        said = {"callbackid": attachment["callback_id"], "actions": [pressed]}
                        return self._deliver(robot, act, {"msgtype": "attachment", "attachment": said})
        raise PlatformError(BAD_PARAMS, f"没有按钮「{act.words}」")

    def _deliver(self, robot: GroupRobot, act: RobotAct, content: Json) -> bool:
        """Start delivering in the background; whether there is anybody to deliver to."""
        if not robot.callback_url:
            return False
        base = self._tenant.links.base_url
        head: Json = {
            "webhook_url": f"{base}/cgi-bin/webhook/send?key={robot.key}",
            "msgid": f"robot{next(self._ids)}",
            "chatid": act.chat or f"single-{robot.key}-{act.user}",
            "chattype": "group" if act.chat else "single",
            "from": {"userid": act.user, "name": self._tenant.world.member_name(act.user), "alias": ""},
        }
        if act.chat:
            code = secrets.token_urlsafe(16)
            self._codes[code] = act.chat, self._tenant.clock.now() + _INFO_FOR
            head["get_chat_info_url"] = f"{base}/cgi-bin/webhook/get_chat_info?code={code}"
        body = {**head, **content}
        as_json = "json" in parse_qs(urlsplit(robot.callback_url).query).get("robot_callback_format", [])
        text = json.dumps(body, ensure_ascii=False) if as_json else write_xml(_spell_out(body))
        self._delivery.start(self._deliver_with_retries(robot, text, as_json=as_json))
        return True

    async def _deliver_with_retries(self, robot: GroupRobot, text: str, *, as_json: bool) -> None:
        await self._delivery.try_often(lambda: self._post_once(robot, text, as_json=as_json))

    async def _post_once(self, robot: GroupRobot, text: str, *, as_json: bool) -> bytes | None:
        encrypted = crypto.seal(text, crypto.decode_key(robot.aes_key))
        timestamp, nonce = str(int(self._tenant.clock.now())), secrets.token_hex(8)
        signature = crypto.compute_signature(robot.token, timestamp, nonce, encrypted)
        query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
        url, _, _ = robot.callback_url.partition("?")
        if as_json:
            query["robot_callback_format"] = "json"
            return await self._delivery.post(url, query, json={"encrypt": encrypted})
        return await self._delivery.post_xml(url, query, write_xml({"Encrypt": encrypted}))


_SPELLED = {"msgid": "MsgId", "chatid": "ChatId", "chattype": "ChatType", "msgtype": "MsgType",
            "userid": "UserId", "callbackid": "CallbackId"}  # fmt: skip


def _spell_out(body: Mapping[str, object]) -> Json:
    """The JSON by the names of the XML; lists become repeated elements."""
    return {_spell_name(name): _spell_value(value) for name, value in body.items()}


def _spell_value(value: object) -> object:
    if isinstance(value, Mapping):
        return _spell_out(value)
    return [_spell_value(one) for one in value] if isinstance(value, list) else value


def _spell_name(name: str) -> str:
    return _SPELLED.get(name) or "".join(word.capitalize() for word in name.split("_"))


def build_router(tenant: Tenant, robots: GroupRobots) -> APIRouter:
    """The member list, and what happens to robots."""
    router = APIRouter()

    @router.get("/cgi-bin/webhook/get_chat_info")
    async def read_group(code: str = "") -> Json:
        try:
            return robots.read_group(code)
        except PlatformError as refusal:
            tenant.stats.count_refusal(refusal.code)
            return refusal.to_json()

    @router.post("/sandbox/api/robots")
    async def act(request: RobotAct, connection: Request) -> Json:
        control.learn_base_url(tenant, connection)
        robot = tenant.world.robots.get(request.robot)
        if robot is None:
            raise PlatformError(404, "没有这个机器人")
        return {"delivered": robots.act(robot, request)}

    return router
