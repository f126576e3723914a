"""What the pages need of the process they run in; `bot.process.console_host` fills it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from models.database import Database


@dataclass(frozen=True, slots=True)
class PageSettings:
    """The part of the configuration that the pages use."""

    site_name: str
    base_url: str
    """Address of this installation as its users know it, without a slash at the end."""
    session: timedelta = timedelta(hours=12)
    """How long somebody stays signed in."""
    passwords: bool = False
    """Whether people may sign in with a password kept here."""
    is_demo: bool = False
    """Started by `gridbot demo`: from this machine anybody may choose whom to be."""

    @property
    def is_secure(self) -> bool:
        """Whether people reach it by https, so that cookies are for https alone."""
        return self.base_url.startswith("https:")


class UnusablePhoto(Exception):
    """A posted file is no photo, or too large, or broken; `sentence` says it in Chinese."""

    def __init__(self, sentence: str) -> None:
        super().__init__("unusable_photo")
        self.sentence = sentence


class AccountUnknown(Exception):
    """The platform did not say who signs in; `slug` tells why: `code_over`, `no_member`, `unavailable`."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class SceneCodeRefused(Exception):
    """The platform gives no code; the message is a slug."""


@dataclass(frozen=True, slots=True)
class SceneCode:
    """How somebody begins a chat about a place: a picture that the platform drew, or an address."""

    picture: bytes = b""
    address: str = ""


class PhotoBatch(Protocol):
    """Photos stored in the media folder that no row names yet."""

    def add_rows(self, session: Session) -> tuple[int, ...]:
        """Add a media row for each, in their order, and flush; the ids of the rows."""
        ...


class PlatformSignIn(Protocol):
    """Signing in with one's account of the platform."""

    provider: str
    """Whose accounts they are: the provider of `Account`."""

    def build_url(self, *, redirect_to: str, state: str, inside: bool) -> str:
        """Where to send the browser; it comes back to `redirect_to` with `code` and `state`.

        `inside`: it is the platform's own browser, which asks nothing.
        """
        ...

    async def find_account(self, code: str) -> str:
        """The account id of whoever came back with this code. Raises AccountUnknown."""
        ...


class ProviderSignIn(Protocol):
    """Signing in with an account of another system, by OpenID Connect."""

    name: str
    """What the button says."""
    matches: str
    """What its users are known by: `code`, the code of a person, or a provider of `Account`."""

    async def build_url(self, *, redirect_to: str, state: str) -> str:
        """Where to send the browser. Raises AccountUnknown."""
        ...

    async def find_user(self, code: str, *, redirect_to: str, state: str, issuer: str = "") -> str:
        """Who came back with this code and state, as `matches` says. Raises AccountUnknown."""
        ...


class ConsoleContext(Protocol):
    """Settings, database, clock and rules of the process, and its files, as the pages use them."""

    @property
    def settings(self) -> PageSettings:
        """The part of the configuration that the pages use."""
        ...

    @property
    def database(self) -> Database:
        """The database of this process."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """Returns the present time as aware UTC."""
        ...

    def env(self) -> Environment:
        """The current snapshot of rules, units, limits and calendar."""
        ...

    def wake(self) -> None:
        """Wake the sender after a commit that queued pushes; may be called from any thread."""
        ...

    def find_sign_in(self) -> PlatformSignIn | None:
        """Signing in with the platform's accounts, where a channel offers it."""
        ...

    def find_provider(self) -> ProviderSignIn | None:
        """Signing in with another system's accounts, where the settings name one."""
        ...

    @property
    def has_scene_codes(self) -> bool:
        """Whether a channel has a door for residents that a QR code leads to."""
        ...

    async def find_scene_code(self, scene: str) -> SceneCode:
        """What leads to that door with this scene (the code of a unit). Raises SceneCodeRefused."""
        ...

    def store_photos(self, files: Sequence[bytes]) -> PhotoBatch:
        """Store posted photos, checked and cleaned. Slow: outside any transaction. Raises UnusablePhoto."""
        ...

    def find_file(self, name: str) -> Path | None:
        """The file of this name below the media folder; None where it is not there."""
        ...
