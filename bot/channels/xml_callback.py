"""Encrypted XML callbacks of Tencent's platforms, behind a border of ours (crypto.md §4 to §6, §8).

GET  ──verify──> the echo text
POST ──open────> <Encrypt> ──signature──> decrypt, receiveid ──age──> XML ──read_fields──> Fields
Fields ──seal──> the encrypted answer

Nothing of a body is parsed before its signature is right. The parser is wechatpy's, which raises
whatever its parts raise and knows no message newer than 2021: its classes are not used, only what it read.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from wechatpy.enterprise.parser import parse_message

from bot.channels.base import Clock, Query, RefusedInput, RequestAnswer
from bot.channels.crypto import CallbackCrypto
from handlers.environment.areas import CRS, read_fix

MAX_BODY = 256 * 1024
"""Bytes; the longest text a person can send has some kilobytes."""
_ID = 256
_MANY = 50
_DEPTH = 20
_ENCRYPTED = re.compile(
    rb"<Encrypt>\s{0,8}(?:<!\[CDATA\[)?([A-Za-z0-9+/=]{1,262144})(?:\]\]>)?\s{0,8}</Encrypt>"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CONTROL_REFERENCES = re.compile(r"&#(?:x0?[0-8bceBCE]|x0?[fF]|x1[0-9a-fA-F]|[0-8]|1[124-9]|2\d|3[01]);")
"""What XML forbids even when it is spelled as a reference."""

Fields = Mapping[str, Any]
"""The elements of a message by name: texts, Fields, or a list of these where an element is repeated."""


class XmlCallback:
    """One callback address of a platform that speaks XML."""

    def __init__(self, crypto: CallbackCrypto, *, replay_window: timedelta, clock: Clock) -> None:
        """`replay_window`: callbacks whose timestamp is further away than this are refused."""
        self._crypto = crypto
        self._window = replay_window.total_seconds()
        self._clock = clock

    def verify(self, query: Query) -> str:
        """The text to echo when the administrator saves the address. Raises RefusedInput."""
        # A proxy may have read the `+` of base64 as a space.
        return self._decrypt(query, query.get("echostr", "").replace(" ", "+"))

    def open(self, query: Query, body: bytes) -> str:
        """The XML that an authentic POST carries. Raises RefusedInput for any other."""
        if len(body) > MAX_BODY:
            raise RefusedInput("too_large", 413)
        text = self._decrypt(query, _find_encrypted(body))
        self.check_age(query)
        return text

    def check_age(self, query: Query) -> None:
        """Raise RefusedInput for a replayed callback.

        Checked after the signature, so that only the platform's own clock is judged.
        """
        written = query.get("timestamp", "")
        sent = int(written) if written.isascii() and written.isdigit() and len(written) < 12 else 0
        if abs(self._clock().timestamp() - sent) > self._window:
            raise RefusedInput("replayed", 403)

    def seal(self, fields: Fields) -> RequestAnswer:
        """The encrypted answer that says this to the platform."""
        now = int(self._clock().timestamp())
        sealed = self._crypto.seal(build_xml(fields), timestamp=now, nonce=secrets.token_hex(8))
        answer = {
            "Encrypt": sealed.encrypt,
            "MsgSignature": sealed.signature,
            "TimeStamp": sealed.timestamp,
            "Nonce": sealed.nonce,
        }
        return RequestAnswer(build_xml(answer).encode(), "application/xml")

    def _decrypt(self, query: Query, encrypted: str) -> str:
        return self._crypto.open(
            encrypted,
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
        )


def _find_encrypted(body: bytes) -> str:
    """The ciphertext of an envelope: XML, or the JSON that one document shows and no switch turns on."""
    found = _ENCRYPTED.search(body)
    if found is not None:
        return found[1].decode()
    try:
        data = json.loads(body) if body[:1] == b"{" else None
    except (ValueError, RecursionError) as error:
        raise RefusedInput("malformed", 400, -40002) from error
    encrypted = data.get("encrypt") if isinstance(data, dict) else None
    if not isinstance(encrypted, str):
        raise RefusedInput("malformed", 400, -40002)
    return encrypted


def read_fields(text: str) -> Fields:
    """The elements of a message. Raises RefusedInput for text that is no XML message.

    Characters that XML forbids are left out. Entities are not expanded: a text that declares any is refused.
    """
    if len(text) > MAX_BODY:
        raise RefusedInput("too_large", 413)
    text = _CONTROL_REFERENCES.sub("", _CONTROLS.sub("", text))
    try:
        message = parse_message(text)
        fields = None if message is None else _copy(message._data, _DEPTH)  # noqa: SLF001 - see above
    except (ExpatError, LookupError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise RefusedInput("malformed", 400, -40002) from error
    if not isinstance(fields, dict):
        raise RefusedInput("malformed", 400, -40002)
    return fields


def read_elements(text: str) -> Fields:
    """The elements of XML whose names another platform chose, by the rules of `read_fields`.

    wechatpy reads what an official account or an app sends, and nothing else.
    """
    if len(text) > MAX_BODY:
        raise RefusedInput("too_large", 413)
    text = _CONTROL_REFERENCES.sub("", _CONTROLS.sub("", text))
    if "<!" in text.replace("<![CDATA[", ""):
        raise RefusedInput("malformed", 400, -40002)
    try:
        fields = _copy(_collect(ET.fromstring(text)), _DEPTH)  # noqa: S314 - nothing is declared
    except (ET.ParseError, ValueError, RecursionError) as error:
        raise RefusedInput("malformed", 400, -40002) from error
    if not isinstance(fields, dict):
        raise RefusedInput("malformed", 400, -40002)
    return fields


def _collect(element: ET.Element) -> Any:
    """Texts, and elements by name; what is repeated is a list."""
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _collect(child)
        if child.tag in found:
            before = found[child.tag]
            found[child.tag] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[child.tag] = value
    return found


def get_text(fields: Fields, name: str, *, limit: int = _ID) -> str:
    """The text of an element, at most `limit` characters; empty where it has none."""
    value = fields.get(name)
    return value[:limit] if isinstance(value, str) else ""


def get_number(fields: Fields, name: str) -> float | None:
    """The number that an element holds; None where it holds none."""
    try:
        return float(get_text(fields, name))
    except ValueError:
        return None


def get_fields(fields: Fields, name: str) -> Fields:
    """The elements within an element; empty where it has none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def get_items(fields: Fields, name: str) -> list[Any]:
    """Every element of this name, at most some dozens, whether or not it is repeated."""
    value = fields.get(name)
    if value is None:
        return []
    return value[:_MANY] if isinstance(value, list) else [value]


def read_event(fields: Fields) -> str:
    """The kind of event in lower case; empty for a message."""
    is_event = get_text(fields, "MsgType").lower() == "event"
    return get_text(fields, "Event").lower() or "unknown" if is_event else ""


def read_time(fields: Fields) -> datetime | None:
    """When the message was made (aware UTC); None where it does not say."""
    text = get_text(fields, "CreateTime")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 2**32 else None


def read_point(fields: Fields, crs: CRS) -> tuple[float, float] | None:
    """Latitude and longitude in WGS-84 of a location that the platform gives in `crs`; None without one."""
    lat, lon = get_number(fields, "Location_X"), get_number(fields, "Location_Y")
    return read_fix(lat, lon, crs=crs) if lat is not None and lon is not None else None


def hash_text(text: str) -> str:
    """What stands for the id of a message that has none: 32 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def build_xml(fields: Fields) -> str:
    """A message as the platforms write it: texts in CDATA, numbers bare, lists as repeated elements."""
    return f"<xml>{_write_elements(fields)}</xml>"


def _write_elements(fields: Fields) -> str:
    return "".join(
        f"<{name}>{_write_value(item)}</{name}>"
        for name, value in fields.items()
        for item in (value if isinstance(value, list | tuple) else [value])
    )


def _write_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _write_elements(value)
    if isinstance(value, int):
        return escape(str(value))
    text = _CONTROLS.sub("", str(value)).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"


def _copy(value: Any, depth: int) -> Any:
    """The value with nothing but texts, plain dicts and lists, not too deep."""
    if depth < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {str(name): _copy(item, depth - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_copy(item, depth - 1) for item in value]
    return value if isinstance(value, str) else ""
