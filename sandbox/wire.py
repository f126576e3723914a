"""Shared by all protocols: JSON values, refusals with an errcode, checked field readers."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

BAD_MSGTYPE = 40008
BAD_PARAMS = 40058
EMPTY_CONTENT = 44004
TOO_LONG = 45002
RATE_LIMITED = 45009


class PlatformError(Exception):
    """A refusal of the platform; `code` is the errcode that the caller sees."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def to_json(self) -> Json:
        """errcode and errmsg as the platform answers them."""
        return {"errcode": self.code, "errmsg": self.message}


OK: Json = {"errcode": 0, "errmsg": "ok"}


def read_object(body: Json, key: str) -> Json:
    """The object under this key. Raises PlatformError for anything else."""
    value = body.get(key)
    if not isinstance(value, dict):
        raise PlatformError(BAD_PARAMS, f"{key} must be an object")
    return value


def read_items(body: Json, key: str) -> list[Json]:
    """The list of objects under this key, empty where missing. Raises PlatformError for anything else."""
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise PlatformError(BAD_PARAMS, f"{key} must be a list of objects")
    return value


def read_string(body: Json, key: str, *, limit: int | None = None) -> str:
    """The non-empty string under this key, at most `limit` UTF-8 bytes. Raises PlatformError otherwise."""
    value = body.get(key)
    if not isinstance(value, str):
        raise PlatformError(BAD_PARAMS, f"{key} must be a string")
    if not value:
        raise PlatformError(EMPTY_CONTENT, f"{key} is empty")
    if limit is not None and len(value.encode()) > limit:
        raise PlatformError(TOO_LONG, f"{key} exceeds {limit} bytes")
    return value


def read_number(body: Json, key: str) -> int:
    """The integer under this key. Raises PlatformError for anything else."""
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PlatformError(BAD_PARAMS, f"{key} must be an integer")
    return value


def read_strings(body: Json, key: str) -> list[str]:
    """The list of strings under this key, empty where missing. Raises PlatformError for anything else."""
    value = body.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PlatformError(BAD_PARAMS, f"{key} must be a list of strings")
    return value
