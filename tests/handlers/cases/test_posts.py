"""Several posts of one person: the rights of each, never mixed, and never two persons (issue 14, C22)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import permissions, readers
from handlers.cases.actors import Actor
from handlers.cases.calls.spot_checks import may_call
from handlers.cases.lists import personal
from handlers.cases.queries import Asker
from handlers.environment.people import shifts, staffing
from handlers.environment.session_cache import clear_cache
from models.cases import ASSIST, Assignment, Case
from models.database import Base
from models.organisation import OUTSIDERS, FurtherPost, Person, Role, Unit
from models.staffing import Absence
from models.workflow import ACTS, Act, CaseRelation
from tests.district import MONDAY, RUBBLE, District, load_person

_UNITS = ("HM", "HM-HM", "HM-HM-JF", "HM-CG", "HM-ZJ")
_STAFF = tuple(role for role in Role if role not in OUTSIDERS)
_POSTS = st.lists(
    st.tuples(st.sampled_from(_STAFF), st.sampled_from(_UNITS)), min_size=2, max_size=3, unique=True
)
_ACTS = tuple({(act.relations, act.impartial, act.own_word): act for act in ACTS.values()}.values())
"""One act of each kind of right: acts whose rows ask the same get the same answer."""
_Row = TypeVar("_Row", bound=Base)
_Held = Sequence[tuple[Role, str]]


class _Hall:
    """A case of 城管局 in 解放社区, where 住建局 helps, and somebody in every single post there is."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.units = {unit.code: unit for unit in session.scalars(select(Unit))}
        asked_by = load_person(session, "duty1").id
        self.case = self._add(
            Case(
                number="WG260330-0001", tail="0001", status="callback", class_id="other", nature="", text="",
                area_id=self.units["HM-HM-JF"].id, unit_id=self.units["HM-CG"].id, opened_at=MONDAY,
                requested="void", requested_by=asked_by,
            )
        )  # fmt: skip
        help_of = {"case_id": self.case.id, "unit_id": self.units["HM-ZJ"].id, "role": ASSIST}
        self._add(Assignment(**help_of, dispatched_at=MONDAY))
        self.single = {
            (role, unit): self._add(self._build(f"{role}@{unit}", role, unit))
            for role in _STAFF
            for unit in _UNITS
        }
        self.many = self._add(self._build("many", Role.HANDLER, "HM"))

    def _build(self, code: str, role: Role, unit: str) -> Person:
        return Person(code=code, name=code, role=role, unit_id=self.units[unit].id)

    def _add(self, row: _Row) -> _Row:
        self.session.add(row)
        self.session.flush()
        return row

    def give(self, posts: _Held) -> Actor:
        """The one person, with all these posts and no others."""
        (role, unit), *further = posts
        self.many.role, self.many.unit_id = role, self.units[unit].id
        self.many.further_posts.clear()
        self.session.flush()
        self.many.further_posts += [
            FurtherPost(role=other, unit_id=self.units[at].id) for other, at in further
        ]
        self.session.flush()
        clear_cache(self.session)
        return Actor(self.many)

    def holders(self, posts: _Held) -> list[Actor]:
        """Persons who hold each of these posts alone."""
        return [Actor(self.single[post]) for post in posts]


def _is_related(session: Session, act: Act, actor: Actor, case: Case) -> bool:
    return any(permissions.has_relation(session, who, actor, case) for who in act.relations)


def test_who_has_several_posts_may_do_exactly_what_the_holders_of_each_may(sqlite_district: District) -> None:
    with sqlite_district.database.read() as session:
        hall = _Hall(session)

        @settings(max_examples=40, deadline=None)
        @given(posts=_POSTS)
        def check(posts: _Held) -> None:
            one, each = hall.give(posts), hall.holders(posts)
            # One person is not two: any post of theirs in a unit that handles the case makes them a party.
            is_party = any(permissions.is_party(session, other, hall.case) for other in each)
            assert permissions.is_party(session, one, hall.case) == is_party
            for act in _ACTS:
                may = permissions.may_perform(session, act, one, hall.case)
                alone = [permissions.may_perform(session, act, other, hall.case) for other in each]
                if act.impartial:
                    related = [_is_related(session, act, other, hall.case) for other in each]
                    barred = any(stands and not alone[n] for n, stands in enumerate(related))
                    assert may <= (any(alone) and not barred), (act.key, posts)
                    assert may >= all(alone), (act.key, posts)
                else:
                    assert may == any(alone), (act.key, posts)
            readings = [readers.find_reading(session, other, hall.case, ()) for other in each]
            reads = readers.find_reading(session, one, hall.case, ())
            assert (reads is None) == all(reading is None for reading in readings)

        check()


def test_a_leader_here_and_a_handler_there_is_no_leader_there(sqlite_district: District) -> None:
    sqlite_district.hire("wei", Role.LEADER, "HM-SC", (Role.HANDLER, "HM-CG"))
    with sqlite_district.database.read() as session:
        hall = _Hall(session)
        wei = Actor(load_person(session, "wei"))
        assert permissions.has_relation(session, CaseRelation.HANDLER, wei, hall.case)
        assert not permissions.has_relation(session, CaseRelation.LEADER, wei, hall.case)


@pytest.mark.parametrize("first", ["desk", "office"])
def test_a_post_in_the_lead_unit_bars_from_judging_its_work(sqlite_district: District, first: str) -> None:
    posts = [(Role.DUTY, "HM-HM"), (Role.HANDLER, "HM-CG")]
    with sqlite_district.database.read() as session:
        hall = _Hall(session)
        alone = Actor(hall.single[posts[0]])
        both = hall.give(posts if first == "desk" else posts[::-1])
        judging = [act for act in ACTS.values() if act.impartial and act.key in ("verify", "reopen")]
        assert [permissions.may_perform(session, act, alone, hall.case) for act in judging] == [True, True]
        assert [permissions.may_perform(session, act, both, hall.case) for act in judging] == [False, False]
        assert may_call(session, sqlite_district.env, alone, hall.case)
        assert not may_call(session, sqlite_district.env, both, hall.case)


def test_nobody_grants_with_one_post_what_they_asked_for_with_another(sqlite_district: District) -> None:
    with sqlite_district.database.read() as session:
        hall = _Hall(session)
        both = hall.give([(Role.HANDLER, "HM-CG"), (Role.LEADER, "HM")])
        assert permissions.may_perform(session, ACTS["approve"], both, hall.case)
        hall.case.requested_by = both.id
        assert not permissions.may_perform(session, ACTS["approve"], both, hall.case)
        assert not permissions.may_perform(session, ACTS["decline"], both, hall.case)


def test_a_list_has_what_waits_in_either_post(sqlite_district: District) -> None:
    sqlite_district.hire("wei", Role.HANDLER, "HM-ZJ", (Role.HANDLER, "HM-CG"))
    sqlite_district.say("wrINTAKE", "zhangsf", RUBBLE)
    sqlite_district.say("wrDUTY", "duty1", f"/交办 {sqlite_district.case().number} 城管局")
    with sqlite_district.database.read() as session:
        asker = Asker(load_person(session, "wei"), in_private=True)
        waiting = personal.list_waiting(session, asker, page=1, size=10)
    assert [case.number for case in waiting.cases] == [sqlite_district.case().number]


def test_a_further_post_puts_its_holder_on_the_roster_of_its_desk(sqlite_district: District) -> None:
    sqlite_district.hire("wei", Role.HANDLER, "HM-CG", (Role.DUTY, "HM"))
    with sqlite_district.database.read() as session:
        district = session.scalars(select(Unit).where(Unit.code == "HM")).one()
        called = shifts.list_called(session, district, MONDAY.date(), at_desk=True)
    assert "wei" in called


def test_who_stands_in_takes_only_the_posts_they_are_above(sqlite_district: District) -> None:
    sqlite_district.hire("wei", Role.HANDLER, "HM-CG", (Role.HANDLER, "HM-ZJ"))
    with sqlite_district.database.write() as session:
        away, substitute = load_person(session, "wei"), load_person(session, "cg1")
        session.add(
            Absence(
                person_id=away.id, substitute_id=substitute.id, first=MONDAY.date(),
                last=MONDAY.date() + timedelta(days=1), made_by=away.id, made_at=MONDAY,
            )
        )  # fmt: skip
    with sqlite_district.database.read() as session:
        person = staffing.enter_capacities(session, load_person(session, "cg1"), MONDAY.date())
        units = {session.get_one(Unit, one.unit_id or 0).code for one in person.stands_in_for}
    assert units == {"HM-CG"}
