"""Hours, areas and spots are counted as they are listed, on both databases."""

from datetime import date, timedelta

from sqlalchemy import select

from handlers.cases.queries import Asker
from handlers.insight import comparison
from handlers.insight.audit import AuditKind, list_audit
from handlers.insight.comparison import Scope
from handlers.insight.counts import cuts
from handlers.insight.maps import outlines, spots
from handlers.insight.maps.frames import Frame
from handlers.insight.maps.spots import Colouring
from handlers.insight.periods import Period
from handlers.insight.standing import boards, breakdown
from handlers.insight.standing.breakdown import Dimension
from models.cases import Case
from tests.district import District, load_person


def test_hours_areas_and_spots_are_those_of_their_cases(district: District) -> None:
    first, second = district.report_case(), district.report_case()
    today = district.env.local(district.now).date()
    with district.database.write() as session:
        for case, hours in ((first, 0), (second, 20)):
            stored = session.get_one(Case, case.id)
            stored.opened_at, stored.place = stored.opened_at - timedelta(hours=hours), "青龙路8号"
            stored.lat, stored.lon = 31.88, 121.14
    period = Period(today - timedelta(days=3), today)
    with district.database.read() as session:
        asker = Asker(load_person(session, "leader1"), in_private=True)
        unit = asker.unit(session)
        assert unit is not None
        scope = Scope(unit, unit, tuple(outlines.find_parts(session, unit)))
        env, now = district.env, district.now
        stretches = comparison.split_period(period)
        [row] = comparison.build_cube(session, env, scope, stretches, period.previous(), now=now)
        assert (row.area, row.counts, row.other) == ("HM-HM", (0, 0, 1, 1), 0)
        counts = comparison.count_hours(session, env, scope, period, now=now)
        at_13 = session.scalars(select(Case.number).where(cuts.hour_of(env.zone, now) == 13)).all()
        assert ([at for at, count in enumerate(counts) if count], list(at_13)) == ([9, 13], [second.number])
        [place] = comparison.list_repeat_places(session, env, scope, period, now=now)
        assert (place.place, place.count, place.number) == ("青龙路8号", 2, second.number)
        for each in Dimension:
            rows = breakdown.count_rows(session, env, scope, each, period, period.previous(), now=now)
            assert [(row.received, row.other) for row in rows] == [(2, 0)], each
        [area] = [
            line
            for line in boards.rank_areas(session, env, unit, period, now=now, least=5)
            if line.figures.received
        ]
        assert (area.code, area.figures.received, area.rank) == ("HM-HM", 2, None)
        [*_, leader] = boards.rank_leaders(session, env, unit, period, now=now, least=1)
        assert (leader.figures.received, leader.rank) == (2, 1)
        for colouring, kinds in (
            (Colouring.STATE, {"NEW": 2}),
            (Colouring.AGE, {"days": 1, "today": 1}),
            (Colouring.CLASS, {first.class_id: 2}),
        ):
            frame = Frame.around((31.88, 121.14), 900)
            seen = spots.list_spots(session, asker, env, frame, colouring, total=2, now=now)
            assert (seen.kinds, [spot.count for spot in seen.spots]) == (kinds, [2])


def test_what_is_on_record_is_read_a_page_at_a_time(district: District) -> None:
    for _ in range(2):
        case = district.report_case()
        district.say("wrDUTY", "duty1", f"/作废 {case.number} 报错了")
        district.say("wrDUTY", "duty1", "/确认")
    with district.database.read() as session:
        asker = Asker(load_person(session, "leader1"), in_private=True)
        page, before = list_audit(session, asker, AuditKind.DECISIONS, size=1)
        rest, end = list_audit(session, asker, AuditKind.DECISIONS, size=1, before=before)
        assert [line.number for line in (*page, *rest)] == ["WG260330-0002", "WG260330-0001"]
        assert (page[0].text, end) == ("报错了", None)
        assert list_audit(session, asker, AuditKind.REVEALS, size=1) == ([], None)


def test_a_sheet_says_where_a_point_stands_and_which_point_stands_there() -> None:
    frame = Frame.fit((31.80, 121.12, 31.92, 121.28))
    x, y = frame.locate(31.85, 121.2)
    assert 0 < x < 1000
    assert 0 < y < frame.height
    lat, lon = frame.read(x, y)
    assert abs(lat - 31.85) + abs(lon - 121.2) < 1e-9
    assert abs(Frame.around((31.85, 121.2), 450).metres - 450) < 1


def test_long_periods_are_split_into_months_and_short_ones_into_days() -> None:
    year = comparison.split_period(Period(date(2025, 12, 10), date(2026, 11, 30)))
    assert (len(year), year[0], year[-1]) == (
        12, Period(date(2025, 12, 10), date(2025, 12, 31)), Period.of_month(date(2026, 11, 1)),
    )  # fmt: skip
    assert [each.first.day for each in comparison.split_period(Period.of_month(date(2026, 3, 1)))] == [
        1,
        8,
        15,
        22,
        29,
    ]
    assert len(comparison.split_period(Period(date(2026, 3, 1), date(2026, 3, 14)))) == 14
