"""Joint meetings: the agenda, what a meeting gives each unit, its record, and whose time stands still."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.environment.levels.meeting_rules import MeetingRule
from models.clocks import ClockRow
from models.messages import FilePush
from models.workflow import Step
from scheduler import escalation
from tests.district import District

MEETING = """/会商 0001 早高峰分流，年底前拓宽
公安局：早高峰派人疏导，3天
住建局：拓宽匝道，4月20日前
城管局：清走占道摊点
市场监管局：查摊点执照，月底前"""


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def find_clocks(district: District, step: Step) -> list[ClockRow]:
    return [clock for clock in district.clocks() if clock.step == step]


def test_a_meeting_gives_each_unit_its_part_with_a_day_and_a_card(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", MEETING) == "act.meet"
    for chat, said in (("wrGA", "早高峰派人疏导"), ("wrZJ", "拓宽匝道"), ("wrCG", "清走占道摊点")):
        assert f"会商定了你们：{said}" in district.chat_text(chat)
    assert "拓宽匝道" not in district.last_text("wrGA")
    assert district.press("wrGA", "ga1", "报到") == "act.check_in"
    assert [clock.limit for clock in find_clocks(district, Step.ACTION)] == [
        "3d",
        "31132min",
        "5wd",
        "2332min",
    ]
    assert district.say("wrGA", "ga1", "/协办完成 0001 已派人") == "act.partner_done"
    assert [clock.stopped_at is None for clock in find_clocks(district, Step.ACTION)] == [
        False,
        True,
        True,
        True,
    ]
    district.advance(days=45)
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.now)
    assert "住建局会商任务" in district.chat_text("wrZJ")
    assert "公安局会商任务" not in district.chat_text("wrDUTY")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("公安居：疏导，3天", "不是单位"),
        ("公安局：，", "做什么没有写"),
        ("公安局：疏导\n公安局：巡逻", "写了两行"),
    ],
)
def test_a_line_that_gives_no_unit_anything_is_asked_for_and_nothing_happens(
    district: District, line: str, said: str
) -> None:
    district.sign_case()
    slug = district.say("wrDUTY", "duty1", f"/会商 0001 分头办\n{line}")
    assert slug == "refused.missing_need"
    assert said in district.last_text("wrDUTY")
    assert find_clocks(district, Step.ACTION) == []


def test_without_words_the_command_shows_its_form(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/会商 0001")
    assert "/会商 0001 结论\n公安局：" in district.last_text("wrDUTY")


def test_what_waits_for_a_meeting_is_on_the_agenda_until_it_was_held(district: District) -> None:
    case = district.sign_case()
    due = case.due_at
    assert district.say("wrDUTY", "duty1", "/提请会商 0001 三家说法不一") == "act.call_meeting"
    assert "时限照走" in district.chat_text("wrCG")
    assert district.case().due_at == due
    assert district.say("wrDUTY", "duty1", "/提请会商 0001 再提一次") == "refused.wrong_state"
    district.say("wrDUTY", "duty1", "/议程")
    assert "会商议程（1 件）" in district.last_text("wrDUTY")
    assert district.say("wrCG", "cg1", "/提请会商 0001 我也要") == "refused.not_allowed"
    district.say("wrDUTY", "duty1", "/会商 0001 按属地办")
    district.say("wrDUTY", "duty1", "/议程")
    assert "会商议程：没有" in district.last_text("wrDUTY")


def test_time_stands_still_for_a_meeting_only_by_rule_and_no_longer_than_it_lasts(
    district: District,
) -> None:
    due = district.sign_case().due_at
    assert due is not None
    district.change_limits(meetings=(MeetingRule.model_validate({"pause": "2d"}),))
    district.say("wrDUTY", "duty1", "/提请会商 0001 三家说法不一")
    assert district.case().due_at == due + timedelta(days=5)  # over a weekend and a holiday
    district.advance(hours=5)
    district.say("wrDUTY", "duty1", "/会商 0001 按属地办")
    assert district.case().due_at == pytest.approx(due + timedelta(hours=5), abs=timedelta(seconds=2))


def test_the_record_is_a_word_file_for_staff_alone(district: District) -> None:
    district.sign_case()
    assert district.say("wrDUTY", "duty1", "/会商记录 0001") == "refused.not_found"
    district.say("wrDUTY", "duty1", MEETING)
    assert district.say("wrDUTY", "duty1", "/会商记录 0001") == "command.meeting_record"
    body = district.pushes("wrDUTY")[-1].body
    assert isinstance(body, FilePush)
    assert body.paper is not None
    assert ["海门区公安局", "早高峰派人疏导"] in [row[:2] for row in body.paper["blocks"][-1]["rows"]]
    assert district.say("wrINTAKE", "zhangsf", "/会商记录 0001") == "refused.not_found"


def test_of_a_restricted_case_a_meeting_gives_no_unit_anything_and_leaves_no_record(
    district: District,
) -> None:
    district.env = replace(district.env, restricted_to=frozenset({"leader1"}))
    district.enter("leader1")
    district.say("wrINTAKE", "zhangsf", "举报解放路15号窗口办事员收受商户红包", photos=1)
    district.tick(district.advance(minutes=2))
    case = district.case()
    assert case.restricted
    for words in ("分头办\n公安局：查一查，3天", "先核实"):
        district.say("leader1", "leader1", f"/会商 {case.number} {words}", direct=True)
    assert "限阅的事不能在会商里派给单位" in district.chat_text("leader1")
    assert district.acts().count("meet") == 1
    assert (
        district.say("leader1", "leader1", f"/会商记录 {case.number}", direct=True) == "refused.not_allowed"
    )
    assert "查一查" not in district.chat_text("wrGA")
