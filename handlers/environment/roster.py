"""The names and accounts of everybody in the roster, to be found in people's words.

Who is named in a report and does not work on the case stays unnamed to those who read it. Built with the
environment, since the roster changes with the organisation.
"""

import re
import string
from collections.abc import Collection, Iterable

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
_MOBILE = 11
_PLACE_NEXT = re.compile(r"[路街村镇乡区巷桥河苑园湾港庄弄]|大道|广场|社区|小区|花园|家园|公寓|学校|医院")


class Roster:
    """Finds known people in a text; immutable after it is made."""

    def __init__(self, people: Iterable[str] = (), *, places: Iterable[str] = ()) -> None:
        """`people`: names and account ids; `places`: names of units and places, which are no people."""
        wanted = {name: True for name in people if _is_telling(name)}
        wanted |= {place: False for place in places if len(place) > 1}
        self.numbers = frozenset(name for name in wanted if name.isdigit() and len(name) == _MOBILE)
        """Accounts that are telephone numbers."""
        self._words = list(wanted)
        self._is_person = list(wanted.values())
        # A longer name of a place around it wins: 王新村 is not 王新.
        compact = [_strip_gaps(word) for word in self._words]
        self._automaton = AhoCorasick(compact or ["\0"], matchkind=MatchKind.LeftmostLongest)

    def mask_people(self, text: str, *, on_case: Collection[str] = ()) -> str:
        """The text with 某某 for everybody in the roster but those who work on the case."""
        offsets = [at for at, char in enumerate(text) if char not in _GAPS]
        compact = _strip_gaps(text)
        for number, start, end in reversed(self._automaton.find_matches_as_indexes(compact)):
            begin, upto = offsets[start], offsets[end - 1] + 1
            hidden = self._words and self._is_person[number] and self._words[number] not in on_case
            if hidden and not _is_part_of_longer(text, begin, upto):
                text = f"{text[:begin]}{SOMEBODY}{text[upto:]}"
        return text


def _strip_gaps(text: str) -> str:
    return "".join(char for char in text if char not in _GAPS).translate(_SMALL)


def _is_part_of_longer(text: str, begin: int, upto: int) -> bool:
    """Whether it is the head of a place, or a piece of a longer word of letters."""
    if not text[begin].isascii():
        return _PLACE_NEXT.match(text, upto) is not None
    around = text[max(begin - 1, 0) : begin] + text[upto : upto + 1]
    return any(char.isascii() and char.isalnum() for char in around)


def load_roster(session: Session, units: Iterable[UnitFact]) -> Roster:
    """Everybody who is in the roster by name, with their accounts."""
    names = session.scalars(select(Person.name).where(Person.name != ""))
    accounts = session.scalars(select(Account.user_id).join(Person).where(Person.name != ""))
    places = (word for unit in units for word in (*unit.list_names(), *unit.places))
    return Roster((*names, *accounts), places=places)


def _is_telling(name: str) -> bool:
    """Whether a name is long enough to be one, and no name of a part."""
    if name.isascii():
        return _ACCOUNT.fullmatch(name) is not None and any(char.isdigit() or char == "_" for char in name)
    return len(name) > 1 and not _ROLE_NAME.search(name)
