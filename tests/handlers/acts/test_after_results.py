"""After the result: a day to look again, and one reminder to rate it."""

from datetime import timedelta

import pytest

from models.messages import FilePush, PartKind
from models.workflow import Status
from scheduler import daily_checks, escalation
from tests.district import District, make_voice


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def check_day(district: District) -> None:
    with district.database.write() as session:
        daily_checks.run_checks(session, district.env, now=district.now)


def fire_clocks(district: District) -> None:
    with district.database.write() as session:
        escalation.fire_due(session, district.env, now=district.now)


def test_a_result_is_looked_at_again_on_the_day_and_a_bad_one_asks_for_reopening(district: District) -> None:
    district.verify_case()
    assert district.say("wrCG", "cg1", "/复查结果 0001 合格") == "refused.wrong_state"
    assert district.say("wrCG", "cg1", "/复查 0001 到 2020-01-01") == "refused.missing_need"
    assert district.say("wrDUTY", "duty1", "/复查 0001 到 4月20日 油烟净化器还在不在用") == "act.plan_recheck"
    assert "4月20日复查，看油烟净化器还在不在用" in district.last_text("wrCG")
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意")
    check_day(district)
    assert "该复查" not in district.chat_text("wrCG")
    district.now = district.now.replace(month=4, day=20)
    for _ in range(2):
        check_day(district)
    for chat in ("wrCG", "wrDUTY"):
        assert district.chat_text(chat).count("今天该复查了") == 1
    assert district.say("wrCG", "cg1", "/复查结果 0001 不合格 又关了") == "act.report_recheck"
    assert "复查不合格：又关了。请发 /重开 0001" in district.last_text("wrDUTY")
    assert district.case().recheck_at is None


def test_a_bad_result_before_the_end_says_what_helps_then(district: District) -> None:
    """/重开 is for what has ended: before that the reporter is called."""
    district.verify_case()
    district.say("wrCG", "cg1", "/复查 0001 到 4月20日")
    district.say("wrCG", "cg1", "/复查结果 0001 不合格 又关了")
    assert "/回访 0001 联系上 未解决" in district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/回访 0001 联系上 未解决") == "act.call_back"


def test_a_reporter_who_heard_the_result_is_asked_once_more_to_rate_it(district: District) -> None:
    district.verify_case()
    for days in (2, 2, 1):
        district.advance(days=days)
        fire_clocks(district)
    asked = [push for push in district.pushes("wrINTAKE") if push.text and "处理得怎么样？" in push.text]
    assert len(asked) == 1
    assert asked[0].body.mentions  # type: ignore[union-attr]
    assert district.say("wrINTAKE", "zhangsf", "已解决", quote=asked[0].text) == "act.rate"
    assert district.case().status == Status.CLOSED


def test_whoever_was_never_told_the_result_is_not_asked_how_it_came_out(district: District) -> None:
    district.submit_case()
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    district.advance(days=4)
    fire_clocks(district)
    assert "处理得怎么样？" not in district.chat_text("wrINTAKE")


def test_the_reminder_to_rate_waits_for_the_end_of_quiet_hours(district: District) -> None:
    district.verify_case()
    district.advance(days=4)
    chat = district.chat("wrINTAKE")
    local = district.env.local(district.now)
    with district.database.write() as session:
        row = session.get_one(type(chat), chat.id)
        row.quiet_from, row.quiet_to = f"{local:%H:%M}", f"{local + timedelta(hours=2):%H:%M}"
    fire_clocks(district)
    (asked,) = [push for push in district.pushes("wrINTAKE") if push.text and "处理得怎么样？" in push.text]
    assert asked.row.not_before >= district.now + timedelta(hours=1)


@pytest.mark.parametrize("chat", ["zhangsf", "wrINTAKE"])
def test_what_a_unit_says_aloud_the_desk_hears_and_the_reporter_in_private_alone(
    district: District, chat: str
) -> None:
    said = "长江路静海路口工地门口建筑垃圾"
    district.say(chat, "zhangsf", said, direct=chat == "zhangsf", photos=1)
    for user, words in (("duty1", "/交办 0001 城管局"), ("cg1", "/签收 0001")):
        district.say("wrDUTY" if user == "duty1" else "wrCG", user, words)
    assert district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=[make_voice(0)]) == "act.feedback"
    district.say("wrDUTY", "duty1", "/核查 0001 通过")

    def list_sounds(place: str) -> list[int]:
        return [push.body.media for push in district.pushes(place) if isinstance(push.body, FilePush)]

    (voice,) = [media.id for media in district.media() if media.kind == PartKind.VOICE]
    assert list_sounds("wrDUTY") == [voice]
    assert list_sounds(chat) == ([voice] if chat == "zhangsf" else [])
