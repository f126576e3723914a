"""The laws of design §5, each a check of everything there is after any step of any walk."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import event_log
from handlers.insight.counts.cuts import Cut
from handlers.insight.periods import Period
from models import clocks
from models.approvals import ApprovalRequest, SupervisionOrder
from models.cases import Assignment, Case, Event, Rating
from models.clocks import ClockRow
from models.organisation import Chat, ChatUse, Person, Role
from models.pushes import Push
from models.sign_offs import SignOff
from models.site_checks import SiteCheck
from models.time_limits import TimeLimit
from models.workflow import (
    ACTS,
    OPEN,
    RUNNING,
    ClockEffect,
    Status,
    Step,
    Withdrawal,
    find_clock_effects,
)
from scheduler import daily_checks
from tests.district import District
from tests.handlers.insight.recounts import find_differences

ACTS_MOVING_DUE = frozenset(
    {"classify", "assign", "arbitrate", "undo", "reopen", "report", "transcribe", "mark_urgent"}
)
"""Acts after which a case may be due earlier than before: another limit, or another beginning."""

DISPATCHING = {
    "lead": frozenset({"assign", "pass_on", "arbitrate", "solve_in_grid"}),
    "assist": frozenset({"assist", "whistle", "send_down"}),
}
"""Acts that begin a unit's share of a case, by its role."""


@dataclass
class Walk:
    """A district on its way: what there is after a step, read once, and what was so before it."""

    district: District
    cases: list[Case] = field(default_factory=list)
    events: dict[int, list[Event]] = field(default_factory=dict)
    assignments: list[Assignment] = field(default_factory=list)
    clocks: list[ClockRow] = field(default_factory=list)
    running: list[ClockRow] = field(default_factory=list)
    site_checks: list[SiteCheck] = field(default_factory=list)
    requests: list[ApprovalRequest] = field(default_factory=list)
    orders: list[SupervisionOrder] = field(default_factory=list)
    sign_offs: list[SignOff] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    new_pushes: list[Push] = field(default_factory=list)
    """Queued by the last step."""
    drift: dict[str, object] = field(default_factory=dict)
    orphans: list[str] = field(default_factory=list)
    previous_targets: dict[int, datetime] = field(default_factory=dict)
    """Of each running clock, when it ran out before the step."""
    running_ids: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    """Ids of the clocks that ran after an event of a case, by its number, as far as a step ended with it."""
    reporter_names: dict[int, str] = field(default_factory=dict)
    """Of those who report for themselves: a grid officer's name stands for their office."""
    handling_chats: frozenset[int] = frozenset()
    """Groups of units that handle cases."""
    seen_texts: set[tuple[int, str]] = field(default_factory=set)
    seen_keys: set[str] = field(default_factory=set)
    differences: Mapping[str, object] = field(default_factory=dict)
    """Figures that are not those of a recount of the cases."""
    last_push_id: int = 0
    """The last push that was looked at."""
    recount_every: int = 1
    """After how many steps the figures are counted anew, which takes four times as long as every other law."""
    steps: int = 0

    def reload(self) -> None:
        self.previous_targets = {clock.id: clock.target_at for clock in self.running}
        with self.district.database.read() as session:
            self._read(session)

    def _read(self, session: Session) -> None:
        self.cases = list(session.scalars(select(Case).order_by(Case.id)))
        self.events = defaultdict(list)
        for event in session.scalars(select(Event).order_by(Event.case_id, Event.number)):
            self.events[event.case_id].append(event)
        self.assignments = list(session.scalars(select(Assignment).order_by(Assignment.id)))
        self.clocks = list(session.scalars(select(ClockRow).order_by(ClockRow.id)))
        self.running = [clock for clock in self.clocks if clock.stopped_at is None]
        self.site_checks = list(session.scalars(select(SiteCheck).order_by(SiteCheck.id)))
        self.requests = list(session.scalars(select(ApprovalRequest).order_by(ApprovalRequest.id)))
        self.orders = list(session.scalars(select(SupervisionOrder).order_by(SupervisionOrder.id)))
        self.sign_offs = list(session.scalars(select(SignOff).order_by(SignOff.id)))
        self.ratings = list(session.scalars(select(Rating).order_by(Rating.id)))
        self.new_pushes = list(
            session.scalars(select(Push).where(Push.id > self.last_push_id).order_by(Push.id))
        )
        self.last_push_id = max((push.id for push in self.new_pushes), default=self.last_push_id)
        found = {case.number: event_log.find_drift(session, case) for case in self.cases}
        self.drift = {number: wrong for number, wrong in found.items() if wrong}
        self.orphans = [case.number for case in daily_checks.find_orphans(session)]
        self.steps += 1
        if self.steps % self.recount_every == 0:
            self.differences = self._recount(session)
        if not self.reporter_names:
            citizens = select(Person).where(Person.role.in_((Role.INFORMANT, Role.RESIDENT)))
            self.reporter_names = {person.id: person.name for person in session.scalars(citizens)}
            self.handling_chats = frozenset(
                session.scalars(select(Chat.id).where(Chat.use == ChatUse.HANDLING))
            )

    def _recount(self, session: Session) -> Mapping[str, object]:
        newest = self.district.env.local(self.district.now).date()
        period = Period(newest - timedelta(days=366), newest)
        return find_differences(session, self.district, period, ("HM", "HM-CG"), (Cut.STATUS, Cut.DUE))

    def event(self, case_id: int, number: int | None) -> Event:
        """The event that a row names."""
        assert number is not None
        return self.events[case_id][number - 1]

    def running_clocks(self, case: Case) -> list[ClockRow]:
        return [clock for clock in self.running if clock.case_id == case.id]


def events_add_up_to_the_row(walk: Walk) -> None:
    assert walk.drift == {}


def events_are_numbered_without_a_gap(walk: Walk) -> None:
    for case in walk.cases:
        numbers = [event.number for event in walk.events[case.id]]
        assert numbers == list(range(1, len(numbers) + 1))


def the_status_only_moves_along_the_act_table(walk: Walk) -> None:
    for case in walk.cases:
        for before, event in zip(walk.events[case.id], walk.events[case.id][1:], strict=False):
            act = ACTS[event.act]
            assert event.status_from == before.status_to
            assert event.status_from in act.from_states
            stays = (event.status_from,) if act.may_stay or not act.to_states else ()
            assert event.status_to in (*act.to_states, *stays)


def a_case_with_a_unit_has_one_live_leading_share(walk: Walk) -> None:
    for case in walk.cases:
        live = [a for a in walk.assignments if a.ended_at is None and a.case_id == case.id]
        leading = [share.unit_id for share in live if share.role == "lead"]
        if case.status in (Status.DISPATCHED, Status.IN_PROGRESS, Status.SUSPENDED, Status.SUBMITTED):
            assert case.unit_id is not None
            assert leading == [case.unit_id]
        if case.status in (Status.NEW, Status.ACCEPTED):
            assert leading == []
        if case.status not in OPEN:
            assert live == [] or case.status == Status.REJECTED


def no_open_case_is_an_orphan(walk: Walk) -> None:
    assert walk.orphans == []


def a_closed_case_was_answered_or_rated(walk: Walk) -> None:
    for case in walk.cases:
        assert (case.status == Status.CLOSED) == (case.closed_at is not None)
        if case.status == Status.CLOSED:
            assert (case.replied_at is None) == (case.unreached_at is not None)
        if case.status in RUNNING:
            assert (case.replied_at, case.unreached_at) == (None, None)


def only_the_reporter_is_ever_satisfied(walk: Walk) -> None:
    """What time closed is nobody's praise: there is a rating for each time the reporter rated."""
    rated = [event for events in walk.events.values() for event in events if event.act == "rate"]
    assert len(walk.ratings) == len(rated)
    reporters = {case.id: case.reporter_id for case in walk.cases}
    assert all(event.actor_id == reporters[event.case_id] for event in rated)


def the_reporter_stays_unknown_in_handling_groups(walk: Walk) -> None:
    by_id = {case.id: case for case in walk.cases}
    for push in walk.new_pushes:
        if push.chat_id not in walk.handling_chats or push.case_id is None:
            continue
        said, name = str(push.body), walk.reporter_names.get(by_id[push.case_id].reporter_id or 0)
        assert "13812345678" not in said
        assert name is None or name not in said, (push.kind, said)


def whoever_handled_it_did_not_verify_it(walk: Walk) -> None:
    for events in walk.events.values():
        worker = None
        for event in events:
            if event.act in ("feedback", "solve_in_grid"):
                worker = event.actor_id
            assert event.act != "verify" or event.actor_id != worker


def nobody_grants_their_own_request(walk: Walk) -> None:
    for request in walk.requests:
        assert request.decided_by is None or request.decided_by != request.asked_by
        assert not request.granted or request.decided_by is not None


def every_extension_was_asked_with_a_reason_and_granted(walk: Walk) -> None:
    for case in walk.cases:
        mine = [r for r in walk.requests if r.case_id == case.id and r.kind == "extend" and r.granted]
        assert len(mine) == case.extensions
        assert all(request.reason and request.limit for request in mine)


def the_clocks_are_those_that_the_state_names(walk: Walk) -> None:
    for case in walk.cases:
        waits_for_signature = case.signoff_asked_at is not None
        named = find_clock_effects(case.status, in_signoff=waits_for_signature)
        mine = walk.running_clocks(case)
        assert {clock.step for clock in mine} <= set(named)
        for clock in mine:
            waits = bool(clock.pauses) and clock.pauses[-1][1] is None
            assert waits == (named[Step(clock.step)] is ClockEffect.PAUSE)
            assert clock.mark_at is None or not waits
        assert len({(clock.step, clock.unit_id) for clock in mine}) == len(mine)
        assert (case.status in OPEN) == any(clock.step == Step.FINISH for clock in mine)


def what_waits_for_a_signature_was_told_to_nobody(walk: Walk) -> None:
    waiting = {row.case_id: row for row in walk.sign_offs if row.decided_at is None}
    for case in walk.cases:
        assert (case.signoff_asked_at is not None) == (case.id in waiting)
        if case.id in waiting:
            assert (case.status, case.replied_at, case.urgent) == (Status.SUBMITTED, None, False)
    for row in walk.sign_offs:
        assert row.approved is None or row.decided_by in (row.signer_id, row.deputy_id, row.above_id)


def the_case_is_due_when_its_clock_runs_out(walk: Walk) -> None:
    by_id = {case.id: case for case in walk.cases}
    for clock in walk.running:
        if clock.step == Step.FINISH:
            assert by_id[clock.case_id].due_at == clock.target_at


def pauses_lose_no_time(walk: Walk) -> None:
    """Whatever was paused: at the moment it runs out, exactly its limit has run."""
    calendar = walk.district.env.calendar
    for clock in walk.running:
        if clock.extras:
            continue
        limit, now = TimeLimit.parse(clock.limit), walk.district.now
        gaps = [
            (datetime.fromisoformat(begins), datetime.fromisoformat(ends) if ends else now)
            for begins, ends in clock.pauses
        ]
        known = [(begins, min(ends, clock.target_at)) for begins, ends in gaps]
        ran = clocks.compute_elapsed(calendar, limit, clock.started_at, clock.target_at, known)
        waits = bool(clock.pauses) and clock.pauses[-1][1] is None
        assert ran == limit.duration or waits


def no_clock_runs_out_earlier_than_it_did(walk: Walk) -> None:
    for clock in walk.running:
        if clock.id in walk.previous_targets:
            assert clock.target_at >= walk.previous_targets[clock.id]


def a_case_is_due_earlier_only_by_an_act_that_says_so(walk: Walk) -> None:
    for case in walk.cases:
        before = None
        for event in walk.events[case.id]:
            if (text := event.fields.get("due_at")) is None:
                continue
            due = datetime.fromisoformat(text)
            assert before is None or due >= before or event.act in ACTS_MOVING_DUE, event.act
            before = due


def nothing_is_asked_of_a_case_that_has_gone_on(walk: Walk) -> None:
    for case in walk.cases:
        waiting = [r for r in walk.requests if r.case_id == case.id and r.decided_at is None]
        assert [request.kind for request in waiting] == ([case.requested] if case.requested else [])
        assert not waiting or case.status in OPEN


def an_order_waits_no_longer_than_its_case(walk: Walk) -> None:
    """One order at a time, a clock for each that waits, and none that waits once the case is over."""
    for case in walk.cases:
        waiting = [o for o in walk.orders if o.case_id == case.id and o.replied_at is None]
        ticking = [clock for clock in walk.running_clocks(case) if clock.step == Step.ORDER]
        assert [order.number for order in waiting] == [clock.label for clock in ticking]
        assert not waiting or case.status in OPEN


def rows_name_the_events_that_wrote_them(walk: Walk) -> None:
    event = walk.event
    for share in walk.assignments:
        begun = event(share.case_id, share.event_number)
        assert (begun.at, begun.act in DISPATCHING[share.role]) == (share.dispatched_at, True)
        assert (share.arrived_at is None) == (share.arrived_event_number is None)
        if share.arrived_at is not None:
            arrived = event(share.case_id, share.arrived_event_number)
            assert (arrived.act, arrived.at) == ("check_in", share.arrived_at)
    for clock in walk.clocks:
        assert event(clock.case_id, clock.event_number).at >= clock.started_at
        assert (clock.stopped_at is None) == (clock.stopped_event_number is None)
        if clock.stopped_at is not None:
            assert event(clock.case_id, clock.stopped_event_number).at == clock.stopped_at
    for check in walk.site_checks:
        asked = event(check.case_id, check.event_number)
        assert (asked.act, asked.at) == ("survey", check.asked_at)
    for order in walk.orders:
        issued = event(order.case_id, order.event_number)
        assert (issued.act, issued.at) == ("supervise", order.issued_at)
        assert (order.replied_at is None) == (order.replied_event_number is None)
        if order.replied_at is not None:
            assert event(order.case_id, order.replied_event_number).at == order.replied_at


def an_act_taken_back_leaves_the_clocks_that_ran_before_it(walk: Walk) -> None:
    for case in walk.cases:
        ids = walk.running_ids[case.id, case.version] = {clock.id for clock in walk.running_clocks(case)}
        before = walk.running_ids.get((case.id, case.version - 2))
        if walk.events[case.id][-1].act == "undo" and before is not None:
            assert ids == before


def what_is_merged_hangs_on_no_ring(walk: Walk) -> None:
    parents = {case.id: case.parent_id for case in walk.cases}
    for case in walk.cases:
        assert (case.status == Status.DUPLICATE) == (case.parent_id is not None)
        above, steps = case.parent_id, 0
        while above is not None:
            above, steps = parents[above], steps + 1
            assert steps <= len(parents)


def a_withdrawal_stops_no_danger_and_no_confidence(walk: Walk) -> None:
    for case in walk.cases:
        if case.withdrawal == Withdrawal.STOPS and case.status in OPEN:
            assert (case.urgent, case.risk, case.restricted) == (False, None, False)
            assert not [
                other for other in walk.cases if other.parent_id == case.id and other.withdrawal is None
            ]


def what_is_said_of_the_unit_reaches_no_group_of_units(walk: Walk) -> None:
    numbers = {case.number: case.id for case in walk.cases}
    for push in walk.new_pushes:
        number, _, rest = push.dedupe_key.partition(":")
        if push.chat_id in walk.handling_chats and number in numbers:
            assert not ACTS[walk.event(numbers[number], int(rest.partition(":")[0])).act].about_handling


def no_chat_reads_the_same_fact_twice(walk: Walk) -> None:
    for push in walk.new_pushes:
        assert push.dedupe_key not in walk.seen_keys
        walk.seen_keys.add(push.dedupe_key)
        # Of two times that are each a day late, the words are the same and the fact is not.
        if push.dedupe_key.startswith("clock:") and "已超期" not in push.body["text"]:
            told = (push.chat_id, push.body["text"])
            assert told not in walk.seen_texts
            walk.seen_texts.add(told)


def what_is_kept_of_figures_is_a_recount(walk: Walk) -> None:
    assert walk.differences == {}


LAWS = (
    what_is_kept_of_figures_is_a_recount,
    events_add_up_to_the_row,
    events_are_numbered_without_a_gap,
    the_status_only_moves_along_the_act_table,
    a_case_with_a_unit_has_one_live_leading_share,
    no_open_case_is_an_orphan,
    a_closed_case_was_answered_or_rated,
    only_the_reporter_is_ever_satisfied,
    the_reporter_stays_unknown_in_handling_groups,
    whoever_handled_it_did_not_verify_it,
    nobody_grants_their_own_request,
    every_extension_was_asked_with_a_reason_and_granted,
    the_clocks_are_those_that_the_state_names,
    what_waits_for_a_signature_was_told_to_nobody,
    the_case_is_due_when_its_clock_runs_out,
    pauses_lose_no_time,
    no_clock_runs_out_earlier_than_it_did,
    a_case_is_due_earlier_only_by_an_act_that_says_so,
    nothing_is_asked_of_a_case_that_has_gone_on,
    an_order_waits_no_longer_than_its_case,
    rows_name_the_events_that_wrote_them,
    an_act_taken_back_leaves_the_clocks_that_ran_before_it,
    what_is_merged_hangs_on_no_ring,
    a_withdrawal_stops_no_danger_and_no_confidence,
    what_is_said_of_the_unit_reaches_no_group_of_units,
    no_chat_reads_the_same_fact_twice,
)
