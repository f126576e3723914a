"""Settings of a corporation's customer service, and what it can carry."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.channels.base import LONGEST_BUDGET, Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import Length, Section, Text
from bot.channels.settings import ChannelHost, SettingDoubt
from bot.channels.wecom.settings import CorpSettings
from models.account_ids import WECOM_CUSTOMER
from models.inbox import SUMMONS
from models.messages import CardPush, FilePush, HandOverOrder, PartKind, PhotoPush, TextPush

MESSAGE, WELCOME = "message", "welcome"
"""Kinds of reply handle: what a message opens, and what the opening of a conversation does, once."""
POOL = "pool"
"""In `hand_over`: to whoever of the servicers is free."""
SUMMONS_LIFETIME = timedelta(minutes=10)
_OFTEN = timedelta(minutes=1)
WELCOME_LIFETIME = timedelta(seconds=20)

_SENDS = frozenset({TextPush, CardPush, PhotoPush, FilePush})
_RECEIVES = frozenset(
    {
        PartKind.TEXT,
        PartKind.PHOTO,
        PartKind.VOICE,
        PartKind.VIDEO,
        PartKind.FILE,
        PartKind.LOCATION,
        PartKind.LINK,
        PartKind.MINI_PROGRAM,
        PartKind.CONTACT_CARD,
    }
)


class ServiceWindows(Section):
    """How much may be said after a person's own message, and for how long."""

    messages: Annotated[int, Field(ge=1)] = 5
    message_length: Annotated[Length, Field(le=LONGEST_BUDGET)] = timedelta(hours=48)


class KfSettings(CorpSettings):
    """微信客服: all customer-service accounts of a corporation, or those that are named."""

    kind: Literal["kf"]
    bot_name: Text = Field("网格助手", examples=["网格助手"])
    accounts: Annotated[Sequence[Text], Field(examples=["[wkAAAAAAAAAA]"])] = ()
    """open_kfid of those that are answered here; empty: all that the secret may see."""
    hand_over: Annotated[Text | None, Field(examples=["pool"])] = None
    """Who answers in WeCom when somebody wants a person: `pool`, or one servicer's userid; None: nobody."""
    windows: ServiceWindows = ServiceWindows()
    poll: Annotated[Length, Field(examples=["PT5M"])] = timedelta(minutes=5)
    """How often the messages are looked for without a call; the platform allows that seldom."""

    def list_doubts(self) -> Sequence[SettingDoubt]:
        doubts = list(super().list_doubts())
        if any(not one.startswith("wk") for one in self.accounts):
            problem = "客服账号 ID 一般以 wk 开头，不是名称，也不是链接"
            doubts.append(SettingDoubt("accounts", problem, "[wkAAAAAAAAAA]"))
        if self.poll < _OFTEN:
            doubts.append(SettingDoubt("poll", "没有回调就来取，平台限得很严，太勤会被拒绝（45009）", "PT5M"))
        return doubts

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECOM_CUSTOMER,
            capabilities=Capabilities(
                receives=_RECEIVES,
                sends=_SENDS,
                hand_over=HandOverOrder.LAST if self.hand_over else None,
                answers_only=True,
                hears_groups=False,
            ),
            bot_name=self.bot_name,
            handle_lifetimes={
                MESSAGE: self.windows.message_length,
                WELCOME: WELCOME_LIFETIME,
                SUMMONS: SUMMONS_LIFETIME,
            },
            budgets={WELCOME: 1, MESSAGE: self.windows.messages},
        )

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        from bot.channels.kf.channel import CustomerService

        return CustomerService(name, self, host)
