"""config.yaml as frozen types (design §9).

What a key means stands here, with an example of a right value; reading the file and explaining
its mistakes is `bot.config`. Each part of the program is handed its own branch only.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from bot.config import byte_sizes
from handlers.environment.areas import CRS


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("没有这个时区") from error
    return name


def _check_aes_key(key: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}", key.get_secret_value()):
        raise ValueError("应当是 43 位字母和数字")
    return key


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
"""A key people choose: it becomes a part of an address or of an environment variable."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Secret = Annotated[SecretStr, Field(min_length=1, examples=['"…"'])]
"""Never empty: an empty token would let everybody in."""
AESKey = Annotated[SecretStr, AfterValidator(_check_aes_key), Field(examples=['"43 位的 EncodingAESKey"'])]
WebURL = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+")]
SocketURL = Annotated[str, StringConstraints(pattern=r"^wss?://[^/\s]+")]
DatabaseURL = Annotated[
    str,
    StringConstraints(pattern=r"^(sqlite:///.+|postgresql(\+psycopg)?://.+)$"),
    Field(examples=['"postgresql://gridbot@127.0.0.1/gridbot"']),
]
Length = Annotated[timedelta, Field(gt=timedelta(0))]
Size = Annotated[byte_sizes.Bytes, Field(gt=0)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SiteSettings(Section):
    name: Text = "网格接诉中心"
    base_url: WebURL = "http://127.0.0.1:8000"
    timezone: Annotated[str, AfterValidator(_check_zone)] = "Asia/Shanghai"
    case_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,4}$")] = "WG"


class DatabaseSettings(Section):
    url: DatabaseURL = "sqlite:///data/gridbot.db"


class ServerSettings(Section):
    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


class ApiSettings(Section):
    tokens: Annotated[dict[Name, Secret], Field(examples=['{jiesu: "${GRIDBOT_API_TOKEN}"}'])] = {}
    """Name of the integration to its bearer token. Empty: the API is off."""


class AibotChannel(Section):
    """企业微信智能机器人: `socket` (long connection) or `callback` (encrypted JSON by URL)."""

    kind: Literal["aibot"]
    mode: Literal["socket", "callback"] = "socket"
    bot_id: Text = Field(examples=["AIB1"])
    bot_name: Text = Field(examples=["网格助手"])
    secret: Annotated[Secret | None, Field(examples=['"…"'])] = None
    ws_url: SocketURL = "wss://openws.work.weixin.qq.com"
    token: Annotated[Secret | None, Field(examples=['"…"'])] = None
    aes_key: Annotated[AESKey | None, Field(examples=['"43 位的 EncodingAESKey"'])] = None
    replay_window: Annotated[Length, Field(examples=["PT10M"])] = timedelta(minutes=10)
    """Callbacks whose timestamp is further away than this are refused (crypto.md §8)."""
    hears_all: bool = False
    """The platform also delivers messages that do not mention the bot."""
    location_crs: CRS = CRS.GCJ02
    """What locations that people send are counted in; no document says so, the app's map is GCJ-02."""

    @model_validator(mode="after")
    def _has_what_its_mode_needs(self) -> Self:
        needed = ("secret",) if self.mode == "socket" else ("token", "aes_key")
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"mode 为 {self.mode} 时还需要 {'、'.join(missing)}")
        return self


class WebhookChannel(Section):
    """群机器人 webhook: pushes only, with real @-mentions. Keys stand with the chats."""

    kind: Literal["webhook"]
    api_base: WebURL = "https://qyapi.weixin.qq.com"


class AppChannel(Section):
    """企业微信自建应用."""

    kind: Literal["app"]
    corp_id: Text = Field(examples=["wwCORP1"])
    agent_id: int = Field(examples=["1000002"])
    secret: Secret
    token: Secret
    aes_key: AESKey
    api_base: WebURL = "https://qyapi.weixin.qq.com"


class OfficialAccountChannel(Section):
    """公众号/服务号."""

    kind: Literal["official_account"]
    app_id: Text = Field(examples=["wxAPP1"])
    secret: Secret
    token: Secret
    aes_key: AESKey
    api_base: WebURL = "https://api.weixin.qq.com"


ChannelSettings = Annotated[
    AibotChannel | WebhookChannel | AppChannel | OfficialAccountChannel, Field(discriminator="kind")
]


class MediaSettings(Section):
    folder: Path = Path("data/media")
    hosts: Annotated[tuple[Text, ...], Field(examples=['["*.myqcloud.com"]'])] = ("*.myqcloud.com",)
    """Hosts that files may be fetched from: exact names or `*.suffix`, with `:port` if need be."""
    max_photo: Annotated[Size, Field(examples=["10MB"])] = byte_sizes.megabytes(10)
    max_video: Annotated[Size, Field(examples=["100MB"])] = byte_sizes.megabytes(100)


class IntakeSettings(Section):
    join_within: Annotated[Length, Field(examples=["PT90S"])] = timedelta(seconds=90)
    """Pieces by one person in one chat this close together are one report."""
    ask_after: Annotated[Length, Field(examples=["PT2M"])] = timedelta(minutes=2)
    """An incomplete report is asked for what is missing after this long, once."""


class RulesSettings(Section):
    packs: Annotated[tuple[Path, ...], Field(min_length=1, examples=["[rules/default.yaml]"])] = (
        Path("rules/default.yaml"),
    )
    auto_dispatch: Literal["never", "urgent", "confident"] = "urgent"
    """Which reports go to their unit without waiting for the duty desk."""
    limits: Path = Path("rules/limits.yaml")
    """Time limits, the ladder of reminders, office hours."""
    restricted_to: tuple[str, ...] = ()
    """Codes of the people who may see restricted cases (举报、作风); nobody else does."""


class Settings(Section):
    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    server: ServerSettings = ServerSettings()
    api: ApiSettings = ApiSettings()
    channels: Annotated[
        dict[Name, ChannelSettings],
        Field(examples=['{grid: {kind: aibot, bot_id: AIB1, bot_name: 网格助手, secret: "…"}}']),
    ] = {}
    media: MediaSettings = MediaSettings()
    intake: IntakeSettings = IntakeSettings()
    rules: RulesSettings = RulesSettings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.timezone)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """From plain data; pydantic's ValidationError names every wrong path."""
        return cls.model_validate(dict(data))
