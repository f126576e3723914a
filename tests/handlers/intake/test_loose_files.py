"""In a private conversation a photo is a message of its own: it belongs to the words that come after it."""

from datetime import timedelta

from sqlalchemy import select

from models.reports import Media, Report
from tests.district import District


def send_photo(district: District, user: str) -> None:
    district.say(user, user, direct=True, photos=1)


def load_roles(district: District) -> list[tuple[int | None, str]]:
    with district.database.read() as session:
        return [(row.case_id, row.role) for row in session.scalars(select(Media).order_by(Media.id))]


def list_open_reports(district: District) -> list[int]:
    with district.database.read() as session:
        opened = select(Report).where(Report.closed_at.is_(None), Report.case_id.is_(None))
        return [report.id for report in session.scalars(opened)]


def test_a_photo_before_the_result_shows_the_result(district: District) -> None:
    district.dispatch_case()
    case = district.case()
    before = len(load_roles(district))
    district.say("cg1", "cg1", f"/签收 {case.number[-4:]}", direct=True)
    send_photo(district, "cg1")
    send_photo(district, "cg1")
    district.say("cg1", "cg1", f"/反馈 {case.number[-4:]} 清完了", direct=True)
    assert load_roles(district)[before:] == [(case.id, "after")] * 2
    assert list_open_reports(district) == []


def test_a_photo_is_no_part_of_an_act_that_takes_none(district: District) -> None:
    district.dispatch_case()
    number = district.case().number
    send_photo(district, "cg1")
    district.say("cg1", "cg1", f"/签收 {number[-4:]}", direct=True)
    assert load_roles(district)[-1] == (None, "before")


def test_a_photo_of_long_ago_is_no_part_of_the_act(district: District) -> None:
    district.dispatch_case()
    number = district.case().number
    district.say("cg1", "cg1", f"/签收 {number[-4:]}", direct=True)
    send_photo(district, "cg1")
    district.now += timedelta(hours=1)
    district.say("cg1", "cg1", f"/反馈 {number[-4:]} 清完了", direct=True)
    assert load_roles(district)[-1][1] == "before"


def test_a_photo_in_a_group_is_no_part_of_the_act(district: District) -> None:
    district.dispatch_case()
    number = district.case().number
    district.say("wrCG", "cg1", f"/签收 {number[-4:]}")
    district.say("wrCG", "cg1", photos=1)
    district.say("wrCG", "cg1", f"/反馈 {number[-4:]} 清完了")
    assert "after" not in {role for _, role in load_roles(district)}


def test_a_refused_act_leaves_the_photo_where_it_is(district: District) -> None:
    district.dispatch_case()
    number = district.case().number
    send_photo(district, "zj1")
    district.say("zj1", "zj1", f"/反馈 {number[-4:]} 清完了", direct=True)
    assert load_roles(district)[-1] == (None, "before")
    assert list_open_reports(district) != []
