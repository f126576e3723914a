"""Settings of an official account, and what it can carry."""

import re
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.channels.base import LONGEST_BUDGET, Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import AESKey, Length, Secret, Section, Text, WebURL
from bot.channels.settings import ChannelHost, ChannelSettings, SettingDoubt
from handlers.environment.areas import CRS
from handlers.wording.formats import format_span
from models.account_ids import WECHAT
from models.messages import CardPush, HandOverOrder, PartKind, PhotoPush, TextPush

MESSAGE, EVENT = "message", "event"
"""Kinds of reply handle: what a message opens, and what a subscription, a scan or a menu press does."""


class Mode(StrEnum):
    """How the platform was told to send messages (消息加解密方式)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


def _check_template_key(key: str) -> str:
    if not re.fullmatch(r"[a-z_]{1,32}[0-9]{1,3}", key):
        raise ValueError("应当是公众号后台这个模板里的键，如 thing2")
    return key


TemplateKey = Annotated[Text, AfterValidator(_check_template_key)]


class TemplateFields(Section):
    """Which keys of the template show what of a case; a key that the template lacks is left out."""

    number: TemplateKey | None = Field(default=None, examples=["character_string1"])
    what: TemplateKey | None = Field(default=None, examples=["thing2"])
    state: TemplateKey | None = Field(default=None, examples=["phrase3"])
    time: TemplateKey | None = Field(default=None, examples=["time4"])

    @model_validator(mode="after")
    def _check_not_empty(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("至少写一个字段，否则通知里什么都没有")
        return self


class LateNotice(Section):
    """A message of fixed fields, which reaches a person who has not written for two days."""

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
    template: LateNotice | None = None
    """模板消息: at any time, to whoever follows the account."""
    subscription: LateNotice | None = None
    """订阅通知: to whoever agreed to it; where the template did not go."""
    hand_over: bool = False
    """Whoever wants a person is answered by those who sit at the platform's own 客服 page."""
    windows: Windows = Windows()
    replay_window: Annotated[Length, Field(examples=["PT10M"])] = timedelta(minutes=10)
    """Callbacks whose timestamp is further away than this are refused (crypto.md §8)."""
    location_crs: CRS = CRS.GCJ02
    """What locations that people send are counted in; no document says so, WeChat's map is GCJ-02."""
    api_base: WebURL = "https://api.weixin.qq.com"
    qr_base: WebURL = "https://mp.weixin.qq.com"
    oauth_base: WebURL = "https://open.weixin.qq.com"
    """Where WeChat's browser is asked whose it is, once the domain is among the 网页授权域名."""

    def awaits_calls(self) -> bool:
        """The platform calls for every message."""
        return True

    def list_doubts(self) -> Sequence[SettingDoubt]:
        doubts = []
        if self.template is None and self.subscription is None:
            after = format_span(self.windows.message_length)
            problem = f"没有模板消息：居民超过 {after}没有来消息，结果只能由值班员打电话告诉"
            example = "{id: TPL-CASE, fields: {number: character_string1, what: thing2, state: phrase3}}"
            doubts.append(SettingDoubt("template", problem, example))
        if self.mode is Mode.PLAIN:
            doubts.append(SettingDoubt("mode", "明文模式：消息不加密，中途可能被人看到和改动", "safe"))
        return doubts

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECHAT,
            capabilities=Capabilities(
                receives=frozenset(
                    {PartKind.TEXT, PartKind.PHOTO, PartKind.VOICE, PartKind.VIDEO, PartKind.LOCATION}
                ),
                sends=frozenset({TextPush, CardPush, PhotoPush}),
                hand_over=HandOverOrder.FIRST if self.hand_over else None,
                needs_consent=self.template is None,
                answers_only=self.template is None and self.subscription is None,
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
