"""Every list against a reading of its rule in plain Python, for every role, in public and in private."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from handlers.cases import possible_acts, queries
from handlers.cases.lists import chat_cases, personal, scope, topics
from handlers.cases.queries import OPERATOR, PUBLIC, Asker, CaseFilter
from handlers.errors import NotFound
from handlers.insight.counts import period_counts
from models.cases import Assignment, Case
from models.organisation import Account, Chat, ChatUse, Person, Role, Unit
from models.site_checks import SiteCheck
from models.topics import Topic, TopicCase, TopicState
from models.workflow import ACTS, OPEN, Status
from tests.conftest import NOON
from tests.district import District, load_person

UNITS = (None, "HM-HM-JF", "HM-HM-JF-1", "HM-HM", "HM-CG", "HM-GA-JJ")
STATES = (Status.NEW, Status.DISPATCHED, Status.SUBMITTED, Status.CALLBACK, Status.CLOSED)
PEOPLE = {
    "duty": "HM", "leader": "HM", "coordinator": "HM-HM", "admin": "HM", "observer": "HM-HM", "handler": "HM-GA",
    "grid": "HM-HM-JF", "informant": "HM-HM", "resident": "HM-HM-JF-1",
}  # fmt: skip
"""A person of each role, called like it."""
ALL = 1000
"""More than there are."""
MIDNIGHT = NOON - timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class World:
    """What is in the database, by id."""

    paths: dict[int | None, str]
    cases: Sequence[Case]
    helped: set[tuple[int, int]]
    """Case, and unit called to help."""
    surveyed: set[tuple[int, int]]
    """Case, and person asked to look."""
    left: set[tuple[int, int]]
    """Case, and unit whose help is over."""

    def beneath(self, person: Person, unit_id: int | None) -> bool:
        own, other = self.paths.get(person.unit_id), self.paths.get(unit_id)
        return own is not None and other is not None and other.startswith(own)

    def oversees(self, person: Person, case: Case) -> bool:
        if case.area_id is None and case.unit_id is None:
            return person.unit_id is not None and self.paths[person.unit_id] == "/HM/"
        return self.beneath(person, case.area_id) or self.beneath(person, case.unit_id)

    def helps(self, person: Person, case: Case) -> bool:
        return any(number == case.id and self.beneath(person, unit) for number, unit in self.helped)

    def concerns(self, person: Person, case: Case) -> bool:
        if person.role in ("informant", "resident"):
            return case.reporter_id == person.id
        if person.role == "handler":
            return self.beneath(person, case.unit_id)
        return self.oversees(person, case)

    def is_above(self, person: Person, unit_id: int | None) -> bool:
        """The person is of this unit or of one beneath it."""
        own, other = self.paths.get(person.unit_id), self.paths.get(unit_id)
        return own is not None and other is not None and own.startswith(other)

    def reads(self, asker: Asker, case: Case) -> bool:
        """Who may read it, while nobody has left it."""
        person = asker.person
        assert person is not None
        if case.restricted:
            return person.code in asker.restricted_to or case.reporter_id == person.id
        if case.reporter_id == person.id or (case.id, person.id) in self.surveyed:
            return True
        if person.role in ("informant", "resident"):
            return False
        if person.role != "handler" and self.oversees(person, case):
            return True
        if person.role == "observer":
            return False
        lead = self.is_above(person, case.unit_id) or self.beneath(person, case.unit_id)
        helping = any(
            number == case.id and self.is_above(person, unit) for number, unit in self.helped | self.left
        )
        grid = person.role == "grid" and self.is_above(person, case.area_id)
        return lead or helping or grid

    def waits(self, person: Person, case: Case) -> bool:
        asked = (case.id, person.id) in self.surveyed
        match person.role:
            case "duty" | "coordinator" | "admin":
                stands = case.status in ("NEW", "ACCEPTED", "SUBMITTED", "CALLBACK") or bool(case.requested)
                return self.oversees(person, case) and stands
            case "leader":
                stands_in = case.restricted and case.status in ("NEW", "ACCEPTED", "SUBMITTED", "CALLBACK")
                return self.oversees(person, case) and (stands_in or bool(case.requested))
            case "informant" | "resident":
                return asked or (case.reporter_id == person.id and case.status == "CALLBACK")
            case _:
                works = case.status in ("DISPATCHED", "IN_PROGRESS") and self.beneath(person, case.unit_id)
                return works or self.helps(person, case) or asked

    def is_own(self, person: Person, case: Case) -> bool:
        of_unit = self.beneath(person, case.unit_id) and case.status in OPEN
        staff = person.role not in ("informant", "resident")
        return case.reporter_id == person.id or (staff and of_unit)

    def is_near(self, person: Person, case: Case) -> bool:
        near = case.status in OPEN and self.beneath(person, case.area_id)
        if person.role in ("resident", "informant"):
            return near and case.reporter_id == person.id
        return near and (person.role != "handler" or self.beneath(person, case.unit_id))


def is_shown(asker: Asker, case: Case) -> bool:
    assert asker.person is not None
    named = asker.person.code in asker.restricted_to or case.reporter_id == asker.person.id
    return not case.restricted or (asker.in_private and named)


def is_called(there: World, asker: Asker, case: Case) -> bool:
    """The asker is of a unit that was called to an urgent restricted case."""
    assert asker.person is not None
    if not (case.restricted and case.urgent) or asker.person.role in ("informant", "resident", "observer"):
        return False
    units = {case.unit_id, *(unit for number, unit in there.helped if number == case.id)}
    return any(there.beneath(Person(unit_id=unit), asker.person.unit_id) for unit in units)


@pytest.fixture
def world(district: District) -> tuple[District, World]:
    with district.database.write() as session:
        units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
        people = [Person(code=role, name=role, role=role, unit_id=units[PEOPLE[role]]) for role in Role]
        session.add_all(people)
        session.flush()
        session.add_all(Account(person_id=p.id, provider="wecom", user_id=p.code) for p in people)
        chats = list(session.scalars(select(Chat).order_by(Chat.id)))
        rows = enumerate(product(UNITS, UNITS, STATES), 1)
        cases = [_case(n, area, unit, state, units, people, chats) for n, (area, unit, state) in rows]
        cases = [case for case in cases if case.unit_id is not None or case.status != Status.DISPATCHED]
        session.add_all(cases)
        session.flush()
        helped = {(case.id, units["HM-GA-JJ" if case.id % 2 else "HM-CG"]) for case in cases[::7]}
        over = {(case.id, units["HM-GA"]) for case in cases[3::7]}
        session.add_all(
            Assignment(case_id=case, unit_id=unit, role="assist", dispatched_at=NOON, ended_at=ended)
            for shares, ended in ((helped, None), (over, NOON))
            for case, unit in sorted(shares)
        )
        surveyed = {(case.id, people[case.id % len(people)].id) for case in cases[::3]}
        session.add_all(
            SiteCheck(case_id=case, person_id=person, text="", asked_at=NOON, due_at=NOON)
            for case, person in sorted(surveyed)
        )
    with district.database.read() as session:
        paths: dict[int | None, str] = {unit.id: unit.path for unit in session.scalars(select(Unit))}
        stored = session.scalars(select(Case).order_by(Case.id)).all()
        return district, World(paths, stored, helped, surveyed, over)


def _case(
    number: int,
    area: str | None,
    unit: str | None,
    state: Status,
    units: dict[str, int],
    people: list[Person],
    chats: list[Chat],
) -> Case:
    """One of many, its other values spread by its number."""
    opened = NOON - timedelta(hours=number % 40)
    return Case(
        number=f"WG{opened:%y%m%d}-{number:04d}",
        tail=f"{number:04d}",
        status=state,
        class_id="env.rubbish",
        nature="投诉",
        text="垃圾",
        area_id=units[area] if area else None,
        unit_id=units[unit] if unit else None,
        chat_id=chats[number % len(chats)].id,
        reporter_id=people[number % len(people)].id if number % 4 else None,
        handler_id=people[number % 5].id if number % 6 == 0 else None,
        requested="extend" if number % 9 == 0 else None,
        urgent=number % 8 == 0,
        restricted=number % 5 == 0,
        opened_at=opened,
        due_at=NOON + timedelta(hours=number % 30 - 15) if number % 7 else None,
        closed_at=NOON - timedelta(hours=number % 20) if state is Status.CLOSED else None,
    )


def askers(session: Session) -> list[Asker]:
    """Somebody of each role, in a group and in private; the leader and the handler are among the named few."""
    few = frozenset({"leader", "handler"})
    people = [load_person(session, role) for role in Role]
    return [
        Asker(person, in_private=private, restricted_to=few) for person in people for private in (False, True)
    ]


def by_due(case: Case) -> tuple[bool, object, int]:
    return case.due_at is None, case.due_at or NOON, case.id


def newest(case: Case) -> int:
    return -case.id


Rule = Callable[[World, Person, Case], bool]
Query = Callable[[Session, Asker, int, int], queries.CasePage]
RUNS = (Status.NEW, Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS)
LISTS: dict[str, tuple[Query, Rule, Callable[[Case], object]]] = {
    "waiting": (
        lambda session, asker, page, size: personal.list_waiting(session, asker, page=page, size=size),
        lambda world, person, case: case.status in OPEN and world.waits(person, case),
        by_due,
    ),
    "overdue": (
        lambda session, asker, page, size: personal.list_overdue(
            session, asker, now=NOON, page=page, size=size
        ),
        lambda world, person, case: (
            case.status in RUNS
            and case.due_at is not None
            and case.due_at < NOON
            and world.concerns(person, case)
        ),
        by_due,
    ),
    "area": (
        lambda session, asker, page, size: personal.list_area(session, asker, page=page, size=size),
        lambda world, person, case: world.is_near(person, case),
        newest,
    ),
    "own": (
        lambda session, asker, page, size: personal.list_own(session, asker, page=page, size=size),
        lambda world, person, case: world.is_own(person, case),
        newest,
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_what_its_rule_says_for_every_role(world: tuple[District, World], name: str) -> None:
    (district, there), (query, rule, order) = world, LISTS[name]
    lengths = set()
    with district.database.read() as session:
        for asker in askers(session):
            assert asker.person is not None
            fitting = [c for c in there.cases if rule(there, asker.person, c) and is_shown(asker, c)]
            expected = [case.id for case in sorted(fitting, key=order)]  # type: ignore[arg-type]
            found = query(session, asker, 1, ALL)
            assert [case.id for case in found.cases] == expected, (name, asker)
            # Whoever has more than a hundred reads 100+.
            assert (found.total, found.page) == (min(len(expected), 100), 1)
            assert found.is_longer == (len(expected) > 100)
            size = len(expected) // 3 + 1
            pages = [query(session, asker, page, size) for page in range(1, -(-len(expected) // size) + 1)]
            assert [case.id for page in pages for case in page.cases] == expected
            lengths.add(len(expected))
    assert len(lengths) > 3, "the roles must differ"


def test_todays_figures_are_those_of_what_concerns_the_asker(world: tuple[District, World]) -> None:
    district, there = world
    with district.database.read() as session:
        for asker in askers(session):
            assert asker.person is not None
            mine = [c for c in there.cases if there.concerns(asker.person, c) and is_shown(asker, c)]
            found = period_counts.count_period(
                session, asker, district.env.zone, since=MIDNIGHT, until=NOON, now=NOON
            )
            late = [c for c in mine if c.status in RUNS and c.due_at is not None and c.due_at < NOON]
            assert found == period_counts.PeriodFigures(
                opened=sum(MIDNIGHT <= case.opened_at < NOON for case in mine),
                closed=sum(case.closed_at is not None and MIDNIGHT <= case.closed_at < NOON for case in mine),
                open=sum(case.status in OPEN for case in mine),
                overdue=len(late),
                unassigned=sum(case.status in (Status.NEW, Status.ACCEPTED) for case in mine),
            ), asker


def test_a_walk_along_an_index_finds_what_another_index_finds(world: tuple[District, World]) -> None:
    """Whether few cases lie there or many, which decides how they are looked for."""
    district, there = world
    with district.database.read() as session:
        for asker in askers(session):
            assert asker.person is not None
            theirs = or_(false(), *scope.list_open_sides(session, asker))
            mine = [c.id for c in there.cases if c.status in OPEN and there.concerns(asker.person, c)]
            for few in (0, ALL):
                conditions = scope.narrow(session, [theirs], [Case.status != Status.NEW], few=few)
                found = session.scalars(select(Case.id).where(*conditions)).all()
                states = {case.id: case.status for case in there.cases}
                assert sorted(found) == [one for one in mine if states[one] != Status.NEW], (asker, few)


def test_a_chat_has_to_do_with_its_own_cases(world: tuple[District, World]) -> None:
    district, there = world
    with district.database.read() as session:
        chats = list(session.scalars(select(Chat)))
        direct = Chat(code="d", name="", use=ChatUse.DIRECT, channel="grid", chat_id="d")
        for asker in askers(session):
            for chat in [direct] if asker.in_private else chats:
                shown = [
                    c
                    for c in reversed(there.cases)
                    if is_shown(asker, c) or (chat.use == ChatUse.HANDLING and is_called(there, asker, c))
                ]
                if asker.is_outsider:
                    shown = [c for c in shown if there.reads(asker, c)]
                newest_60 = [c for c in shown if _is_of_chat(there, asker, chat, c)][:60]
                expected = [c.id for c in newest_60 if there.reads(asker, c) or is_called(there, asker, c)]
                found = chat_cases.list_of_chat(session, asker, chat)
                assert [case.id for case in found] == expected, (chat.code, asker)


def _is_of_chat(there: World, asker: Asker, chat: Chat, case: Case) -> bool:
    person = asker.person
    assert person is not None
    match chat.use:
        case "handling":
            unit = Person(unit_id=chat.unit_id)
            return there.beneath(unit, case.unit_id) or there.helps(unit, case)
        case "duty":
            return case.status in OPEN
        case "direct":
            if asker.oversees_area and case.status in OPEN and there.concerns(person, case):
                return True
            return person.id in (case.reporter_id, case.handler_id) or (case.id, person.id) in there.surveyed
        case _:
            return case.chat_id == chat.id


def test_what_fits_an_act_is_what_the_asker_could_do_it_to(world: tuple[District, World]) -> None:
    district, _ = world
    counted = 0
    with district.database.read() as session:
        duty = session.scalars(select(Chat).where(Chat.use == ChatUse.DUTY)).one()
        for asker in askers(session)[::2]:
            for act in (ACTS["accept"], ACTS["sign"], ACTS["verify"], ACTS["supervise"]):
                every = chat_cases.list_of_chat(session, asker, duty)
                fitting = chat_cases.list_fitting(session, asker, duty, act)
                assert fitting == [
                    case for case in every if possible_acts.can_perform(session, act, asker.actor, case)
                ]
                counted += len(fitting)
    assert counted > 10


def test_a_number_finds_what_the_asker_may_read_and_nothing_else(
    world: tuple[District, World],
) -> None:
    district, there = world
    with district.database.read() as session:
        for asker in [*askers(session), PUBLIC, OPERATOR]:
            for case in there.cases[:40]:
                known = asker.is_operator or not case.restricted
                if asker.person is not None:
                    known = there.reads(asker, case) or is_called(there, asker, case)
                for typed in (case.number, case.tail):
                    found = [one.number for one in queries.find_numbered(session, asker, typed)]
                    assert found == ([case.number] if known else []), (asker, typed)


def test_the_public_is_shown_no_restricted_case_and_the_operator_every_one(
    world: tuple[District, World],
) -> None:
    district, there = world
    with district.database.read() as session:
        for case in there.cases[:20]:
            assert queries.find_case(session, OPERATOR, case.number.lower()).id == case.id
            if case.restricted:
                with pytest.raises(NotFound):
                    queries.find_case(session, PUBLIC, case.number)
            else:
                assert queries.find_case(session, PUBLIC, case.number).id == case.id
        public, following = queries.list_filtered(session, PUBLIC, CaseFilter(), limit=ALL)
        assert following is None
        assert [c.id for c in public] == [c.id for c in reversed(there.cases) if not c.restricted]
        every, _ = queries.list_filtered(session, OPERATOR, CaseFilter(), limit=ALL)
        assert [c.id for c in every] == [c.id for c in reversed(there.cases)]


def test_urgent_ones_are_filtered_either_way(world: tuple[District, World]) -> None:
    district, there = world
    with district.database.read() as session:
        for urgent in (True, False):
            found, _ = queries.list_filtered(session, OPERATOR, CaseFilter(urgent=urgent), limit=ALL)
            assert [c.id for c in found] == [c.id for c in reversed(there.cases) if c.urgent is urgent]


def test_nobody_in_particular_has_no_cases_of_their_own(world: tuple[District, World]) -> None:
    district, _ = world
    with district.database.read() as session:
        assert queries.find_newest_own(session, PUBLIC) is None
        for query, _, _ in LISTS.values():
            assert query(session, PUBLIC, 1, ALL).total == 0


def test_the_newest_own_case_is_the_one_reported_last(world: tuple[District, World]) -> None:
    district, there = world
    with district.database.read() as session:
        for asker in askers(session):
            assert asker.person is not None
            own = [
                case.id
                for case in there.cases
                if case.reporter_id == asker.person.id and (asker.in_private or not case.restricted)
            ]
            found = queries.find_newest_own(session, asker)
            assert (found.id if found is not None else None) == (own[-1] if own else None)


def test_a_topic_has_its_cases_and_what_was_joined_to_them(world: tuple[District, World]) -> None:
    district, there = world
    first, second, joined = [case.id for case in there.cases if not case.restricted][:3]
    secret = next(case.id for case in there.cases if case.restricted)
    with district.database.write() as session:
        topic = Topic(code="T261121-1", title="", state=TopicState.RAISED, words=[], raised_at=NOON)
        session.add(topic)
        session.flush()
        session.add_all(TopicCase(topic_id=topic.id, case_id=n, at=NOON) for n in (second, first, secret))
        child = session.get_one(Case, joined)
        child.status, child.closed_at, child.parent_id = Status.DUPLICATE, None, second
        session.flush()
        assert [case.id for case in topics.list_of_topics(session, PUBLIC, [topic])[topic.id]] == [
            first,
            second,
            joined,
        ]
