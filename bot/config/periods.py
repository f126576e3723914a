"""For how long things are kept, as config.yaml says it under `keep:` (design §9)."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.channels.setting_types import Section

_YEARS = re.compile(r"P(\d{1,3})Y")


def _read_years(value: Any) -> Any:
    """`P3Y`, which pydantic does not read since years differ; here one has 365 days."""
    years = _YEARS.fullmatch(value) if isinstance(value, str) else None
    return timedelta(days=365 * int(years[1])) if years else value


Period = Annotated[timedelta, BeforeValidator(_read_years), Field(gt=timedelta(0), examples=["P30D"])]


class KeepSettings(Section):
    """How long is kept what need not be kept for ever. Cases and their events always stay."""

    raw: Period = timedelta(days=30)
    """Payloads of handled messages as they came, and files that belong to no case."""
    handles: Period = timedelta(days=1)
    """Ways to answer a message, from when they expire."""
    media: Period | None = None
    """Files of cases, from the end of the case; nothing: as long as the case."""
    audit: Period = timedelta(days=3 * 365)
    """Who asked for a person's data to be exported or erased, and who agreed."""
    inbox: Period | None = None
    """Rows of handled messages that nothing came of, small talk mostly; nothing: for ever. What the platform
    brings once more after that is new."""
    pushes: Period | None = None
    """What was sent, or need not be sent any more, from when it was written; nothing: for ever."""
    links: Period = timedelta(days=30)
    """Links of residents to the pages of their cases, from the end of the case."""
