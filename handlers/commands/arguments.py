"""What comes after the number: a unit, a limit, a verdict, an answer, a reason; read as each act needs."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.commands.parsing import first_word
from handlers.effects import Given
from handlers.office import Office
from handlers.refusals import NotFound
from handlers.wording import refusals as say
from models.limits import Limit
from models.organisation import Unit
from models.workflow import Act, Need

_FAILED = re.compile(r"^(不通过|未通过|不合格|没通过)")
_PASSED = re.compile(r"^(通过|合格|属实)")
_UNSOLVED = re.compile(r"(没有?解决|未解决|没解决|没好|还没|没有?修)")
_SOLVED = re.compile(r"(已解决|解决了|好了|修好|已修|可以了|^满意|^很满意|^不满意)")
_POOR = re.compile(r"不满意")
_GOOD = re.compile(r"满意|好评|谢谢|感谢")


def read(session: Session, act: Act, rest: str, office: Office) -> Given:
    """Raises NotFound for a unit or class nobody knows; what is missing the act itself refuses."""
    for need in act.needs:
        if need in _READERS:
            return _READERS[need](session, rest, office)
    if act.key == "return":
        return _returned(session, rest)
    return Given(text=rest)


def unit_called(session: Session, name: str) -> Unit:
    """The unit of this code, name, short name or alias; NotFound with the nearest names."""
    units = list(session.scalars(select(Unit)))
    wanted = name.casefold()
    for unit in units:
        if wanted in (called.casefold() for called in _called(unit)):
            return unit
    by_name = {called: unit.called for unit in units for called in _called(unit)}
    close = get_close_matches(name, list(by_name), n=3, cutoff=0.5)
    raise NotFound(say.no_such_unit(name, list(dict.fromkeys(by_name[found] for found in close))))


def _called(unit: Unit) -> tuple[str, ...]:
    return tuple(name for name in (unit.code, unit.name, unit.short, *unit.aliases) if name)


def _unit(session: Session, rest: str, _office: Office) -> Given:
    if not rest:
        return Given()
    word, after = first_word(rest)
    unit = unit_called(session, word)
    try:
        limit_text, text = first_word(after) if after else ("", "")
        return Given(unit=unit, limit=Limit.parse(limit_text), text=text)
    except ValueError:
        return Given(unit=unit, text=after)


def _class(_session: Session, rest: str, office: Office) -> Given:
    if not rest:
        return Given()
    classes = office.understanding.pack.classes
    word, text = first_word(rest)
    by_name = {info.name: info.id for info in classes.values()}
    class_id = word if word in classes else by_name.get(word)
    if class_id is None:
        containing = [name for name in by_name if word in name]
        close = containing or get_close_matches(word, list(by_name), n=3, cutoff=0.3)
        if len(containing) != 1:
            raise NotFound(say.no_such_class(word, close[:3]))
        class_id = by_name[containing[0]]
    return Given(class_id=class_id, text=text)


def _place(_session: Session, rest: str, _office: Office) -> Given:
    return Given(place=rest, text=rest)


def _verdict(_session: Session, rest: str, _office: Office) -> Given:
    for pattern, passed in ((_FAILED, False), (_PASSED, True)):
        if (match := pattern.match(rest)) is not None:
            return Given(passed=passed, text=rest[match.end() :].strip(" ，,。:："))
    return Given()


def _answer(_session: Session, rest: str, _office: Office) -> Given:
    return answer(rest) or Given()


def answer(text: str) -> Given | None:
    """A reporter's own words on the result; None where they answer neither question."""
    solved = False if _UNSOLVED.search(text) else True if _SOLVED.search(text) else None
    if solved is None:
        return None
    satisfied = False if _POOR.search(text) else True if _GOOD.search(text) else None
    return Given(solved=solved, satisfied=satisfied, text=text)


def _returned(session: Session, rest: str) -> Given:
    """A reason, and perhaps the unit it should have gone to as its last word."""
    words = rest.split()
    if len(words) > 1:
        try:
            return Given(text=" ".join(words[:-1]), unit=unit_called(session, words[-1]))
        except NotFound:
            return Given(text=rest)
    return Given(text=rest)


_READERS: Mapping[Need, Callable[[Session, str, Office], Given]] = {
    Need.UNIT: _unit,
    Need.CLASS: _class,
    Need.PLACE: _place,
    Need.VERDICT: _verdict,
    Need.ANSWER: _answer,
}
