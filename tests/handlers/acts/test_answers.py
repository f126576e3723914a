"""件件有回音: answered is who a channel took the result to, or whom somebody told it by telephone."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from handlers.acts import delivery
from handlers.cases import queries
from handlers.cases.queries import OPERATOR
from handlers.insight import monthly_report
from handlers.intake.case_opening import SourceRecord, open_case
from handlers.triage.types import Facts
from models.cases import Case
from models.figures import Figures
from models.organisation import Chat
from models.pushes import Push, PushState
from models.workflow import Status
from scheduler import daily_checks, escalation
from tests.district import RUBBLE, District, load_person


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


def figures(district: District) -> Figures:
    with district.database.read() as session:
        return monthly_report.build_report(
            session, district.env, date(2026, 3, 1), None, now=district.now
        ).total


def report_by_telephone(district: District, text: str = RUBBLE) -> Case:
    """A report of another system, from nowhere that could be answered; its result is there."""
    triage = district.env.classifier.triage(text, facts=Facts())
    with district.database.write() as session:
        case = open_case(
            session, text=text, triage=triage, person=load_person(session, "chendy"), chat=None,
            env=district.env, now=district.now, origin="api:1", source=SourceRecord("12345"),
        )  # fmt: skip
        number = case.number
    district.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    district.say("wrCG", "cg1", f"/反馈 {number} 已清运", photos=1)
    assert district.say("wrDUTY", "duty1", f"/核查 {number} 通过") == "act.verify"
    return district.case(number)


def night(district: District) -> None:
    district.now = datetime.combine(
        district.env.local(district.now).date() + timedelta(days=1), datetime.min.time(), district.env.zone
    ).astimezone(district.now.tzinfo) + timedelta(hours=2, minutes=30)
    with district.database.write() as session:
        daily_checks.run_checks(session, district.env, now=district.now)


def verified(district: District) -> None:
    district.submit_case()
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"


def test_a_checked_result_answers_nobody_before_a_channel_took_it(district: District) -> None:
    verified(district)
    assert (district.case().replied_at, figures(district).answered) == (None, 0)
    assert district.say("wrDUTY", "duty1", "/结案 0001") == "refused.wrong_state"
    assert "/回访 0001 未联系上" in district.last_text("wrDUTY")
    district.advance(minutes=3)
    assert district.deliver_results() == 1
    assert (district.case().replied_at, figures(district).answered) == (district.now, 1)
    assert district.events()[-1].act == "deliver_answer"
    assert district.say("wrDUTY", "duty1", "/结案 0001") == "act.close"
    assert district.find_drift() == {}


def test_what_the_platform_takes_twice_answers_once(district: District) -> None:
    verified(district)
    district.deliver_results()
    with district.database.write() as session:
        told = session.scalars(select(Push).where(Push.result_event.is_not(None))).one()
        assert delivery.record_delivery(session, told, district.env, now=district.now) == 0


def test_other_words_to_the_reporter_are_no_answer(district: District) -> None:
    verified(district)
    with district.database.write() as session:
        for push in session.scalars(select(Push).where(Push.result_event.is_(None))):
            assert delivery.record_delivery(session, push, district.env, now=district.now) == 0
    assert district.case().replied_at is None


def test_a_result_that_was_sent_back_answers_nobody_when_it_arrives_late(district: District) -> None:
    verified(district)
    with district.database.read() as session:
        late = session.scalars(select(Push.id).where(Push.result_event.is_not(None))).one()
    district.say("wrINTAKE", "zhangsf", "/评价 0001 未解决")
    district.say("wrCG", "cg1", "/反馈 0001 又清了一次", photos=1)
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    with district.database.write() as session:
        push = session.get_one(Push, late)
        push.state = PushState.SENT
        assert delivery.record_delivery(session, push, district.env, now=district.now) == 0
    assert district.case().replied_at is None
    assert district.deliver_results() == 1


@pytest.mark.parametrize(
    "back", [("wrINTAKE", "zhangsf", "/评价 0001 未解决"), ("wrDUTY", "duty2", "/重开 0001 又有了")]
)
def test_what_is_worked_on_again_is_not_answered_any_more(
    district: District, back: tuple[str, str, str]
) -> None:
    district.verify_case()
    if "重开" in back[2]:
        district.say("wrDUTY", "duty1", "/结案 0001")
    assert district.say(*back).startswith("act.")
    assert district.case().replied_at is None


def test_who_joined_is_answered_where_they_reported(district: District) -> None:
    district.report_case()
    district.say("wrRESIDENTS", "chendy", RUBBLE)
    district.tick(district.advance(minutes=2))
    assert district.case().status == Status.DUPLICATE
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert district.deliver_results() == 2
    assert [case.replied_at for case in district.cases()] == [district.now] * 2
    assert district.say("wrRESIDENTS", "chendy", "/拆分 0002 不是同一件") == "act.split"
    assert district.case().replied_at is None


def test_without_a_conversation_the_desk_is_asked_to_call(district: District) -> None:
    report_by_telephone(district)
    asked = district.chat_text("wrDUTY")
    assert "请打电话（号码：" in asked
    assert "导入报事人的账号" in asked
    assert "已电话答复" in [button.text for button in district.last_card("wrDUTY").buttons]
    assert district.say("wrDUTY", "duty1", "/结案 0001") == "refused.wrong_state"
    assert district.case().status == Status.CALLBACK


def test_a_call_that_was_taken_is_an_answer(district: District) -> None:
    report_by_telephone(district)
    assert district.press("wrDUTY", "duty1", "已电话答复") == "click.asked"
    said = district.say(
        "wrDUTY", "duty1", "联系上 已解决 满意 已告知清运完毕", quote=district.last_text("wrDUTY")
    )
    assert said == "act.call_back"
    assert district.case().replied_at == district.now
    assert district.say("wrDUTY", "duty1", "/结案 0001") == "act.close"
    assert figures(district).answered == 1


MISSED = (
    "未接通",
    "没打通，响铃无人接",
    "打不通",
    "电话关机",
    "没人接",
    "无人接听",
    "联系不上",
    "空号",
    "对方不接",
)


@pytest.mark.parametrize("said", MISSED)
def test_tried_in_vain_on_two_days_it_is_closed_and_counts_as_unanswered(
    district: District, said: str
) -> None:
    report_by_telephone(district)
    for _ in range(2):  # twice on one day is one try
        assert district.say("wrDUTY", "duty1", f"/回访 0001 {said}") == "act.call_back"
        assert "请隔天再打一次" in district.last_text("wrDUTY")
        district.advance(hours=1)
    assert (district.case().status, district.case().closed_at) == (Status.CALLBACK, None)
    district.advance(days=1)
    assert district.say("wrDUTY", "duty2", f"/回访 0001 {said}") == "act.call_back"
    assert "未能联系" in district.last_text("wrDUTY")
    case = district.case()
    assert (case.status, case.replied_at, case.unreached_at) == (Status.CLOSED, None, district.now)
    assert (figures(district).received, figures(district).answered) == (1, 0)
    assert district.ratings() == []
    assert district.find_drift() == {}
    district.say("wrDUTY", "duty1", "/查 0001")
    assert "已办结（未能联系）" in district.last_text("wrDUTY")
    district.say("wrDUTY", "duty1", "/回访 0001 联系上 今天打通了")
    assert (district.case().replied_at, district.case().unreached_at) == (district.now, None)


@pytest.mark.parametrize(
    "said", ["已告知，接受处理结果", "接通了，说没人接送孩子的事也解决了", "联系上 已解决 很满意"]
)
def test_words_on_a_call_that_was_taken_are_no_attempt(district: District, said: str) -> None:
    report_by_telephone(district)
    district.say("wrDUTY", "duty1", f"/回访 0001 {said}")
    assert district.case().replied_at == district.now


def test_calls_in_vain_after_an_answer_close_nothing(district: District) -> None:
    district.verify_case()
    for _ in range(3):
        assert district.say("wrDUTY", "duty1", "/回访 0001 未接通") == "act.call_back"
        district.advance(days=1)
    assert (district.case().status, district.case().unreached_at) == (Status.CALLBACK, None)


def test_a_result_that_is_lost_on_its_way_asks_the_desk_once(district: District) -> None:
    verified(district)
    before = district.chat_text("wrDUTY").count("请打电话（号码：")
    with district.database.write() as session:
        lost = session.scalars(select(Push).where(Push.result_event.is_not(None))).one()
        assert delivery.report_lost_result(session, lost, district.env, now=district.now)
        assert not delivery.report_lost_result(session, lost, district.env, now=district.now)
    assert district.chat_text("wrDUTY").count("请打电话（号码：") == before + 1


def test_time_closes_nothing_that_was_not_answered_and_each_night_says_so(district: District) -> None:
    verified(district)
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.advance(days=8))
    assert district.case().status == Status.CALLBACK
    night(district)
    assert "有结果还没答复报事人：WG260330-0001" in district.chat_text("wrDUTY")
    # Answered at last, the reporter has as long to judge it as anybody.
    district.say("wrDUTY", "duty1", "/回访 0001 已告知")
    with district.database.write() as session:
        assert escalation.fire_due(session, district.env, now=district.now) == 0
        escalation.fire_due(session, district.env, now=district.advance(days=7))
    assert district.case().status == Status.CLOSED


def test_who_speaks_to_the_bot_later_gets_the_result_then(district: District) -> None:
    case = report_by_telephone(district)
    night(district)
    assert district.chat_text("chendy") == ""
    district.enter("chendy")
    night(district)
    assert "已清运" in district.chat_text("chendy")
    assert district.deliver_results() == 1
    assert district.case(case.number).replied_at is not None
    night(district)
    assert district.chat_text("chendy").count("已清运") == 1


def test_of_who_left_the_group_nothing_is_believed(district: District) -> None:
    district.submit_case()
    with district.database.write() as session:
        session.execute(update(Chat).where(Chat.chat_id == "wrINTAKE").values(gone_at=district.now))
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    assert "请打电话（号码：" in district.chat_text("wrDUTY")


def test_a_case_without_an_answer_is_looked_up_by_the_desk(district: District) -> None:
    verified(district)
    with district.database.read() as session:
        waiting = [case.number for case in daily_checks.find_unanswered(session)]
        assert waiting == [queries.find_case(session, OPERATOR, "WG260330-0001").number]
