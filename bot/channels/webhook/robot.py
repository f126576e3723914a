"""A group robot that hears (wecom-webhook.md B): mentions in its groups, who lets it in and puts it out.

GET  ──verify──> the echo text
POST ──open────> Envelope ──(stored)──> an empty 200; of a group it learns name and members, once a day
later ─send────> webhook/send, always with the chat: without one the platform tells every group
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.channels import base, http
from bot.channels.base import Delivery, Envelope, Outcome, Query, RateLimit
from bot.channels.crypto import CallbackCrypto
from bot.channels.settings import ChannelHost
from bot.channels.template_cards import card_to_markdown
from bot.channels.text_limits import shorten_bytes
from bot.channels.webhook import robot_payload
from bot.channels.webhook.channel import WebhookChannel
from bot.channels.webhook.robot_settings import GroupRobotSettings
from bot.channels.webhook.settings import WebhookSettings
from bot.channels.xml_callback import MAX_BODY, XmlCallback
from models.messages import Card, CardPush, Incoming

log = structlog.get_logger()

_PER_CHAT = ((100, 60.0),)
_PER_ROBOT = ((10_000, 60.0),)
_BUTTONS, _TEXT_BYTES, _KEY_BYTES = 20, 128, 128
_CONTENT_BYTES = 4_096
_ZONE = ZoneInfo("Asia/Shanghai")


class GroupRobot(WebhookChannel):
    """One robot in all its groups, and in the conversations that people begin with it."""

    max_body = MAX_BODY

    def __init__(self, name: str, settings: GroupRobotSettings, host: ChannelHost) -> None:
        plain = WebhookSettings(kind="webhook", api_base=settings.api_base)
        super().__init__(name, plain, base_url=host.base_url, client=host.client)
        self.declaration = settings.declare()
        self.callback = self
        self._robot = settings
        self._host = host
        crypto = CallbackCrypto(settings.token.get_secret_value(), settings.aes_key.get_secret_value())
        self._door = XmlCallback(crypto, replay_window=settings.replay_window, clock=host.clock)
        self._api_host = settings.api_base.rstrip("/")
        self._learnt: dict[str, date] = {}
        """Chat id -> the day on which its members were asked for last."""
        self._questions: set[asyncio.Task[None]] = set()

    # In ------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> str:
        """The text to echo when the administrator saves the address. Raises RefusedInput."""
        return self._door.verify(query)

    def open(self, query: Query, body: bytes) -> Envelope:
        """What a POST carries. Raises RefusedInput for what is not authentic or not well-formed."""
        raw = self._door.open(query, body)
        fields = robot_payload.read_payload(raw)
        envelope = robot_payload.build_envelope(fields, raw)
        if url := robot_payload.find_info_url(fields):
            self._ask_members(envelope, url)
        return envelope

    def read(self, raw: str) -> Incoming:
        return robot_payload.build_incoming(raw, self._robot, channel=self.name)

    def _ask_members(self, envelope: Envelope, url: str) -> None:
        """Ask who is in the group, where nobody did today; the answer comes as a message of its own."""
        today = self._host.clock().astimezone(_ZONE).date()
        if self._learnt.get(envelope.chat_id) == today or not url.startswith(f"{self._api_host}/"):
            return
        self._learnt[envelope.chat_id] = today
        question = asyncio.create_task(self._learn_members(envelope.chat_id, url))
        self._questions.add(question)
        question.add_done_callback(self._questions.discard)

    async def _learn_members(self, chat_id: str, url: str) -> None:
        answer = await http.get(self._client, url)
        code = http.errcode(answer) if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or code or answer.get("chatid") != chat_id:
            # The address is good once: the next message brings another.
            self._learnt.pop(chat_id, None)
            log.info("robot.members_unknown", channel=self.name, code=code)
            return
        key = f"{chat_id}:{self._learnt[chat_id]:%Y-%m-%d}"
        try:
            await self._host.receive(self.name, robot_payload.build_group_info(answer, key=key))
        except Exception as error:  # noqa: BLE001 - names are not worth a message that is answered meanwhile
            self._learnt.pop(chat_id, None)
            log.warning("robot.members_not_stored", channel=self.name, error=type(error).__name__)

    # Out -----------------------------------------------------------------------------------------

    def can_send(self, delivery: Delivery) -> bool:
        return super().can_send(self._with_key(delivery))

    def rates(self, delivery: Delivery) -> tuple[RateLimit, ...]:
        messages = len(super().rates(self._with_key(delivery)))
        robot = f"robot:{self.name}"
        return (
            *base.build_rate_limits(f"{robot}:{delivery.chat_id}", _PER_CHAT, messages=messages),
            *base.build_rate_limits(robot, _PER_ROBOT, messages=messages),
        )

    async def send(self, delivery: Delivery) -> Outcome:
        return await super().send(self._with_key(delivery))

    def _with_key(self, delivery: Delivery) -> Delivery:
        return replace(delivery, address=self._robot.key.get_secret_value())

    def _address_message(self, delivery: Delivery, message: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"chatid": delivery.chat_id, **message}

    async def _parts(self, delivery: Delivery, key: str) -> Sequence[Mapping[str, Any]] | Outcome:
        if isinstance(delivery.body, CardPush):
            return [_build_card(delivery.body.card)]
        return await super()._parts(delivery, key)


def _build_card(card: Card) -> Mapping[str, Any]:
    """A card as words with buttons below them; what is chosen in a card cannot be asked for here."""
    actions = [
        {
            "name": f"b{number}",
            "value": button.key,
            "text": button.text,
            "type": "button",
            "replace_text": f"{button.text} ✓",
        }
        for number, button in enumerate(card.buttons)
        if len(button.key.encode()) <= _KEY_BYTES and len(button.text.encode()) <= _TEXT_BYTES
    ][:_BUTTONS]
    content: dict[str, Any] = {"content": shorten_bytes(card_to_markdown(card), _CONTENT_BYTES)}
    if actions:
        content["attachments"] = [{"callback_id": card.task_id, "actions": actions}]
    return {"msgtype": "markdown", "markdown": content}
