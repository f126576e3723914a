"""Charts of one's own area, and sending one to a group of it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from handlers.environment.people.posts import unit_of
from handlers.environment.snapshot import Environment
from handlers.environment.units import select_subtree
from handlers.errors import NotAllowed, NotFound
from handlers.insight import monthly_report
from handlers.insight.monthly_report import LEAST_RANKED
from handlers.insight.periods import Period, name_period, previous_month
from handlers.insight.pictures import charts, require_drawing
from handlers.insight.pictures.charts import MonthPoint
from handlers.notifications import pushes, relays
from handlers.wording import charts as say
from models.figures import MonthlyReport
from models.messages import PhotoPush
from models.organisation import OVERSEERS, Chat, ChatUse, Person, Unit

_MONTHS = 12
_GROUPS = (ChatUse.DUTY, ChatUse.HANDLING)
"""Groups of staff: figures of units are not for residents."""


def draw_chart(
    session: Session, env: Environment, kind: str, period: Period, unit: Unit, *, now: datetime
) -> tuple[str, str]:
    """Title and SVG of a chart of this unit and all beneath it.

    `kind`: of `say.KINDS`; a trend ends with the month of the period's last day. Raises NotFound for another
    kind, WrongState where this machine cannot draw.
    """
    require_drawing()
    if kind not in say.KINDS:
        raise NotFound(say.unknown_chart())
    if kind == "trend":
        points = load_trend(session, env, period.last.replace(day=1), unit, now=now)
        span = name_period(Period(points[0].first, Period.of_month(points[-1].first).last))
        title = say.chart_title(kind, unit.display_name, span)
        return title, charts.draw_trend(points, title)
    report = monthly_report.compare_periods(session, env, period, unit, now=now, least=LEAST_RANKED)
    title = say.chart_title(kind, report.scope, name_period(period))
    return title, _draw_report(kind, report, title)


def _draw_report(kind: str, report: MonthlyReport, title: str) -> str:
    if kind == "ranking":
        return charts.draw_ranking(report, title, least=LEAST_RANKED)
    return charts.draw_month(report, title)


def load_trend(
    session: Session, env: Environment, last: date, unit: Unit, *, now: datetime
) -> Sequence[MonthPoint]:
    """The figures of twelve months up to the one that begins with `last`, the oldest first."""
    months = [last]
    while len(months) < _MONTHS:
        months.insert(0, previous_month(months[0]))
    return [
        MonthPoint(first, monthly_report.load_total(session, env, Period.of_month(first), unit, now=now))
        for first in months
    ]


def list_groups(session: Session, person: Person) -> Sequence[Chat]:
    """The groups that this person may send a chart to; none for who only looks."""
    offices = [unit_of(session, one) for one in person.in_each_post if one.role in OVERSEERS]
    areas = [Chat.unit_id.in_(select_subtree(unit)) for unit in offices if unit is not None]
    if not areas:
        return []
    groups = select(Chat).where(or_(*areas), Chat.use.in_(_GROUPS), Chat.gone_at.is_(None))
    return session.scalars(groups.order_by(Chat.use, Chat.name)).all()


def send_chart(
    session: Session,
    env: Environment,
    person: Person,
    group: str,
    title: str,
    drawing: str,
    *,
    key: str,
    now: datetime,
) -> Chat:
    """Queue a chart for the group of this code, once for each `key`. Raises NotAllowed, NotFound."""
    groups = {chat.code: chat for chat in list_groups(session, person)}
    if not groups:
        raise NotAllowed(say.may_not_send())
    if group not in groups:
        raise NotFound(say.no_such_group())
    chat, dedupe = groups[group], f"chart:{person.id}:{key}"
    if not pushes.find_queued(session, [dedupe]):
        body = PhotoPush(0, say.caption(title, person.name), drawing=drawing)
        pushes.enqueue(session, *relays.build_rows(session, chat, body, key=dedupe, env=env, now=now))
    return chat
