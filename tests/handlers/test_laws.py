"""The law of the ledger: whatever people do in whatever order, and whatever time brings, it holds.

One case, or two, of a district; forty random acts by random people at random moments, the
ladder ticking in between. Every law is looked at after every step.
"""

import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers import acts, ladder, nightly
from handlers.actors import PROGRAM, Actor
from handlers.effects import Given
from handlers.refusals import Refused
from models import clocks
from models.cases import Case
from models.clocks import ClockRow
from models.limits import Limit
from models.organisation import Unit
from models.pushes import Push
from models.requests import Request
from models.workflow import ACTS, CLOCKS, OPEN, Run, Status, Step
from tests.handlers.district import GAS, LAMP, RUBBLE, District, own

PEOPLE = ("duty1", "duty2", "leader1", "cg1", "cg2", "zj1", "wgxw", "wgxl", "zhangsf", "liay", "chendy")
UNITS = ("HM-CG", "HM-ZJ", "HM-GA-JJ", "HM-HM")
ENDINGS = ("reject", "approve", "merge")
"""Acts that end a walk."""
HANDLING_GROUPS = ("wrCG", "wrZJ", "wrGA", "wrSW", "wrSCJG")
MOVES = frozenset({"classify", "assign", "arbitrate", "undo", "reopen", "split", "report"})
"""Acts after which a case may be due earlier than before: another limit, or another beginning."""


@dataclass
class Walk:
    """A district, the dice, and what was so before the last step."""

    district: District
    dice: random.Random
    targets: dict[int, datetime] = field(default_factory=dict)
    """Of each running clock, when it ran out before the step."""


@pytest.mark.parametrize("seed", range(8))
def test_any_walk_keeps_the_law(sqlite_district: District, seed: int) -> None:
    walk = Walk(sqlite_district, random.Random(seed))
    sqlite_district.say("wrINTAKE", "zhangsf", walk.dice.choice([RUBBLE, LAMP, GAS, "解放路15号有违章建筑"]))
    sqlite_district.say("wrRESIDENTS", "chendy", LAMP)
    if seed % 2:
        # From the middle of the work, where most acts are.
        sqlite_district.say("wrDUTY", "duty1", "/交办 0001 城管局 15天")
        sqlite_district.say("wrCG", "cg1", "/签收 0001")
    for _ in range(40):
        step(walk)
        for check in LAWS:
            check(walk)
        if sqlite_district.cases()[0].status in (Status.VOID, Status.REJECTED):
            break


def step(walk: Walk) -> None:
    district, dice = walk.district, walk.dice
    walk.targets = {clock.id: clock.target_at for clock in running(district)}
    district.later(minutes=dice.choice([1, 1, 1, 7, 7, 7, 40, 40, 600, 600, 3000, 15000]))
    if dice.random() < 0.2:
        tick(district)
    else:
        somebody_acts(district, dice)


def tick(district: District) -> None:
    with district.database.write() as session:
        ladder.due(session, district.office, now=district.now)
        nightly.resume_due(session, district.office, now=district.now)
        nightly.look(session, district.office, now=district.now)


def somebody_acts(district: District, dice: random.Random) -> None:
    """Mostly something that moves the case on, by somebody who may; now and then anything by anybody."""
    key, user = dice.choice(sorted(ACTS)), dice.choice([None, *PEOPLE])
    could = sorted(possible(district))
    on = [pair for pair in could if ACTS[pair[0]].after and pair[0] not in ENDINGS]
    if could and dice.random() < 0.85:
        pairs = on if on and dice.random() < 0.35 else could
        # What was done little is done sooner, so that few walks come by every act.
        keys, done = sorted({key for key, _ in pairs}), Counter(district.acts(district.cases()[0]))
        (key,) = dice.choices(keys, [(1 + done[key]) ** -3 for key in keys])
        user = dice.choice([user for one, user in pairs if one == key])
    perform(district, key, user, dice)


def possible(district: District) -> set[tuple[str, str]]:
    with district.database.read() as session:
        case = session.scalars(select(Case).order_by(Case.id)).first()
        assert case is not None
        return {
            (act.key, user)
            for user in PEOPLE
            for act in acts.acts_of(session, Actor(own(session, user)), case)
        }


def given(dice: random.Random, now: datetime) -> dict[str, Any]:
    return {
        "text": dice.choice(
            ["", "已清运", "张师傅说电话是13812345678", "张师傅说电话是13812345678", "还要两天"]
        ),
        "class_id": dice.choice([None, "env.spill", "street.illegal_build", "no.such"]),
        "place": dice.choice(["", "长江路 5 号"]),
        "limit": dice.choice(
            [None, Limit(4, "h"), Limit(4, "h"), Limit(1, "wd"), Limit(2, "d"), Limit(40, "d")]
        ),
        "until": dice.choice([None, now + timedelta(days=2)]),
        "fen": dice.choice([None, 400_000]),
        "passed": dice.choice([None, True, True, True, False]),
        "solved": dice.choice([None, True, True, False]),
    }


def perform(district: District, key: str, user: str | None, dice: random.Random) -> None:
    with district.database.write() as session:
        case, other = session.scalars(select(Case).order_by(Case.id)).all()[:2]
        units = {unit.code: unit for unit in session.scalars(select(Unit).where(Unit.code.in_(UNITS)))}
        called = [units[code] for code in dice.sample(UNITS, dice.choice([0, 1, 1, 2]))]
        more: dict[str, Any] = {
            "unit": called[0] if called else None,
            "units": tuple(called),
            "parent": other,
        }
        actor = Actor(own(session, user)) if user else PROGRAM
        # A refusal is as good an answer as any; it must leave no trace.
        with suppress(Refused), session.begin_nested():
            acts.perform(
                session, key, case, actor, Given(**given(dice, district.now), **more),
                office=district.office, now=district.now,
            )  # fmt: skip


def running(district: District) -> list[ClockRow]:
    with district.database.read() as session:
        return list(session.scalars(select(ClockRow).where(ClockRow.stopped_at.is_(None))))


def events_add_up_to_the_row(walk: Walk) -> None:
    assert walk.district.drift() == {}


def events_are_numbered_without_a_gap(walk: Walk) -> None:
    for case in walk.district.cases():
        numbers = [event.number for event in walk.district.events(case)]
        assert numbers == list(range(1, len(numbers) + 1))


def the_status_only_moves_along_the_act_table(walk: Walk) -> None:
    for case in walk.district.cases():
        for event in walk.district.events(case)[1:]:
            act = ACTS[event.act]
            assert event.status_from in act.before
            stays = (event.status_from,) if act.stays or not act.after else ()
            assert event.status_to in (*act.after, *stays)


def a_case_with_a_unit_has_one_live_leading_share(walk: Walk) -> None:
    for case in walk.district.cases():
        live = [a for a in walk.district.assignments() if a.ended_at is None and a.case_id == case.id]
        leading = [share.unit_id for share in live if share.role == "lead"]
        if case.status in (Status.DISPATCHED, Status.IN_PROGRESS, Status.SUSPENDED, Status.SUBMITTED):
            assert case.unit_id is not None
            assert leading == [case.unit_id]
        if case.status in (Status.NEW, Status.ACCEPTED):
            assert leading == []
        if case.status not in OPEN:
            assert live == [] or case.status == Status.REJECTED


def a_closed_case_was_answered_or_rated(walk: Walk) -> None:
    for case in walk.district.cases():
        assert (case.status == Status.CLOSED) == (case.closed_at is not None)
        if case.status == Status.CLOSED:
            assert case.replied_at is not None


def the_reporter_stays_unknown_in_handling_groups(walk: Walk) -> None:
    for chat in HANDLING_GROUPS:
        said = walk.district.heard(chat)
        assert "张师傅" not in said
        assert "zhangsf" not in said
        assert "13812345678" not in said


def whoever_handled_it_did_not_verify_it(walk: Walk) -> None:
    worker = None
    for event in walk.district.events(walk.district.cases()[0]):
        if event.act in ("feedback", "solve_in_grid"):
            worker = event.actor_id
        assert event.act != "verify" or event.actor_id != worker


def the_clocks_are_those_that_the_state_names(walk: Walk) -> None:
    going = running(walk.district)
    for case in walk.district.cases():
        named = CLOCKS.get(Status(case.status), {})
        mine = [clock for clock in going if clock.case_id == case.id]
        assert {clock.step for clock in mine} <= set(named)
        for clock in mine:
            waits = bool(clock.pauses) and clock.pauses[-1][1] is None
            assert waits == (named[Step(clock.step)] is Run.PAUSE)
            assert clock.mark_at is None or not waits
        assert len({(clock.step, clock.unit_id) for clock in mine}) == len(mine)
        assert (case.status in OPEN) == any(clock.step == Step.FINISH for clock in mine)


def the_case_is_due_when_its_clock_runs_out(walk: Walk) -> None:
    for clock in running(walk.district):
        if clock.step == Step.FINISH:
            (case,) = [case for case in walk.district.cases() if case.id == clock.case_id]
            assert case.due_at == clock.target_at


def pauses_lose_no_time(walk: Walk) -> None:
    """Whatever was paused: at the moment it runs out, exactly its limit has run."""
    calendar = walk.district.office.calendar
    for clock in running(walk.district):
        if clock.extras:
            continue
        limit, now = Limit.parse(clock.limit), walk.district.now
        gaps = [
            (datetime.fromisoformat(begins), datetime.fromisoformat(ends) if ends else now)
            for begins, ends in clock.pauses
        ]
        known = [(begins, min(ends, clock.target_at)) for begins, ends in gaps]
        ran = clocks.elapsed(calendar, limit, clock.started_at, clock.target_at, known)
        waits = bool(clock.pauses) and clock.pauses[-1][1] is None
        assert ran == limit.length or waits


def no_clock_runs_out_earlier_than_it_did(walk: Walk) -> None:
    for clock in running(walk.district):
        if clock.id in walk.targets:
            assert clock.target_at >= walk.targets[clock.id]


def a_case_is_due_earlier_only_by_an_act_that_says_so(walk: Walk) -> None:
    for case in walk.district.cases():
        before = None
        for event in walk.district.events(case):
            if (text := event.fields.get("due_at")) is None:
                continue
            due = datetime.fromisoformat(text)
            assert before is None or due >= before or event.act in MOVES, event.act
            before = due


def nothing_is_asked_of_a_case_that_has_gone_on(walk: Walk) -> None:
    with walk.district.database.read() as session:
        for case in session.scalars(select(Case)):
            waiting = session.scalars(
                select(Request.kind).where(Request.case_id == case.id, Request.decided_at.is_(None))
            ).all()
            assert waiting == ([case.requested] if case.requested else [])
            assert not waiting or case.status in OPEN


def no_chat_reads_the_same_fact_twice(walk: Walk) -> None:
    with walk.district.database.read() as session:
        keys = session.scalars(select(Push.dedupe_key)).all()
        reminders = session.scalars(select(Push).where(Push.dedupe_key.startswith("clock:"))).all()
        # Of two times that are each a day late, the words are the same and the fact is not.
        told = [(row.chat_id, row.body["text"]) for row in reminders if "已超期" not in row.body["text"]]
    assert len(keys) == len(set(keys))
    assert len(told) == len(set(told))


LAWS = (
    events_add_up_to_the_row,
    events_are_numbered_without_a_gap,
    the_status_only_moves_along_the_act_table,
    a_case_with_a_unit_has_one_live_leading_share,
    a_closed_case_was_answered_or_rated,
    the_reporter_stays_unknown_in_handling_groups,
    whoever_handled_it_did_not_verify_it,
    the_clocks_are_those_that_the_state_names,
    the_case_is_due_when_its_clock_runs_out,
    pauses_lose_no_time,
    no_clock_runs_out_earlier_than_it_did,
    a_case_is_due_earlier_only_by_an_act_that_says_so,
    nothing_is_asked_of_a_case_that_has_gone_on,
    no_chat_reads_the_same_fact_twice,
)
