"""Several acts of one batch have one time: each is still told, and taken back, by itself."""

import pytest

from handlers import acts
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from models.cases import Case
from models.workflow import Status, Step
from tests.district import LAMP, District, load_person


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Which database it is cannot matter: nothing is found by time."""
    return sqlite_district


def running(district: District) -> list[tuple[int, str]]:
    """Ids and steps of the clocks that run."""
    return [(clock.id, clock.step) for clock in district.clocks() if clock.stopped_at is None]


def desk(district: District, *commands: str) -> list[str]:
    return [district.say("wrDUTY", "duty1", command) for command in commands]


def test_a_unit_that_was_whistled_for_is_not_called_again_by_the_next_act(district: District) -> None:
    district.sign_case()
    with district.same_instant():
        assert desk(district, "/吹哨 0001 住建局 有人打架") == ["act.whistle"]
        called = [said.row.id for said in district.pushes("wrZJ")]
        assert desk(district, "/协办 0001 公安局") == ["act.assist"]
    assert [said.row.id for said in district.pushes("wrZJ")] == called
    assert sum(said.card is not None for said in district.pushes("wrZJ")) == 1
    assert sum(said.card is not None for said in district.pushes("wrGA")) == 1
    assert district.last_text("wrCG").endswith("值班一号请来协同的单位：公安局。")


def test_the_way_of_each_unit_is_measured_from_its_own_call(district: District) -> None:
    district.sign_case()
    desk(district, "/吹哨 0001 公安局 市场监管局 有人打架")
    district.advance(minutes=12)
    with district.same_instant():
        district.press("wrGA", "ga1", "报到")
        district.press("wrSCJG", "scjg1", "报到")
    said = district.chat_text("wrDUTY")
    assert "公安一号已到场报到，用时 12 分" in said
    whistle, _proposal, first, second = (event.number for event in district.events()[-4:])
    shares = [share for share in district.assignments() if share.role == "assist"]
    assert [(share.event_number, share.arrived_event_number) for share in shares] == [
        (whistle, first),
        (whistle, second),
    ]


@pytest.mark.parametrize(
    ("undone", "verb"),
    [("/受理 0001", "accept"), ("/改类 0001 路灯不亮", "classify"), ("/提级 0001 急", "raise")],
)
def test_undoing_an_act_ends_no_clock_that_another_act_began(
    district: District, undone: str, verb: str
) -> None:
    district.report_case()
    with district.same_instant():
        desk(district, "/督办 0001 立即清理", "/吹哨 0001 公安局 有人打架")
        before, due = running(district), district.case().due_at
        assert desk(district, undone, "/撤销 0001") == [f"act.{verb}", "act.undo"]
    assert running(district) == before
    assert {step for _, step in before} == {Step.ACCEPT, Step.FINISH, Step.ORDER, Step.ARRIVE}
    assert district.case().due_at == due


def test_undoing_an_act_restarts_no_clock_that_another_act_stopped(district: District) -> None:
    district.report_case()
    desk(district, "/吹哨 0001 公安局 有人打架")
    with district.same_instant():
        assert district.press("wrGA", "ga1", "报到") == "act.check_in"
        desk(district, "/受理 0001")
        before = running(district)
        desk(district, "/改类 0001 路灯不亮")
        assert desk(district, "/撤销 0001") == ["act.undo"]
    assert running(district) == before
    assert [step for _, step in before] == [Step.FINISH]


def test_an_order_that_lapsed_waits_again_with_its_clock_and_nothing_else(district: District) -> None:
    district.report_case()
    with district.same_instant():
        desk(district, "/督办 0001 立即清理", "/受理 0001")
        before = running(district)
        assert desk(district, "/不予受理 0001 不属实") == ["act.reject"]
        assert running(district) == []
        assert desk(district, "/撤销 0001") == ["act.undo"]
    assert running(district) == before
    assert district.case().status == Status.ACCEPTED
    assert desk(district, "/督办 0001 再快点") == ["refused.wrong_state"]


def test_whoever_was_asked_to_look_first_is_not_asked_again_with_the_second(district: District) -> None:
    district.say("wrINTAKE", "liay", LAMP)
    for user in ("zhangsf", "wgxw"):
        district.enter(user)

    def ask(user: str) -> None:
        with district.database.write() as session:
            case = session.get_one(Case, district.case().id)
            asked = ActInput(text="还亮吗", people=(load_person(session, user),))
            actor = Actor(load_person(session, "duty1"))
            acts.perform(session, "survey", case, actor, asked, env=district.env, now=district.now)

    before = {user: len(district.pushes(user)) for user in ("zhangsf", "wgxw")}
    ask("zhangsf")
    heard = len(district.pushes("zhangsf"))
    ask("wgxw")
    assert len(district.pushes("zhangsf")) == heard > before["zhangsf"]
    assert len(district.pushes("wgxw")) > before["wgxw"]


def test_an_order_is_shown_to_those_who_hear_of_it_not_the_one_after(district: District) -> None:
    district.sign_case()
    with district.same_instant():
        desk(district, "/督办 0001 立即清理")
        assert district.say("wrCG", "cg1", "/督办回复 0001 已清理") == "act.answer_order"
        assert desk(district, "/督办 0001 再清一遍") == ["act.supervise"]
    orders = [text for text in district.chat_text("wrCG").splitlines() if "督办单 DB" in text]
    assert [order.split("督办单 ")[1][:13] for order in orders if "📌" in order] == [
        "DB260330-001：",
        "DB260330-002：",
    ]
