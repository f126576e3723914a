"""Finds the few cases in which a rare word may stand, by the pairs of characters that they hold.

    events ──fold──> word_blocks (pair, block of cases)     the ticker, every few seconds
    the blocks that hold every pair of a word + cases with news since = where it may stand

What is found is a superset: whoever asks looks at the words themselves. Nothing that a mask hides is in the
index, so that a number or a room is found by none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, tuple_, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from handlers.cases.privacy import mask
from models.cases import Case, Counter, Event
from models.database import insert_if_absent
from models.word_index import FOLDED, WIDTH, WordBlock

_MOST_EVENTS = 5_000
"""Events that are folded in at once; with more that wait, the index is no help yet."""
_MOST_BLOCKS = 500
"""Of more a walk through the newest cases soon finds some."""
_SETTLED = 200
"""On PostgreSQL an event may be seen after one with a greater id: so many are folded in once more."""
_SHIFT = 21


def find_pairs(words: str) -> set[int]:
    """The pairs of characters of these words, without regard to case."""
    points = [ord(each) for each in words.lower()]
    return {first << _SHIFT | second for first, second in pairwise(points)}


def contains(session: Session, word: str) -> tuple[ColumnElement[bool], bool]:
    """Condition for cases in whose words or place this word stands; and whether few cases are looked at."""
    said = or_(*(column.contains(word, autoescape=True) for column in (Case.place, Case.text)))
    candidates = _find_candidates(session, word)
    return (said, False) if candidates is None else (and_(Case.id.in_(candidates), said), True)


def _find_candidates(session: Session, word: str) -> Select[int] | None:
    """Ids of the cases in which the word may stand; None where these are many, or the index does not know."""
    folded = session.scalar(select(Counter.value).where(Counter.name == FOLDED))
    newest = session.scalar(select(func.max(Event.id))) or 0
    pairs = find_pairs(word)
    if not pairs or folded is None or newest - folded > _MOST_EVENTS:
        return None
    blocks = _find_blocks(session, pairs)
    if blocks is None:
        return None
    one, block = aliased(Case), aliased(WordBlock)
    # The pair is given, so that each block comes once.
    rarest, found = blocks
    inside = and_(one.id >= block.block * WIDTH, one.id < (block.block + 1) * WIDTH)
    old = select(one.id).join(block, inside).where(block.pair == rarest, block.block.in_(found))
    news = select(Event.case_id).where(Event.id > folded - _SETTLED)
    both = union_all(old, news).subquery()
    return select(both.c[0])


def _find_blocks(session: Session, pairs: Collection[int]) -> tuple[int, list[int]] | None:
    """The rarest of the pairs, and the blocks that hold all of them; None where these are many."""
    counts: dict[int, int] = {}
    for pair in pairs:
        some = select(WordBlock.block).where(WordBlock.pair == pair).limit(_MOST_BLOCKS + 1).subquery()
        counts[pair] = session.scalar(select(func.count()).select_from(some)) or 0
        if not counts[pair]:
            return pair, []
    rarest = min(counts, key=counts.__getitem__)
    if counts[rarest] > _MOST_BLOCKS:
        return None
    found = set(session.scalars(select(WordBlock.block).where(WordBlock.pair == rarest)))
    for pair in pairs:
        of_pair = WordBlock.pair == pair, WordBlock.block.in_(found)
        found = set(session.scalars(select(WordBlock.block).where(*of_pair)))
    return rarest, sorted(found)


# What is kept --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WordsRead:
    """What a look at the cases found that is to be kept."""

    folded: int | None
    upto: int
    rows: Collection[tuple[int, int]]
    """Pair and block."""


def read_changed(session: Session) -> WordsRead | None:
    """The words of the cases that have events which are not folded in, the oldest first; None: none have."""
    folded = session.scalar(select(Counter.value).where(Counter.name == FOLDED))
    newest = session.scalar(select(func.max(Event.id))) or 0
    upto = min(newest, (folded or 0) + _MOST_EVENTS)
    if upto == folded:
        return None
    again = _SETTLED if session.get_bind().dialect.name == "postgresql" else 0
    happened = select(Event.case_id).where(Event.id > (folded or 0) - again, Event.id <= upto)
    return WordsRead(folded, upto, _list_rows(session, happened))


def store(session: Session, read: WordsRead) -> None:
    """Keep it. What somebody else kept meanwhile is kept once."""
    _insert(session, read.rows)
    counter = session.get(Counter, FOLDED, with_for_update=True)
    if counter is None:
        insert_if_absent(session, Counter, {"name": FOLDED, "value": read.upto})
    else:
        counter.value = max(counter.value, read.upto)


def add(session: Session, cases: Collection[int]) -> None:
    """Take in the words of these cases (ids), which came without an event; not before the index is begun."""
    if session.get(Counter, FOLDED) is not None:
        _insert(session, _list_rows(session, select(Case.id).where(Case.id.in_(cases))))


def forget(session: Session, cases: Collection[int]) -> None:
    """Take out what these cases (ids) alone say, as long as they still say it."""
    said = _list_rows(session, select(Case.id).where(Case.id.in_(cases)))
    beside = {block * WIDTH + at for _, block in said for at in range(WIDTH)} - set(cases)
    others = select(Case.id).where(Case.id.in_(beside))
    gone = sorted(set(said) - set(_list_rows(session, others)))
    key = tuple_(WordBlock.pair, WordBlock.block)
    for begin in range(0, len(gone), _MOST_BLOCKS):
        session.execute(delete(WordBlock).where(key.in_(gone[begin : begin + _MOST_BLOCKS])))


def _list_rows(session: Session, ids: Select[int] | Select[int | None]) -> Collection[tuple[int, int]]:
    said = session.execute(select(Case.id, Case.place, Case.text).where(Case.id.in_(ids)))
    by_block: dict[int, set[int]] = {}
    for case_id, *words in said:
        pairs = by_block.setdefault(case_id // WIDTH, set())
        for each in words:
            pairs |= find_pairs(mask(each))
    # In the order of the index, in which rows are written quickest and nobody waits for each other.
    return sorted((pair, block) for block, pairs in by_block.items() for pair in pairs)


def _insert(session: Session, rows: Collection[tuple[int, int]]) -> None:
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(WordBlock).on_conflict_do_nothing()
    session.connection().execute(statement, [{"pair": pair, "block": block} for pair, block in rows])
