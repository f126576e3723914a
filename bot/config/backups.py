"""Where the backups of the nights are kept, as config.yaml says it under `backup:`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bot.channels.setting_types import Section
from bot.config.periods import Period


class BackupSettings(Section):
    """A backup every night, by whichever process ticks."""

    folder: Annotated[Path | None, Field(examples=["data/backups"])] = None
    """Where they lie; nothing: nobody makes any."""
    keep: Period = timedelta(days=14)
    """How long each is kept, once a newer one is whole."""
    secrets: bool = False
    """Whether those of SQLite hold the keys of group robots and ways to answer; pg_dump's always do."""
