"""Story 8 at its full size (requirements E13): seven items for 72 cloud grids, one holiday skipped, three tickers."""

from datetime import date, datetime, timedelta
from threading import Thread

from sqlalchemy import func, select

from handlers.notifications import notices
from handlers.notifications.notices import NoticeDraft
from handlers.notifications.publishing import sending
from models.notices import Notice
from models.organisation import Chat, ChatUse, Unit, UnitKind
from models.pushes import Push
from tests.district import District, load_person

GROUPS = 72
MONDAY = date(2026, 4, 27)
"""Friday 1 May 2026 is a holiday, and so are the days after it."""


def grow(district: District) -> None:
    """海棠镇: 72 micro-grids, each with its cloud grid (requirements E02, E03)."""
    with district.database.write() as session:
        town = session.scalars(select(Unit).where(Unit.code == "HM-SC")).one()
        for n in range(GROUPS):
            code = f"HM-SC-W{n:02d}"
            grid = Unit(
                code=code, name=code, kind=UnitKind.MICRO_GRID, parent_id=town.id, path=f"{town.path}{code}/"
            )
            session.add(grid)
            session.flush()
            session.add(
                Chat(
                    code=code, name=code, use=ChatUse.RESIDENTS, unit_id=grid.id, channel="grid", chat_id=code
                )
            )


def plan(district: District) -> str:
    with district.database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "HM-SC")).one()
        for n in range(7):
            at = datetime.combine(
                MONDAY + timedelta(days=n), datetime.min.time().replace(hour=8), district.env.zone
            )
            draft = NoticeDraft(
                f"第 {n + 1} 天", unit, at, (ChatUse.RESIDENTS,), "防溺水周", workdays_only=n == 4
            )
            notices.store_draft(
                session,
                draft,
                load_person(session, "duty1"),
                env=district.env,
                now=district.now,
                plan="JH260427-001",
            )
    return "JH260427-001"


def tick(district: District, at: datetime) -> None:
    with district.database.write() as session:
        sending.send_due_notices(session, district.env, now=at)


def test_a_week_for_72_groups_is_said_once_to_each_but_on_the_holiday(district: District) -> None:
    grow(district)
    number = plan(district)
    assert district.say("wrDUTY", "duty2", f"/发布 {number}") == "notice.published"
    assert "共 7 条" in district.last_text("wrDUTY")
    for n in range(7):
        at = datetime.combine(
            MONDAY + timedelta(days=n), datetime.min.time().replace(hour=8), district.env.zone
        )
        tickers = [Thread(target=tick, args=(district, at)) for _ in range(3)]
        for ticker in tickers:
            ticker.start()
        for ticker in tickers:
            ticker.join()
    with district.database.read() as session:
        states = [notices.state_of(one) for one in session.scalars(select(Notice).order_by(Notice.id))]
        by_chat = session.execute(
            select(Push.chat_id, func.count())
            .where(Push.dedupe_key.startswith("notice:"))
            .group_by(Push.chat_id)
        ).all()
    assert states == ["sent"] * 4 + ["skipped"] + ["sent"] * 2
    assert [count for _, count in by_chat] == [6] * GROUPS
