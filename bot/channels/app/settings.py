"""Settings of a self-built app, and what it can carry (wecom-app.md §2 to §5)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import Text, WebURL
from bot.channels.settings import ChannelHost
from bot.channels.wecom.settings import CorpSettings
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


class AppSettings(CorpSettings):
    """企业微信自建应用: each member's own conversation with the app, and groups that the app made."""

    kind: Literal["app"]
    agent_id: int = Field(gt=0, examples=["1000002"])
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

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECOM,
            capabilities=_CAPABILITIES,
            bot_name=self.bot_name,
            handle_lifetimes=HANDLE_LIFETIMES,
        )

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.app.channel import AppChannel

        return AppChannel(name, self, host)
