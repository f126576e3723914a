"""On the spot: an arrival with words and photo, and site checks with a time and a photo of their own."""

from datetime import timedelta

from sqlalchemy import select

from handlers import acts
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from models.cases import Assignment, Case
from models.reports import Media
from models.site_checks import SiteCheck
from scheduler import site_check_reminders
from tests.district import District, load_person


def remind(district: District, **after: float) -> int:
    district.advance(**after)
    with district.database.write() as session:
        return site_check_reminders.remind_of_checks(session, district.env, now=district.now)


def test_an_arrival_keeps_what_was_said_and_shown_and_the_desk_sees_it(sqlite_district: District) -> None:
    town = sqlite_district
    case = town.dispatch_case()
    assert town.say("wrCG", "cg1", f"/到场 {case.number[-4:]} 人已到，正在清", photos=1) == "act.check_in"
    assert "城管一号已到场报到" in town.chat_text("wrDUTY")
    assert "人已到，正在清" in town.chat_text("wrDUTY")
    with town.database.read() as session:
        kept = session.scalars(select(Media).where(Media.case_id == case.id)).all()
    assert [media.role for media in kept] == ["process"]


def test_a_location_with_the_arrival_is_kept_and_the_desk_reads_how_far_it_is(
    sqlite_district: District,
) -> None:
    town = sqlite_district
    case = town.dispatch_case()
    with town.database.write() as session:
        stored = session.get_one(Case, case.id)
        stored.lat, stored.lon = 31.8900, 121.1700
        session.flush()
        actor, seen = Actor(load_person(session, "cg1")), ActInput(point=(31.8911, 121.1700))
        acts.perform(session, "check_in", stored, actor, seen, env=town.env, now=town.now)
    with town.database.read() as session:
        share = session.scalars(select(Assignment).where(Assignment.case_id == case.id)).one()
        assert (share.arrived_lat, share.arrived_lon) == (31.8911, 121.1700)
    assert "离事发地约 120 米" in town.chat_text("wrDUTY")


def test_a_check_asks_for_a_photo_by_a_time_and_is_reminded_of_once(sqlite_district: District) -> None:
    town = sqlite_district
    case = town.report_case()
    town.say("wgxw", "wgxw", "在吗", direct=True)
    short = case.number[-4:]
    assert town.say("wrDUTY", "duty1", f"/核实 {short} 渣土清了没有，要照片 2小时") == "act.survey"
    with town.database.read() as session:
        checks = session.scalars(select(SiteCheck)).all()
    assert {check.due_at - check.asked_at for check in checks} == {timedelta(hours=2)}
    assert {check.text for check in checks} == {"渣土清了没有，要照片"}
    assert remind(town, hours=1) == 0
    assert remind(town, hours=1) == len(checks)
    assert remind(town, hours=3) == 0
    assert "请在" in town.chat_text("wgxw")
    reminded = town.last_text("wgxw")
    assert "还没有收到：渣土清了没有，要照片" in reminded
    assert "现场核实到时还没有回音" in town.last_text("wrDUTY")
    assert "网格员小王" in town.last_text("wrDUTY")
    assert town.say("wgxw", "wgxw", f"/核实结果 {short} 清了", direct=True) == "refused.missing_need"
    done = f"/核实结果 {short} 清了"
    assert town.say("wgxw", "wgxw", done, direct=True, photos=1) == "act.survey_report"
