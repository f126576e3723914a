"""The tokens by which the owners of an account call the platform: one while it lasts, known by its value."""

import secrets
from dataclasses import dataclass
from typing import Generic, TypeVar

from sandbox.options import Clock, Options
from sandbox.wire import PlatformError

NO_TOKEN, BAD_TOKEN, OLD_TOKEN = 41001, 40014, 42001

Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class _Token(Generic[Owner]):
    owner: Owner
    value: str
    expires: float


class AccessTokens(Generic[Owner]):
    """The tokens of all owners of one kind. Times are in Unix seconds; `length`: random bytes of a token."""

    def __init__(self, options: Options, clock: Clock, *, length: int) -> None:
        self._options = options
        self._clock = clock
        self._length = length
        self._newest: dict[str, _Token[Owner]] = {}
        self._by_value: dict[str, _Token[Owner]] = {}

    def fetch(self, name: str, owner: Owner, *, forced: bool = False) -> tuple[str, int]:
        """The token of the owner with this name, and for how many seconds it is good.

        The same one while it is; `forced`: a new one, with which the one before is void.
        """
        now, token = self._clock.now(), self._newest.get(name)
        if token is not None and forced:
            del self._by_value[token.value]
        if token is None or forced or token.expires <= now:
            expires = now + self._options.app_token_ttl
            token = _Token(owner, secrets.token_urlsafe(self._length), expires)
            self._newest[name] = self._by_value[token.value] = token
        return token.value, int(token.expires - now)

    def open(self, value: str) -> Owner:
        """Whose token this is. Raises PlatformError for one that is missing, unknown or over."""
        if not value:
            raise PlatformError(NO_TOKEN, "access_token missing")
        token = self._by_value.get(value)
        if token is None:
            raise PlatformError(BAD_TOKEN, "invalid access_token")
        if token.expires <= self._clock.now():
            raise PlatformError(OLD_TOKEN, "access_token expired")
        return token.owner

    def expire_all(self) -> None:
        """Let every token end now."""
        self._newest.clear()
        self._by_value.clear()
