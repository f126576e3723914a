"""config.yaml as frozen types (design §9).

What a key means stands here, with an example of a right value; reading the file and explaining
its mistakes is `bot.config.loader`. Each part of the program is handed its own branch only.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from bot.channels.registry import SHIPPED_KINDS, ChannelKinds
from bot.channels.setting_types import Hours, Length, Name, Secret, Section, Text, WebURL
from bot.channels.settings import ChannelSettings
from bot.config import byte_sizes
from bot.config.backups import BackupSettings
from bot.config.periods import KeepSettings
from bot.config.sign_in import OidcSettings
from bot.config.storage import FolderStorage, StorageSettings


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("没有这个时区") from error
    return name


TileURL = Annotated[
    str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:-]+/[^\s\"'<>;,]*\{z\}/\{x\}/\{y\}[^\s\"'<>;,]*$")
]
DatabaseURL = Annotated[
    str,
    StringConstraints(pattern=r"^(sqlite:///.+|postgresql(\+psycopg)?://.+)$"),
    Field(examples=['"postgresql://gridbot@127.0.0.1/gridbot"']),
]
PostgresURL = Annotated[
    str,
    StringConstraints(pattern=r"^postgresql(\+psycopg)?://.+$"),
    Field(examples=['"postgresql://gridbot@127.0.0.1/gridbot"']),
]
Size = Annotated[byte_sizes.Bytes, Field(gt=0)]


def _parse_channel(data: Any, info: ValidationInfo) -> ChannelSettings:
    kinds: ChannelKinds = (info.context or {}).get("kinds", SHIPPED_KINDS)
    return kinds.parse_settings(data)


class SiteSettings(Section):
    """The installation: its name, address, time zone, and the prefix of its case numbers."""

    name: Text = "网格接诉中心"
    base_url: WebURL = "http://127.0.0.1:8000"
    timezone: Annotated[str, AfterValidator(_check_zone)] = "Asia/Shanghai"
    case_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,4}$")] = "WG"


class DatabaseSettings(Section):
    """The database, as SQLAlchemy's URLs; the ways beside `url` are PostgreSQL's."""

    url: DatabaseURL = "sqlite:///data/gridbot.db"
    """May lead through PgBouncer in transaction mode."""
    listen_url: PostgresURL | None = None
    """The same database without a pooler, one connection a process, on which processes wake each other.
    Without it each looks five times a second."""
    read_url: PostgresURL | None = None
    """A copy that may lag behind, for figures and files; pages with acts never read it."""

    @model_validator(mode="after")
    def _has_ways_of_its_kind(self) -> Self:
        if self.url.startswith("sqlite") and (self.listen_url or self.read_url):
            raise ValueError("listen_url 和 read_url 只用于 PostgreSQL")
        return self


class ServerSettings(Section):
    """Where the HTTP server listens."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


ApiScope = Literal["read", "report", "acts"]
"""What a token of the API may be used for."""


def find_scope(path: str, method: str) -> ApiScope:
    """The scope that an address of the API needs, by its path and HTTP method."""
    if method != "POST":
        return "read"
    return "report" if path.endswith("/reports") else "acts"


LEAST_TOKEN = 24
"""Characters of a token that cannot be guessed; `gridbot check` refuses shorter ones."""


class ApiToken(Section):
    """A bearer token and what it allows; off unless said, whatever a person should stand behind."""

    secret: Secret
    scopes: frozenset[ApiScope] = frozenset({"read"})
    units: tuple[Text, ...] = ()
    """Codes of the units whose cases it is about, with everything beneath them; empty: all."""
    people: Annotated[tuple[Text, ...], Field(alias="as")] = ()
    """Codes of the people in whose name it reports and acts; empty: anybody of the roster."""
    second_person: bool = False
    """Whether it may decide what needs a second person (同意、不同意)."""
    leader: bool = False
    """Whether it may act in the name of a leader or administrator."""
    reveal: bool = False
    """Whether it may have the reporter's name and contact shown."""
    restricted: bool = False
    """Whether it reads restricted cases."""


def _parse_token(data: Any) -> Any:
    """A bare string is the secret of a token for reading, reports and ordinary acts."""
    if not isinstance(data, str | SecretStr):
        return data
    if not data:
        raise ValueError("不能为空")
    return {"secret": data, "scopes": get_args(ApiScope)}


class ApiSettings(Section):
    """The API for other systems."""

    tokens: Annotated[
        dict[Name, Annotated[ApiToken, BeforeValidator(_parse_token)]],
        Field(examples=['{jiesu: "${GRIDBOT_API_TOKEN}"}']),
    ] = {}  # noqa: RUF012 - pydantic copies it
    """Name of the integration to its bearer token. Empty: the API is off."""


class MonitorSettings(Section):
    """Who may see what operators see."""

    token: Secret | None = None
    """Opens /metrics, the details of /readyz and the OpenAPI document; without one, only to this machine."""


class MediaSettings(Section):
    """Files of messages: where they are stored, where from and up to what size they are fetched."""

    folder: Path = Path("data/media")
    hosts: Annotated[tuple[Text, ...], Field(examples=['["*.myqcloud.com"]'])] = (
        "*.myqcloud.com",
        "*.qpic.cn",
    )
    """Hosts that files may be fetched from: exact names or `*.suffix`, with `:port` if need be."""
    max_photo: Annotated[Size, Field(examples=["10MB"])] = byte_sizes.megabytes(10)
    max_voice: Annotated[Size, Field(examples=["20MB"])] = byte_sizes.megabytes(20)
    max_video: Annotated[Size, Field(examples=["100MB"])] = byte_sizes.megabytes(100)
    """Of a video, and of any file that is neither photo nor voice."""

    @property
    def largest(self) -> int:
        """Bytes of the largest file of any kind."""
        return max(self.max_photo, self.max_voice, self.max_video)


class ConsoleSettings(Section):
    """The pages for staff: how long somebody stays signed in, and how they may sign in."""

    session: Annotated[Length, Field(examples=["PT12H"])] = timedelta(hours=12)
    passwords: bool = False
    """Whether `gridbot console password` may give people a password; for places without WeCom's sign-in."""
    tiles: Annotated[TileURL | None, Field(examples=['"https://tiles.example.cn/{z}/{x}/{y}.png"'])] = None
    """One's own map server, WGS-84, whose tiles lie beneath the maps; it learns what is looked at."""
    oidc: OidcSettings | None = None
    """Signing in by another system's accounts."""


class NoSpeech(Section):
    """Nobody turns voices into words but the duty desk."""

    engine: Literal["none"] = "none"

    @property
    def listen_for(self) -> timedelta:
        """How long a report with a voice waits for other pieces before the desk gets it."""
        return timedelta(seconds=30)


class SpeechServerSettings(Section):
    """A server that answers as OpenAI's `/v1/audio/transcriptions` does."""

    engine: Literal["http"]
    url: WebURL
    """The server, or the whole address of the service."""
    model: Text = "whisper-1"
    key: Secret | None = None
    language: Text = "zh"
    prompt: str = ""
    """Words that the engine should know, such as place names; what only repeats them is no speech."""
    timeout: Annotated[Length, Field(examples=["PT60S"])] = timedelta(seconds=60)
    patience: Annotated[Length, Field(examples=["PT3M"])] = timedelta(minutes=3)
    """A report waits so long for the words of its voice; then it is a case, and the desk listens."""

    @property
    def listen_for(self) -> timedelta:
        return self.patience

    @property
    def address(self) -> str:
        """The whole address of the service."""
        path = urlsplit(self.url).path.rstrip("/")
        return (
            self.url if path not in {"", "/v1"} else f"{self.url.rstrip('/').removesuffix('/v1')}{_SERVICE}"
        )


class SpeechModelSettings(Section):
    """A SenseVoice model for sherpa-onnx in a folder (`pip install "gridbot[speech]"`)."""

    engine: Literal["sherpa"]
    folder: Path = Field(examples=["models/sense-voice"])
    """With `model.int8.onnx` or `model.onnx`, and `tokens.txt`."""
    threads: Annotated[int, Field(ge=1, le=16)] = 1
    timeout: Annotated[Length, Field(examples=["PT60S"])] = timedelta(seconds=60)
    patience: Annotated[Length, Field(examples=["PT3M"])] = timedelta(minutes=3)
    """As for a server."""

    @property
    def prompt(self) -> str:
        """This engine is told nothing to expect."""
        return ""

    @property
    def listen_for(self) -> timedelta:
        return self.patience


_SERVICE = "/v1/audio/transcriptions"
SpeechSettings = Annotated[
    NoSpeech | SpeechServerSettings | SpeechModelSettings, Field(discriminator="engine")
]


class OcrSettings(Section):
    """Whether what stands on photos is read, and by what (`pip install "gridbot[ocr]"`)."""

    engine: Literal["none", "rapidocr"] = "none"
    timeout: Annotated[Length, Field(examples=["PT60S"])] = timedelta(seconds=60)
    """A photo that takes longer is given up, and the engine begun anew."""


class IntakeSettings(Section):
    """How several messages become one report."""

    join_within: Annotated[Length, Field(examples=["PT90S"])] = timedelta(seconds=90)
    """Pieces by one person in one chat this close together are one report."""
    ask_after: Annotated[Length, Field(examples=["PT2M"])] = timedelta(minutes=2)
    """An incomplete report is asked for what is missing after this long, once."""
    answer_within: Annotated[Length | None, Field(examples=["PT30M"])] = timedelta(minutes=30)
    """A resident's question in a group that is heard whole, unanswered for so long, is told to whoever leads
    the grid; null: it is not."""
    quiet_hours: Annotated[Hours | None, Field(examples=['"22:00-07:00"'])] = "22:00-07:00"
    """When nobody is expected to answer, where the group has no quiet hours of its own."""
    most_per_hour: Annotated[int, Field(ge=1, le=10_000, examples=["20"])] = 20
    """Cases that one person who is no staff opens in an hour; what comes beyond is gathered into one."""

    @property
    def quiet_span(self) -> tuple[str, str] | None:
        """The quiet hours, from and to."""
        begin, _, end = (self.quiet_hours or "").partition("-")
        return (begin, end) if end else None


class RulesSettings(Section):
    """The rule files, and what the rules may decide by themselves."""

    packs: Annotated[tuple[Path, ...], Field(min_length=1, examples=["[rules/default.yaml]"])] = (
        Path("rules/default.yaml"),
    )
    auto_dispatch: Literal["never", "urgent", "confident"] = "urgent"
    """Which reports go to their unit without waiting for the duty desk."""
    limits: Path = Path("rules/limits.yaml")
    """File of the time limits, the escalation rules and the office hours."""
    spot_checks: Path = Path("rules/spot_checks.yaml")
    """File that says which share of the closed cases is called back, and by whom."""
    restricted_to: tuple[str, ...] = ()
    """Codes of the people who may see restricted cases (作风、打击报复); nobody else does.

    Empty: the lead of the top unit, else its leaders, else the administrators.
    """


class Settings(Section):
    """The whole of config.yaml."""

    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    server: ServerSettings = ServerSettings()
    api: ApiSettings = ApiSettings()
    channels: Annotated[
        dict[Name, Annotated[ChannelSettings, PlainValidator(_parse_channel)]],
        Field(examples=['{grid: {kind: aibot, bot_id: AIB1, bot_name: 网格助手, secret: "…"}}']),
    ] = {}  # noqa: RUF012 - pydantic copies it
    media: MediaSettings = MediaSettings()
    speech: SpeechSettings = NoSpeech()
    ocr: OcrSettings = OcrSettings()
    storage: StorageSettings = FolderStorage()
    intake: IntakeSettings = IntakeSettings()
    keep: KeepSettings = KeepSettings()
    backup: BackupSettings = BackupSettings()
    monitor: MonitorSettings = MonitorSettings()
    console: ConsoleSettings = ConsoleSettings()
    rules: RulesSettings = RulesSettings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.timezone)

    @property
    def archives(self) -> Path:
        """Where cases of years ago are moved to, unless the command says otherwise: beside the media."""
        return self.media.folder.parent / "archives"

    @classmethod
    def parse(cls, data: Mapping[str, Any], *, kinds: ChannelKinds = SHIPPED_KINDS) -> Self:
        """From plain data, its channels of these kinds; pydantic's ValidationError names every wrong path."""
        return cls.model_validate(dict(data), context={"kinds": kinds})
