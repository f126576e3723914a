"""The names and accounts of everybody in the roster, to be found in people's words.

Who is named in a report and does not work on the case stays unnamed to those who read it. A roster belongs to
an environment, since it changes with the organisation; it is read when somebody's words are first looked
through, which in a process that only receives or sends never happens.
"""

import re
import string
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind
from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.triage.types import UnitFact
from models.organisation import Account, Person

SOMEBODY = "某某"
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""People write an account as they like, 张三's as ZhangSan_01 or zhangsan_01."""
_GAPS = frozenset(" \t·•・‧.　")
_ROLE_NAME = re.compile(r"(?:师傅|老师|阿姨|大爷|大妈|经理|医生|主任|书记|队长|[一二三四五六七八九十\d]号?)$")
"""张师傅 and 值班一号 name a part and no person."""
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{4,63}", re.ASCII)
_LETTERS = re.compile(r"[a-z0-9][a-z0-9_@-]+", re.ASCII)
"""What may hold an account, once it is without gaps."""
_MOBILE = 11
_PLACE_NEXT = re.compile(r"[路街村镇乡区巷桥河苑园湾港庄弄]|大道|广场|社区|小区|花园|家园|公寓|学校|医院")
_AT_ONCE = 5_000
_Span = tuple[int, int, bool]
"""From where to where, and whether it is a person."""


class HashedWords:
    """Words that are only asked for: 200,000 of them in 2 MB, where a set of them takes 25."""

    def __init__(self, hashes: Iterable[int] = ()) -> None:
        """`hashes`: of the words, of 64 bits; that a text has another word of the same happens to nobody."""
        self._hashes = array("q", sorted(hashes))

    def __contains__(self, word: object) -> bool:
        wanted = hash(word)
        at = bisect_left(self._hashes, wanted)
        return at < len(self._hashes) and self._hashes[at] == wanted


class KnownPeople:
    """Finds people in a text; immutable after it is made."""

    def __init__(self, people: Iterable[str] = (), *, places: Iterable[str] = ()) -> None:
        """`people`: names and account ids; `places`: names of units and places, which are no people."""
        wanted: dict[str, bool] = {}
        accounts, numbers, lengths = array("q"), array("q"), set[int]()
        for name in filter(_is_telling, people):
            word = _strip_gaps(name)
            if not name.isascii():
                wanted[word] = True
                continue
            # The words themselves, of everybody at once, would leave the process larger by their size.
            accounts.append(hash(word))
            lengths.add(len(word))
            if name.isdigit() and len(name) == _MOBILE:
                numbers.append(hash(name))
        wanted |= {_strip_gaps(place): False for place in places if len(place) > 1}
        wanted.pop("", None)
        self.numbers = HashedWords(numbers)
        """Accounts that are telephone numbers."""
        self._accounts, self._lengths = HashedWords(accounts), sorted(lengths, reverse=True)
        self._is_person = bytes(wanted.values())
        # A longer name of a place around it wins: 王新村 is not 王新.
        self._automaton = AhoCorasick([*wanted] or ["\0"], matchkind=MatchKind.LeftmostLongest)

    def mask_people(self, text: str, *, on_case: Collection[str] = ()) -> str:
        """The text with 某某 for everybody in the roster but those who work on the case."""
        offsets = [at for at, char in enumerate(text) if char not in _GAPS]
        compact = _strip_gaps(text)
        at_work = {_strip_gaps(name) for name in on_case}
        for start, end, is_person in reversed(self._find(compact, text, offsets)):
            begin, upto = offsets[start], offsets[end - 1] + 1
            hidden = is_person and compact[start:end] not in at_work
            if hidden and not _is_part_of_longer(text, begin, upto):
                text = f"{text[:begin]}{SOMEBODY}{text[upto:]}"
        return text

    def _find(self, compact: str, text: str, offsets: list[int]) -> list[_Span]:
        """Names, accounts and places that stand in the text, from left to right; none lies over another."""
        named = self._automaton.find_matches_as_indexes(compact) if self._is_person else ()
        spans = [(start, end, bool(self._is_person[number])) for number, start, end in named]
        accounts = list(self._find_accounts(compact, text, offsets))
        if not accounts:
            return spans
        found: list[_Span] = []
        for span in sorted([*spans, *accounts], key=lambda one: (one[0], -one[1])):
            if not found or span[0] >= found[-1][1]:
                found.append(span)
        return found

    def _find_accounts(self, compact: str, text: str, offsets: list[int]) -> Iterator[_Span]:
        for run in _LETTERS.finditer(compact):
            start = run.start()
            while start < run.end():
                end = self._find_end(compact, text, offsets, start, run.end())
                if end:
                    yield start, end, True
                start = end or start + 1

    def _find_end(self, compact: str, text: str, offsets: list[int], start: int, last: int) -> int:
        """Where the longest account ends that begins here; 0: none does."""
        for length in self._lengths:
            end = start + length
            if end > last or _is_part_of_longer(text, offsets[start], offsets[end - 1] + 1):
                continue
            if compact[start:end] in self._accounts:
                return end
        return 0


class Roster:
    """Everybody by name, so that who is only talked of stays unnamed; read when it is first asked."""

    def __init__(self, load: Callable[[], KnownPeople] = KnownPeople) -> None:
        self._load = load

    @cached_property
    def _people(self) -> KnownPeople:
        return self._load()

    @property
    def is_read(self) -> bool:
        """Whether anybody asked it."""
        return "_people" in self.__dict__

    def read(self) -> None:
        """Do now what the first to ask would have to wait for: a second, with 200,000 people."""
        _ = self._people

    @property
    def numbers(self) -> HashedWords:
        """Accounts that are telephone numbers."""
        return self._people.numbers

    def mask_people(self, text: str, *, on_case: Collection[str] = ()) -> str:
        """The text with 某某 for everybody in the roster but those who work on the case."""
        return self._mask(text, on_case=frozenset(on_case))

    @cached_property
    def _mask(self) -> Callable[..., str]:
        # What is told of a case is masked for each audience, and mostly the same for all.
        return lru_cache(maxsize=1024)(self._people.mask_people)


def _strip_gaps(text: str) -> str:
    return "".join(char for char in text if char not in _GAPS).translate(_SMALL)


def _is_part_of_longer(text: str, begin: int, upto: int) -> bool:
    """Whether it is the head of a place, or a piece of a longer word of letters."""
    if not text[begin].isascii():
        return _PLACE_NEXT.match(text, upto) is not None
    around = text[max(begin - 1, 0) : begin] + text[upto : upto + 1]
    return any(char.isascii() and char.isalnum() for char in around)


def load_people(session: Session, units: Iterable[UnitFact]) -> KnownPeople:
    """Everybody who is in the roster by name, with their accounts."""
    names = select(Person.name).where(Person.name != "")
    accounts = select(Account.user_id).join(Person).where(Person.name != "")
    people = (
        word
        for query in (names, accounts)
        for word in session.scalars(query.execution_options(yield_per=_AT_ONCE))
    )
    places = (word for unit in units for word in (*unit.list_names(), *unit.places))
    return KnownPeople(people, places=places)


def _is_telling(name: str) -> bool:
    """Whether a name is long enough to be one, and no name of a part."""
    if name.isascii():
        return _ACCOUNT.fullmatch(name) is not None and any(char.isdigit() or char == "_" for char in name)
    return len(name) > 1 and not _ROLE_NAME.search(name)
