"""Links between cases of the same matter: which one is worked on, and which were joined to it.

Every danger is a case of its own unless it is plainly the same: the same class of danger, told in the same
chat within ten minutes, with no place that contradicts another. Many cries are then one incident.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.environment.people import doors
from handlers.environment.session_cache import get_cache
from handlers.triage.similarity.location import PlaceRelation, compare_places, parse_place
from models.cases import Case
from models.organisation import Person
from models.workflow import Status

WITHIN = timedelta(minutes=10)
RINGS_EVERY = 5
"""The first cry of an incident rings, and each of this number after it; the others are a line to read."""
_APART = frozenset({PlaceRelation.APART, PlaceRelation.OTHER})
_CHILDREN = (
    select(Case)
    .where(Case.parent_id.in_(bindparam("parents", expanding=True)), Case.status == Status.DUPLICATE)
    .order_by(Case.id)
)
_ALIKE = frozenset({PlaceRelation.EQUAL, PlaceRelation.PART, PlaceRelation.NEAR})


def root_case(session: Session, case: Case) -> Case:
    """The case that is worked on for this one; itself where it was joined to none."""
    while case.status == Status.DUPLICATE and case.parent_id is not None:
        case = session.get_one(Case, case.parent_id)
    return case


def find_followers(session: Session, case: Case) -> list[Case]:
    """What was joined to this case, and to those in their turn; the oldest first.

    Without those whose reporters follow no longer (`Withdrawal`). Asked of the database once a transaction,
    until one of them changes (`forget_followers`).
    """
    known = get_cache(session).joined
    if case.id not in known:
        look_up_followers(session, [case])
    return [child for child in known[case.id] if child.withdrawal is None]


def look_up_followers(session: Session, cases: Iterable[Case]) -> None:
    """Ask at once for what was joined to each of these cases: `find_followers` is asked of them next."""
    known = get_cache(session).joined
    if asked := {case.id for case in cases if case.id not in known}:
        known.update(_load_joined(session, asked))


def _load_joined(session: Session, case_ids: Collection[int]) -> dict[int, list[Case]]:
    """What was joined to each of these cases, and to those in their turn, by the case's id."""
    found: dict[int, list[Case]] = {case_id: [] for case_id in case_ids}
    # Which of the cases each parent leads up to: one of them may itself have been joined to another.
    tops = {case_id: {case_id} for case_id in case_ids}
    while tops:
        children = session.scalars(_CHILDREN, {"parents": sorted(tops)}).all()
        below: dict[int, set[int]] = {}
        for child in children:
            # The statement asks for children of these parents only.
            below[child.id] = tops[cast("int", child.parent_id)]
            for top in below[child.id]:
                found[top].append(child)
        tops = below
    return {case_id: sorted(joined, key=lambda child: child.id) for case_id, joined in found.items()}


def note_opened(session: Session, case: Case) -> None:
    """The case was opened in this transaction: nothing was joined to it, it concerns nobody else, and no unit
    has a share of it.
    """
    known = get_cache(session)
    known.opened.add(case.id)
    known.joined[case.id] = []
    known.parties[case.id] = ()
    known.shares[case.id] = []


def is_new(session: Session, case: Case) -> bool:
    """Whether the case was opened in this transaction, so that nobody else can change it, or what is its."""
    return case.id in get_cache(session).opened


def forget_followers(session: Session) -> None:
    """Cases were joined or parted, or others may have done so: who follows which is looked up anew."""
    get_cache(session).joined.clear()


def find_own_follower(session: Session, case: Case, person: Person | None) -> Case | None:
    """The first case of this person that was joined to this one; None where there is none."""
    own = (one for one in find_followers(session, case) if doors.is_same(session, person, one.reporter_id))
    return next(own, None)


def get_stated_place(case: Case) -> str:
    """The place as the words of the report name it; empty where group or sender supplied it."""
    return case.place if case.place and case.place in case.text else ""


def is_contradicted(case: Case, others: Sequence[Case]) -> bool:
    """Whether the stated place of this case is another than that of any of the others."""
    return any(is_apart(get_stated_place(case), other) for other in others)


def is_apart(place: str, case: Case) -> bool:
    """Whether a place ("" where none was said) is another than the stated one of the case."""
    return _relate(place, get_stated_place(case)) in _APART


def is_elsewhere(place: str, other: str) -> bool:
    """Whether two places, as they were said, are two: also a junction, and a house on one of its roads.

    A place that was not said ("") is nowhere else.
    """
    if _relate(place, other) in _APART:
        return True
    one, two = parse_place(place), parse_place(other)
    return one.is_precise and two.is_precise and one.roads != two.roads and bool(one.roads and two.roads)


def is_exacter(place: str, before: str) -> bool:
    """Whether a place names one door or junction of what was only a road or an estate before."""
    is_within = _relate(place, before) in (PlaceRelation.EQUAL, PlaceRelation.PART)
    return is_within and parse_place(place).is_precise and not parse_place(before).is_precise


def is_one_door(place: str, other: str) -> bool:
    """Whether two places, as they were said, name one door or junction."""
    is_alike = _relate(place, other) in _ALIKE
    return is_alike and parse_place(place).is_precise and parse_place(other).is_precise


def is_at_same_place(case: Case, other: Case) -> bool:
    """Whether both name the place, and it is one."""
    return _relate(get_stated_place(case), get_stated_place(other)) in _ALIKE


def _relate(one: str, two: str) -> PlaceRelation:
    if not one or not two:
        return PlaceRelation.UNKNOWN
    return compare_places(parse_place(one), parse_place(two))


def rings_desk(case: Case, family: Sequence[Case]) -> bool:
    """Whether an urgent case that was joined to others rings: a cry of one incident only now and then.

    `family`: all cases of the matter, with this one.
    """
    earlier = [other for other in family if other.id != case.id]
    if not earlier or any(other.chat_id != case.chat_id for other in earlier):
        return True
    newest = max(other.opened_at for other in earlier)
    return case.opened_at - newest > WITHIN or len(family) % RINGS_EVERY == 0
