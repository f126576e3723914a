"""Settings of the group webhooks, and what they can carry."""

from typing import Literal

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import WebURL
from bot.channels.settings import ChannelHost, ChannelSettings
from models.account_ids import WECOM
from models.messages import CardPush, FilePush, PhotoPush, TextPush

_DECLARATION = ChannelDeclaration(
    provider=WECOM,
    capabilities=Capabilities(
        sends=frozenset({TextPush, CardPush, PhotoPush, FilePush}),
        markdown=True,
        mention=True,
        needs_address=True,
    ),
)


class WebhookSettings(ChannelSettings):
    """群机器人 webhook: pushes only, with real @-mentions. Keys stand with the chats."""

    kind: Literal["webhook"]
    api_base: WebURL = "https://qyapi.weixin.qq.com"

    def declare(self) -> ChannelDeclaration:
        return _DECLARATION

    def find_window(self) -> float:
        """Seconds in which the platform takes twenty messages of one webhook."""
        return 60.0

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.webhook.channel import WebhookChannel

        return WebhookChannel(
            name, self, base_url=host.base_url, client=host.client, seconds=self.find_window()
        )
