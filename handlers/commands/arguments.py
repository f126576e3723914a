"""What comes after the number: a unit, a limit, a verdict, an answer, a reason; read by the act's fields."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from handlers.cases.context import ActInput, PartyContact
from handlers.cases.privacy.phones import are_phones
from handlers.clocks.spoken_days import find_day
from handlers.commands.parser import split_first_word
from handlers.environment.levels import heads
from handlers.environment.people.leaders import find_leader
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit, is_unit_name
from handlers.errors import NotFound
from handlers.wording import spot_checks
from models.organisation import Unit
from models.suggestions import Adoption
from models.time_limits import TimeLimit
from models.workflow import Act, ActField

_BETWEEN = re.compile(r"[\s、，,]+")
_LEADING_LIMIT = re.compile(r"\A\s*(\d{1,3}\s{0,3}(?:个?工作日|个?工作时|个?小时|分钟|天|日|wd|wh|min|h|d))")
_MONEY = re.compile(r"(?:追回|退回|要回|兑现|收到)[^\d，。]{0,6}(\d[\d,]{0,20}(?:\.\d{1,2})?)\s*(万)?元")
_AMOUNT = re.compile(r"(\d[\d,]{0,20}(?:\.\d{1,2})?)\s*(万)?元?")
_ADOPTIONS = {
    "全部": Adoption.FULL,
    "部分": Adoption.PARTIAL,
    "暂不": Adoption.DECLINED,
    "不": Adoption.DECLINED,
}
_FAILED = re.compile(r"^(不通过|未通过|不合格|没通过)")
_PASSED = re.compile(r"^(通过|合格|属实)")
_AGREED = re.compile(r"^(同意|通过|可以|签发)")
_SENT_BACK = re.compile(r"^(退改|退回|不同意|不通过|重办)")
_UNSOLVED = re.compile(r"(没有?解决|未解决|没解决|没好|还没|没有?修)")
_SOLVED = re.compile(r"(已解决|解决了|好了|修好|已修|可以了|^满意|^很满意|^不满意)")
_POOR = re.compile(r"(?:不|没有?|谈不上|算不上)[^，。；\s]{0,3}满意|差评|不好评")
_GOOD = re.compile(r"满意|好评|谢谢|感谢")

_STOPS = " ，,。；;：:、"
_REACHED = re.compile(r"(?:已经?)?(?:联系[上到]|接通|打通|通话|(?:电话)?告知)了?")
_NOT_REACHED = re.compile(
    r"[^，。,;；!！]{0,12}?(?:(?:没有?|未)能?(?:接通|打通|联系[上到]|找到人|见到人)|(?:没有?人?|无人|不|拒)接(?!受)"
    r"|打不通|联系不[上到]|关机|空号|停机|占线|忙音)"
)
"""How a note on a call begins that nobody took."""
_CALL_WORDS = (
    ("solved", re.compile(r"(?:已经?|都)?(没有?|未|还没有?|还未)?解决(?:好?了)?")),
    ("satisfied", re.compile(r"(?:表示)?(?:很|非常|比较|基本)?(不太?)?满意")),
)
"""What is said of the result, and whether it was denied."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed after the number, and what it is read with."""

    rest: str
    session: Session
    env: Environment
    now: datetime


def parse_arguments(session: Session, act: Act, rest: str, env: Environment, *, now: datetime) -> ActInput:
    """The input for an act from the words after the case number (`rest`).

    The act's first field that has a form of its own says how they are read. Raises NotFound for a unit or
    class nobody knows; what is missing is refused by the act itself.
    """
    typed = _Typed(rest, session, env, now)
    reader = next((_READERS[field] for field in act.fields if field in _READERS), None)
    return ActInput(text=rest) if reader is None else reader(typed)


def _parse_unit(typed: _Typed) -> ActInput:
    if not typed.rest:
        return ActInput()
    word, after = split_first_word(typed.rest)
    unit = find_unit(typed.session, word)
    try:
        limit_text, text = split_first_word(after) if after else ("", "")
        return ActInput(unit=unit, limit=TimeLimit.parse(limit_text), text=text)
    except ValueError:
        return ActInput(unit=unit, text=after)


def _parse_units(typed: _Typed) -> ActInput:
    """One or several units, then whatever else is said."""
    units: list[Unit] = []
    words = [word for word in _BETWEEN.split(typed.rest) if word]
    while words and (not units or is_unit_name(typed.session, words[0])):
        units.append(find_unit(typed.session, words.pop(0)))
    return ActInput(units=tuple(units), text=" ".join(words))


def _parse_length(typed: _Typed) -> ActInput:
    """How much longer, then why: `2个工作日 等配件`."""
    match = _LEADING_LIMIT.match(typed.rest)
    if match is None:
        return ActInput(text=typed.rest)
    return ActInput(limit=TimeLimit.parse(match[1]), text=typed.rest[match.end() :].strip(" ，,。"))


def _parse_limit(typed: _Typed) -> ActInput:
    """A requirement, and perhaps a time to answer by as its last word: `立即清理 4小时`."""
    words = typed.rest.split()
    try:
        return (
            ActInput(text=" ".join(words[:-1]) or typed.rest, limit=TimeLimit.parse(words[-1]))
            if words
            else ActInput()
        )
    except ValueError:
        return ActInput(text=typed.rest)


def _parse_until(typed: _Typed) -> ActInput:
    """A reason, and perhaps a date to go on at: `等雨停 到 2026-12-01`, `到12月1日`."""
    said = find_day(typed.rest, typed.env.local(typed.now).date())
    if said is None:
        return ActInput(text=typed.rest)
    rest = typed.rest[: said.start] + typed.rest[said.end :]
    return ActInput(text=rest.strip(" ，,。"), until=said.begin(typed.env.zone))


def _parse_money(typed: _Typed) -> ActInput:
    """What happened, and money recovered where it is said: `…，追回 4000 元`."""
    return _read_money(typed, _MONEY)


def _parse_amount(typed: _Typed) -> ActInput:
    """Money that it is about: `4000 元`, `1.2万元`."""
    return _read_money(typed, _AMOUNT)


def _read_money(typed: _Typed, pattern: re.Pattern[str]) -> ActInput:
    match = pattern.search(typed.rest)
    if match is None:
        return ActInput(text=typed.rest)
    yuan = Decimal(match[1].replace(",", "")) * (10_000 if match[2] else 1)
    return ActInput(text=typed.rest, fen=int(yuan * 100))


def _parse_party(typed: _Typed) -> ActInput:
    """Name, telephone and what they are: `王大姐 13800000000 被欠薪人`; without a number, or a name."""
    words = typed.rest.split()
    at = next((at for at, word in enumerate(words) if are_phones(word)), None)
    if at is None:
        contact, relation = PartyContact(name=" ".join(words[:1])), " ".join(words[1:])
    else:
        contact, relation = PartyContact(" ".join(words[:at]), words[at]), " ".join(words[at + 1 :])
    return ActInput(contact=contact if typed.rest else None, text=relation)


def _parse_adoption(typed: _Typed) -> ActInput:
    """How much of a suggestion is taken up, and why: `部分 先装东侧，西侧明年`."""
    word, why = split_first_word(typed.rest) if typed.rest else ("", "")
    return ActInput(adoption=_ADOPTIONS.get(word.removesuffix("采纳")), text=why)


def _parse_class(typed: _Typed) -> ActInput:
    if not typed.rest:
        return ActInput()
    word, text = split_first_word(typed.rest)
    return ActInput(class_id=typed.env.find_class(word, by_part_of_name=True).id, text=text)


def _parse_place(typed: _Typed) -> ActInput:
    return ActInput(place=typed.rest, text=typed.rest)


def _parse_verdict(typed: _Typed) -> ActInput:
    return _read_verdict(typed, _FAILED, _PASSED)


def _parse_signature(typed: _Typed) -> ActInput:
    return _read_verdict(typed, _SENT_BACK, _AGREED)


def _parse_level(typed: _Typed) -> ActInput:
    """Perhaps the level it is raised to, then why: `县 三个部门意见不一`."""
    word, reason = split_first_word(typed.rest) if typed.rest else ("", "")
    level = heads.find_level(word.removeprefix("到"))
    return ActInput(text=typed.rest) if level is None else ActInput(level=level, text=reason)


def _read_verdict(typed: _Typed, failed: re.Pattern[str], good: re.Pattern[str]) -> ActInput:
    for pattern, passed in ((failed, False), (good, True)):
        if (match := pattern.match(typed.rest)) is not None:
            return ActInput(passed=passed, text=typed.rest[match.end() :].strip(" ，,。:："))
    return ActInput()


def _parse_answer(typed: _Typed) -> ActInput:
    return parse_rating(typed.rest) or ActInput()


def parse_rating(text: str) -> ActInput | None:
    """A reporter's own words as solved and satisfied; None where they answer neither question."""
    solved = False if _UNSOLVED.search(text) else True if _SOLVED.search(text) else None
    if solved is None:
        return None
    satisfied = False if _POOR.search(text) else True if _GOOD.search(text) else None
    return ActInput(solved=solved, satisfied=satisfied, text=text)


def _parse_call(typed: _Typed) -> ActInput:
    """Taken or not, then what was said of the result, then other words: `联系上 未解决 不满意 还在漏`."""
    if (taken := _REACHED.match(typed.rest)) is None:
        missed = _NOT_REACHED.match(typed.rest) is not None
        words = typed.rest.removeprefix(spot_checks.UNREACHED).strip(_STOPS)
        return ActInput(reached=False, text=words) if missed else ActInput()
    said: dict[str, bool] = {}
    rest = typed.rest[taken.end() :].strip(_STOPS)
    for key, pattern in _CALL_WORDS:
        if (found := pattern.match(rest)) is not None:
            said[key] = found[1] is None
            rest = rest[found.end() :].strip(_STOPS)
    return ActInput(reached=True, solved=said.get("solved"), satisfied=said.get("satisfied"), text=rest)


def _parse_leader(typed: _Typed) -> ActInput:
    """The leader who takes it in person; nobody named: whoever says it."""
    if not typed.rest:
        return ActInput()
    word, text = split_first_word(typed.rest)
    return ActInput(people=(find_leader(typed.session, word),), text=text)


def _parse_suggestion(typed: _Typed) -> ActInput:
    """A reason, and perhaps the unit it should have gone to as its last word."""
    words = typed.rest.split()
    if len(words) > 1:
        try:
            return ActInput(text=" ".join(words[:-1]), unit=find_unit(typed.session, words[-1]))
        except NotFound:
            return ActInput(text=typed.rest)
    return ActInput(text=typed.rest)


_READERS: Mapping[ActField, Callable[[_Typed], ActInput]] = {
    ActField.UNIT: _parse_unit,
    ActField.UNITS: _parse_units,
    ActField.LENGTH: _parse_length,
    ActField.CLASS: _parse_class,
    ActField.PLACE: _parse_place,
    ActField.VERDICT: _parse_verdict,
    ActField.SIGNATURE: _parse_signature,
    ActField.LEVEL: _parse_level,
    ActField.ANSWER: _parse_answer,
    ActField.CALL: _parse_call,
    ActField.MONEY: _parse_money,
    ActField.AMOUNT: _parse_amount,
    ActField.PARTY: _parse_party,
    ActField.ADOPTION: _parse_adoption,
    ActField.UNTIL: _parse_until,
    ActField.LIMIT: _parse_limit,
    ActField.LEADER: _parse_leader,
    ActField.SUGGESTED_UNIT: _parse_suggestion,
}
"""Whatever is not here is words, as they stand."""
