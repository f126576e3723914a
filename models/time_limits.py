"""Time limits in the units the field uses.

`4h`, `24h`: clock hours. `3d`: calendar days. `1wd`: working days, with make-up workdays. `4wh`:
office hours. Source: domain/classes.csv and standards §6.1.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from models.calendar import TimeBasis

_TEXT = re.compile(r"(\d{1,3})\s*(h|d|wd|wh|个?小时|个?工作时|天|日|个?工作日)|(\d{1,5})\s*(分钟|min)")
_HOURS_AND_MINUTES = re.compile(r"(\d{1,3})\s*个?小时\s*(\d{1,2})\s*分钟")
_UNITS = {
    "min": ("min", timedelta(minutes=1), TimeBasis.ALWAYS),
    "h": ("h", timedelta(hours=1), TimeBasis.ALWAYS),
    "d": ("d", timedelta(days=1), TimeBasis.ALWAYS),
    "wd": ("wd", timedelta(days=1), TimeBasis.WORKDAYS),
    "wh": ("wh", timedelta(hours=1), TimeBasis.OFFICE_HOURS),
}
_HOUR = 60
"""Minutes."""
_SPELLED = {"分钟": "min", "小时": "h", "天": "d", "日": "d", "工作日": "wd", "工作时": "wh"}
_CHINESE = {"min": "分钟", "h": "小时", "d": "天", "wd": "个工作日", "wh": "个工作时"}


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A limit such as 4 hours or 3 working days."""

    count: int
    unit: str
    """min, h, d, wd or wh."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The limit in a text like `4h`, `3d`, `1wd`, `4小时`, `3个工作日`. Raises ValueError for others."""
        if (both := _HOURS_AND_MINUTES.fullmatch(text.strip())) is not None:
            return cls(int(both[1]) * _HOUR + int(both[2]), "min")
        match = _TEXT.fullmatch(text.strip())
        count, unit = (match[1] or match[3], match[2] or match[4]) if match is not None else ("0", "")
        if int(count) == 0:
            raise ValueError(f"not a time limit: {text!r}")
        unit = unit.removeprefix("个")
        return cls(int(count), _SPELLED.get(unit, unit))

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def chinese(self) -> str:
        """The limit as people write it: `3 个工作日`, `8 小时 20 分钟`."""
        hours, minutes = divmod(self.count, _HOUR)
        if self.unit == "min" and hours and minutes:
            return f"{hours} 小时 {minutes} 分钟"
        return f"{self.count} {_CHINESE[self.unit]}"

    @property
    def duration(self) -> timedelta:
        """How much running time the limit gives; a working day is 24 running hours."""
        return self.count * _UNITS[self.unit][1]

    @property
    def basis(self) -> TimeBasis:
        """When the time of this limit runs."""
        return _UNITS[self.unit][2]
