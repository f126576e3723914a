"""An urgent task that nobody signs for is called on and on; a unit in which nobody is there is loud."""

from sqlalchemy import select

from handlers.environment.people import staffing
from handlers.environment.people.staffing import AbsenceSpan
from handlers.notifications.duty import calls
from models.messages import TextPush
from models.organisation import Person, Role, Unit
from models.pushes import Push
from scheduler import daily_checks
from tests.district import District

KNIFE = "长江路88号有人拿刀打架，快来人"


def call(district: District, minutes: float) -> list[tuple[str, tuple[str, ...], str]]:
    """What is called after so many more minutes: chat, who is mentioned, the words."""
    with district.database.read() as session:
        before = set(session.scalars(select(Push.id)))
    with district.database.write() as session:
        calls.call_next(session, district.env, now=district.advance(minutes=minutes))
    chats = district.list_chat_names()
    return [
        (chats[push.row.chat_id], push.body.mentions, push.text)
        for push in district.pushes()
        if push.row.id not in before and isinstance(push.body, TextPush)
    ]


def test_the_next_one_is_called_after_ten_minutes_each_and_at_last_the_desk(district: District) -> None:
    for code in ("ga2", "ga3"):
        district.hire(code, Role.HANDLER, "HM-GA")
    district.say("ga3", "ga3", "你好", direct=True)
    district.say("wrGA", "ga1", f"/值班 {district.now:%m-%d} ga2")
    district.report_case(KNIFE)
    ringing = [push.body for push in district.pushes("wrGA") if isinstance(push.body, TextPush)]
    assert ringing[-1].mentions == ("ga2",)
    assert call(district, 5) == []
    assert [each[:2] for each in call(district, 6)] == [("wrGA", ("ga1",))]
    assert call(district, 3) == []
    third = call(district, 8)
    assert {each[:2] for each in third} == {("wrGA", ("ga3",)), ("ga3", ("ga3",))}
    assert "请您马上签收" in third[0][2]
    [(chat, _, words)] = call(district, 11)
    assert (chat, "公安局叫过 2 人" in words) == ("wrDUTY", True)
    assert call(district, 60) == []


def test_whoever_signs_ends_the_calls_and_what_is_not_urgent_has_none(district: District) -> None:
    case = district.report_case(KNIFE)
    district.say("wrGA", "ga1", f"/签收 {case.number}")
    district.dispatch_case()
    assert call(district, 60) == []


def test_a_unit_whose_people_are_all_away_is_told_to_the_desk(district: District) -> None:
    district.hire("zj2", Role.HANDLER, "HM-ZJ")
    today = district.env.local(district.now).date()
    with district.database.write() as session:
        people = {
            each.code: each for each in session.scalars(select(Person).where(Person.code.in_(("zj1", "zj2"))))
        }
        span = AbsenceSpan(people["zj1"], people["zj2"], today, today)
        staffing.store_absence(session, span, people["zj1"], today=today, now=district.now)
    case = district.report_case()
    with district.database.write() as session:
        session.get_one(Person, people["zj2"].id).role = Role.RESIDENT
    district.say("wrDUTY", "duty1", f"/交办 {case.number} 住建局")
    assert "没有负责人和副手在岗" in district.chat_text("wrDUTY")
    with district.database.write() as session:
        session.scalars(select(Unit).where(Unit.code == "HM-ZJ")).one()
        daily_checks.run_checks(session, district.env, now=district.now)
    assert "住建局有事在办，今天却没有人在岗" in district.chat_text("wrDUTY")
