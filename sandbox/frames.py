"""Bodies of message and event callbacks, as bots receive them (wecom-aibot.md sections 2 and 3)."""

import secrets
from collections.abc import Callable
from typing import TypeAlias

from sandbox import cards
from sandbox.options import Options
from sandbox.tickets import Ticket, TicketKind
from sandbox.wire import Json
from sandbox.world import Blob, Message, World

Seal: TypeAlias = Callable[[Blob], Json]


def build_head(world: World, ticket: Ticket) -> Json:
    """The fields that all bodies share; `chatid` is sent for groups only."""
    body: Json = {"msgid": secrets.token_hex(16), "aibotid": ticket.bot_id}
    if ticket.chat in world.groups:
        body |= {"chatid": ticket.chat, "chattype": "group"}
    else:
        body |= {"chattype": "single"}
    return body | {"from": {"userid": ticket.user}}


def build_message_body(
    world: World, ticket: Ticket, message: Message, seal: Seal, *, options: Options
) -> Json:
    """The body of a message callback; `seal` turns a file into a link."""
    body = build_head(world, ticket)
    if options.message_create_time:
        body["create_time"] = int(message.at)
    msgtype, part = build_content(message, seal)
    body |= {"msgtype": msgtype, msgtype: part}
    quoted = world.find_message(message.quote) if message.quote else None
    if quoted is not None:
        kind, value = build_content(quoted, seal)
        body["quote"] = {"msgtype": kind, kind: value}
    return body


def build_content(message: Message, seal: Seal) -> tuple[str, Json]:
    """msgtype and content of a message or of a quoted one."""
    if message.other is not None:
        return message.msgtype, message.other.get(message.msgtype, {})
    if message.msgtype == "voice" and message.attachment is None:
        return "voice", {"content": message.text}
    if message.msgtype in ("video", "file", "voice") and message.attachment is not None:
        return "file" if message.msgtype == "voice" else message.msgtype, seal(message.attachment)
    if message.photos:
        return _build_pictures(message, seal)
    text = cards.card_text(message.card) if message.card else message.text
    return "text", {"content": text}


def _build_pictures(message: Message, seal: Seal) -> tuple[str, Json]:
    if len(message.photos) == 1 and not message.text:
        return "image", seal(message.photos[0])
    rows: list[Json] = [{"msgtype": "image", "image": seal(blob)} for blob in message.photos]
    if message.text:
        rows.insert(0, {"msgtype": "text", "text": {"content": message.text}})
    return "mixed", {"msg_item": rows}


def build_event_body(world: World, ticket: Ticket, event: Json) -> Json:
    """The body of an event callback."""
    body = build_head(world, ticket)
    return body | {"create_time": int(ticket.at), "msgtype": "event", "event": event}


def build_card_event(card: Json, *, key: str, selected: dict[str, list[str]]) -> Json:
    """The event of a pressed card button; `selected` is question key to option ids."""
    event: Json = {
        "card_type": card["card_type"],
        "event_key": key,
        "task_id": card.get("task_id", ""),
    }
    chosen = {**default_selection(card), **selected}
    if chosen:
        event["selected_items"] = {
            "selected_item": [
                {"question_key": question, "option_ids": {"option_id": options}}
                for question, options in chosen.items()
            ]
        }
    return {"eventtype": "template_card_event", "template_card_event": event}


def default_selection(card: Json) -> dict[str, list[str]]:
    """The options selected on a card that nobody touched: question key to option ids."""
    chosen: dict[str, list[str]] = {}
    for select in [card.get("button_selection"), *card.get("select_list", [])]:
        if select:
            first = select.get("selected_id") or select["option_list"][0]["id"]
            chosen[select["question_key"]] = [first]
    box = card.get("checkbox")
    if box:
        chosen[box["question_key"]] = [row["id"] for row in box["option_list"] if row.get("is_checked")]
    return chosen


def is_event(kind: TicketKind) -> bool:
    """Whether this ticket belongs to an event and not to a message."""
    return kind is not TicketKind.MESSAGE
