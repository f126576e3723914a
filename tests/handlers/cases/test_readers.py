"""Who may read a case: by number, on a card, by a quote, in a list; to everybody else it does not exist."""

import pytest

from handlers.wording.refusals import no_such_case
from models.organisation import Role
from models.workflow import Status
from tests.district import LAMP, District

NUMBER = "WG260330-0001"
STRANGERS = ("liay", "chendy", "wgxl", "wgxs", "zj1", "ga1", "guest")
"""Of a case of 城管局 at a place in 海门街道, reported by 张师傅; a guest stands in no roster."""


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def asks(district: District, user: str, words: str, *, quote: str = "") -> str:
    district.say(user, user, words, quote=quote, direct=True)
    return district.last_text(user)


@pytest.mark.parametrize("user", STRANGERS)
def test_to_a_stranger_it_is_as_if_there_were_none(district: District, user: str) -> None:
    district.sign_case()
    for words in (
        "/查 {}",
        "/卡片 {}",
        "/补充 {} 看看",
        "/签收 {}",
        "/评价 {} 已解决",
        "/查看联系人 {} 看看",
    ):
        for typed in ("0001", NUMBER):
            there = asks(district, user, words.format(typed))
            never = asks(district, user, words.format(typed.replace("0001", "0099")))
            assert there == no_such_case(typed)
            assert never == there.replace("0001", "0099")
    assert asks(district, user, "怎么样了", quote=f"〔{NUMBER}〕") == no_such_case(NUMBER)
    for key in (f"more:{NUMBER}", f"sign:{NUMBER}", f"rate:{NUMBER}:solved"):
        assert district.click(user, user, key) == "refused.not_found"
    assert district.acts() == ["report", "assign", "sign"]


@pytest.mark.parametrize("chat", ["wrCG", "wrDUTY", "wrINTAKE"])
def test_sitting_in_a_group_gives_no_right(district: District, chat: str) -> None:
    district.sign_case()
    for user in ("guest", "liay", "zj1"):
        assert district.say(chat, user, "/查 0001") == "refused.not_found"
        assert district.say(chat, user, "/卡片") == "refused.not_found"
        district.say(chat, user, "/待办")
        assert "0001" not in district.last_text(chat)


@pytest.mark.parametrize("user", ["zhangsf", "cg1", "cg2", "duty1", "leader1"])
def test_whose_it_is_reads_it(district: District, user: str) -> None:
    district.sign_case()
    assert "现在是「办理中」" in asks(district, user, "/查 0001")


@pytest.mark.parametrize("role", [Role.DUTY, Role.COORDINATOR, Role.LEADER, Role.OBSERVER, Role.ADMIN])
def test_an_overseer_reads_their_own_area(district: District, role: Role) -> None:
    district.sign_case()
    assert "办理中" in asks(district, district.hire("here", role, "HM-HM"), "/查 0001")
    there = district.hire("there", role, "HM-BJ")
    assert asks(district, there, "/查 0001") == no_such_case("0001")


def test_a_grid_officer_reads_their_own_grid(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "解放新村3幢家里停水了")
    district.tick(district.advance(minutes=2))
    assert "停水" in asks(district, "wgxw", "/查 0001")
    neighbour = district.hire("next", Role.GRID, "HM-HM-JF-2")
    assert asks(district, neighbour, "/查 0001") == no_such_case("0001")


def test_a_resident_or_informant_of_the_area_reads_only_their_own(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "解放新村3幢502室家里停水了")
    district.tick(district.advance(minutes=2))
    for role in (Role.RESIDENT, Role.INFORMANT):
        user = district.hire(role, role, "HM-HM-JF-1")
        assert asks(district, user, "/查 0001") == no_such_case("0001")
        assert "0001" not in asks(district, user, "/本网格")
    assert "0001" in asks(district, "chendy", "/本网格")


def test_a_former_unit_keeps_what_it_could_read_and_sees_where_it_is_now(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/退回 0001 不归我们管")
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    district.say("wrZJ", "zj1", "/签收 0001")
    told = asks(district, "cg1", "/查 0001")
    assert "现在是「办理中」，由住建局办理" in told
    assert "退回" in told
    assert "住建一号" not in told
    assert asks(district, "cg1", "/卡片 0001") == told
    refused = asks(district, "cg1", "/签收 0001")
    assert "您不能签收，这一步由承办单位来做。现在是「办理中（住建局）」" in refused
    assert "住建一号" not in refused
    assert "住建一号" in asks(district, "duty1", "/查 0001")


def test_a_partner_who_has_finished_keeps_what_it_was_then(district: District) -> None:
    district.sign_case()
    district.say("wrDUTY", "duty1", "/协办 0001 住建局")
    assert "签收" in asks(district, "zj1", "/查 0001")
    district.say("wrZJ", "zj1", "/协办完成 0001 路面补好了")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=1)
    told = asks(district, "zj1", "/查 0001")
    assert "现在是「待核验」" in told
    assert "协办完成" in told
    assert "城管一号 反馈" not in told


def test_whoever_looked_keeps_what_it_was_when_they_answered(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "解放新村3幢家里停水了")
    district.tick(district.advance(minutes=2))
    looker = district.hire("looker", Role.INFORMANT, "HM-HM-JF-1")
    district.say("wrDUTY", "duty1", "/核实 0001 还停吗")
    assert "停水" in asks(district, looker, "/查 0001")
    district.say(looker, looker, "/核实结果 0001 还停着呢", direct=True)
    district.say("wrDUTY", "duty1", "/交办 0001 水务公司")
    told = asks(district, looker, "/查 0001")
    assert "核实结果" in told
    assert "值班一号 交办" not in told
    assert "由水务公司办理" in told


# A matter in two areas -------------------------------------------------------------------------


def joined(district: District) -> None:
    """0001 lies in 海门街道; 0002 of 滨江街道 was joined to it."""
    district.report_case(LAMP)
    district.say("wrINTAKE", "liay", "滨江大道20号路灯也不亮")
    district.tick(district.advance(minutes=2))
    assert district.case().area_id in {district.unit(code).id for code in ("HM-BJ", "HM-BJ-BJ", "HM-BJ-BJ-1")}
    district.say("wrDUTY", "duty1", "/并案 0002 0001")
    district.say("wrDUTY", "duty1", "/确认")
    assert district.case().status == Status.DUPLICATE


def test_of_another_areas_parent_one_reads_number_class_and_place(district: District) -> None:
    joined(district)
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    desk = district.hire("bjduty", Role.DUTY, "HM-BJ")
    told = asks(district, desk, "/查 0002")
    assert told.splitlines()[-1] == f"已并入解放路15号路灯不亮〔{NUMBER}〕。"
    assert "住建局" not in told
    assert asks(district, desk, "/查 0001") == no_such_case("0001")
    assert asks(district, desk, "/催办 0002") == no_such_case(NUMBER)


def test_nobody_joins_a_case_to_one_that_is_not_theirs(district: District) -> None:
    district.report_case(LAMP)
    district.say("wrINTAKE", "liay", "滨江大道20号路灯也不亮")
    district.tick(district.advance(minutes=2))
    desk = district.hire("bjduty", Role.DUTY, "HM-BJ")
    assert asks(district, desk, "/并案 0002 0001") == no_such_case("0001")
    assert district.case().status != Status.DUPLICATE


def test_whoever_works_on_the_matter_reads_what_was_joined_to_it(district: District) -> None:
    joined(district)
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert "一并跟进" in asks(district, "zj1", "/查 0002")
    assert asks(district, "cg1", "/查 0002") == no_such_case("0002")


def test_whoever_follows_reads_their_own_part(district: District) -> None:
    joined(district)
    district.say("wrDUTY", "duty1", "/交办 0001 住建局")
    for typed in ("0001", "0002"):
        told = asks(district, "liay", f"/查 {typed}")
        assert told.splitlines()[0].count("〔WG260330-0002〕") == 1
        assert "〔WG260330-0001〕现在是" in told
        assert "张师傅" not in told


def test_a_reporter_in_a_group_of_staff_gets_a_reporters_card(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "zhangsf", "/卡片 0001") == "command.card"
    shown = {button.text for button in district.last_card("wrDUTY").buttons}
    district.say("wrDUTY", "duty1", "/卡片 0001")
    desk = {button.text for button in district.last_card("wrDUTY").buttons}
    assert "受理" in desk
    assert "受理" not in shown
