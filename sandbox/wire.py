"""What every protocol surface shares: JSON values, refusals with an errcode, careful field readers."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

BAD_MSGTYPE = 40008
BAD_PARAMS = 40058
EMPTY_CONTENT = 44004
TOO_LONG = 45002
RATE_LIMITED = 45009


class PlatformError(Exception):
    """The platform says no; `code` is the errcode the caller sees."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def to_json(self) -> Json:
        return {"errcode": self.code, "errmsg": self.message}


OK: Json = {"errcode": 0, "errmsg": "ok"}


def read_object(body: Json, key: str) -> Json:
    value = body.get(key)
    if not isinstance(value, dict):
        raise PlatformError(BAD_PARAMS, f"{key} must be an object")
    return value


def read_items(body: Json, key: str) -> list[Json]:
    """A list of objects; a missing one is empty."""
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise PlatformError(BAD_PARAMS, f"{key} must be a list of objects")
    return value


def read_string(body: Json, key: str, *, limit: int | None = None) -> str:
    """A non-empty string of at most `limit` UTF-8 bytes."""
    value = body.get(key)
    if not isinstance(value, str):
        raise PlatformError(BAD_PARAMS, f"{key} must be a string")
    if not value:
        raise PlatformError(EMPTY_CONTENT, f"{key} is empty")
    if limit is not None and len(value.encode()) > limit:
        raise PlatformError(TOO_LONG, f"{key} exceeds {limit} bytes")
    return value


def read_number(body: Json, key: str) -> int:
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PlatformError(BAD_PARAMS, f"{key} must be an integer")
    return value


def read_strings(body: Json, key: str) -> list[str]:
    value = body.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PlatformError(BAD_PARAMS, f"{key} must be a list of strings")
    return value
