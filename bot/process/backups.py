"""The backup of the nights, as the settings want it."""

from bot.channels.base import Clock
from bot.config.settings import Settings
from bot.ops.nightly_backup import NightlyBackup
from models.database import Database


def build_backup(settings: Settings, database: Database, *, clock: Clock) -> NightlyBackup | None:
    """The backup of the nights; None where the settings name no folder for it."""
    wanted = settings.backup
    if wanted.folder is None:
        return None
    return NightlyBackup(
        database, wanted.folder, keep=wanted.keep, secrets=wanted.secrets, zone=settings.zone, clock=clock
    )
