"""Handling the same thing again: nothing happens twice, nothing is said twice."""

import pytest
from sqlalchemy.exc import IntegrityError

from handlers import acts
from handlers.cases import queries
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from handlers.cases.queries import OPERATOR
from models.cases import Event
from models.messages import Incoming
from tests.district import LAMP, RUBBLE, District, load_person


def test_the_platforms_second_copy_of_a_message_has_no_row(district: District) -> None:
    incoming = district.build_message("wrINTAKE", "zhangsf", RUBBLE)
    district.receive(incoming)
    with pytest.raises(IntegrityError):
        district.receive(incoming)


def test_a_report_handled_again_opens_no_second_case(district: District) -> None:
    changes_nothing_again(district, district.build_message("wrINTAKE", "zhangsf", RUBBLE))


def test_a_command_handled_again_does_nothing_twice(district: District) -> None:
    district.dispatch_case()
    changes_nothing_again(district, district.build_message("wrCG", "cg1", "/签收 0001"))


def test_a_press_handled_again_does_nothing_twice(district: District) -> None:
    case = district.dispatch_case()
    changes_nothing_again(district, district.build_click("wrCG", "cg1", f"sign:{case.number}"))


def test_an_origin_acts_once_and_answers_with_the_first_event(district: District) -> None:
    number = district.report_case().number
    assert accept(district, number) == accept(district, number)
    assert district.acts() == ["report", "accept"]


def test_the_same_origin_may_do_another_act_on_another_case(district: District) -> None:
    first = district.report_case()
    district.say("wrINTAKE", "liay", LAMP)
    second = district.case()
    assert accept(district, first.number) != accept(district, second.number)


def accept(district: District, number: str) -> int:
    with district.database.write() as session:
        event: Event = acts.perform(
            session, "accept", queries.find_case(session, OPERATOR, number), Actor(load_person(session, "duty1")), ActInput(),
            env=district.env, now=district.now, origin="api:7",
        )  # fmt: skip
        session.flush()
        return event.id


def test_every_push_has_a_key_of_its_own(district: District) -> None:
    district.close_case()
    keys = [said.row.dedupe_key for said in district.pushes()]
    assert len(keys) == len(set(keys))


def changes_nothing_again(district: District, incoming: Incoming) -> None:
    """Handled once, and then once more, as after a crash before the row was marked as done."""
    row = district.receive(incoming)
    district.handle(row, incoming)
    before = snapshot(district)
    with pytest.raises(IntegrityError):
        district.handle(row, incoming)
    assert snapshot(district) == before


def snapshot(district: District) -> tuple[object, ...]:
    return (
        [(case.number, case.version, case.status) for case in district.cases()],
        [event.number for case in district.cases() for event in district.events(case)],
        [said.row.dedupe_key for said in district.pushes()],
        len(district.messages()),
        len(district.media()),
    )
