"""What a group robot's callbacks say, in XML or in JSON (wecom-webhook.md B). Pure.

text ──read_payload──> Fields, by the names of the JSON ──build_envelope──> Envelope
                                                        ──build_incoming──> Incoming

Beside them a payload of our own: the name and the members of a group, as the platform answered.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.channels.base import Envelope, RefusedInput
from bot.channels.webhook.robot_settings import GroupRobotSettings
from bot.channels.xml_callback import Fields, get_fields, get_items, get_text, hash_text, read_elements
from models.account_ids import WECOM, spell_account
from models.contacts import ContactChange, ContactChangeKind
from models.messages import Click, Incoming, IncomingKind, MediaRef, Part, PartKind
from models.normalization import normalize_text

_TEXT = 64 * 1024
_PARTS = 50
_GROUP_INFO = "gridbot_group_info"
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMES = {"msg_id": "msgid", "chat_id": "chatid", "chat_type": "chattype", "msg_type": "msgtype",
          "user_id": "userid", "callback_id": "callbackid"}  # fmt: skip
"""Elements whose JSON names have no underscore."""
_KINDS = {"add_to_chat": IncomingKind.ENTER, "enter_chat": IncomingKind.ENTER,
          "delete_from_chat": IncomingKind.LEFT}  # fmt: skip


def read_payload(text: str) -> Fields:
    """The payload by the names of its JSON, whichever it is. Raises RefusedInput for what is neither."""
    if not text.lstrip().startswith("{"):
        fields = _rename(read_elements(text))
        return fields if isinstance(fields, dict) else {}
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise RefusedInput("malformed", 400, -40002) from error
    if not isinstance(data, dict):
        raise RefusedInput("malformed", 400, -40002)
    return data


def _rename(value: Any) -> Any:
    if isinstance(value, dict):
        named = {_WORD.sub("_", name).lower(): _rename(item) for name, item in value.items()}
        return {_NAMES.get(name, name): item for name, item in named.items()}
    return [_rename(item) for item in value] if isinstance(value, list) else value


def find_info_url(fields: Fields) -> str:
    """Where name and members of the group can be asked for, once, within five minutes; empty: nowhere."""
    if get_text(fields, "chattype") != "group":
        return ""
    return get_text(fields, "get_chat_info_url", limit=4096)


def build_envelope(fields: Fields, raw: str) -> Envelope:
    """The envelope of a message for the inbox; `raw`: the text it was read from."""
    raw = raw.replace("\0", "")
    return Envelope(
        message_id=get_text(fields, "msgid") or hash_text(raw),
        chat_id=_find_chat(fields),
        sender=_find_sender(fields),
        raw=raw,
    )


def build_group_info(answer: Mapping[str, Any], *, key: str) -> Envelope:
    """What the platform answered of a group, to be stored as a message. `key`: of one, one is stored."""
    raw = json.dumps({_GROUP_INFO: answer}, ensure_ascii=False)
    chat_id = str(answer.get("chatid") or "")
    return Envelope(message_id=f"info:{key}", chat_id=chat_id, sender="sys", raw=raw)


def build_incoming(raw: str, settings: GroupRobotSettings, *, channel: str) -> Incoming:
    """The neutral form of a stored payload. Raises RefusedInput for text that is neither XML nor JSON."""
    fields = read_payload(raw)
    if isinstance(fields.get(_GROUP_INFO), dict):
        return _build_members(fields[_GROUP_INFO], settings, channel=channel, message_id=hash_text(raw))
    kind, parts, click = _read_content(fields, settings)
    sender, chat_id = _find_sender(fields), _find_chat(fields)
    return Incoming(
        channel=channel,
        message_id=get_text(fields, "msgid") or hash_text(raw),
        chat_id=chat_id,
        direct=_is_direct(fields),
        sender=sender,
        provider=WECOM,
        bot_name=settings.bot_name,
        kind=kind if sender and chat_id else IncomingKind.IGNORED,
        parts=parts,
        click=click,
    )


def _build_members(
    answer: Mapping[str, Any], settings: GroupRobotSettings, *, channel: str, message_id: str
) -> Incoming:
    members = tuple(
        ContactChange(
            ContactChangeKind.MEMBER, get_text(one, "userid"), name=normalize_text(get_text(one, "name"))
        )
        for one in get_items(answer, "members")
        if isinstance(one, dict) and get_text(one, "userid")
    )
    return Incoming(
        channel=channel,
        message_id=message_id,
        chat_id=get_text(answer, "chatid"),
        direct=False,
        sender="sys",
        provider=WECOM,
        bot_name=settings.bot_name,
        kind=IncomingKind.CONTACTS,
        contacts=members,
        chat_name=normalize_text(get_text(answer, "name")).strip(),
    )


def _read_content(
    fields: Fields, settings: GroupRobotSettings
) -> tuple[IncomingKind, tuple[Part, ...], Click | None]:
    kind = get_text(fields, "msgtype")
    if kind == "event":
        event = get_text(get_fields(fields, "event"), "event_type")
        return _KINDS.get(event, IncomingKind.IGNORED), (), None
    if kind == "attachment":
        click = _read_click(get_fields(fields, "attachment"))
        return (IncomingKind.CLICK if click else IncomingKind.IGNORED), (), click
    if kind == "mixed":
        items = get_items(get_fields(fields, "mixed_message"), "msg_item")[:_PARTS]
        read = (_read_part(one, settings) for one in items if isinstance(one, dict))
    else:
        read = (_read_part(fields, settings) for _ in range(1))
    parts = tuple(part for part in read if part is not None)
    return (IncomingKind.MESSAGE if parts else IncomingKind.IGNORED), parts, None


def _read_part(item: Fields, settings: GroupRobotSettings) -> Part | None:
    """One piece of a message; None for a text without words."""
    kind = get_text(item, "msgtype") or get_text(item, "msg_type")
    if kind == "text":
        said = normalize_text(get_text(get_fields(item, "text"), "content", limit=_TEXT))
        words = said.replace(f"@{settings.bot_name}", " ").strip()
        # A bare mention is somebody who asks what this is.
        return Part(PartKind.TEXT, words) if words or said.strip() else None
    if kind == "image":
        url = get_text(get_fields(item, "image"), "image_url", limit=4096)
        return Part(PartKind.PHOTO, media=MediaRef(url) if url else None)
    return Part(PartKind.OTHER)


def _read_click(attachment: Fields) -> Click | None:
    action = next((one for one in get_items(attachment, "actions") if isinstance(one, dict)), {})
    key = get_text(action, "value", limit=1024) or get_text(action, "name", limit=1024)
    return Click(get_text(attachment, "callbackid"), key) if key else None


def _is_direct(fields: Fields) -> bool:
    return get_text(fields, "chattype") == "single"


def _find_chat(fields: Fields) -> str:
    """In a direct conversation the person, whom the robot writes to by their user id."""
    return _find_sender(fields) if _is_direct(fields) else get_text(fields, "chatid")


def _find_sender(fields: Fields) -> str:
    return spell_account(WECOM, get_text(get_fields(fields, "from"), "userid"))
