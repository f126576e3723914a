"""Settings of an AI bot, and what each of its two modes can carry (wecom-aibot.md §1, §4, §5)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities, ChannelDeclaration
from bot.channels.setting_types import AESKey, Length, Secret, SocketURL, Text
from bot.channels.settings import ChannelHost, ChannelSettings
from handlers.environment.areas import CRS
from models.account_ids import WECOM
from models.messages import CardPush, FilePush, PartKind, PhotoPush, TextPush

REQ_ID, RESPONSE_URL = "req_id", "response_url"
HANDLE_LIFETIMES = {REQ_ID: timedelta(hours=24), RESPONSE_URL: timedelta(hours=1)}
"""wecom-aibot.md §4, §5: how long a message may be answered each way."""
RATES = ((30, 60.0), (1000, 3600.0))
"""Messages to one chat, in so many seconds (wecom-aibot.md §5)."""
CARD_WINDOW = timedelta(seconds=5)
"""A press may be answered with a changed card for this long (wecom-aibot.md §3)."""

_RECEIVES = frozenset(PartKind)
_SOCKET = Capabilities(
    receives=_RECEIVES,
    sends=frozenset({TextPush, CardPush, PhotoPush, FilePush}),
    markdown=True,
    card_update_window=CARD_WINDOW,
)
_CALLBACK = Capabilities(
    receives=_RECEIVES,
    sends=frozenset({TextPush, CardPush}),
    markdown=True,
    card_update_window=CARD_WINDOW,
    answers_only=True,
)


class AibotSettings(ChannelSettings):
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

    def declare(self) -> ChannelDeclaration:
        return ChannelDeclaration(
            provider=WECOM,
            capabilities=replace(_SOCKET if self.mode == "socket" else _CALLBACK, overhears=self.hears_all),
            bot_name=self.bot_name,
            handle_lifetimes=HANDLE_LIFETIMES,
        )

    def list_rates(self) -> tuple[tuple[int, float], ...]:
        """What the platform takes for one chat: so many messages in so many seconds, each of them."""
        return RATES

    def awaits_calls(self) -> bool:
        return self.mode == "callback"

    def build_channel(self, name: str, host: ChannelHost) -> Channel:
        if self.mode == "socket":
            from bot.channels.aibot.socket import AibotSocket, format_lock_name

            return AibotSocket(
                name,
                self,
                base_url=host.base_url,
                client=host.client,
                on_frame=partial(host.receive, name),
                holds_lease=partial(host.holds_lock, format_lock_name(name)),
                keeps_lease=partial(host.keeps_lock, format_lock_name(name)),
                offer_lease=partial(host.offer_lock, format_lock_name(name)),
                clock=host.clock,
                rates=self.list_rates(),
            )
        from bot.channels.aibot.callback import AibotCallback

        return AibotCallback(
            name,
            self,
            base_url=host.base_url,
            client=host.client,
            clock=host.clock,
            rates=self.list_rates(),
        )
