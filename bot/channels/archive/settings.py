"""Settings of a message archive, and what it can carry: everything in, nothing out."""

import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import Length, Secret, Text, WebURL
from bot.channels.settings import ChannelHost, ChannelSettings, SettingDoubt
from handlers.environment.areas import CRS
from models.account_ids import WECOM
from models.messages import PartKind

_CAPABILITIES = Capabilities(receives=frozenset(PartKind), overhears=True)
_KEY_PROBLEMS = {
    "unreadable": "读不了这个私钥文件",
    "no_key": "这个文件不是 PEM 格式的私钥，或者有口令",
    "not_rsa": "这不是 RSA 私钥",
}


class ArchiveSettings(ChannelSettings):
    """会话内容存档: reads every message of the groups that it is told of, through Tencent's C library."""

    kind: Literal["archive"]
    corp_id: Text = Field(examples=["wwCORP1"])
    secret: Secret
    """Of the archive, not of an app."""
    library: Path = Field(examples=["/opt/wework/libWeWorkFinanceSdk_C.so"])
    private_keys: Mapping[Annotated[int, Field(ge=1)], Path] = Field(
        min_length=1, examples=['{"1": keys/archive-1.pem}']
    )
    """By the version that the platform gave to the public key; old ones stay."""
    poll: Annotated[Length, Field(examples=["PT1S"])] = timedelta(seconds=1)
    api_base: WebURL = "https://qyapi.weixin.qq.com"
    bot_name: Text = "网格助手"
    """By which people mention the bot in these groups."""
    proxy: str = Field("", examples=["http://10.0.0.1:8081"])
    proxy_password: Annotated[Secret | None, Field(examples=['"用户:密码"'])] = None
    file_patience: Annotated[Length, Field(examples=["PT5M"])] = timedelta(minutes=5)
    """How long a message waits for its files; then it is handled without them."""
    location_crs: CRS = CRS.GCJ02
    """What locations that people send are counted in; no document says so, the app's map is GCJ-02."""

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(provider=WECOM, capabilities=_CAPABILITIES, bot_name=self.bot_name)

    def resolve_paths(self, folder: Path) -> Self:
        keys = {version: folder / path for version, path in self.private_keys.items()}
        return self.model_copy(update={"library": folder / self.library, "private_keys": keys})

    def list_doubts(self) -> Sequence[SettingDoubt]:
        return list(self._iter_doubts())

    def _iter_doubts(self) -> Iterator[SettingDoubt]:
        if not self.library.is_file():
            problem = f"没有 {self.library}：从企业微信下载会话内容存档 SDK（Linux C 版）"
            yield SettingDoubt("library", problem, "/opt/wework/libWeWorkFinanceSdk_C.so", grave=True)
        for version, path in self.private_keys.items():
            yield from _check_key(f"private_keys.{version}", path)

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.archive.channel import ArchiveChannel

        return ArchiveChannel(name, self, host)


def _check_key(key: str, path: Path) -> Iterator[SettingDoubt]:
    from bot.channels.archive.keys import KeyFileProblem, load_key

    try:
        load_key(path)
    except KeyFileProblem as found:
        example = f"openssl genrsa -out {path.name} 2048"
        yield SettingDoubt(key, f"{_KEY_PROBLEMS[str(found)]}：{path}", example, grave=True)
        return
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield SettingDoubt(key, f"别的用户也读得到这个私钥：{path}", f"chmod 600 {path.name}")
