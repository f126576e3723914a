"""Settings of a self-built app, and what it can carry (wecom-app.md §2 to §5)."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import AESKey, Length, Secret, Text, WebURL
from bot.channels.settings import ChannelHost, ChannelSettings, SettingDoubt
from handlers.environment.areas import CRS
from models.account_ids import WECOM
from models.messages import CardPush, FilePush, PartKind, PhotoPush, TextPush

RESPONSE_CODE = "response_code"
"""What changes a card, once: it comes with the card that was sent and with each press on it."""
CARD_WINDOW = timedelta(hours=72)
HANDLE_LIFETIMES = {RESPONSE_CODE: CARD_WINDOW}

_CAPABILITIES = Capabilities(
    receives=frozenset(PartKind),
    sends=frozenset({TextPush, CardPush, PhotoPush, FilePush}),
    mention=True,
    card_update_window=CARD_WINDOW,
    hears_groups=False,
)


_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")


class AppSettings(ChannelSettings):
    """企业微信自建应用: each member's own conversation with the app, and groups that the app made."""

    kind: Literal["app"]
    corp_id: Text = Field(examples=["wwCORP1"])
    agent_id: int = Field(gt=0, examples=["1000002"])
    secret: Secret
    token: Secret
    aes_key: AESKey
    api_base: WebURL = "https://qyapi.weixin.qq.com"
    oauth_base: WebURL = "https://open.weixin.qq.com"
    qr_base: WebURL = "https://login.work.weixin.qq.com"
    """Where a browser signs in: WeCom's own, and any other."""
    bot_name: Text = Field("网格助手", examples=["网格助手"])
    """What the app is called in its own conversations."""
    menu: Mapping[str, Text] = Field(default={}, examples=["{MY_CASES: /我的}"])
    """Keys of the app's menu to the words that choosing one stands for; a key may be a command itself."""
    markdown: bool = False
    """Words go as markdown, which looks better, but not in WeChat (微工作台), where some read the app."""
    sync_contacts: bool = False
    """Once a day the list of members is read: who left has no right left, who joined is known by name."""
    replay_window: Annotated[Length, Field(examples=["PT10M"])] = timedelta(minutes=10)
    """Callbacks whose timestamp is further away than this are refused (crypto.md §8)."""
    location_crs: CRS = CRS.GCJ02
    """What locations that people send are counted in; no document says so, the app's map is GCJ-02."""

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECOM,
            capabilities=_CAPABILITIES,
            bot_name=self.bot_name,
            handle_lifetimes=HANDLE_LIFETIMES,
        )

    def list_doubts(self) -> Sequence[SettingDoubt]:
        doubts = []
        if not self.corp_id.startswith(("ww", "wx")):
            problem = "企业 ID 一般以 ww 开头，在“我的企业 → 企业信息”最下面"
            doubts.append(SettingDoubt("corp_id", problem, "wwCORP1"))
        if not _TOKEN.fullmatch(self.token.get_secret_value()):
            doubts.append(
                SettingDoubt("token", "Token 是 3 到 32 位字母和数字，和“设置 API 接收”里的一样", "QDG6eK")
            )
        if self.secret.get_secret_value() in (self.token.get_secret_value(), self.aes_key.get_secret_value()):
            problem = "Secret 和 Token、EncodingAESKey 是三样东西：Secret 在应用详情页上"
            doubts.append(SettingDoubt("secret", problem, '"${APP_SECRET}"'))
        return doubts

    def awaits_calls(self) -> bool:
        return True

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.app.channel import AppChannel

        return AppChannel(name, self, host)
