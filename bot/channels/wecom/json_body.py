"""JSON of WeCom, tamed: text in, plain data out that every database takes. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import RefusedInput
from handlers.environment.areas import CRS, read_fix

MAX_BYTES = 1024 * 1024
_ID = 256
_PARTS = 50

Body = Mapping[str, Any]
"""A parsed payload: strings in it are free of control characters and lone surrogates."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ESCAPES = re.compile(r"\\[ubf]")
_NO_BODY: Body = {}


def parse(text: str, *, limit: int | None = MAX_BYTES) -> Body:
    """The payload as plain data. Raises RefusedInput for text that is no JSON object, or of more bytes."""
    # A character has at most four bytes, so most texts need not be counted.
    if limit is not None and len(text) * 4 > limit and len(text.encode("utf-8", "replace")) > limit:
        raise RefusedInput("too_large", 413)
    text = _CONTROLS.sub("", text)
    try:
        data = json.loads(text, strict=False)
        # Escapes can smuggle in what was just taken out.
        data = strip_controls(data) if _ESCAPES.search(text) else data
    except (ValueError, RecursionError) as error:
        raise RefusedInput("malformed", 400, -40002) from error
    if not isinstance(data, dict):
        raise RefusedInput("malformed", 400, -40002)
    return data


def dump(body: Body) -> str:
    """The payload as compact JSON text. Raises RefusedInput where it is nested too deeply."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise RefusedInput("malformed", 400, -40002) from error


def strip_controls(value: Any) -> Any:
    """The value without characters that databases or UTF-8 writers refuse, in every text inside it."""
    if isinstance(value, str):
        return _CONTROLS.sub("", value).encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {strip_controls(name): strip_controls(item) for name, item in value.items()}
    return [strip_controls(item) for item in value] if isinstance(value, list) else value


def get_object(body: Body, name: str) -> Body:
    """The object under this name; empty for anything else."""
    value = body.get(name)
    return value if isinstance(value, dict) else _NO_BODY


def get_objects(body: Body, name: str) -> list[Body]:
    """The objects under this name, at most some dozens, whether or not it is a list."""
    value = body.get(name)
    many = value if isinstance(value, list) else [value]
    return [one for one in many[:_PARTS] if isinstance(one, dict)]


def get_text(body: Body, name: str, *, limit: int = _ID) -> str:
    """The text under this name, at most `limit` characters; empty for anything else."""
    value = body.get(name)
    return value[:limit] if isinstance(value, str) else ""


def read_time(value: object) -> datetime | None:
    """The moment (aware UTC) of a number of Unix seconds; None for anything else."""
    if not isinstance(value, int) or not 0 < value < 2**32:
        return None
    return datetime.fromtimestamp(value, UTC)


def read_place_names(content: Body, *keys: str) -> str:
    """What the map calls a place, widest key first; a name that an earlier one ends with is said once."""
    said: list[str] = []
    for name in (get_text(content, key).strip() for key in keys):
        if name and not any(name in before for before in said):
            said.append(name)
    return "，".join(said)


def read_point(content: Body, crs: CRS) -> tuple[float, float] | None:
    """`latitude` and `longitude` in WGS-84 of a location that is given in `crs`; None without one."""
    lat, lon = content.get("latitude"), content.get("longitude")
    if not (isinstance(lat, int | float) and isinstance(lon, int | float)):
        return None
    return read_fix(lat, lon, crs=crs)
