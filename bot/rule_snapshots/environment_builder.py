"""The current `Environment`: built from rules and units, rebuilt when the organisation or the rules change.

Callers get a whole environment, old or new: triage, limits and calendar are always of one version.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.declaration import ChannelDeclaration
from bot.config.settings import Settings
from bot.rule_snapshots.rulebook import Rulebook
from handlers.environment import calendar, restricted_readers
from handlers.environment.areas import Areas
from handlers.environment.limit_table import LimitTable
from handlers.environment.roster import KnownPeople, Roster, load_people
from handlers.environment.snapshot import (
    Environment,
    TerseChannel,
    load_areas,
    load_place_facts,
    load_unit_facts,
)
from handlers.notifications import alerts
from handlers.notifications.subscribers import chats
from handlers.triage import engine
from handlers.triage.rules.packs import Pack
from handlers.triage.text import common_words
from handlers.triage.types import PlaceFact, UnitFact
from models.calendar import WorkCalendar
from models.cases import Counter
from models.database import Database
from models.messages import CaseEventPush

log = structlog.get_logger()

_SEEDING = 0x67726964_73656564
"""Any number no other lock of this database has; the letters of `gridseed`."""


class EnvironmentBuilder:
    """Returns the newest environment when called; `refresh` looks whether a newer one has to be built.

    Raises ConfigProblemsFound where the rules or limits cannot be used at the start.
    """

    def __init__(self, database: Database, settings: Settings, *, reads_messages: bool = False) -> None:
        """`reads_messages`: rules are compiled, and the roster read, before they are in force, so that no
        message waits for it.

        Whoever reads none does without, half a second and 80 MB; of the roster, until they ask it once.
        """
        self._database = database
        self._settings = settings
        self._reads_messages = reads_messages
        self._rulebook = Rulebook(settings.rules)
        self._built_from: tuple[object, ...] = ()
        """Version of the organisation, version of the packs, limits and spot checks of `_current`."""
        self._current: Environment | None = None

    def __call__(self) -> Environment:
        return self._current or self.refresh()

    def seed_calendar(self, now: datetime) -> None:
        """Store the working days of last, this and next year, as far as the state has announced them."""
        year = now.astimezone(self._settings.zone).year
        with self._database.write() as session:
            _take_turn(session)
            calendar.seed_calendar(session, range(year - 1, year + 2))

    def seed_subscribers(self) -> None:
        """Store a row for each system that is told of cases and has none yet."""
        found = _find_subscribers(self._settings)
        for provider in {declared.provider for declared in found.values()}:
            names = [name for name, declared in found.items() if declared.provider == provider]
            with self._database.write() as session:
                _take_turn(session)
                chats.seed_chats(session, names, provider=provider)

    def refused_rules(self) -> Mapping[str, str | None]:
        """Each rule file by name, with the reason why its newest content is not in force, or None."""
        return self._rulebook.refused_rules

    def alert_refused_rules(self, *, now: datetime) -> None:
        """Queue an alert to the duty desk about rules that are not in force.

        Several processes may call it: a unique key lets one alert a day through.
        """
        refused = [what for what, reason in self.refused_rules().items() if reason is not None]
        if not refused:
            return
        try:
            with self._database.write() as session:
                alerts.alert_stale_rules(session, self(), refused, now=now)
        except IntegrityError:
            log.info("rules.refused_told_elsewhere")

    def refresh(self) -> Environment:
        """The newest environment; rebuilt where units, places, calendar or rule files changed, else cheap."""
        self._rulebook.reload_if_changed()
        pack, limits = self._rulebook.pack, self._rulebook.limits
        with self._database.read() as session:
            version = session.scalar(select(Counter.value).where(Counter.name == "organisation")) or 0
            sources = (version, pack.version, limits, self._rulebook.spot_checks)
            if self._current is not None and sources == self._built_from:
                return self._current
            facts = load_unit_facts(session)
            outlines, places = load_areas(session), load_place_facts(session)
            days = calendar.load_calendar(session)
            readers = restricted_readers.find_readers(session, self._settings.rules.restricted_to)
            told = {name: one.units for name, one in _find_subscribers(self._settings).items()}
            subscribers = chats.load_subscribers(session, told)
        classifier = _build_classifier(pack, tuple(facts), tuple(places))
        roster = Roster(lambda: self._load_people(facts))
        if self._reads_messages:
            classifier.compile()
        if self._reads_messages or (self._current is not None and self._current.roster.is_read):
            roster.read()
        current = self._build(classifier, outlines, days, limits, readers, roster)
        self._current = replace(current, subscribers=subscribers)
        self._built_from = sources
        if facts and not readers:
            log.error("restricted.nobody_reads", key="rules.restricted_to")
        log.info("office.built", units=len(facts), places=len(places), rules=pack.version)
        return self._current

    def _load_people(self, facts: Sequence[UnitFact]) -> KnownPeople:
        with self._database.read() as session:
            return load_people(session, facts)

    def _build(
        self,
        classifier: engine.Classifier,
        outlines: Areas,
        days: Mapping[date, bool],
        limits: LimitTable,
        readers: frozenset[str],
        roster: Roster,
    ) -> Environment:
        settings = self._settings
        return Environment(
            classifier=classifier,
            zone=settings.zone,
            calendar=WorkCalendar(settings.zone, days, limits.office_hours),
            limits=limits,
            spot_checks=self._rulebook.spot_checks,
            restricted_to=readers,
            case_prefix=settings.site.case_prefix,
            base_url=settings.site.base_url,
            auto_dispatch=settings.rules.auto_dispatch,
            join_within=settings.intake.join_within,
            most_per_hour=settings.intake.most_per_hour,
            keep_links=settings.keep.links,
            listen_for=settings.speech.listen_for,
            has_speech_engine=settings.speech.engine != "none",
            reads_photos=settings.ocr.engine != "none",
            ask_after=settings.intake.ask_after,
            terse_channels=_find_terse_channels(settings),
            overhearing_channels=_find_channels(settings, lambda declared: declared.capabilities.overhears),
            mute_channels=_find_channels(settings, lambda declared: declared.capabilities.is_mute),
            answer_within=settings.intake.answer_within,
            quiet_hours=settings.intake.quiet_span,
            areas=outlines,
            roster=roster,
        )


@lru_cache(maxsize=1)
def _build_classifier(
    pack: Pack, units: tuple[UnitFact, ...], places: tuple[PlaceFact, ...]
) -> engine.Classifier:
    """Kept until one of them changes: most changes of an organisation are of people and chats."""
    return engine.build_classifier(pack, units, places, common=common_words.load_short_words)


def _find_channels(settings: Settings, holds: Callable[[ChannelDeclaration], bool]) -> frozenset[str]:
    """Names of the channels of which this holds."""
    return frozenset(name for name, channel in settings.channels.items() if holds(channel.declare()))


def _take_turn(session: Session) -> None:
    """Of several hosts that start at once, one seeds; the others find it done."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_SEEDING)))


def _find_subscribers(settings: Settings) -> Mapping[str, ChannelDeclaration]:
    """What the channels declare that are told of cases, by name."""
    declared = {name: channel.declare() for name, channel in settings.channels.items()}
    return {name: one for name, one in declared.items() if CaseEventPush in one.capabilities.sends}


def _find_terse_channels(settings: Settings) -> Mapping[str, TerseChannel]:
    declared = {name: channel.declare() for name, channel in settings.channels.items()}
    return {
        name: TerseChannel(
            window=max(one.handle_lifetimes.values()),
            reaches_later=not one.capabilities.answers_only,
            needs_consent=one.capabilities.needs_consent,
            hand_over=one.capabilities.hand_over,
        )
        for name, one in declared.items()
        if one.is_terse
    }
