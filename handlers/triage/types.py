"""The input and output values of triage: facts in, a result with its reasons out.

Nothing here knows a database, a protocol or a clock: a result can be made, stored as JSON,
read back and explained word by word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

NATURES = ("举报", "咨询", "建议", "感谢", "投诉", "求助")
"""What people want of the office; of equally likely natures the first counts."""


@dataclass(frozen=True, slots=True)
class UnitFact:
    """One unit of the organisation, as far as triage needs it."""

    code: str
    name: str
    kind: str
    short: str = ""
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Roads, estates and landmarks inside this unit, as people say them."""
    keywords: tuple[str, ...] = ()
    """Keywords of duty: a message with one of them speaks for this unit."""

    def list_names(self) -> tuple[str, ...]:
        """Every name people use for this unit, the official one first."""
        return tuple(dict.fromkeys(n for n in (self.name, self.short, *self.aliases) if n))


@dataclass(frozen=True, slots=True)
class PlaceFact:
    """A name of the gazetteer that is not among the names of its unit."""

    name: str
    unit: str | None = None
    """Code of the unit it lies in, where that is known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a message beside its words."""

    chat_unit: str | None = None
    """Code of the unit the chat belongs to; supplies the town that a sentence leaves out."""
    sender_unit: str | None = None
    sender_role: str = ""
    addressed: bool = True
    """Whether the message is addressed to the bot (@, direct chat), and not merely overheard."""
    has_media: bool = False
    point_unit: str | None = None
    """Code of the finest unit that a point (a location, a photo's own position) lies in."""
    spoken: bool = False
    """Whether the text is a transcript by speech recognition."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A word or place that counted, where it starts in the text, its weight, and what it counted for."""

    word: str
    start: int
    weight: float
    side: str
    """What it counted for: a class id, or `nature:投诉`, `urgent`, `report`, `place`, `unit:HM-CG`."""


@dataclass(frozen=True, slots=True)
class AddressPart:
    """A labelled part of an address, from offset `start` up to `end`."""

    type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is, as far as the words tell; offsets are those of the text."""

    text: str
    start: int
    end: int
    level: str
    """junction | road | number | estate | building | village | landmark | unit | relative."""
    unit: str | None = None
    """Code of the territorial unit (town, village, grid) it lies in, where that is known."""
    confidence: float = 0.0
    heard: str = ""
    """What the text sounds like, where it is written by its sound: 东四路 for 冬四路."""

    @property
    def name(self) -> str:
        """The place as it is called, however it was written."""
        return self.heard or self.text


@dataclass(frozen=True, slots=True)
class Triage:
    """The result of triage for one report; explainable and storable."""

    report: bool
    """True: a report to track; False: chatter, greeting, thanks."""
    class_id: str
    nature: str
    urgent: bool = False
    risk: str | None = None
    """`self_harm` or `violence`, where a person must look at once; None otherwise."""
    place: Place | None = None
    unit: str | None = None
    """Code of the unit responsible (class × place), or None: the duty desk decides."""
    confidence: float = 0.0
    margin: float = 0.0
    """Score of the class minus that of the runner-up."""
    runner_up: str | None = None
    missing: tuple[str, ...] = ()
    """What to ask for: `what`, `place`. Empty when the report is complete."""
    reasons: tuple[Reason, ...] = ()
    rules_version: str = ""
    kind: str = "report"
    """report | thanks | greeting | progress | chatter | notice | command."""
    secret: bool = field(default=False)
    """Restricted to a named few: misconduct of officials and staff, and retaliation."""
    anonymous: bool = False
    """The words ask that nobody learns who reported it. Nobody does anyway; a wish is no accusation."""

    def to_json(self) -> dict[str, Any]:
        """Plain data for the database; `from_json` gives the same value back."""
        place = to_fields(self.place) if self.place else None
        return to_fields(self) | {"place": place, "reasons": tuple(map(to_fields, self.reasons))}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The result that `to_json` made plain data of."""
        place = data.get("place")
        return cls(
            **{
                **data,
                "place": Place(**place) if place else None,
                "missing": tuple(data["missing"]),
                "reasons": tuple(Reason(**reason) for reason in data["reasons"]),
            }
        )


@dataclass(frozen=True, slots=True)
class UnderstoodText:
    """What the rules made of a text and these facts, handed on to whoever would ask them the same."""

    text: str
    facts: Facts
    triage: Triage


def to_fields(value: Any) -> dict[str, Any]:
    """The fields by name. Not with `asdict`, which copies values that never change, for every message."""
    return {name: getattr(value, name) for name in value.__slots__}
