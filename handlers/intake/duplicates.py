"""Reports of one matter: a new one is held against the open cases it may repeat.

    candidates: same class or same place, of the last days; of a danger, what else is in danger now
    ──> the most alike by letters ──> judged
    surely the same   joined to the earlier case by the program; its reporter hears how far that is
    perhaps the same  opened as usual; the duty card names the other and the command to join them

A restricted case takes no part, and neither does one that its reporter took back: who reports that
matter anew is not to hear that nobody comes. What came through the API keeps its own life, since another
system follows it by its number. Urgent cases are joined to urgent ones only, and are never absorbed in
silence (handlers/notifications/followers.py). Nothing is joined by the program later than here, so that
cases that somebody took apart stay apart.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import CompoundSelect, Row, Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import links
from handlers.cases.actors import PROGRAM, Actor
from handlers.cases.context import ActInput
from handlers.cases.queries import PUBLIC, is_visible
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.triage.rules.class_table import is_akin
from handlers.triage.similarity import PreparedReport, ReportFeatures, Similarity, compare_reports
from handlers.triage.similarity.location import (
    PlaceRelation,
    compare_places,
    is_contradictory,
    parse_place,
)
from handlers.wording import topics as say
from models.cases import IS_OPEN, IS_URGENT, Case
from models.organisation import Person, Unit
from models.reports import Media
from models.workflow import ACTS, Audience, Status, Withdrawal

WITHIN = timedelta(days=7)
_MOST_OF_CLASS, _MOST_OF_PLACE, _MOST_IN_DANGER = 40, 20, 20
_JUDGED = 5
"""Judging one takes a hundred times as long as comparing its letters (80 and 0.3 microseconds)."""
_ROUGHLY = 35.0
"""Letters in common, of 100, below which wording alone cannot make two reports one."""
_WORTH_A_HINT = 0.4
"""Score from which the duty desk's card names the other case."""
DANGER_LASTS = timedelta(hours=2)
"""What cries of danger after that tell of is another one, be it at the same place."""
_NUDGE_AFTER = timedelta(hours=2)
"""A repeated report after that nudges the case; one before may just have been sent to two groups."""

# The query of every case that is opened: built once.
_COMMON = (
    IS_OPEN, is_visible(PUBLIC), Case.opened_at >= bindparam("since"),
    func.coalesce(Case.withdrawal, "") != Withdrawal.STOPS,
)  # fmt: skip
_OF_CLASS = (
    select(Case.id)
    .where(Case.class_id.in_(bindparam("class_ids", expanding=True)), *_COMMON)
    .order_by(Case.opened_at.desc())
    .limit(_MOST_OF_CLASS)
)
_OF_PLACE = (
    select(Case.id)
    .where(Case.place == bindparam("place"), Case.place != "", *_COMMON)
    .order_by(Case.opened_at.desc())
    .limit(_MOST_OF_PLACE)
)
_IN_DANGER = (
    select(Case.id)
    .where(IS_URGENT, *_COMMON, Case.opened_at >= bindparam("danger_since"))
    .order_by(Case.id.desc())
    .limit(_MOST_IN_DANGER)
)
_PHOTOS = (
    select(func.aggregate_strings(Media.phash, ","))
    .where(Media.case_id == Case.id, Media.kind == "photo")
    .scalar_subquery()
)
_COLUMNS = (
    Case.id, Case.text, Case.class_id, Case.place, Case.lat, Case.lon, Case.urgent, Unit.code.label("area"),
)  # fmt: skip
CandidateRow = Row[Any]
"""One case with the columns above."""


def select_candidates(*, photos: bool = True) -> Select[Any]:
    """The query for cases with the columns that are compared; `photos`: with the hashes of their photos."""
    hashes = _PHOTOS if photos else literal(None)
    return select(*_COLUMNS, hashes.label("photos")).outerjoin(Unit, Unit.id == Case.area_id)


def _select_ids(*each: Select[Any]) -> CompoundSelect[Any]:
    return union_all(*(select(one.subquery().c.id) for one in each))


_IDS = {False: _select_ids(_OF_CLASS, _OF_PLACE), True: _select_ids(_OF_CLASS, _OF_PLACE, _IN_DANGER)}
_CANDIDATES = {
    (urgent, photos): select_candidates(photos=photos).where(Case.id.in_(ids))
    for urgent, ids in _IDS.items()
    for photos in (False, True)
}
"""By whether the new case is a danger, and whether it has photos."""


@dataclass(frozen=True, slots=True)
class DuplicateLink:
    """How a new case relates to an earlier one: the same matter, perhaps the same, or neither."""

    same: Case | None = None
    """The case that the new one is joined to."""
    maybe: Case | None = None
    """The case that the duty desk's card names as perhaps the same matter."""
    why: str = ""

    @property
    def skip_audiences(self) -> tuple[Audience, ...]:
        """The audiences that a joined case is announced to by its joining, and not by its opening."""
        return (Audience.REPORTER, Audience.DUTY) if self.same else ()


NO_LINK = DuplicateLink()


def find_duplicate(
    session: Session, case: Case, files: Sequence[Media], *, env: Environment, now: datetime
) -> DuplicateLink:
    """How this case, not stored yet, relates to the open cases of the last `WITHIN`. One query.

    `files`: its media rows, whose photos are compared too.
    """
    if case.restricted:
        return NO_LINK
    photos = tuple(file.phash for file in files if file.phash)
    # Of a danger its own class and what else is in danger is enough.
    causes = frozenset() if case.urgent else _list_causes(case.class_id, env)
    asked = {"class_ids": [case.class_id, *causes], "place": case.place, "since": now - WITHIN}
    if case.urgent:
        asked["danger_since"] = now - DANGER_LASTS
    session.flush()
    # No object is made of the rows, so the connection is asked, which is quicker.
    found = session.connection().execute(_CANDIDATES[case.urgent, bool(photos)], asked).all()
    if not found:
        return NO_LINK
    area = session.get(Unit, case.area_id) if case.area_id else None
    own = _build_look(case, area.code if area else None, photos)
    may_be = [row for row in found if not case.urgent or _may_be_same_danger(case, row)]
    best, row = _best_match(own, may_be, env, causes, in_danger=case.urgent)
    if row is None:
        return NO_LINK
    other = session.get_one(Case, row.id)
    sure = best.same and case.source == "chat" and _may_join(case, other)
    return DuplicateLink(**{"same" if sure else "maybe": other}, why=say.reasons(best.reasons))


def _list_causes(class_id: str, env: Environment) -> frozenset[str]:
    """The classes of what brings this about: a signal that stands on red, of a jam."""
    rules = env.classifier.pack.rules
    return frozenset(
        cause for cause, rule in rules.items() if rule.cause is not None and class_id in rule.cause.of
    )


def _may_join(case: Case, other: Case) -> bool:
    """Whether likeness suffices. A danger is joined to another at the same place only, and while it lasts."""
    if not case.urgent:
        return True
    lasts = case.opened_at - other.opened_at <= DANGER_LASTS
    return other.urgent and lasts and links.is_at_same_place(case, other)


def _may_be_same_danger(case: Case, row: CandidateRow) -> bool:
    """Whether another case may be the danger of this one: it is of its class, and nowhere else.

    Of kin only at one door that both name: a fire and a dog in one estate are two matters.
    """
    if is_contradictory(parse_place(case.place), parse_place(row.place)):
        return False  # 7幢 and 2幢, also where the estate was only supplied
    stated = links.get_stated_place(case), row.place if row.place in row.text else ""
    if case.class_id == row.class_id:
        return not links.is_elsewhere(*stated)
    is_kin = is_akin(case.class_id, row.class_id) or row.urgent
    return is_kin and links.is_one_door(*stated)


def look_of_row(row: CandidateRow) -> ReportFeatures:
    """The features by which a case of `select_candidates` is compared."""
    return _build_look(row, row.area, row.photos.split(",") if row.photos else ())


def _build_look(case: Case | CandidateRow, area: str | None, photos: Sequence[str]) -> ReportFeatures:
    point = (case.lat, case.lon) if case.lat is not None and case.lon is not None else None
    return ReportFeatures(case.text, case.class_id, case.place, area, point, tuple(photos))


def _best_match(
    own: ReportFeatures,
    found: Sequence[CandidateRow],
    env: Environment,
    causes: Collection[str],
    *,
    in_danger: bool,
) -> tuple[Similarity, CandidateRow | None]:
    """The most similar candidate, the oldest of equals, and its score; None where none scores enough.

    `causes`: classes of what may have brought it about.
    """
    prepared = env.prepare(own)
    best, chosen = Similarity(0.0, (), same=False), None
    for row in _shortlist(own, found, causes, in_danger=in_danger):
        other = env.prepare(look_of_row(row))
        judged = compare_reports(prepared, other)
        is_there = _is_same_spot(prepared, other, in_danger=in_danger and row.urgent)
        is_brought_about = row.class_id in causes and bool(prepared.place.roads & other.place.roads)
        if judged.score < _WORTH_A_HINT and (is_there or is_brought_about):
            judged = replace(judged, score=_WORTH_A_HINT)
        if (judged.same, judged.score) > (best.same, best.score) and judged.score >= _WORTH_A_HINT:
            best, chosen = judged, row
    return best, chosen


def _is_same_spot(one: PreparedReport, other: PreparedReport, *, in_danger: bool) -> bool:
    """Whether both tell of one kind of thing at one place, be it in other words: the desk looks at them.

    `in_danger`: both are dangers; what burns there may be called smoke by somebody else.
    """
    relation = compare_places(one.place, other.place)
    is_named_alike = bool(one.place.key) and one.place.key == other.place.key
    is_there = is_named_alike or relation is PlaceRelation.EQUAL
    if in_danger:
        return is_there or relation is PlaceRelation.PART
    if one.features.class_id == other.features.class_id:
        shares_road = relation is not PlaceRelation.APART and bool(one.place.roads & other.place.roads)
        return is_there or shares_road
    # A hole, and a road that gives way: kin only where the place is more than a whole road.
    is_spot = one.place.is_precise or one.place.names != one.place.roads
    return is_there and is_spot and is_akin(one.features.class_id, other.features.class_id)


def _shortlist(
    own: ReportFeatures, found: Sequence[CandidateRow], causes: Collection[str], *, in_danger: bool
) -> list[CandidateRow]:
    """The `_JUDGED` candidates most like it by letters, place or photo; the oldest first."""
    near: list[tuple[float, CandidateRow]] = []
    for row in found:
        alike = fuzz.ratio(own.text, row.text)
        at_the_spot = (own.place and own.place == row.place) or row.photos or (in_danger and row.urgent)
        at_the_spot = at_the_spot or (row.class_id in causes and own.place and own.place in row.place)
        if alike >= _ROUGHLY or at_the_spot:
            near.append((alike, row))
    near.sort(key=lambda one: -one[0])
    return sorted((row for _, row in near[:_JUDGED]), key=lambda row: row.id)


def join_duplicate(
    session: Session,
    case: Case,
    link: DuplicateLink,
    *,
    env: Environment,
    now: datetime,
    inbox_id: int | None,
    anonymous: bool = False,
) -> None:
    """Join a case to the one it repeats; a reporter who repeats themself after `_NUDGE_AFTER` also nudges it.

    `inbox_id`: the message it came from. Nothing where the link names no case.
    """
    if link.same is None:
        return
    act_input = ActInput(parent=link.same, text=link.why, anonymous=anonymous)
    reporter = session.get(Person, case.reporter_id) if case.reporter_id is not None else None
    repeated = doors.is_same(session, reporter, link.same.reporter_id)
    acts.perform(
        session, "merge", case, PROGRAM, act_input, env=env, now=now, inbox_id=inbox_id,
        skip_audiences=(Audience.DUTY,) if repeated and not case.urgent else (),
    )  # fmt: skip
    waits = Status(link.same.status) in ACTS["nudge"].from_states
    if repeated and waits and now - link.same.opened_at >= _NUDGE_AFTER:
        acts.perform(session, "nudge", link.same, Actor(reporter), env=env, now=now)
