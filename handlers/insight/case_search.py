"""Cases found by words: a place, a matter, a unit; of those that concern whoever asks, the newest first.

What the words of a case tell is searched as it is read: masked. Else somebody who asks for one letter after
another would learn a name, a number or a room that no list shows. The database finds what may fit, and each
of these is looked at once more as its readers see it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, and_, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.lists import word_index
from handlers.cases.lists.scope import Kept, find_standing, is_at_top, is_of_few, list_open_sides, narrow
from handlers.cases.privacy import mask
from handlers.cases.queries import Asker, CaseFilter, CasePage
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_named_unit, find_subtree_ids
from handlers.triage.types import Facts
from handlers.wording.sources import NUMBER, SOURCE, find_source
from models.case_numbers import has_serial
from models.cases import IS_OPEN, IS_URGENT, Case, came_from
from models.database import keep_from_indexes
from models.organisation import Person
from models.workflow import OPEN

_MOST_WORDS = 4
"""Words that are looked for; more say no more."""
_MOST_FOUND = 300
"""Cases of which a page is made where their number is told; whoever finds more says more words."""
_MOST_LOOKS = 10
"""Batches that are looked through for one page."""
_NEAR = 100
"""So many cases are walked through for each that is wanted and each place that it must lie in, before the
indexes of places are asked."""
_FARTHEST = 6_000
"""And no more: a walk is cheaper than an index only where it is short."""
_FARTHER = 8
"""How many times as far the next walk goes."""
_FEW = 2000
"""Cases that are fetched and sorted in some 2 ms."""

_EVERYWHERE = true()
_SCOPES: Kept[ColumnElement[bool]] = Kept()

_OPEN_WORDS = frozenset({"在办", "未办结", "没办完", "没办结"})


@dataclass(frozen=True, slots=True)
class _SoughtWord:
    """One word that is looked for."""

    condition: ColumnElement[bool]
    """What may fit, as far as the database can tell."""
    word: str = ""
    """To be found in the masked words of the case; "" where it is no secret: a unit, a source."""
    class_ids: frozenset[str] = frozenset()
    """Classes that it means."""
    is_where: bool = False
    """Whether it says where cases lie, or else which few there are to be looked at."""


def search_cases(
    session: Session, asker: Asker, env: Environment, words: Sequence[str], *, page: int, size: int
) -> CasePage:
    """A page of the cases that fit every word, each by place, by what it is about, or by unit.

    The asker's own reports, and what concerns them by office. `page` counts from 1; of very many the newest
    are counted.
    """
    sought = _read_words(session, env, words)
    everywhere = is_at_top(session, asker)
    concern = [] if everywhere else [or_(queries.is_own(asker), queries.is_concern(session, asker))]
    conditions = [queries.is_visible(asker), *(one.condition for one in sought if not one.is_where)]
    where = [*concern, *(one.condition for one in sought if one.is_where)]
    newest = _load_newest(session, conditions, where, count=_MOST_FOUND, before=None)
    found = _keep_fitting(session, env, newest, sought)
    page = max(min(page, -(-len(found) // size)), 1)
    return CasePage(found[(page - 1) * size : page * size], len(found), page)


def list_matching(
    session: Session,
    asker: Asker,
    env: Environment,
    wanted: CaseFilter,
    words: Sequence[str] = (),
    *,
    limit: int,
    before: int | None = None,
    own_only: bool = False,
    further: Sequence[ColumnElement[bool]] = (),
) -> tuple[Sequence[Case], int | None]:
    """A page of the asker's cases that meet every condition, newest first, and the `before` of the next page.

    A page begins where the one before ended, so that nothing is counted. `own_only`: what the asker reported
    or signed for. `further`: more conditions. None for `before`: the first page; in the answer: there is no
    next one.
    """
    sought = _read_words(session, env, words)
    conditions = [
        queries.is_visible(asker),
        *further,
        *_filter_conditions(wanted),
        *(one.condition for one in sought if not one.is_where),
    ]
    where = [
        *([queries.lies_within(find_subtree_ids(session, wanted.unit))] if wanted.unit is not None else []),
        *(one.condition for one in sought if one.is_where),
    ]
    if not own_only and (scope := _find_scope(session, asker)) is not _EVERYWHERE:
        where.insert(0, scope)
    found: list[Case] = []
    for _ in range(_MOST_LOOKS):
        if own_only:
            batch = _load_newest_own(session, asker, [*conditions, *where], count=limit + 1, before=before)
        else:
            batch = _load_newest(session, conditions, where, count=limit + 1, before=before)
        fitting = _keep_fitting(session, env, batch[:limit], sought)
        taken = fitting[: limit - len(found)]
        found += taken
        if len(taken) < len(fitting):
            return found, taken[-1].id if taken else before
        if len(batch) <= limit:
            return found, None
        before = batch[limit - 1].id
        if len(found) >= limit:
            break
    return found, before


def _load_newest(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    where: Sequence[ColumnElement[bool]],
    *,
    count: int,
    before: int | None,
) -> Sequence[Case]:
    """The newest cases that meet all of these, `count` at most, of those before an id.

    `where`: whose they are and where they lie. Its indexes keep no order: asked at once they would be read
    and sorted whole, all that ever lay there. So the newest cases are walked through first, where most find
    a page; then what lies there is fetched if it is little, and else so near that a longer walk finds it.
    """
    bounds = [Case.id < before] if before is not None else []
    newest = select(Case).order_by(Case.id.desc()).limit(count)
    if not where:
        return session.scalars(newest.where(*conditions, *bounds)).all()
    walked = newest.where(*conditions, *bounds, *map(keep_from_indexes, where))
    first = before if before is not None else session.scalar(select(func.max(Case.id))) or 0
    reach = min(count * _NEAR * len(where), _FARTHEST)
    near = session.scalars(walked.where(Case.id > first - reach)).all()
    if len(near) == count:
        return near
    few = next((one for one in where if is_of_few(session, one, few=_FEW)), None)
    if few is None and len(where) == 1:
        # Step by step: without a bound PostgreSQL reads and sorts all where it expects less than a page.
        while len(near) < count and reach < first:
            reach *= _FARTHER
            near = session.scalars(walked.where(Case.id > first - reach)).all()
        return near
    # The other conditions are kept from their indexes, which would be read whole for what lies here.
    there = few if few is not None else where[0]
    rest = [*conditions, *bounds, *(one for one in where if one is not there)]
    fetched = newest.where(Case.id.in_(select(Case.id).where(there)), *map(keep_from_indexes, rest))
    return session.scalars(fetched).all()


def _load_newest_own(
    session: Session,
    asker: Asker,
    conditions: Sequence[ColumnElement[bool]],
    *,
    count: int,
    before: int | None,
) -> Sequence[Case]:
    """Likewise of what the asker took part in: the newest of each way in which one can."""
    bounds = [Case.id < before] if before is not None else []
    newest = select(Case.id).where(*map(keep_from_indexes, conditions), *bounds).order_by(Case.id.desc())
    ids = {case_id for own in _list_own(asker) for case_id in session.scalars(newest.where(own).limit(count))}
    found = select(Case).where(Case.id.in_(sorted(ids, reverse=True)[:count]))
    return session.scalars(found.order_by(Case.id.desc())).all()


def narrow_open_scope(session: Session, asker: Asker) -> list[ColumnElement[bool]]:
    """Conditions for what the asker finds in the list of all cases, of the open ones: for a page in an order
    that an index of them has (`scope.narrow`).
    """
    shown = queries.is_visible(asker)
    return narrow(session, [] if is_at_top(session, asker) else [_is_open_in_scope(session, asker)], [shown])


def list_open_conditions(session: Session, asker: Asker) -> list[ColumnElement[bool]]:
    """The same for a count of all of them."""
    there = [] if is_at_top(session, asker) else [_is_open_in_scope(session, asker)]
    return [IS_OPEN, *there, keep_from_indexes(queries.is_visible(asker))]


def _is_open_in_scope(session: Session, asker: Asker) -> ColumnElement[bool]:
    helped = queries.is_helped_by(queries.find_staff_units(session, asker))
    sides = [*_list_own(asker), *(() if asker.is_outsider else (helped,))]
    return or_(*(and_(IS_OPEN, one) for one in sides), *list_open_sides(session, asker))


def _find_scope(session: Session, asker: Asker) -> ColumnElement[bool]:
    """What concerns the asker by office, and what they took part in themselves."""
    return _SCOPES.find(find_standing(session, asker), lambda: _build_scope(session, asker))


def _list_own(asker: Asker) -> tuple[ColumnElement[bool], ...]:
    """What the asker reported, signed for, or is asked to look at: each has an index in the order of ids."""
    return queries.is_own(asker), queries.is_handled_by(asker), queries.is_to_survey(asker)


def _build_scope(session: Session, asker: Asker) -> ColumnElement[bool]:
    if is_at_top(session, asker):
        return _EVERYWHERE
    own = _list_own(asker)
    helped = queries.is_helped_by(queries.find_staff_units(session, asker))
    return or_(*own, queries.is_concern(session, asker), *(() if asker.is_outsider else (helped,)))


def _filter_conditions(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.status is not None:
        yield Case.status == wanted.status
    of_class = [Case.class_id == wanted.class_id] if wanted.class_id is not None else []
    if wanted.urgent:
        # Few are urgent: their index is the one to be walked along.
        yield cast("ColumnElement[bool]", IS_URGENT)
        yield from map(keep_from_indexes, of_class)
    else:
        yield from of_class
    if wanted.urgent is False:
        yield Case.urgent.is_(False)
    if wanted.opened_from is not None:
        yield Case.opened_at >= wanted.opened_from
    if wanted.opened_to is not None:
        yield Case.opened_at <= wanted.opened_to
    if wanted.source is not None:
        yield came_from(wanted.source)
    if wanted.external_number is not None:
        yield Case.external_number == wanted.external_number
    if wanted.number is not None:
        yield and_(*has_serial(wanted.number)) if wanted.number.isdigit() else Case.number == wanted.number


# Words ---------------------------------------------------------------------------------------


def _read_words(session: Session, env: Environment, words: Sequence[str]) -> list[_SoughtWord]:
    return [_read_word(session, env, word) for word in words[:_MOST_WORDS]]


def _read_word(session: Session, env: Environment, word: str) -> _SoughtWord:
    key, _, name = word.partition("=")
    if name and key == SOURCE:
        return _SoughtWord(came_from(find_source(name)))
    if name and key == NUMBER:
        return _SoughtWord(Case.external_number == name)
    if word in _OPEN_WORDS:
        return _SoughtWord(Case.status.in_(OPEN))
    unit = find_named_unit(session, word)
    if unit is not None:
        return _SoughtWord(queries.lies_within(find_subtree_ids(session, unit)), is_where=True)
    class_ids = frozenset(_find_class_ids(env, word))
    said, is_rare = word_index.contains(session, word)
    if not class_ids:
        return _SoughtWord(said, word.casefold(), is_where=is_rare)
    # Neither index keeps the order of the other: like a place, it is walked for, or fetched where it is rare.
    meant = Case.class_id.in_(class_ids)
    if not is_rare:
        return _SoughtWord(or_(meant, said), word.casefold(), class_ids, is_where=True)
    # Each by its own index: in one OR, PostgreSQL would read every case.
    both = union_all(select(Case.id).where(meant), select(Case.id).where(said))
    return _SoughtWord(Case.id.in_(both), word.casefold(), class_ids, is_where=True)


def _keep_fitting(
    session: Session, env: Environment, cases: Sequence[Case], sought: Sequence[_SoughtWord]
) -> list[Case]:
    """Those of the cases in whose words, as they are read, each word is found."""
    spoken = [one for one in sought if one.word]
    if not spoken:
        return list(cases)
    names = _load_names(session, cases)
    return [case for case in cases if all(_is_told(one, case, names, env) for one in spoken)]


def _is_told(one: _SoughtWord, case: Case, names: Mapping[int, str], env: Environment) -> bool:
    if case.class_id in one.class_ids:
        return True
    name = names.get(case.reporter_id or 0, "")
    told = (env.roster.mask_people(mask(words, name)) for words in (case.place, case.text))
    return any(one.word in words.casefold() for words in told)


def _load_names(session: Session, cases: Sequence[Case]) -> dict[int, str]:
    wanted = {case.reporter_id for case in cases if case.reporter_id is not None}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _find_class_ids(env: Environment, word: str) -> Sequence[str]:
    """Classes whose name holds the word, and the one that people call so: 违停 is 机动车乱停放."""
    named = [info.id for info in env.classes.values() if word in info.name]
    meant = env.classifier.triage(word, facts=Facts())
    is_written = any(reason.side == meant.class_id for reason in meant.reasons)
    return [*named, meant.class_id] if is_written else named
