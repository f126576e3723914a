"""What is stored: was it cleaned up, and does it add up."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from bot.process.doctor.diagnoses import Diagnosis, Installation, Level
from handlers.cases import event_log
from handlers.insight.counts import folding
from models.cases import Case
from models.upkeep import RETENTION, UpkeepRun

_MISSED = timedelta(hours=50)
"""Two nights."""
_NEWEST = 200
"""Cases that are proved: about a second."""
_NEWEST_DAYS = 62
"""Days whose figures are counted anew: this month, and the one beside which it is shown."""


def check_retention(installation: Installation) -> Iterator[Diagnosis]:
    """Whether what was kept for long enough is deleted."""
    with installation.database.read() as session:
        run = session.get(UpkeepRun, RETENTION)
    if run is None:
        yield Diagnosis("retention", Level.WARN, "到期的内容还没有清理过；运行一夜以后再看")
        return
    told = f"到期的内容最近清理于 {run.at.astimezone(installation.settings.zone):%Y-%m-%d %H:%M}"
    if installation.now - run.at > _MISSED:
        yield Diagnosis(
            "retention", Level.BAD, f"{told}，请看日志里的 retention，或手工 gridbot db retention"
        )
    else:
        yield Diagnosis("retention", Level.OK, told)


def check_figures(installation: Installation) -> Iterator[Diagnosis]:
    """Whether the figures that are kept by day say what the cases of these days say."""
    with installation.database.read() as session:
        zone = installation.settings.zone
        wrong = folding.recount(session, zone, days=_NEWEST_DAYS)
    if wrong:
        shown = "、".join(f"{day:%Y-%m-%d}" for day in sorted(wrong)[:3])
        yield Diagnosis(
            "figures", Level.BAD, f"{len(wrong)} 天的统计和事项对不上（{shown}），请保留备份并报告"
        )
    else:
        yield Diagnosis("figures", Level.OK, f"最近 {_NEWEST_DAYS} 天的统计和事项一致")


def check_ledger(installation: Installation) -> Iterator[Diagnosis]:
    """Whether the newest cases are what their events add up to."""
    with installation.database.read() as session:
        cases = session.scalars(select(Case).order_by(Case.id.desc()).limit(_NEWEST)).all()
        wrong = [case.number for case in cases if event_log.find_drift(session, case)]
    if wrong:
        shown = "、".join(wrong[:3])
        yield Diagnosis("ledger", Level.BAD, f"{len(wrong)} 件事和流水对不上（{shown}），请保留备份并报告")
    else:
        yield Diagnosis("ledger", Level.OK, f"最近 {len(cases)} 件事都和流水一致")
