"""Settings of a group robot that hears, and what it can carry (wecom-webhook.md B)."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import AESKey, Length, Secret, Text, WebURL
from bot.channels.settings import ChannelHost, ChannelSettings
from models.account_ids import WECOM
from models.messages import CardPush, FilePush, PartKind, PhotoPush, TextPush


class GroupRobotSettings(ChannelSettings):
    """群机器人 with 接收消息配置, which the platform gives to few corporations (内测)."""

    kind: Literal["group_robot"]
    bot_name: Text = Field(examples=["网格助手"])
    key: Secret
    """What its webhook address ends with: one for all its groups."""
    token: Secret
    aes_key: AESKey
    api_base: WebURL = "https://qyapi.weixin.qq.com"
    replay_window: Annotated[Length, Field(examples=["PT10M"])] = timedelta(minutes=10)
    """Callbacks whose timestamp is further away than this are refused (crypto.md §8)."""

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECOM,
            capabilities=Capabilities(
                receives=frozenset({PartKind.TEXT, PartKind.PHOTO}),
                sends=frozenset({TextPush, CardPush, PhotoPush, FilePush}),
                markdown=True,
                mention=True,
            ),
            bot_name=self.bot_name,
        )

    def awaits_calls(self) -> bool:
        return True

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.webhook.robot import GroupRobot

        return GroupRobot(name, self, host)
