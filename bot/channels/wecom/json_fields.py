"""Fields of the platform's JSON: of the type that is meant, or empty. Pure."""

import re
from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]
"""A parsed payload: strings in it are free of control characters and lone surrogates."""

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ID = 256
_NO_BODY: Body = {}


def get_object(body: Body, name: str) -> Body:
    """The object of this name; empty where it is something else."""
    value = body.get(name)
    return value if isinstance(value, dict) else _NO_BODY


def get_text(body: Body, name: str, *, limit: int = _ID) -> str:
    """The text of this name, at most so many characters; empty where it is something else."""
    value = body.get(name)
    return value[:limit] if isinstance(value, str) else ""


def strip_controls(value: Any) -> Any:
    """The value without characters that databases or UTF-8 writers refuse, in every text inside it."""
    if isinstance(value, str):
        return CONTROLS.sub("", value).encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {strip_controls(name): strip_controls(item) for name, item in value.items()}
    return [strip_controls(item) for item in value] if isinstance(value, list) else value
