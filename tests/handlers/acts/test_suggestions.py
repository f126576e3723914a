"""A suggestion: its answer, eight months of milestones without being late, and what is made public of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.cases.lists.published import list_published
from handlers.cases.resident.page import build_page
from handlers.environment.snapshot import TerseChannel
from models.cases import Case
from models.workflow import Status
from scheduler import daily_checks
from tests.district import MONDAY, District
from tests.residents import Resident

WISH = "建议在解放路15号旁边的篮球场装几盏灯，晚上能打球"
NAME = "贺兰明珠"


@pytest.fixture
def wish(district: District) -> Case:
    case = district.report_case(f"/上报 {WISH}")
    assert case.nature == "建议"
    return case


def say(district: District, words: str, *, user: str = "duty1", chat: str = "wrDUTY") -> str:
    return district.say(chat, user, words)


def remind(district: District) -> int:
    with district.database.write() as session:
        return daily_checks.remind_of_milestones(session, district.env, now=district.now)


@pytest.mark.parametrize(
    ("chat", "user", "said"),
    [
        ("wrINTAKE", "zhangsf", "/评价 0001 未解决"),
        ("wrDUTY", "duty2", "/回访 0001 联系上 未解决 没说哪天装"),
    ],
)
def test_what_the_desk_answered_by_itself_and_is_refused_is_given_to_a_unit(
    district: District, wish: Case, chat: str, user: str, said: str
) -> None:
    say(district, "/采纳 0001 暂不 明年再看")
    district.deliver_results()
    assert district.say(chat, user, said).startswith("act.")
    case = district.case()
    assert (case.status, case.unit_id, case.replied_at) == (Status.ACCEPTED, None, None)
    assert "还没有承办单位，请交办" in district.chat_text("wrDUTY")
    assert say(district, "/交办 0001 城管局") == "act.assign"
    say(district, "/采纳 0001 部分 先装东侧", user="cg1", chat="wrCG")
    assert say(district, "/评价 0001 未解决", user="zhangsf", chat="wrINTAKE") == "act.rate"
    assert district.case().status == Status.CLOSED, "once only"
    assert district.find_drift() == {}


def test_a_suggestion_is_answered_built_in_eight_months_and_never_late(
    district: District, wish: Case
) -> None:
    say(district, "/交办 0001 城管局")
    assert say(district, "/采纳 0001 好的", user="cg1", chat="wrCG") == "refused.missing_need"
    assert say(district, "/采纳 0001 部分 先装东侧", user="cg1", chat="wrCG") == "act.adopt"
    assert (district.case().status, district.case().adoption) == (Status.CALLBACK, "partial")
    assert "城管局答复您的建议：部分采纳。先装东侧" in district.chat_text("wrINTAKE")
    district.press("wrINTAKE", "zhangsf", "已解决，满意")
    assert district.case().status == Status.CLOSED

    assert (
        say(district, "/里程碑 0001 图纸完成 到2026-01-01", user="cg1", chat="wrCG") == "refused.missing_need"
    )
    for step in ("图纸完成 到2026-06-01", "灯杆装好 到2026-11-30"):
        assert say(district, f"/里程碑 0001 {step}", user="cg1", chat="wrCG") == "act.plan_milestone"
    assert remind(district) == 0
    for month in range(8):
        district.now = MONDAY + timedelta(days=30 * (month + 1))
        remind(district)
        assert remind(district) == 0
        district.tick()
        say(district, "/超时")
        assert "0001" not in district.last_text("wrDUTY")
        if month == 3:
            say(district, "/里程碑完成 0001 图纸通过了审查", user="cg1", chat="wrCG")
            assert "您的建议有了结果：图纸通过了审查" in district.chat_text("wrINTAKE")
    assert district.chat_text("wrCG").count("里程碑「图纸完成」") == 3
    assert district.chat_text("wrCG").count("里程碑「灯杆装好」") == 1
    say(district, "/里程碑完成 0001 灯亮了", user="cg1", chat="wrCG")
    assert say(district, "/里程碑完成 0001 又亮了", user="cg1", chat="wrCG") == "refused.wrong_state"
    assert district.case().status == Status.CLOSED
    assert district.find_drift() == {}


def test_two_people_publish_what_everybody_may_read(district: District, wish: Case) -> None:
    assert say(district, "/申请公开 0001 装灯") == "refused.wrong_state"
    say(district, "/采纳 0001 暂不 场地明年改建")
    assert say(district, "/里程碑 0001 改建 到2027-01-01") == "refused.wrong_state"
    district.press("wrINTAKE", "zhangsf", "已解决，满意")
    assert say(district, "/公开 0001") == "refused.wrong_state"
    assert say(district, "/申请公开 0001 篮球场装灯，电话13812345678") == "act.propose_publication"
    assert say(district, "/公开 0001") == "refused.not_allowed"
    with district.database.read() as session:
        assert list_published(session, district.env) == []
    assert say(district, "/公开 0001", user="duty2") == "act.publish"
    with district.database.read() as session:
        [shown] = list_published(session, district.env)
    assert (shown.adoption, "13812345678" in shown.text, "篮球场装灯" in shown.text) == (
        "暂不采纳",
        False,
        True,
    )
    assert say(district, "/撤下公开 0001 写错了") == "act.withdraw_publication"
    with district.database.read() as session:
        assert list_published(session, district.env) == []


def test_only_a_suggestion_is_answered_so(district: District) -> None:
    district.report_case("解放路15号路灯不亮")
    assert say(district, "/采纳 0001 全部 好") == "refused.wrong_state"
    assert "不是建议" in district.last_text("wrDUTY")


@pytest.mark.parametrize("has_template", [True, False])
def test_where_each_message_counts_completion_is_told_by_template_or_page_only(
    district: District, has_template: bool
) -> None:
    channel = TerseChannel(timedelta(hours=48), reaches_later=has_template)
    district.env = replace(district.env, terse_channels={"public": channel})
    resident = Resident(district)
    resident.scan("HM-HM-JF-2")
    resident.say(WISH)
    district.tick(district.advance(minutes=2))
    case = district.case()
    say(district, f"/交办 {case.tail} 城管局")
    say(district, f"/采纳 {case.tail} 全部 明年装", user="cg1", chat="wrCG")
    resident.press("已解决，满意")
    say(district, f"/里程碑 {case.tail} 灯杆装好 到2026-11-30", user="cg1", chat="wrCG")
    district.advance(days=200)
    before = len(resident.pushes())
    say(district, f"/里程碑完成 {case.tail} 灯亮了", user="cg1", chat="wrCG")
    told = resident.pushes()[before:]
    assert [push.card.facts[0] for push in told if push.card] == [("number", case.number)] * has_template
    with district.database.read() as session:
        known = build_page(session, session.get_one(Case, case.id), district.env, now=district.now)
    assert any("灯亮了" in line for _, line in known.timeline)
