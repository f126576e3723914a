"""What the handlers know beside the database: rules, times and names of this installation.

One `Environment` is frozen; when rules or units change, the edge builds another and hands that over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.areas import Areas
from handlers.environment.limit_table import LimitTable
from handlers.environment.roster import Roster
from handlers.environment.tables.spot_check_rules import SpotCheckRules
from handlers.errors import NotFound
from handlers.triage.engine import Classifier
from handlers.triage.rules import class_table
from handlers.triage.rules.class_table import ClassInfo
from handlers.triage.similarity import PreparedReport, ReportFeatures, prepare_report
from handlers.triage.types import PlaceFact, UnitFact
from handlers.wording import refusals
from models.calendar import WorkCalendar
from models.messages import HandOverOrder
from models.organisation import TERRITORIAL, Unit
from models.places import PlaceName

_LOOKS = 4096


@dataclass(frozen=True, slots=True)
class TerseChannel:
    """A channel on which each message to a person counts."""

    window: timedelta
    """How long after their own message people may be spoken to."""
    reaches_later: bool
    """Whether a notice of fixed fields reaches them after that."""
    needs_consent: bool = False
    """Whether such a notice reaches those alone who agreed to it."""
    hand_over: HandOverOrder | None = None
    """When people can take over there, and answer themselves; None: they cannot."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Another system that is told what happens to cases."""

    chat_id: int
    """Id of the row that stands for it among the chats."""
    units: frozenset[int] | None
    """Ids of the units in whose area or hands a case must lie; None: any case."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The rules, limits, units' outlines, calendar and settings of this installation, frozen."""

    classifier: Classifier
    zone: ZoneInfo
    calendar: WorkCalendar
    limits: LimitTable
    case_prefix: str
    base_url: str
    auto_dispatch: str
    """never | urgent | confident: which reports go to their unit without the duty desk."""
    join_within: timedelta
    ask_after: timedelta
    spot_checks: SpotCheckRules = field(default_factory=SpotCheckRules)
    settle_after: timedelta = timedelta(minutes=30)
    """An incomplete report that was asked and stayed silent becomes a case as it stands."""
    listen_for: timedelta = timedelta(seconds=30)
    """A report with a voice waits so long for its words; then it is a case, and the desk listens."""
    has_speech_engine: bool = False
    """Whether an engine is asked for the words of voices; else the desk types them."""
    reads_photos: bool = False
    """Whether an engine reads what stands on photos."""
    most_per_hour: int = 20
    """Cases that one person who is no staff opens in an hour, and pieces they add to one; the rest waits."""
    reopen_within: timedelta = timedelta(days=15)
    keep_links: timedelta = timedelta(days=30)
    """How long after the end of a case its reporter's page opens."""
    restricted_to: frozenset[str] = frozenset()
    """Codes of the few who may see restricted cases (作风、打击报复), as `restricted_readers` found them."""
    terse_channels: Mapping[str, TerseChannel] = field(default_factory=dict)
    """Channels on which each message to a person counts, by name: residents hear there what matters, and no
    more; staff hear nothing, since nobody has checked who holds the telephone."""
    overhearing_channels: frozenset[str] = frozenset()
    """Channels, by name, that bring whatever people say to each other in a group."""
    mute_channels: frozenset[str] = frozenset()
    """Channels, by name, that hear and cannot speak."""
    subscribers: tuple[Subscriber, ...] = ()
    """Other systems that are told what happens to cases."""
    answer_within: timedelta | None = None
    """A resident's question in a group that is heard whole is told of after so long; None: it is not."""
    quiet_hours: tuple[str, str] | None = None
    """Local times, from and to, when nobody is expected to answer, where the group has none of its own."""
    areas: Areas = field(default_factory=Areas)
    """The outlines of the territory: which unit a point lies in."""
    roster: Roster = field(default_factory=Roster)
    """Everybody by name, so that who is only talked of stays unnamed."""
    prepare: Callable[[ReportFeatures], PreparedReport] = field(
        default_factory=lambda: lru_cache(_LOOKS)(prepare_report)
    )
    """Prepares a report for comparing; remembers the reports it prepared last."""

    @property
    def classes(self) -> Mapping[str, ClassInfo]:
        """The class table by id, in its order."""
        return self.classifier.pack.classes

    @property
    def fallback_class(self) -> ClassInfo:
        """The class of what fits no other."""
        return self.classes[self.classifier.pack.special.fallback_class]

    def class_info(self, class_id: str) -> ClassInfo:
        """The class of this id; for one that a newer pack no longer has, the fallback class."""
        return self.classes.get(class_id) or self.fallback_class

    def find_class(self, words: str, *, by_part_of_name: bool = False) -> ClassInfo:
        """The class that somebody wrote down, by id or Chinese name; see `class_table.find_class`.

        Raises NotFound, with the names that are near, where there is none.
        """
        found = class_table.find_class(self.classes, words, by_part_of_name=by_part_of_name)
        if found is None:
            raise NotFound(refusals.no_such_class(words, class_table.suggest_names(self.classes, words)))
        return found

    def local(self, moment: datetime) -> datetime:
        """The aware moment in the installation's time zone."""
        return moment.astimezone(self.zone)


def load_unit_facts(session: Session) -> list[UnitFact]:
    """What triage may know of the units, in a stable order."""
    units = list(session.scalars(select(Unit).order_by(Unit.path, Unit.code)))
    codes = {unit.id: unit.code for unit in units}
    return [
        UnitFact(
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            short=unit.short,
            parent=codes.get(unit.parent_id) if unit.parent_id else None,
            aliases=tuple(unit.aliases),
            places=tuple(unit.places),
            keywords=tuple(unit.keywords),
        )
        for unit in units
    ]


def load_place_facts(session: Session) -> list[PlaceFact]:
    """The gazetteer beside the units' own places."""
    named = select(PlaceName.name, Unit.code).outerjoin(Unit, Unit.id == PlaceName.unit_id)
    return [PlaceFact(name, code) for name, code in session.execute(named.order_by(PlaceName.id))]


def load_areas(session: Session) -> Areas:
    """The outlines of every territorial unit that has one."""
    outlined = select(Unit.code, Unit.polygon).where(Unit.kind.in_(TERRITORIAL)).order_by(Unit.path)
    return Areas((code, polygon) for code, polygon in session.execute(outlined) if polygon)
