"""From the settings of the channels to the channels themselves."""

from collections.abc import Awaitable, Callable

import httpx
import structlog

from bot.channels.aibot.callback import AibotCallback
from bot.channels.aibot.socket import AibotSocket
from bot.channels.base import Channel, Clock, Envelope
from bot.channels.webhook import Webhook
from bot.config.settings import AibotChannel, Settings, WebhookChannel

log = structlog.get_logger()

Receive = Callable[[str, Envelope], Awaitable[object]]


def socket_lock_name(name: str) -> str:
    """The post that one process holds for this channel's socket."""
    return f"socket:{name}"


def build(
    settings: Settings,
    *,
    client: httpx.AsyncClient,
    receive: Receive,
    holds_lock: Callable[[str], bool],
    clock: Clock,
) -> dict[str, Channel]:
    """Every channel this version can speak, by name. `receive` stores a message durably."""
    channels: dict[str, Channel] = {}
    base_url = settings.site.base_url
    for name, kind in settings.channels.items():
        match kind:
            case AibotChannel(mode="socket"):
                channels[name] = AibotSocket(
                    name,
                    kind,
                    base_url=base_url,
                    client=client,
                    on_frame=_bind_channel(receive, name),
                    holds_lease=_bind_lock(holds_lock, socket_lock_name(name)),
                    clock=clock,
                )
            case AibotChannel():
                channels[name] = AibotCallback(name, kind, base_url=base_url, client=client, clock=clock)
            case WebhookChannel():
                channels[name] = Webhook(name, api_base=kind.api_base, base_url=base_url, client=client)
            case _:
                log.error("channel.not_supported_yet", channel=name, kind=kind.kind)
    return channels


def _bind_channel(receive: Receive, name: str) -> Callable[[Envelope], Awaitable[None]]:
    async def on_frame(envelope: Envelope) -> None:
        await receive(name, envelope)

    return on_frame


def _bind_lock(holds: Callable[[str], bool], lock: str) -> Callable[[], bool]:
    return lambda: holds(lock)
