"""Who may do what: roles and relations against the whole act table, and what a refusal says."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from handlers.cases.actors import PROGRAM, Actor
from handlers.cases.permissions import may_perform
from handlers.environment.units import covers
from handlers.wording.refusals import no_task_of_number
from models.cases import Case
from models.organisation import Person, Role, Unit
from models.workflow import ACTS, CaseRelation
from tests.district import District, load_person


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


_DUTY = {
    "unrestrict",
    "accept", "reject", "classify", "place", "survey", "assign", "pass_on", "arbitrate", "assist", "whistle", "meet",
    "call_meeting", "plan_recheck", "report_recheck", "adopt", "add_party", "claim", "plan_milestone",
    "reach_milestone", "propose_publication", "publish", "withdraw_publication",
    "unsign", "suspend", "resume", "complicate", "approve", "decline", "nudge", "supervise", "raise", "verify",
    "call_back", "praise", "close", "reopen", "merge", "split", "void", "reveal", "add", "carry_on", "void_withdrawn",
    "transcribe", "revoke_link", "recall", "charge", "discharge", "tell_reporter", "mark_urgent",
}  # fmt: skip
_HANDLER = {
    "sign", "return", "contact", "progress", "stage", "mediate", "feedback", "extend", "ask_suspend", "resume",
    "complicate", "check_in", "answer_order", "reveal", "add", "send_down", "plan_recheck", "report_recheck",
    "adopt", "add_party", "claim", "plan_milestone", "reach_milestone", "tell_reporter", "mark_urgent",
}  # fmt: skip
_LEADER = {
    "unrestrict", "arbitrate", "meet", "call_meeting", "charge", "discharge", "approve", "decline", "supervise", "instruct", "verify",
    "propose_publication", "publish", "withdraw_publication",
}  # fmt: skip
_REPORTER = {
    "add", "nudge", "rate", "praise", "reopen", "verify", "split", "place", "withdraw", "carry_on", "complain",
    "call_person", "revoke_link",
}  # fmt: skip

# A case of 城管局 in 解放社区, reported by 张师傅, signed for by 城管一号.
EXPECTED: Mapping[str, set[str]] = {
    "duty1": _DUTY,
    "duty2": _DUTY,
    "leader1": _LEADER,
    "cg1": _HANDLER,
    "cg2": _HANDLER,
    "zj1": set(),
    "wgxw": {"add", "place", "mediate", "claim", "solve_in_grid", "verify"},
    "wgxl": set(),
    "zhangsf": _REPORTER,
    "liay": set(),
    "chendy": set(),
}


def a_case(district: District) -> Case:
    """Drawn up by hand: only its relations count here."""
    return Case(
        number="WG260330-0001",
        area_id=district.unit("HM-HM-JF").id,
        unit_id=district.unit("HM-CG").id,
        reporter_id=district.person("zhangsf").id,
        handler_id=district.person("cg1").id,
        requested_by=None,
    )


@pytest.mark.parametrize("user", EXPECTED)
def test_everybody_may_do_exactly_what_their_standing_gives(district: District, user: str) -> None:
    case = a_case(district)
    with district.database.read() as session:
        actor = Actor(load_person(session, user))
        allowed = {key for key, act in ACTS.items() if may_perform(session, act, actor, case)}
    assert allowed == EXPECTED[user] | {"report"}


def test_the_program_does_what_time_brings_and_nothing_else(district: District) -> None:
    case = a_case(district)
    with district.database.read() as session:
        allowed = {key for key, act in ACTS.items() if may_perform(session, act, PROGRAM, case)}
    by_clock = {"assign", "unsign", "resume", "nudge", "raise", "propose_raise", "close", "merge"}
    assert allowed == by_clock | {
        "whistle",
        "deliver_answer",
        "carry_on",
        "transcribe",
        "place",
        "mark_urgent",
    }


def test_nobody_verifies_their_own_work(district: District) -> None:
    case = a_case(district)
    with district.database.read() as session:
        case.handler_id = load_person(session, "wgxw").id
        assert not may_perform(session, ACTS["verify"], Actor(load_person(session, "wgxw")), case)
        assert may_perform(session, ACTS["verify"], Actor(load_person(session, "duty1")), case)


def test_whoever_asked_for_a_void_is_no_second_person(district: District) -> None:
    case = a_case(district)
    with district.database.read() as session:
        case.requested_by = load_person(session, "duty1").id
        assert not may_perform(session, ACTS["approve"], Actor(load_person(session, "duty1")), case)
        assert may_perform(session, ACTS["approve"], Actor(load_person(session, "duty2")), case)


def test_a_case_without_a_known_place_is_the_top_desks(district: District) -> None:
    case = a_case(district)
    case.area_id = case.unit_id = None
    with district.database.read() as session:
        assert may_perform(session, ACTS["assign"], Actor(load_person(session, "duty1")), case)
        assert not may_perform(session, ACTS["assign"], Actor(load_person(session, "wgxw")), case)
        town = Person(role=Role.DUTY, unit_id=district.unit("HM-HM").id)
        assert not may_perform(session, ACTS["assign"], Actor(town), case)


def test_a_subtree_holds_its_root_and_no_neighbour(district: District) -> None:
    with district.database.read() as session:
        units = {unit.code: unit for unit in session.scalars(select(Unit))}
    assert covers(units["HM"], units["HM-HM-JF-1"])
    assert covers(units["HM-HM"], units["HM-HM"])
    assert not covers(units["HM-HM"], units["HM-BJ"])
    assert not covers(units["HM-GA-JJ"], units["HM-GA"])
    assert not covers(None, units["HM"])


def test_every_way_of_standing_to_a_case_is_decided(district: District) -> None:
    with district.database.read() as session:
        case, nobody = a_case(district), Actor(load_person(session, "chendy"))
        for who in CaseRelation:
            act = next((act for act in ACTS.values() if who in act.relations), None)
            assert act is not None, who
            may_perform(session, act, nobody, case)


def test_to_a_handler_of_another_unit_the_case_does_not_exist(district: District) -> None:
    district.dispatch_case()
    assert district.say("wrZJ", "zj1", "/签收 0001") == "refused.not_found"
    assert district.last_text("wrZJ") == no_task_of_number("0001")


def test_a_refused_overseer_is_told_who_may(district: District) -> None:
    district.dispatch_case()
    assert district.say("leader1", "leader1", "/签收 0001", direct=True) == "refused.not_allowed"
    assert "您不能签收，这一步由承办单位来做。" in district.last_text("leader1")


def test_a_refused_person_is_told_what_they_could_do(district: District) -> None:
    district.report_case()
    assert district.say("wrINTAKE", "zhangsf", "/交办 0001 城管局") == "refused.not_allowed"
    assert "这一步由值班员或协调员来做。现在是「待受理」。您现在可以" in district.last_text("wrINTAKE")


def test_a_grid_officer_of_another_town_may_not_solve_it(district: District) -> None:
    district.report_case()
    assert district.say("wrINTAKE", "wgxl", "/自办 0001 清走了") == "refused.not_found"


def test_a_neighbour_may_not_rate_for_the_reporter(district: District) -> None:
    district.verify_case()
    assert district.say("wrINTAKE", "liay", "/评价 0001 已解决") == "refused.not_found"


def test_pressing_a_button_asks_for_the_same_right(district: District) -> None:
    case = district.dispatch_case()
    assert district.click("wrCG", "duty1", f"sign:{case.number}") == "refused.not_allowed"
    assert district.case().status == "DISPATCHED"


def test_a_grid_officer_may_not_verify_what_they_solved_themselves(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    district.say("wrRESIDENTS", "wgxw", "/自办 0001 水龙头坏了已换")
    assert district.say("wrRESIDENTS", "wgxw", "/核查 0001 通过") == "refused.not_allowed"
    assert "承办人以外的核查人" in district.last_text("wrRESIDENTS")
