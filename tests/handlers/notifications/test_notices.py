"""Notices: two people, one sending, and nobody told who should not be."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from handlers.errors import Refused
from handlers.notifications import notices
from handlers.notifications.notices import NoticeDraft
from handlers.notifications.publishing import sending
from handlers.wording import notices as say
from models.calendar import WorkCalendar
from models.messages import TextPush
from models.notices import Notice
from models.organisation import Chat, ChatUse, Role, Unit
from tests.district import MONDAY, District, QueuedPush, load_person

WATER = "【停水】明天上午 8 点起长江路停水 4 小时。"


def tick(district: District, at: datetime | None = None) -> int:
    district.now = at or district.now
    with district.database.write() as session:
        return sending.send_due_notices(session, district.env, now=district.now)


def hire(district: District, user: str, role: Role, unit: str) -> None:
    """Give somebody of the sample another job."""
    with district.database.write() as session:
        person = load_person(session, user)
        person.role, person.unit_id = role, district.unit(unit).id


def only(district: District) -> Notice:
    with district.database.read() as session:
        return session.scalars(select(Notice)).one()


def heard(district: District, text: str) -> set[str]:
    """Chats that got exactly these words, and who issued them."""
    chats = ("wrINTAKE", "wrRESIDENTS", "wrDUTY", "wrCG", "wrZJ", "wrGA", "wrSW", "wrSCJG")
    return {chat for chat in chats if _copies(district, chat, text)}


def _copies(district: District, chat: str, text: str) -> list[QueuedPush]:
    return [push for push in district.pushes(chat) if push.text.startswith(f"{text}\n——海门区，")]


def drafted(district: District, text: str = f"/通知 海门街道 {WATER}") -> str:
    assert district.say("wrDUTY", "duty1", text) == "notice.drafted"
    return only(district).number


def test_a_notice_waits_for_a_second_person(district: District) -> None:
    number = drafted(district)
    assert number == "TZ260330-001"
    assert "2 个群" in district.last_text("wrDUTY")
    assert tick(district) == 0
    assert district.say("wrDUTY", "duty1", f"/发布 {number}") == "refused.not_allowed"
    assert district.say("wrDUTY", "duty2", f"/发布 {number}") == "notice.published"
    assert tick(district) == 1
    assert heard(district, WATER) == {"wrINTAKE", "wrRESIDENTS"}
    assert only(district).reached == 2


def test_a_notice_is_sent_once(district: District) -> None:
    number = drafted(district)
    district.say("wrDUTY", "leader1", f"/发布 {number}")
    assert (tick(district), tick(district)) == (1, 0)
    assert district.say("wrDUTY", "duty2", f"/发布 {number}") == "refused.wrong_state"


def test_the_button_publishes_too_and_the_card_says_who(district: District) -> None:
    drafted(district)
    assert district.press("wrDUTY", "duty2", "同意发布") == "notice.published"
    card = district.last_card("wrDUTY")
    assert not card.buttons
    assert "值班二号" in card.desc


def test_whoever_presses_second_is_told_who_was_first_and_when(district: District) -> None:
    drafted(district)
    key = district.last_card("wrDUTY").buttons[0].key
    district.press("wrDUTY", "duty2", "同意发布")
    district.advance(minutes=3)
    for second in ("leader1", "duty1"):
        assert district.click("wrDUTY", second, key) == "refused.wrong_state"
        assert "已经发布" in district.last_text("wrDUTY")
        assert "值班二号 03-30 09:05 已同意发布" in district.last_text("wrDUTY")
        card = district.last_card("wrDUTY")
        assert not card.buttons
        assert "值班二号" in card.desc


def test_a_withdrawn_notice_is_pressed_for_nothing_and_its_card_says_so(district: District) -> None:
    number = drafted(district)
    key = district.last_card("wrDUTY").buttons[0].key
    district.say("wrDUTY", "duty1", f"/撤回通知 {number}")
    assert district.click("wrDUTY", "duty2", key) == "refused.wrong_state"
    assert "已经撤回" in district.last_card("wrDUTY").desc
    assert not district.last_card("wrDUTY").buttons


def test_the_author_cannot_press_the_button(district: District) -> None:
    drafted(district)
    assert district.press("wrDUTY", "duty1", "同意发布") == "refused.not_allowed"


def test_the_database_refuses_one_person_as_both(district: District) -> None:
    drafted(district)
    own_word = update(Notice).values(approved_by=Notice.made_by, approved_at=district.now)
    with pytest.raises(IntegrityError), district.database.write() as session:
        session.execute(own_word)


def test_a_notice_is_withdrawn_before_it_goes(district: District) -> None:
    number = drafted(district)
    district.say("wrDUTY", "duty2", f"/发布 {number}")
    assert district.say("wrDUTY", "duty1", f"/撤回通知 {number}") == "notice.withdrawn"
    assert tick(district) == 0
    assert heard(district, WATER) == set()


def test_what_was_sent_cannot_be_withdrawn(district: District) -> None:
    number = drafted(district)
    district.say("wrDUTY", "duty2", f"/发布 {number}")
    tick(district)
    assert district.say("wrDUTY", "duty1", f"/撤回通知 {number}") == "refused.wrong_state"


@pytest.mark.parametrize("user", ["zhangsf", "cg1", "wgxw", "leader1"])
def test_only_the_desk_writes_notices(district: District, user: str) -> None:
    assert district.say("wrDUTY", user, f"/通知 {WATER}") == "refused.not_allowed"


def test_nobody_speaks_to_units_beside_their_own(district: District) -> None:
    hire(district, "duty1", Role.DUTY, "HM-BJ")
    assert district.say("wrDUTY", "duty1", f"/通知 海门街道 {WATER}") == "refused.not_allowed"


def test_nobody_of_another_subtree_approves(district: District) -> None:
    number = drafted(district)
    hire(district, "duty2", Role.DUTY, "HM-BJ")
    assert district.say("wrDUTY", "duty2", f"/发布 {number}") == "refused.not_allowed"


def test_without_a_unit_it_goes_to_all_beneath_ones_own(district: District) -> None:
    number = drafted(district, f"/通知 {WATER}")
    district.say("wrDUTY", "duty2", f"/发布 {number}")
    tick(district)
    assert heard(district, WATER) == {"wrINTAKE", "wrRESIDENTS", "wrCG", "wrZJ", "wrGA", "wrSW", "wrSCJG"}


def test_a_unit_without_groups_is_said_at_once(district: District) -> None:
    assert district.say("wrDUTY", "duty1", f"/通知 滨江街道 {WATER}") == "refused.not_found"
    with district.database.read() as session:
        assert session.scalars(select(Notice)).all() == []


def test_a_draft_written_in_a_group_of_residents_is_not_shown_there(district: District) -> None:
    assert district.say("wrRESIDENTS", "duty1", f"/通知 {WATER}") == "notice.drafted"
    assert WATER not in district.chat_text("wrRESIDENTS")
    assert WATER in district.chat_text("wrDUTY")


def test_quiet_hours_hold_a_notice(district: District) -> None:
    with district.database.write() as session:
        chat = session.scalars(select(Chat).where(Chat.chat_id == "wrRESIDENTS")).one()
        chat.quiet_from, chat.quiet_to = "22:00", "07:00"
    number = drafted(district)
    district.say("wrDUTY", "duty2", f"/发布 {number}")
    tick(district, MONDAY + timedelta(hours=14))
    held = _copies(district, "wrRESIDENTS", WATER)
    assert held[0].row.not_before == datetime(2026, 3, 30, 23, 0, tzinfo=UTC)


def test_of_two_who_approve_in_the_same_second_one_does(district: District) -> None:
    number = drafted(district)
    outcomes: list[str] = []

    def approve(user: str) -> None:
        try:
            with district.database.write() as session:
                notices.approve(session, number, load_person(session, user), now=district.now)
            outcomes.append("done")
        except Refused as refused:
            outcomes.append(refused.slug)

    both = [Thread(target=approve, args=(user,)) for user in ("duty2", "leader1")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == ["done", "wrong_state"]


def test_a_plan_is_withdrawn_as_a_whole(district: District) -> None:
    for days in (1, 2):
        planned(district, MONDAY + timedelta(days=days), plan="JH260330-001")
    assert district.say("wrDUTY", "duty1", "/撤回通知 JH260330-001") == "notice.withdrawn"
    assert tick(district, MONDAY + timedelta(days=1)) == 0


# Answers to everybody who asked --------------------------------------------------------------


def test_everybody_who_asked_is_answered_once_where_they_asked(district: District) -> None:
    for user in ("zhangsf", "liay", "zhangsf"):
        assert district.say("wrINTAKE", user, "/上报 长江路隧道口路灯不亮") == "case.opened"
        district.tick(district.advance(minutes=5))
    district.say("wrRESIDENTS", "chendy", "/上报 解放新村 3 幢楼下路灯不亮")
    district.tick(district.advance(minutes=5))
    assert district.say("wrDUTY", "duty1", "/告知 隧道 隧道明天 10 时通车。") == "notice.drafted"
    number = only(district).number
    assert "2 位反映人（1 个会话）" in district.last_text("wrDUTY")
    district.say("wrDUTY", "duty2", f"/发布 {number}")
    tick(district)
    told = [push.body for push in district.pushes("wrINTAKE") if "明天 10 时通车" in push.text]
    assert [body.mentions for body in told if isinstance(body, TextPush)] == [("zhangsf", "liay")]
    assert "通车" not in district.chat_text("wrRESIDENTS")


def test_a_word_that_many_say_is_looked_for_in_the_newest_cases(district: District) -> None:
    for user in ("zhangsf", "liay"):
        assert district.say("wrINTAKE", user, "/上报 长江路隧道口路灯不亮") == "case.opened"
        district.tick(district.advance(minutes=5))
    district.say("wrDUTY", "duty1", "/告知 隧道 隧道明天 10 时通车。")
    with district.database.read() as session:
        notice = session.get_one(Notice, only(district).id)
        for newest, users in ((1, ["liay"]), (2, ["zhangsf", "liay"])):
            (codes,) = notices.find_askers(session, notice, now=district.now, newest=newest).values()
            assert codes == users
    assert "只看了最近" not in district.last_text("wrDUTY")
    assert say.people(2, 1, 7000) == "2 位反映人（1 个会话，只看了最近 7000 件）"


def test_an_answer_to_nobody_is_refused(district: District) -> None:
    assert district.say("wrDUTY", "duty1", "/告知 隧道 隧道明天通车。") == "refused.not_found"


def test_restricted_cases_are_not_answered_in_a_group(district: District) -> None:
    case = district.report_case("长江路隧道口路灯不亮")
    with district.database.write() as session:
        session.merge(case).restricted = True
    assert district.say("wrDUTY", "duty1", "/告知 隧道 隧道明天通车。") == "refused.not_found"


def test_reports_of_long_ago_are_not_answered(district: District) -> None:
    district.report_case("长江路隧道口路灯不亮")
    district.advance(days=181)
    assert district.say("wrDUTY", "duty1", "/告知 隧道 隧道明天通车。") == "refused.not_found"


# Days of a plan ------------------------------------------------------------------------------


def planned(district: District, send_at: datetime, *, plan: str | None, workdays_only: bool = False) -> None:
    with district.database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "HM-HM")).one()
        draft = NoticeDraft(WATER, unit, send_at, uses=(ChatUse.RESIDENTS,), workdays_only=workdays_only)
        maker, other = load_person(session, "duty1"), load_person(session, "duty2")
        notice = notices.store_draft(session, draft, maker, env=district.env, now=district.now, plan=plan)
        notices.approve(session, notice.number, other, now=district.now)


def test_a_day_off_is_skipped(district: District) -> None:
    saturday = MONDAY + timedelta(days=5)
    assert not WorkCalendar(district.env.zone).is_workday(saturday.date())
    planned(district, saturday, plan=None, workdays_only=True)
    assert tick(district, saturday) == 1
    assert only(district).skipped_at is not None
    assert heard(district, WATER) == set()


def test_a_day_of_a_plan_that_passed_is_skipped(district: District) -> None:
    planned(district, MONDAY, plan="JH260330-001")
    tick(district, MONDAY + timedelta(hours=13))
    assert only(district).skipped_at is not None


def test_a_single_notice_comes_late_rather_than_never(district: District) -> None:
    planned(district, MONDAY, plan=None)
    tick(district, MONDAY + timedelta(hours=13))
    assert heard(district, WATER) == {"wrRESIDENTS"}


# Groups by name, times as understood ----------------------------------------------------------


def test_every_group_is_named_to_the_second_person_and_in_the_confirmation(district: District) -> None:
    with district.database.write() as session:
        names = [
            chat.name for chat in session.scalars(select(Chat).order_by(Chat.id))
            if chat.chat_id in ("wrINTAKE", "wrRESIDENTS")
        ]  # fmt: skip
    number = drafted(district)
    for name in names:
        assert name in district.last_text("wrDUTY")
    district.say("wrDUTY", "duty2", f"/发布 {number}")
    said = district.last_text("wrDUTY")
    assert "已同意发布，发到 2 个群" in said
    assert all(name in said for name in names)
    assert "区值班群" not in said


def test_who_has_not_seen_the_draft_reads_groups_and_times_too(district: District) -> None:
    assert district.say("duty1", "duty1", f"/通知 海门街道 {WATER}", direct=True) == "notice.drafted"
    asked = district.last_text("wrDUTY")
    assert "将发到 2 个群" in asked
    assert "「明天上午 8 点」是2026年3月31日（周二） 08:00" in asked


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("明天 8 点起停水", "没有写清上午还是下午（按2026年3月31日（周二） 08:00理解）"),
        ("3月20日起停水", "已经过去（2026年3月20日（周五））"),
        ("2月30日停水", "没有这个时间"),
    ],
)
def test_a_time_that_is_over_or_unclear_is_asked_for_before_anything_is_written(
    sqlite_district: District, words: str, why: str
) -> None:
    assert sqlite_district.say("wrDUTY", "duty1", f"/通知 海门街道 {words}") == "command.preview"
    assert why in sqlite_district.last_card("wrDUTY").body
    assert sqlite_district.press("wrDUTY", "duty1", "确认执行") == "notice.drafted"
    assert only(sqlite_district).text == words


def test_tomorrow_is_asked_for_where_it_is_published_a_day_later(sqlite_district: District) -> None:
    number = drafted(sqlite_district)
    sqlite_district.advance(days=1)
    assert sqlite_district.say("wrDUTY", "duty2", f"/发布 {number}") == "command.preview"
    assert "拟稿时指2026年3月31日" in sqlite_district.last_card("wrDUTY").body
    assert only(sqlite_district).approved_at is None
    assert sqlite_district.press("wrDUTY", "duty2", "确认执行") == "notice.published"


def test_the_button_asks_as_the_command_does(sqlite_district: District) -> None:
    drafted(sqlite_district)
    sqlite_district.advance(days=1)
    assert sqlite_district.press("wrDUTY", "duty2", "同意发布") == "command.preview"
    assert sqlite_district.press("wrDUTY", "duty2", "确认执行") == "notice.published"
    assert tick(sqlite_district) == 1
