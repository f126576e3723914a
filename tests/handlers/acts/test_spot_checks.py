"""Spot checks (B09): drawn when the day is over, called by somebody outside, counted apart from ratings."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from handlers.cases.calls import spot_checks
from handlers.cases.calls.spot_draw import DrawGroup, draw_cases
from handlers.environment.people import doors
from handlers.environment.tables.spot_check_rules import SpotCheckRules
from handlers.insight import monthly_report
from models.cases import Case
from models.figures import CallFigures
from models.organisation import Role
from models.spot_checks import SpotCheck, SpotDraw
from models.staffing import Absence
from models.workflow import Status
from scheduler import daily_checks
from tests.district import LAMP, District, load_person

EVERY = SpotCheckRules.model_validate({"version": "1", "share": 1})


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


def all_drawn(district: District) -> District:
    district.env = replace(district.env, spot_checks=EVERY)
    return district


def night(district: District, days: int = 1) -> None:
    """The daily checks, at half past two some nights later; run twice, as several processes do."""
    day = district.env.local(district.now).date() + timedelta(days=days)
    district.now = datetime.combine(day, time(2, 30), district.env.zone).astimezone(UTC)
    for _ in range(2):
        with district.database.write() as session:
            daily_checks.run_checks(session, district.env, now=district.now)
    district.now += timedelta(hours=7)


def draws(district: District) -> list[SpotDraw]:
    with district.database.read() as session:
        return list(session.scalars(select(SpotDraw).order_by(SpotDraw.day)))


def checks(district: District) -> list[SpotCheck]:
    with district.database.read() as session:
        return list(session.scalars(select(SpotCheck).order_by(SpotCheck.id)))


def close_many(district: District, count: int) -> None:
    district.close_case()
    with district.database.write() as session:
        first = session.scalars(select(Case)).one()
        columns = {
            column.key: getattr(first, column.key)
            for column in Case.__table__.columns
            if column.key not in ("id", "number", "tail")
        }
        for n in range(2, count + 1):
            session.add(Case(number=f"WG260330-{n:04d}", tail=f"{n:04d}", **columns))


def test_of_twenty_cases_two_are_drawn_after_the_day_and_one_person_is_told(district: District) -> None:
    district.env = replace(district.env, quiet_hours=("22:00", "07:00"))
    district.enter("duty1")
    close_many(district, 20)
    with district.database.write() as session:
        daily_checks.run_checks(session, district.env, now=district.now)
    assert draws(district)[0].groups == []  # while the day lasts, only the day before is drawn
    night(district)
    draw = draws(district)[-1]
    assert [f"{one.day:%m-%d}" for one in draws(district)] == ["03-29", "03-30"]
    groups = [DrawGroup.from_json(group) for group in draw.groups]
    assert [len(group.numbers) for group in groups] == [20]
    drawn = draw_cases(draw.seed, groups)
    numbers = {case.id: case.number for case in district.cases()}
    assert sorted(numbers[check.case_id] for check in checks(district)) == drawn
    assert len(drawn) == 2
    told = district.last_text("duty1")
    assert "抽查回访 2 件" in told
    assert all(number in told for number in drawn)
    [push] = [said.row for said in district.pushes("duty1") if "抽查回访" in said.text]
    assert district.env.local(push.not_before).time() == time(7, 0)  # nobody is woken
    assert "抽查" not in district.chat_text("wrCG")
    assert "抽查" not in district.chat_text("wrDUTY")


def test_no_two_days_and_no_two_offices_have_the_same_seed(district: District) -> None:
    night(district, 1)
    night(district, 5)  # nobody ran the program meanwhile
    seeds = [draw.seed for draw in draws(district)]
    assert len(seeds) == 6
    assert len(set(seeds)) == 6
    assert all(len(seed) == 32 for seed in seeds)


def test_class_unit_and_source_have_shares_of_their_own(district: District) -> None:
    rules = {"version": "1", "share": 0, "rules": [{"unit": "HM-CG", "source": "chat", "share": 1}]}
    district.env = replace(district.env, spot_checks=SpotCheckRules.model_validate(rules))
    district.close_case()
    assert district.say("wrINTAKE", "zhangsf", LAMP) == "case.opened"
    district.tick(district.advance(minutes=2))
    number = district.case().number
    district.say("wrDUTY", "duty1", f"/交办 {number} 住建局")
    district.say("wrZJ", "zj1", f"/反馈 {number} 修好了", photos=1)
    district.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    district.say("wrINTAKE", "zhangsf", f"/评价 {number} 已解决")
    night(district)
    assert [(group["share"], len(group["numbers"])) for group in draws(district)[-1].groups] == [
        ("1", 1), ("0", 1),
    ]  # fmt: skip
    assert len(checks(district)) == 1


def drawn_case(district: District) -> District:
    district.enter("duty1")
    all_drawn(district).close_case()
    night(district)
    return district


def test_the_caller_gets_the_number_in_private_only_and_says_what_came_of_it(district: District) -> None:
    drawn_case(district)
    assert district.say("wrDUTY", "duty1", "/查看联系人 0001 抽查回访") == "refused.not_allowed"
    assert district.say("duty1", "duty1", "/查看联系人 0001 抽查回访", direct=True) == "act.reveal"
    said = "/回访 0001 联系上 已解决 不满意 等了两天"
    assert district.say("duty1", "duty1", said, direct=True) == "act.call_back"
    [check] = checks(district)
    assert (check.outcome, check.solved, check.satisfied) == ("reached", True, False)
    assert district.events()[-1].text == "联系上，已解决，不满意：等了两天"
    [rating] = district.ratings()
    assert rating.satisfied  # the reporter's own word is left alone
    with district.database.read() as session:
        month = monthly_report.build_report(session, district.env, date(2026, 3, 1), None, now=district.now)
    assert month.calls == CallFigures(drawn=1, reached=1, solved=1, judged=1)
    assert month.total.satisfaction == 1.0
    district.say("wrDUTY", "duty1", "/月报 2026-03")
    assert "抽查回访 1 件：联系上 1，已解决 1，满意 0/1，未能联系 0（不算在评价里）" in district.last_text(
        "wrDUTY"
    )
    assert district.say("duty1", "duty1", "/抽查", direct=True) == "command.spot_checks"
    assert district.last_text("duty1") == "现在没有请您打的抽查电话。"


@pytest.mark.parametrize("said", ["", "情况很好", "联系上", "联系上 还行吧", "满意", "已解决", "通过"])
def test_words_that_say_nothing_are_not_recorded_and_the_form_is_shown(district: District, said: str) -> None:
    drawn_case(district)
    before = len(district.events())
    assert district.say("wrDUTY", "duty1", f"/回访 0001 {said}") == "refused.missing_need"
    assert "/回访 0001 联系上|未联系上 已解决|未解决 满意|不满意 话" in district.last_text("wrDUTY")
    assert (len(district.events()), checks(district)[0].outcome) == (before, None)


def test_what_to_call_is_shown_at_no_door_that_nobody_vouches_for(district: District) -> None:
    drawn_case(district)
    with district.database.read() as session:
        caller = load_person(session, "duty1")
        assert len(spot_checks.list_open(session, caller)) == 1
        assert spot_checks.list_open(session, doors.limit_rights(caller, "kf", None)) == []
    assert district.say("wrDUTY", "duty1", "/抽查") == "refused.not_allowed"


def test_whom_nobody_reaches_on_two_days_counts_as_unreached(district: District) -> None:
    drawn_case(district)
    for _ in range(2):
        assert district.say("duty1", "duty1", "/回访 0001 未联系上 关机", direct=True) == "act.call_back"
        assert checks(district)[0].outcome is None
    night(district)
    assert district.chat_text("duty1").count("抽查回访 1 件") == 2  # asked again the next day
    district.say("duty1", "duty1", "/回访 0001 没人接", direct=True)
    assert "未能联系" in district.last_text("duty1")
    assert (checks(district)[0].outcome, district.case().status) == ("unreached", Status.CLOSED)


def test_unsolved_asks_the_desk_to_reopen_and_closes_or_reopens_nothing(district: District) -> None:
    drawn_case(district)
    district.say("duty1", "duty1", "/回访 0001 联系上 未解决 不满意 又堆起来了", direct=True)
    assert "请核对，要重办发 /重开 0001 理由" in district.last_text("wrDUTY")
    assert (district.case().status, checks(district)[0].solved) == (Status.CLOSED, False)
    assert district.say("wrDUTY", "duty2", "/重开 0001 抽查没有解决") == "act.reopen"
    assert district.find_drift() == {}


def test_a_call_before_closing_that_hears_unsolved_sends_it_back_once(district: District) -> None:
    district.verify_case()
    assert district.say("wrDUTY", "duty1", "/回访 0001 联系上 没解决 还有一堆") == "act.call_back"
    assert (district.case().status, district.case().reworks) == (Status.IN_PROGRESS, 1)
    assert "电话回访，报事人说没有解决，请重办：联系上，未解决：还有一堆" in district.last_text("wrCG")
    district.say("wrCG", "cg1", "/反馈 0001 又清了", photos=1)
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert district.say("wrDUTY", "duty1", "/回访 0001 联系上 未解决 还是有") == "act.call_back"
    assert (district.case().status, district.case().reworks) == (Status.CALLBACK, 1)
    assert "请核对" in district.last_text("wrDUTY")
    assert district.find_drift() == {}


def test_nobody_of_lead_and_partner_units_is_asked_or_heard(district: District) -> None:
    """A desk that itself was called to help calls nobody; with nobody else, that is said aloud."""
    district.hire("cgduty", Role.DUTY, "HM-CG")
    for who in ("cgduty", "duty1"):
        district.enter(who)
    all_drawn(district).close_case()
    night(district)
    assert "抽查回访 1 件" in district.chat_text("duty1")
    assert "抽查" not in district.chat_text("cgduty")
    assert district.say("cgduty", "cgduty", "/回访 0001 联系上 已解决", direct=True) == "refused.not_allowed"
    assert checks(district)[0].outcome is None


def test_where_only_parties_sit_at_the_desk_it_is_said_aloud(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 海门区")  # the office of both duty officers
    district.say("wrDUTY", "duty1", "/反馈 0001 已清运", photos=1)
    district.say("wrDUTY", "leader1", "/核查 0001 通过")
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决")
    assert district.case().status == Status.CLOSED
    night(all_drawn(district))
    assert "没有人可以打" in district.chat_text("wrDUTY")
    assert checks(district)[0].caller_id is None


def test_calls_are_shared_out_and_who_is_away_makes_none(district: District) -> None:
    for who in ("duty1", "duty2"):
        district.enter(who)
    close_many(all_drawn(district), 6)
    night(district)
    shared = [check.caller_id for check in checks(district)]
    assert sorted(shared.count(one) for one in set(shared)) == [3, 3]
    with district.database.write() as session:
        away, other = load_person(session, "duty1"), load_person(session, "duty2")
        tomorrow = district.env.local(district.now).date() + timedelta(days=1)
        session.add(
            Absence(
                person_id=away.id, substitute_id=other.id, first=tomorrow, last=tomorrow, made_by=other.id,
                made_at=district.now,
            )
        )  # fmt: skip
    night(district)
    assert {check.caller_id for check in checks(district)} == {other.id}
