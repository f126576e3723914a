"""Messages as XML, written and read from the protocol sheet alone (wecom-app.md §2, crypto.md §5)."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sandbox.wire import BAD_PARAMS, Json, PlatformError

_NUMBERS = frozenset({"type", "style", "desc_color", "mode", "quote_area", "aspect_ratio"})


def write_xml(fields: Mapping[str, object]) -> str:
    """The elements in one `<xml>`: texts in CDATA, numbers bare, a list as repeated elements."""
    return f"<xml>{_write(fields)}</xml>"


def _write(fields: Mapping[str, object]) -> str:
    return "".join(
        f"<{name}>{_write_value(item)}</{name}>"
        for name, value in fields.items()
        for item in (value if isinstance(value, list) else [value])
    )


def _write_value(value: object) -> str:
    if isinstance(value, Mapping):
        return _write(value)
    if isinstance(value, int | float):
        return escape(str(value))
    text = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"


def read_xml(text: str) -> ET.Element:
    """The root of a message. Raises PlatformError for what is no XML."""
    try:
        return ET.fromstring(text)  # noqa: S314 - from the bot under test, on this machine
    except ET.ParseError as error:
        raise PlatformError(BAD_PARAMS, "not XML") from error


def read_card(element: ET.Element) -> Json:
    """A `<TemplateCard>` as the JSON of the same card: names in small letters, repeated elements as lists."""
    card: Json = {}
    for child in element:
        name = _spell_name(child.tag)
        value = read_card(child) if len(child) else _read_value(name, child.text or "")
        if name.endswith("_list"):
            card.setdefault(name, []).append(value)
        else:
            card[name] = value
    return card


def _spell_name(tag: str) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tag).lower()
    return "keyname" if name == "key_name" else name


def _read_value(name: str, text: str) -> str | float:
    if name not in _NUMBERS:
        return text
    number = float(text)
    return int(number) if number.is_integer() else number
