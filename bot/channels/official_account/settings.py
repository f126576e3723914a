"""Settings of an official account, and what it can carry."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.channels.base import LONGEST_BUDGET, Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import AESKey, Length, Secret, Section, Text, WebURL
from bot.channels.settings import ChannelHost, ChannelSettings
from handlers.environment.areas import CRS
from models.account_ids import WECHAT
from models.messages import CardPush, PartKind, PhotoPush, TextPush

MESSAGE, EVENT = "message", "event"
"""Kinds of reply handle: what a message opens, and what a subscription, a scan or a menu press does."""


class Mode(StrEnum):
    """How the platform was told to send messages (消息加解密方式)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class TemplateFields(Section):
    """Which keys of the template show what of a case; a key that the template lacks is left out."""

    number: Text | None = Field(default=None, examples=["character_string1"])
    what: Text | None = Field(default=None, examples=["thing2"])
    state: Text | None = Field(default=None, examples=["phrase3"])
    time: Text | None = Field(default=None, examples=["time4"])


class Template(Section):
    """模板消息: what reaches a person who has not written for two days."""

    id: Text = Field(examples=["TPL-CASE"])
    fields: TemplateFields
    url: Annotated[WebURL | None, Field(examples=["https://grid.example/"])] = None
    """Where a tap leads; the platform wants a domain with an ICP number."""


class Windows(Section):
    """How much may be said after what, and for how long; the platform changes these numbers now and then."""

    messages: Annotated[int, Field(ge=1)] = 5
    message_length: Annotated[Length, Field(le=LONGEST_BUDGET)] = timedelta(hours=48)
    events: Annotated[int, Field(ge=0)] = 3
    """After a subscription, a scan or a menu press."""
    event_length: Annotated[Length, Field(le=LONGEST_BUDGET)] = timedelta(minutes=1)


class OfficialAccountSettings(ChannelSettings):
    """公众号/服务号."""

    kind: Literal["official_account"]
    app_id: Text = Field(examples=["wxAPP1"])
    secret: Secret
    token: Secret
    aes_key: AESKey
    bot_name: Text = "网格助手"
    mode: Mode = Mode.SAFE
    """In plain mode nothing proves the words of a message, only that the platform knows the token."""
    template: Template | None = None
    windows: Windows = Windows()
    replay_window: Annotated[Length, Field(examples=["PT10M"])] = timedelta(minutes=10)
    """Callbacks whose timestamp is further away than this are refused (crypto.md §8)."""
    location_crs: CRS = CRS.GCJ02
    """What locations that people send are counted in; no document says so, WeChat's map is GCJ-02."""
    api_base: WebURL = "https://api.weixin.qq.com"

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECHAT,
            capabilities=Capabilities(
                receives=frozenset(
                    {PartKind.TEXT, PartKind.PHOTO, PartKind.VOICE, PartKind.VIDEO, PartKind.LOCATION}
                ),
                sends=frozenset({TextPush, CardPush, PhotoPush}),
                answers_only=self.template is None,
            ),
            bot_name=self.bot_name,
            handle_lifetimes={
                MESSAGE: self.windows.message_length,
                EVENT: self.windows.event_length,
            },
            budgets={MESSAGE: self.windows.messages, EVENT: self.windows.events},
        )

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.official_account.channel import OfficialAccount

        return OfficialAccount(name, self, host)
