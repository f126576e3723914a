"""Settings of the toy, and what it can carry."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.registry import SHIPPED_KINDS
from bot.channels.setting_types import Text
from bot.channels.settings import ChannelHost, ChannelSettings
from models.messages import PartKind, TextPush

SLIP_LIFETIMES = {"slip": timedelta(minutes=10)}


class ToySettings(ChannelSettings):
    kind: Literal["toy"]
    folder: Path
    doll: Text = Field(examples=["小玩"])
    """What people call the bot."""
    word: str = ""
    """The password of callbacks; without one, messages come from the folder."""

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider="toyland",
            capabilities=Capabilities(
                receives=frozenset({PartKind.TEXT, PartKind.PHOTO}), sends=frozenset({TextPush}), mention=True
            ),
            bot_name=self.doll,
            handle_lifetimes=SLIP_LIFETIMES,
        )

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from tests.bot.channels.toy.channel import ToyChannel

        return ToyChannel(name, self, host)


KINDS = SHIPPED_KINDS.extend(ToySettings)
