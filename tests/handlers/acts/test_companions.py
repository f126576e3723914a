"""Units called together with the first (rules/limits.yaml: call_outs), and the warning that goes with it."""

from sqlalchemy import func, select

from models.notices import Notice
from tests.district import District

SCAM = "解放新村3幢楼下有人免费领鸡蛋卖药酒，老人围着听课，像诈骗"


def test_a_unit_is_called_once_beside_the_first_and_one_warning_is_drafted(
    sqlite_district: District,
) -> None:
    town = sqlite_district
    first = town.report_case(SCAM)
    assert [event.act for event in town.events(first)][:3] == ["report", "assign", "whistle"]
    assert first.number in town.chat_text("wrSCJG")
    town.advance(hours=1)
    town.report_case("中华路88号也有人免费领鸡蛋，骗老人买保健品")
    with town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 1
        notice = session.scalars(select(Notice)).one()
    assert notice.made_by is None
    assert town.say("wrDUTY", "cg1", f"/发布 {notice.number}") == "refused.not_allowed"
    assert town.say("wrDUTY", "leader1", f"/发布 {notice.number}") == "notice.published"


def test_other_swindles_call_nobody_else(sqlite_district: District) -> None:
    case = sqlite_district.report_case("有人冒充客服打电话说刷单返利，被骗了两千块")
    assert "whistle" not in [event.act for event in sqlite_district.events(case)]
    assert case.number not in sqlite_district.chat_text("wrSCJG")
