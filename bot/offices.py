"""The current `Office`: built from rules and units, built anew when the organisation changes."""

from collections.abc import Mapping
from datetime import date, datetime

import structlog
from sqlalchemy import select

from bot.settings import AibotChannel, Settings
from handlers import calendars
from handlers.geo import Areas
from handlers.limits import LimitTable
from handlers.office import Office, areas, place_facts, unit_facts
from handlers.triage import common, engine
from handlers.triage.packs import load_pack
from models.calendar import WorkCalendar
from models.cases import Counter
from models.database import Database

log = structlog.get_logger()


class OfficeKeeper:
    """Hands out the newest office; `refresh` looks whether it is still the newest."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._pack = load_pack(settings.rules.packs)
        self._common = common.pieces()
        self._limits = LimitTable.load(settings.rules.limits)
        self._version = -1
        self._office: Office | None = None

    def __call__(self) -> Office:
        return self._office or self.refresh()

    def seed_calendar(self, now: datetime) -> None:
        """Write down last year's, this year's and next year's working days, as far as announced."""
        year = now.astimezone(self._settings.zone).year
        with self._database.write() as session:
            calendars.seed(session, range(year - 1, year + 2))

    def refresh(self) -> Office:
        """Rebuild if units were imported or bound since; cheap where nothing changed."""
        with self._database.read() as session:
            version = session.scalar(select(Counter.value).where(Counter.name == "organisation")) or 0
            if self._office is not None and version == self._version:
                return self._office
            facts = unit_facts(session)
            outlines, places = areas(session), place_facts(session)
            days = calendars.load(session)
        self._office = self._build(
            engine.build(self._pack, facts, places, common=self._common), outlines, days
        )
        self._version = version
        log.info("office.built", units=len(facts), places=len(places), rules=self._pack.version)
        return self._office

    def _build(
        self, understanding: engine.Understanding, outlines: Areas, days: Mapping[date, bool]
    ) -> Office:
        settings = self._settings
        bots = [c.bot_name for c in settings.channels.values() if isinstance(c, AibotChannel)]
        return Office(
            understanding=understanding,
            zone=settings.zone,
            calendar=WorkCalendar(settings.zone, days, self._limits.office_hours),
            limits=self._limits,
            restricted_to=frozenset(settings.rules.restricted_to),
            case_prefix=settings.site.case_prefix,
            base_url=settings.site.base_url,
            bot_name=bots[0] if bots else "网格助手",
            auto_dispatch=settings.rules.auto_dispatch,
            join_within=settings.intake.join_within,
            ask_after=settings.intake.ask_after,
            areas=outlines,
        )
