"""Informants take part only after they have agreed, and can leave at any time (issue 14, A06 and C22)."""

import pytest
from sqlalchemy import select

from handlers.cases.queries import Asker
from handlers.environment.upkeep import completeness
from handlers.insight.audit import AuditKind, list_audit
from handlers.wording import participation as say
from models.messages import CardPush
from models.organisation import Participation, ParticipationChange, Role, Unit
from models.site_checks import SiteCheck
from models.workflow import Status
from tests.district import RUBBLE, District, load_person

RIDER = "qishou"
GRID = "HM-HM-CJ-1"


@pytest.fixture
def town(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter. A rider is on the roster and was never asked."""
    sqlite_district.hire(RIDER, Role.INFORMANT, GRID, participation=Participation.ENROLLED)
    return sqlite_district


def _state(town: District) -> str:
    return town.person(RIDER).participation


def _report(town: District) -> str:
    town.say("wrINTAKE", "zhangsf", RUBBLE)
    return town.case().number


def _is_asked(town: District, number: str) -> bool:
    """Whether the rider is among those whom `/核实` asks to go and see."""
    town.say("wrDUTY", "duty1", f"/核实 {number} 是否属实")
    asked = select(SiteCheck.id).where(SiteCheck.person_id == town.person(RIDER).id)
    with town.database.read() as session:
        return session.scalars(asked).first() is not None


def test_an_informant_is_asked_once_in_one_short_message(town: District) -> None:
    town.say(RIDER, RIDER, "你好", direct=True)
    card = town.last_card(RIDER)
    assert [button.text for button in card.buttons] == ["同意", "不参加"]
    assert len(card.body) <= 112
    assert all(word in card.body for word in ("姓名", "退出", "到期删除", "照样可以报事"))
    assert _state(town) == Participation.UNCONFIRMED
    town.say(RIDER, RIDER, "你好", direct=True)
    assert len([said for said in town.pushes(RIDER) if isinstance(said.body, CardPush)]) == 1


def test_in_a_group_they_are_asked_by_a_mention(town: District) -> None:
    town.say("wrINTAKE", RIDER, "大家好")
    called = next(said.body for said in town.pushes("wrINTAKE") if "愿意做信息员" in said.text)
    assert getattr(called, "mentions", ()) == (RIDER,)
    assert [button.text for button in town.last_card("wrINTAKE").buttons] == ["同意", "不参加"]


def test_one_tap_agrees_and_another_person_taps_in_vain(town: District) -> None:
    town.say("wrINTAKE", RIDER, "大家好")
    assert town.press("wrINTAKE", "liay", "同意") == "refused.not_allowed"
    assert _state(town) == Participation.UNCONFIRMED
    assert town.press("wrINTAKE", RIDER, "同意") == "informant.agreed"
    assert _state(town) == Participation.AGREED
    assert town.press("wrINTAKE", RIDER, "退出") == "informant.left"
    assert _state(town) == Participation.LEFT


@pytest.mark.parametrize("words", ["/退出", "我不当信息员了", "不参加了", "我要退出", "以后别再找我了"])
def test_they_leave_by_plain_words_and_the_record_says_so(town: District, words: str) -> None:
    town.say(RIDER, RIDER, "/参加", direct=True)
    assert town.say(RIDER, RIDER, words, direct=True) == "informant.left"
    with town.database.read() as session:
        person = load_person(session, RIDER)
        kept = session.scalars(select(ParticipationChange).order_by(ParticipationChange.id)).all()
        assert [(row.participation, row.changed_by) for row in kept][-2:] == [
            (Participation.AGREED, person.id),
            (Participation.LEFT, person.id),
        ]
        auditor = Asker(load_person(session, "leader1"))
        lines, _ = list_audit(session, auditor, AuditKind.PARTICIPATION, size=10)
    assert lines[0].what == "信息员已退出（本人）"


def test_leaving_once_more_rates_no_case_that_waits_for_a_word(town: District) -> None:
    """我不当信息员了 is about nothing else: of who has left already, and of who never was one."""
    town.verify_case()
    for words in ("/退出", "我不当信息员了"):
        assert town.say("zhangsf", "zhangsf", words, direct=True) == "informant.left"
    assert town.case().status == Status.CALLBACK
    assert town.say("chendy", "chendy", "我不当信息员了", direct=True) == "refused.not_found"


@pytest.mark.parametrize(
    "participation",
    [Participation.ENROLLED, Participation.UNCONFIRMED, Participation.LEFT, Participation.SUSPENDED],
)
def test_who_has_not_agreed_reports_and_is_not_asked_to_go_and_see(
    sqlite_district: District, participation: Participation
) -> None:
    sqlite_district.hire(RIDER, Role.INFORMANT, GRID, participation=participation)
    number = _report(sqlite_district)
    assert not _is_asked(sqlite_district, number)
    sqlite_district.say(RIDER, RIDER, RUBBLE.replace("静海路", "解放路"), direct=True)
    assert sqlite_district.case().reporter_id == sqlite_district.person(RIDER).id


def test_who_agreed_is_asked_and_who_leaves_then_owes_nothing(town: District) -> None:
    town.say(RIDER, RIDER, "你好", direct=True)
    assert town.say(RIDER, RIDER, "同意", direct=True) == "informant.agreed"
    number = _report(town)
    assert _is_asked(town, number)
    town.say(RIDER, RIDER, "退出", direct=True)
    with town.database.read() as session:
        [check] = session.scalars(select(SiteCheck).where(SiteCheck.person_id == town.person(RIDER).id))
        assert check.declined
    assert town.case().status in {Status.NEW, Status.ACCEPTED, Status.DISPATCHED}


def test_agreeing_means_nothing_else_where_nobody_asked(town: District) -> None:
    """同意 of somebody who is a party to something else stays what it was."""
    assert town.say("zhangsf", "zhangsf", "同意", direct=True) != "informant.agreed"


def test_staff_and_residents_have_nothing_to_join(town: District) -> None:
    town.say("cg1", "cg1", "/退出", direct=True)
    assert town.last_text("cg1") == say.not_an_informant()


def test_the_roster_counts_who_agreed_and_names_nobody_who_has_not(town: District) -> None:
    with town.database.read() as session:
        unit = session.scalars(select(Unit).where(Unit.code == GRID)).one()
        counted = completeness.count_informants(session, unit)
        gap = completeness.find_gaps(session, unit)["undecided"]
    assert (counted.agreed, counted.enrolled) == (0, 1)
    assert (gap.count, list(gap.names)) == (1, [f"{unit.display_name} 1 人"])


def test_those_with_the_fitting_skill_are_asked_first_and_it_is_said_why(town: District) -> None:
    """Of six who could go, five are asked: who knows the law comes first where wages are owed."""
    for number in range(6):
        skills = ["法律"] if number == 5 else []
        town.hire(f"xx{number}", Role.INFORMANT, "HM-HM-CJ", skills=skills)
    town.say("wrINTAKE", "zhangsf", "长江路88号工地拖欠工资三个月了")
    town.say("wrDUTY", "duty1", f"/核实 {town.case().number} 是否属实")
    with town.database.read() as session:
        asked = session.scalars(select(SiteCheck.person_id).order_by(SiteCheck.id)).all()
    assert asked[0] == town.person("xx5").id
    assert len(asked) == 5
    assert "xx5本人（会法律）" in town.chat_text("wrDUTY")


def test_a_dispute_shows_the_desk_who_could_mediate_and_why(town: District) -> None:
    town.hire("pingan", Role.GRID, "HM-HM-CJ", skills=["调解"])
    town.say("wrINTAKE", "zhangsf", "长江路88号楼上楼下邻居为漏水吵架")
    rows = dict(town.last_card("wrDUTY").rows)
    assert rows["可请调解"] == "pingan本人（会调解，长江社区）"
