"""The host of a channel while a command runs: it calls the platform, and hears nothing."""

from datetime import UTC, datetime

import httpx

from bot.channels.settings import ChannelHost
from bot.config.settings import Settings
from models.database import Database


def build_host(settings: Settings, client: httpx.AsyncClient, database: Database) -> ChannelHost:
    """What a channel gets from a command: `client` and `database`, and nobody who stores messages."""
    return ChannelHost(
        base_url=settings.site.base_url,
        client=client,
        receive=_receive_nothing,
        holds_lock=lambda _name: False,
        keeps_lock=lambda _name: False,
        offer_lock=lambda _name, *, offered: None,  # noqa: ARG005 - it holds none
        clock=lambda: datetime.now(UTC),
        database=database,
        store=_store_nothing,
        wake=lambda: None,
        media_folder=settings.media.folder,
        max_file=settings.media.largest,
    )


async def _receive_nothing(_name: str, _envelope: object) -> None:
    """No message comes in while a command runs."""


def _store_nothing(_session: object, _name: str, _envelopes: object) -> dict[str, int]:
    """Likewise."""
    return {}
