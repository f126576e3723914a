"""The law of the ledger: whatever people do in whatever order, events add up to the row."""

import random
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers import acts
from handlers.actors import PROGRAM, Actor
from handlers.effects import Given
from handlers.refusals import Refused
from models.cases import Assignment, Case
from models.limits import Limit
from models.organisation import Unit
from models.workflow import ACTS, OPEN, Status
from tests.handlers.district import GAS, LAMP, RUBBLE, District, own

PEOPLE = ("duty1", "duty2", "leader1", "cg1", "cg2", "zj1", "wgxw", "wgxl", "zhangsf", "chendy")
UNITS = ("HM-CG", "HM-ZJ", "HM-GA-JJ", "HM-HM")
ENDINGS = ("reject", "approve")
"""Acts that end a walk."""
HANDLING_GROUPS = ("wrCG", "wrZJ", "wrGA", "wrSW", "wrSCJG")


@pytest.mark.parametrize("seed", range(10))
def test_any_walk_keeps_the_law(sqlite_district: District, seed: int) -> None:
    dice = random.Random(seed)
    sqlite_district.say("wrINTAKE", "zhangsf", dice.choice([RUBBLE, LAMP, GAS]))
    for _ in range(30):
        somebody_acts(sqlite_district, dice)
        for check in LAWS:
            check(sqlite_district)


def somebody_acts(district: District, dice: random.Random) -> None:
    """Mostly something that moves the case on, by somebody who may; now and then anything by anybody."""
    key, user = dice.choice(sorted(ACTS)), dice.choice([None, *PEOPLE])
    could = sorted(possible(district))
    on = [pair for pair in could if ACTS[pair[0]].after and pair[0] not in ENDINGS]
    if could and dice.random() < 0.8:
        pairs = on if on and dice.random() < 0.7 else could
        key = dice.choice(sorted({key for key, _ in pairs}))
        user = dice.choice([user for one, user in pairs if one == key])
    perform(district, key, user, given(dice))


def possible(district: District) -> set[tuple[str, str]]:
    with district.database.read() as session:
        case = session.scalars(select(Case)).one()
        return {
            (act.key, user)
            for user in PEOPLE
            for act in acts.acts_of(session, Actor(own(session, user)), case)
        }


def given(dice: random.Random) -> dict[str, Any]:
    return {
        "text": dice.choice(["", "已清运", "张师傅说电话是13812345678", "张师傅说电话是13812345678"]),
        "unit": dice.choice([None, *UNITS]),
        "class_id": dice.choice([None, "env.spill", "env.spill", "no.such"]),
        "place": dice.choice(["", "长江路 5 号"]),
        "limit": dice.choice([None, Limit(4, "h"), Limit(3, "wd")]),
        "passed": dice.choice([None, True, True, True, False]),
        "solved": dice.choice([None, True, True, False]),
    }


def perform(district: District, key: str, user: str | None, given: dict[str, Any]) -> None:
    district.later(minutes=7)
    with district.database.write() as session:
        case = session.scalars(select(Case)).one()
        unit = session.scalar(select(Unit).where(Unit.code == given["unit"]))
        actor = Actor(own(session, user)) if user else PROGRAM
        # A refusal is as good an answer as any; it must leave no trace.
        with suppress(Refused), session.begin_nested():
            acts.perform(
                session, key, case, actor, Given(**{**given, "unit": unit}),
                office=district.office, now=district.now,
            )  # fmt: skip


def events_add_up_to_the_row(district: District) -> None:
    assert district.drift() == {}


def events_are_numbered_without_a_gap(district: District) -> None:
    numbers = [event.number for event in district.events()]
    assert numbers == list(range(1, len(numbers) + 1))


def the_status_only_moves_along_the_act_table(district: District) -> None:
    for event in district.events()[1:]:
        act = ACTS[event.act]
        assert event.status_from in act.before
        stays = (event.status_from,) if act.stays or not act.after else ()
        assert event.status_to in (*act.after, *stays)


def a_dispatched_case_has_a_unit_with_one_live_share(district: District) -> None:
    case = district.case()
    live = [share for share in district.assignments() if share.ended_at is None]
    if case.status == Status.DISPATCHED:
        assert case.unit_id is not None
        assert [share.unit_id for share in live] == [case.unit_id]
    if case.status not in OPEN:
        assert live == [] or case.status == Status.REJECTED


def a_closed_case_was_answered_or_rated(district: District) -> None:
    case = district.case()
    assert (case.status == Status.CLOSED) == (case.closed_at is not None)
    if case.status == Status.CLOSED:
        assert case.replied_at is not None


def the_reporter_stays_unknown_in_handling_groups(district: District) -> None:
    for chat in HANDLING_GROUPS:
        said = district.heard(chat)
        assert "张师傅" not in said
        assert "zhangsf" not in said
        assert "13812345678" not in said


def whoever_handled_it_did_not_verify_it(district: District) -> None:
    worker = None
    for event in district.events():
        if event.act in ("feedback", "solve_in_grid"):
            worker = event.actor_id
        assert event.act != "verify" or event.actor_id != worker


LAWS = (
    events_add_up_to_the_row,
    events_are_numbered_without_a_gap,
    the_status_only_moves_along_the_act_table,
    a_dispatched_case_has_a_unit_with_one_live_share,
    a_closed_case_was_answered_or_rated,
    the_reporter_stays_unknown_in_handling_groups,
    whoever_handled_it_did_not_verify_it,
)


def test_a_row_changed_by_hand_is_found(district: District) -> None:
    case = district.report()
    with district.database.write() as session:
        acts.find(session, case.number).place = "别处"
    assert district.drift() == {case.number: {"place": ("别处", "长江路静海路口工地门口")}}


def test_an_event_that_is_missing_is_found(district: District) -> None:
    case = district.report()
    with district.database.write() as session:
        acts.find(session, case.number).version = 3
    assert district.drift() == {case.number: {"version": (3, 1)}}


def test_one_unit_leads_at_a_time(district: District) -> None:
    case = district.dispatched()
    share = Assignment(case_id=case.id, unit_id=case.unit_id, dispatched_at=district.now)
    with pytest.raises(Exception, match=r"(?i)unique"), district.database.write() as session:
        session.add(share)


def test_a_due_time_keeps_its_history(district: District) -> None:
    district.report()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 4小时")
    district.say("wrDUTY", "duty1", "/改类 0001 路灯不亮")
    kept = [(event.act, event.fields["due_at"]) for event in district.events() if "due_at" in event.fields]
    assert [act for act, _ in kept] == ["report", "assign", "classify"]
    assert kept[1][1] == (district.events()[1].at + timedelta(hours=4)).isoformat()
