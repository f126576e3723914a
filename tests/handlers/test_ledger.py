"""The law of the ledger: whatever people do in whatever order, events add up to the row."""

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from handlers import acts
from handlers.actors import PROGRAM, Actor
from handlers.effects import Given
from handlers.office import Office
from handlers.refusals import Refused
from models.cases import Assignment, Case
from models.database import Database
from models.limits import Limit
from models.organisation import Unit
from models.workflow import ACTS, OPEN, Status
from tests.handlers.district import GAS, LAMP, RUBBLE, District, own

PEOPLE = ("duty1", "duty2", "leader1", "cg1", "cg2", "zj1", "wgxw", "wgxl", "zhangsf", "chendy")
UNITS = ("HM-CG", "HM-ZJ", "HM-GA-JJ", "HM-HM")
HANDLING_GROUPS = ("wrCG", "wrZJ", "wrGA", "wrSW", "wrSCJG")

givens = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["", "已清运", "张师傅说电话是13812345678"]),
        "unit": st.sampled_from([None, *UNITS]),
        "class_id": st.sampled_from([None, "env.spill", "no.such"]),
        "place": st.sampled_from(["", "长江路 5 号"]),
        "limit": st.sampled_from([None, Limit(4, "h"), Limit(3, "wd")]),
        "passed": st.sampled_from([None, True, True, False]),
        "solved": st.sampled_from([None, True, False]),
    }
)


class Life(RuleBasedStateMachine):
    """Random acts by random people on one case, sensible or not."""

    haimen_file: Path
    office: Office

    @initialize(text=st.sampled_from([RUBBLE, LAMP, GAS]))
    def opened(self, text: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "haimen.db"
        shutil.copy(self.haimen_file, path)
        self.district = District(Database(f"sqlite:///{path}"), self.office)
        self.district.hurry()
        self.district.say("wrINTAKE", "zhangsf", text)
        self.statuses = [self.district.case().status]

    def teardown(self) -> None:
        self.district.database.dispose()
        self.folder.cleanup()

    @rule(key=st.sampled_from(sorted(ACTS)), user=st.sampled_from([None, *PEOPLE]), given=givens)
    def somebody_acts(self, key: str, user: str | None, given: dict[str, Any]) -> None:
        self.perform(key, user, given)

    @rule(choice=st.integers(0, 1000), given=givens)
    def somebody_who_may_acts(self, choice: int, given: dict[str, Any]) -> None:
        """So that walks get far: one of the acts that somebody could do now."""
        with self.district.database.read() as session:
            case = session.scalars(select(Case)).one()
            open_to = [
                (act.key, user)
                for user in PEOPLE
                for act in acts.acts_of(session, Actor(own(session, user)), case)
            ]
        if open_to:
            given |= {"text": "已清运", "passed": bool(choice % 3), "solved": bool(choice % 2)}
            given |= {"unit": given["unit"] or "HM-CG", "class_id": "env.spill"}
            self.perform(*open_to[choice % len(open_to)], given)

    def perform(self, key: str, user: str | None, given: dict[str, Any]) -> None:
        district = self.district
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

    @invariant()
    def events_add_up_to_the_row(self) -> None:
        assert self.district.drift() == {}

    @invariant()
    def events_are_numbered_without_a_gap(self) -> None:
        numbers = [event.number for event in self.district.events()]
        assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def the_status_only_moves_along_the_act_table(self) -> None:
        for event in self.district.events()[1:]:
            act = ACTS[event.act]
            assert event.status_from in act.before
            assert event.status_to in (act.after or (event.status_from,))

    @invariant()
    def a_dispatched_case_has_a_unit_with_one_live_share(self) -> None:
        case = self.district.case()
        live = [share for share in self.district.assignments() if share.ended_at is None]
        if case.status == Status.DISPATCHED:
            assert case.unit_id is not None
            assert [share.unit_id for share in live] == [case.unit_id]
        if case.status not in OPEN:
            assert live == [] or case.status == Status.REJECTED

    @invariant()
    def a_closed_case_was_answered_or_rated(self) -> None:
        case = self.district.case()
        assert (case.status == Status.CLOSED) == (case.closed_at is not None)
        if case.status == Status.CLOSED:
            assert case.replied_at is not None

    @invariant()
    def the_reporter_stays_unknown_in_handling_groups(self) -> None:
        for chat in HANDLING_GROUPS:
            said = self.district.heard(chat)
            assert "张师傅" not in said
            assert "zhangsf" not in said
            assert "13812345678" not in said

    @invariant()
    def whoever_handled_it_did_not_verify_it(self) -> None:
        worker = None
        for event in self.district.events():
            if event.act in ("feedback", "solve_in_grid"):
                worker = event.actor_id
            assert event.act != "verify" or event.actor_id != worker


def test_any_walk_keeps_the_law(haimen_file: Path, office: Office) -> None:
    machine = type("HaimenLife", (Life,), {"haimen_file": haimen_file, "office": office})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
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
    district.say("wrDUTY", "duty1", "/改类 0001 道路遗撒")
    kept = [(event.act, event.fields["due_at"]) for event in district.events() if "due_at" in event.fields]
    assert [act for act, _ in kept] == ["report", "assign", "classify"]
    assert kept[1][1] == (district.events()[1].at + timedelta(hours=4)).isoformat()
