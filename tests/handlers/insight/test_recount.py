"""Some weeks of a district played at random by its people: its figures are those of a recount of the record."""

import random
from collections import Counter
from datetime import date

from sqlalchemy import text

from handlers.cases.queries import Asker
from handlers.insight import monthly_report
from handlers.insight.comparison import Scope
from handlers.insight.maps import outlines
from handlers.insight.periods import Period
from handlers.insight.standing import boards, breakdown
from handlers.insight.standing.breakdown import Dimension
from tests.district import District, load_person

CASES = 30
MARCH = Period.of_month(date(2026, 3, 1))
_HANDLERS = {"城管局": ("wrCG", "cg1"), "住建局": ("wrZJ", "zj1")}
_RATINGS = ("已解决 满意", "已解决 不满意", "已解决", "未解决", "未解决 不满意", "")
_MATTERS = ("有建筑垃圾", "路灯不亮", "邻居吵架，闹得很凶", "建议加一排停车位")
_ROADS = ("长江路", "青龙路")

# From what happened (events, orders, words), never from the columns that the figures are read from.
_RECORD = text("""
    SELECT c.id, c.status, c.class_id, c.nature, u.code AS unit, a.path AS area,
        (SELECT count(*) FROM events e WHERE e.case_id = c.id AND e.act = 'withdraw') AS withdrawn,
        (SELECT count(*) FROM events e WHERE e.case_id = c.id AND e.act = 'verify'
            AND e.status_to = 'IN_PROGRESS') AS failed,
        (SELECT count(*) FROM events e WHERE e.case_id = c.id AND e.act = 'rate'
            AND e.status_to = 'IN_PROGRESS') AS unsolved,
        (SELECT r.solved FROM ratings r WHERE r.case_id = c.id ORDER BY r.id DESC LIMIT 1) AS solved,
        (SELECT r.satisfied FROM ratings r WHERE r.case_id = c.id ORDER BY r.id DESC LIMIT 1) AS satisfied
    FROM cases c LEFT JOIN units u ON u.id = c.unit_id LEFT JOIN units a ON a.id = c.area_id
""")
_RETURNS = text("""
    SELECT DISTINCT s.case_id, u.code FROM assignments s JOIN units u ON u.id = s.unit_id
    WHERE s.returned_at IS NOT NULL
""")


def _play(district: District, dice: random.Random) -> None:
    for at in range(CASES):
        district.advance(minutes=dice.randrange(10, 40))
        words = f"{dice.choice(_ROADS)}{20 * at + 1}号{dice.choice(_MATTERS)}"
        district.say("wrINTAKE", "zhangsf", f"/上报 {words}")
        number, unit = district.case().number, dice.choice(list(_HANDLERS))
        fate = dice.random()
        if fate < 0.1:
            district.say("wrDUTY", "duty1", f"/不予受理 {number} 不属于本区")
        elif fate < 0.2:
            district.say("wrINTAKE", "zhangsf", f"/撤回 {number}")
        elif fate < 0.9:
            _handle(district, dice, number, unit)


def _handle(district: District, dice: random.Random, number: str, unit: str) -> None:
    district.say("wrDUTY", "duty1", f"/交办 {number} {unit}")
    if dice.random() < 0.2:
        district.say(*_HANDLERS[unit], f"/退回 {number} 不归我们管")
        unit = next(other for other in _HANDLERS if other != unit)
        district.say("wrDUTY", "duty1", f"/交办 {number} {unit}")
    if dice.random() < 0.1:
        return
    district.say(*_HANDLERS[unit], f"/反馈 {number} 已处理", photos=1)
    if dice.random() < 0.2:
        district.say("wrDUTY", "duty1", f"/核查 {number} 不通过 没有处理干净")
        district.say(*_HANDLERS[unit], f"/反馈 {number} 又处理了", photos=1)
    district.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    district.deliver_results()
    if words := dice.choice(_RATINGS):
        district.say("wrINTAKE", "zhangsf", f"/评价 {number} {words}")


def test_the_figures_are_those_of_an_independent_recount(sqlite_district: District) -> None:
    district = sqlite_district
    _play(district, random.Random(14))
    with district.database.read() as session:
        record = session.execute(_RECORD).all()
        returns = session.execute(_RETURNS).all()
        unit = Asker(load_person(session, "leader1")).unit(session)
        assert unit is not None
        env, now = district.env, district.now
        report = monthly_report.compare_periods(session, env, MARCH, unit, now=now)
        areas = boards.rank_areas(session, env, unit, MARCH, now=now, least=1)
        leaders = boards.rank_leaders(session, env, unit, MARCH, now=now, least=1)
        scope = Scope(unit, unit, tuple(outlines.find_parts(session, unit)))
        families = breakdown.count_rows(
            session, env, scope, Dimension.FAMILY, MARCH, MARCH.previous(), now=now
        )
    gone = [row for row in record if row.withdrawn]
    excluded = [row for row in record if row.status == "REJECTED" and not row.withdrawn]
    cohort = [row for row in record if row not in gone and row not in excluded]
    ids = {row.id for row in cohort}
    assert (report.total.received, report.total.excluded, report.total.withdrawn) == (
        len(cohort), len(excluded), len(gone),
    )  # fmt: skip
    for line in report.lines:
        rows = [row for row in cohort if (row.unit or "") == line.code]
        figures = line.figures
        assert (figures.received, figures.rated) == (len(rows), sum(row.solved is not None for row in rows))
        assert (figures.solved, figures.judged, figures.satisfied) == (
            sum(bool(row.solved) for row in rows),
            sum(row.satisfied is not None for row in rows),
            sum(bool(row.satisfied) for row in rows),
        )
        assert figures.redone == sum(bool(row.failed or row.unsolved) for row in rows)
        assert line.shares.sent_back == sum(code == line.code and case in ids for case, code in returns)
    assert report.shares.sent_back == len({case for case, _ in returns if case in ids}) > 0
    assert {line.code: line.figures.received for line in areas if line.figures.received} == Counter(
        row.area.split("/")[2] for row in cohort if row.area.count("/") > 2
    )
    assert [line.figures.received for line in leaders if line.code == unit.code] == [len(cohort)]
    assert sum(row.received for row in families) == len(cohort)
    assert {row.key: row.received for row in families}["意见建议"] == sum(
        row.nature == "建议" or row.class_id == "suggest.facility" for row in cohort
    )
