"""What the pages need of the process they run in; `bot.process.console_host` fills it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.triage.evaluation.pack_changes import PackChange
from handlers.triage.evaluation.rule_lint import Finding
from handlers.triage.learning.rule_suggestions import PastMessage, Suggestion
from handlers.triage.types import PlaceFact, UnitFact
from models.database import Database
from models.proposals import ProposalSubject

T = TypeVar("T")


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
    tiles: str = ""
    """Address of a tile of one's own map server, with `{z}`, `{x}` and `{y}`; "": maps have no ground."""
    is_demo: bool = False
    """Started by `gridbot demo`: from this machine anybody may choose whom to be."""

    @property
    def is_secure(self) -> bool:
        """Whether people reach it by https, so that cookies are for https alone."""
        return self.base_url.startswith("https:")


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """How a channel stands in this process."""

    name: str
    kind: str
    state: str
    """One word of the channel's; "" where it keeps no connection."""
    is_ready: bool
    is_unused: bool
    """It does not answer, or its credentials were refused: it is left alone for a while."""
    last_heard: datetime | None
    holder: str
    """The process that holds its connection; "" where that is no question."""


@dataclass(frozen=True, slots=True)
class LagLine:
    """What waits: how many, since when the oldest does."""

    name: str
    """A channel; "" for what came in."""
    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class RateLine:
    """How much of its window a group has used up: of its windows, the one that is nearest to its end."""

    chat: str
    channel: str
    used: int
    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """A process, and its last heartbeat."""

    name: str
    started: datetime
    beat: datetime
    is_alive: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A message or a push that was parked; what it says is not shown."""

    box: str
    """in or out."""
    id: int
    at: datetime
    reason: str
    """A slug, or a line of the log."""
    purpose: str
    """A `PushPurpose`; "" of a message."""
    chat: str
    number: str
    """Of its case, unless that is restricted."""
    may_have_arrived: bool


@dataclass(frozen=True, slots=True)
class DiskLine:
    """Where files lie, and how much room there is; bytes."""

    name: str
    used: int | None
    """By this program; None where counting would take long."""
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the program runs at one moment, as this process sees it."""

    lags: Sequence[LagLine]
    letters: Sequence[Letter]
    letter_count: int
    channels: Sequence[ChannelLine]
    rates: Sequence[RateLine]
    processes: Sequence[ProcessLine]
    disks: Sequence[DiskLine]
    versions: Sequence[tuple[str, str]]
    """What, and which version of it."""


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


class UnusableFile(Exception):
    """A file that was posted, or a text, cannot be used; `sentences` say where and why, in Chinese."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("unusable_file")
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of the organisation that a file changes; each column with what stands there and what will."""

    name: str
    fields: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class OrganisationChanges:
    """What a file of the organisation changes; rows are named `units/HM-CG`."""

    added: Sequence[str]
    changed: Sequence[RowChange]
    unchanged: int
    orphaned: Sequence[str]
    """Rows of the database that the file does not name; they stay."""
    notes: Sequence[str]
    """What somebody should look at, and what was passed over."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of rules or limits."""

    path: str
    """As people find it."""
    content: bytes
    is_ours: bool
    """The office's own, which pages change; else one that came with the program."""
    hint: str
    """How to get one of one's own; "" where there is one."""


@dataclass(slots=True)
class RuleJob(Generic[T]):
    """Work on rules that takes its time: runs, failed, or has a result."""

    is_running: bool = True
    failed: bool = False
    result: T | None = None


class CheckedRules(Protocol):
    """What is wrong with the packs."""

    @property
    def problems(self) -> Sequence[str]:
        """Why they cannot be used; empty where they can."""
        ...

    @property
    def findings(self) -> Sequence[tuple[Finding, str]]:
        """What does not work as meant, each with the text of its line."""
        ...


class OfficeRules(Protocol):
    """The rule packs and the table of limits, as files."""

    def list_packs(self) -> Sequence[str]:
        """The packs in their order, as people find them."""
        ...

    def list_refused(self) -> Mapping[str, str]:
        """Why the newest content is not in force, by `ProposalSubject`; empty where all is."""
        ...

    def read(self, subject: ProposalSubject) -> RuleFile:
        """The office's own file of this subject, or that there is none."""
        ...

    def measure(
        self, content: bytes, units: Sequence[UnitFact], places: Sequence[PlaceFact], texts: Sequence[str]
    ) -> Sequence[PackChange]:
        """What the own pack with this content changes of these messages. Slow. Raises UnusableFile."""
        ...

    def prepare(self, subject: ProposalSubject, content: bytes) -> AbstractContextManager[Callable[[], None]]:
        """Check this content outside any transaction; what the block gets puts it in its place.

        Slow. Raises UnusableFile with every mistake and its line.
        """
        ...

    def start_check(self) -> None:
        """Check the packs in the background, unless that runs already."""
        ...

    def find_check(self) -> "RuleJob[CheckedRules] | None":
        """The check that runs or ran last in this process; None: none was asked for."""
        ...

    def start_suggesting(
        self, units: Sequence[UnitFact], past: Sequence[PastMessage], names: frozenset[str]
    ) -> None:
        """Learn suggestions in the background, unless that runs already."""
        ...

    def find_suggestions(self) -> "RuleJob[Sequence[Suggestion]] | None":
        """The suggestions that are learned, or were learned last in this process."""
        ...

    def add_suggestion(self, suggestion: Suggestion, *, by: str, on: date) -> bytes:
        """The content of the own pack with this suggestion. Raises UnusableFile where it must be by hand."""
        ...


class OrganisationFile(Protocol):
    """A file of the organisation whose rows are in order, as far as they can be without the database."""

    def import_rows(self, session: Session) -> OrganisationChanges:
        """Import it, and flush. Raises UnusableFile for rows that point nowhere; nothing is changed then."""
        ...


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

    def find_resident_sign_in(self) -> PlatformSignIn | None:
        """How residents are known on their own pages, where a channel offers it; `inside` is WeChat."""
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

    def read_organisation(self, content: bytes) -> OrganisationFile:
        """Read a workbook or a YAML file. Slow: outside any transaction. Raises UnusableFile."""
        ...

    @property
    def rules(self) -> OfficeRules:
        """The rule packs and the table of limits, as files."""
        ...

    def find_file(self, name: str) -> Path | None:
        """The file of this name below the media folder; None where it is not there."""
        ...

    def read_health(self) -> Health:
        """How the program runs now."""
        ...

    def replay_letter(self, box: str, letter_id: int) -> bool:
        """Queue a parked message (`in`) or push (`out`) again; False where there is no such letter."""
        ...
