"""What comes after the number: a unit, a limit, a verdict, an answer, a reason; read as each act needs."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlalchemy.orm import Session

from handlers.acts.effects import ActInput
from handlers.commands.parser import split_first_word
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit, is_unit_name
from handlers.errors import NotFound
from models.organisation import Unit
from models.time_limits import TimeLimit
from models.workflow import Act, ActField

_BETWEEN = re.compile(r"[\s、，,]+")
_LEADING_LIMIT = re.compile(r"\s*(\d{1,3}\s*(?:个?工作日|个?工作时|个?小时|分钟|天|日|wd|wh|min|h|d))")
_DATE = re.compile(r"[，,]?\s*(?:到|至)\s*(?:(\d{4})[-年/.])?(\d{1,2})[-月/.](\d{1,2})日?")
_MONEY = re.compile(r"(?:追回|退回|要回|兑现|收到)[^\d，。]{0,6}([\d,]+(?:\.\d{1,2})?)\s*(万)?元")
_FAILED = re.compile(r"^(不通过|未通过|不合格|没通过)")
_PASSED = re.compile(r"^(通过|合格|属实)")
_UNSOLVED = re.compile(r"(没有?解决|未解决|没解决|没好|还没|没有?修)")
_SOLVED = re.compile(r"(已解决|解决了|好了|修好|已修|可以了|^满意|^很满意|^不满意)")
_POOR = re.compile(r"不满意")
_GOOD = re.compile(r"满意|好评|谢谢|感谢")


def parse_arguments(session: Session, act: Act, rest: str, env: Environment, *, now: datetime) -> ActInput:
    """Raises NotFound for a unit or class nobody knows; what is missing the act itself refuses."""
    if act.key in _WITH_A_DATE:
        return _parse_until(rest, env, now)
    special = _BY_ACT.get(act.key)
    if special is not None:
        return special(session, rest, env)
    for need in act.required_fields:
        if need in _READERS:
            return _READERS[need](session, rest, env)
    return ActInput(text=rest)


def _parse_unit(session: Session, rest: str, _office: Environment) -> ActInput:
    if not rest:
        return ActInput()
    word, after = split_first_word(rest)
    unit = find_unit(session, word)
    try:
        limit_text, text = split_first_word(after) if after else ("", "")
        return ActInput(unit=unit, limit=TimeLimit.parse(limit_text), text=text)
    except ValueError:
        return ActInput(unit=unit, text=after)


def _parse_units(session: Session, rest: str, _office: Environment) -> ActInput:
    """One or several units, then whatever else is said."""
    units: list[Unit] = []
    words = [word for word in _BETWEEN.split(rest) if word]
    while words and (not units or is_unit_name(session, words[0])):
        units.append(find_unit(session, words.pop(0)))
    return ActInput(units=tuple(units), text=" ".join(words))


def _parse_length(_session: Session, rest: str, _office: Environment) -> ActInput:
    """How much longer, then why: `2个工作日 等配件`."""
    match = _LEADING_LIMIT.match(rest)
    if match is None:
        return ActInput(text=rest)
    return ActInput(limit=TimeLimit.parse(match[1]), text=rest[match.end() :].strip(" ，,。"))


def _parse_order(_session: Session, rest: str, _office: Environment) -> ActInput:
    """A requirement, and perhaps a time to answer by as its last word: `立即清理 4小时`."""
    words = rest.split()
    try:
        return (
            ActInput(text=" ".join(words[:-1]) or rest, limit=TimeLimit.parse(words[-1]))
            if words
            else ActInput()
        )
    except ValueError:
        return ActInput(text=rest)


def _parse_until(rest: str, env: Environment, now: datetime) -> ActInput:
    """A reason, and perhaps a date to go on at: `等雨停 到 2026-12-01`, `到12月1日`."""
    match = _DATE.search(rest)
    if match is None:
        return ActInput(text=rest)
    today = env.local(now).date()
    year = int(match[1]) if match[1] else today.year
    try:
        day = date(year, int(match[2]), int(match[3]))
    except ValueError:
        return ActInput(text=rest)
    if not match[1] and day < today:
        day = day.replace(year=year + 1)
    until = datetime.combine(day, time(8, 30), env.zone).astimezone(UTC)
    return ActInput(text=(rest[: match.start()] + rest[match.end() :]).strip(" ，,。"), until=until)


def _parse_money(_session: Session, rest: str, _office: Environment) -> ActInput:
    """What happened, and money recovered where it is said: `…，追回 4000 元`."""
    match = _MONEY.search(rest)
    if match is None:
        return ActInput(text=rest)
    yuan = Decimal(match[1].replace(",", "")) * (10_000 if match[2] else 1)
    return ActInput(text=rest, fen=int(yuan * 100))


def _parse_class(_session: Session, rest: str, env: Environment) -> ActInput:
    if not rest:
        return ActInput()
    word, text = split_first_word(rest)
    return ActInput(class_id=env.find_class(word, by_part_of_name=True).id, text=text)


def _parse_place(_session: Session, rest: str, _office: Environment) -> ActInput:
    return ActInput(place=rest, text=rest)


def _parse_verdict(_session: Session, rest: str, _office: Environment) -> ActInput:
    for pattern, passed in ((_FAILED, False), (_PASSED, True)):
        if (match := pattern.match(rest)) is not None:
            return ActInput(passed=passed, text=rest[match.end() :].strip(" ，,。:："))
    return ActInput()


def _parse_answer(_session: Session, rest: str, _office: Environment) -> ActInput:
    return parse_rating(rest) or ActInput()


def parse_rating(text: str) -> ActInput | None:
    """A reporter's own words on the result; None where they answer neither question."""
    solved = False if _UNSOLVED.search(text) else True if _SOLVED.search(text) else None
    if solved is None:
        return None
    satisfied = False if _POOR.search(text) else True if _GOOD.search(text) else None
    return ActInput(solved=solved, satisfied=satisfied, text=text)


def _parse_return(session: Session, rest: str, _office: Environment) -> ActInput:
    """A reason, and perhaps the unit it should have gone to as its last word."""
    words = rest.split()
    if len(words) > 1:
        try:
            return ActInput(text=" ".join(words[:-1]), unit=find_unit(session, words[-1]))
        except NotFound:
            return ActInput(text=rest)
    return ActInput(text=rest)


_READERS: Mapping[ActField, Callable[[Session, str, Environment], ActInput]] = {
    ActField.UNIT: _parse_unit,
    ActField.UNITS: _parse_units,
    ActField.LENGTH: _parse_length,
    ActField.CLASS: _parse_class,
    ActField.PLACE: _parse_place,
    ActField.VERDICT: _parse_verdict,
    ActField.ANSWER: _parse_answer,
}

_BY_ACT: Mapping[str, Callable[[Session, str, Environment], ActInput]] = {
    "return": _parse_return,
    "supervise": _parse_order,
    "mediate": _parse_money,
}
"""Acts whose words say more than their needs."""

_WITH_A_DATE = frozenset({"suspend", "ask_suspend"})
