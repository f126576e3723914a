"""The situation a message is said in: who speaks, the cases that may be meant, and where each stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select

from handlers.cases import links, permissions
from handlers.cases.lists import chat_cases
from handlers.cases.resident import own_cases
from handlers.chat import case_lookup
from handlers.chat.inbound import InboundMessage
from handlers.environment.people import newcomers
from handlers.environment.spoken_units import find_spoken_unit, list_unit_orders
from handlers.errors import Refused
from handlers.intake import group_cases
from handlers.intake.files import stamped_places
from handlers.intake.open_reports import find_open_report
from handlers.talk.utterances import split_clauses
from models.case_numbers import serial_of
from models.cases import Case, Event
from models.organisation import REPORTING, ChatUse, Role
from models.workflow import OPEN, Status

_JUDGED = (Status.CALLBACK, Status.CLOSED)
_MOST = 8
"""Cases of a reporter that are looked at, the newest first."""
_NUMBER = re.compile(r"(?<![\d-])(?:(?:[A-Za-z]{1,4}\d{6}-)?\d{4,6}(?![\d号栋幢楼室元米年])|0\d{3}(?=号))")
"""0012号 is a number of a case, 1203号 a house."""
_SERIAL = re.compile(r"(?<![\d-])(?:[A-Za-z]{1,4}\d{6}-\d{4,6}|0\d{3})(?!\d)")
"""What is a number of a case and nothing else."""
_AT_WORK = re.compile(
    r"(?<![\d.])\d{4}\s{0,2}(?:我们?[签接来去]|签收|报结|完成|办结|通过|不通过|申请|不归|退回|核查)"
)
"""What staff do with a number is done with that of a case, whether there is one or not: 8873我签了."""
_OTHERS_NUMBER = re.compile(
    r"(?<![A-Za-z\d.·:：-])(?:[A-Za-z]{1,4}\d{6}-\d{4,6}|0\d{3})(?![A-Za-z\d:：-]|[\s]\d|[年月号栋幢楼室元米])"
)
"""What somebody who reports things says as the number of a case: 0015怎么样了, and no 0731-8888."""
_BARE_NUMBER = re.compile(r"[#＃]?\d{4}[?？]?")
_OTHER_FIGURES = re.compile(
    "灯杆|杆号|杆上|工号|牌|尾号|车号|电话|密码|门号|卡号|区号|热线|验证码|单元|快递|取件|[一-鿿]·"
)
"""What has figures that are no number of a case: 车牌尾号0123."""
_MONEY = re.compile("元|块|钱|赔|罚|费|款")
_DESK = frozenset({Role.DUTY, Role.COORDINATOR, Role.LEADER, Role.ADMIN})


class Side(StrEnum):
    """In what capacity somebody speaks of a case."""

    REPORTER = "reporter"
    UNIT = "unit"
    DESK = "desk"
    GRID = "grid"
    NEIGHBOUR = "neighbour"
    """Of a case that somebody else reported in this group."""


PART_OF_ESTATE = re.compile(r"[\d一二三四五六七八九十]{1,4}(?:栋|幢|号楼|单元|楼|层|室)[^路街巷村]{0,6}")
"""A place that is in some estate, but not which: 8栋."""


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case that may be meant, with what tells it from the others."""

    id: int
    number: str
    status: Status
    class_id: str
    class_name: str
    text: str
    place: str
    opened_at: datetime
    side: Side
    has_place: bool
    """Somebody said where it is; else only the area is known."""
    is_here: bool
    """It was reported in the chat in which is spoken now."""
    is_requested: bool
    """A request of the unit waits for a decision: more time, a pause."""
    is_urgent: bool
    is_fresh: bool
    """It was reported within minutes, so that others may speak of it without naming it."""
    is_spoken_of: bool = False
    """Within minutes its reporter spoke of this case last, or was asked here for its result."""

    @property
    def serial(self) -> str:
        return serial_of(self.number)


@dataclass(frozen=True, slots=True)
class Situation:
    """Looked up once for a message; nothing in it changes."""

    sides: tuple[Side, ...]
    """The capacities in which this person may speak here, the likeliest first."""
    cases: tuple[KnownCase, ...]
    """The cases that may be meant, newest first."""
    named: tuple[int, ...]
    """Ids of the cases that the message quotes or numbers."""
    open_report_case: int | None
    """Id of the case of the person's report that further messages still join; None: there is none."""
    has_open_report: bool
    is_asked: bool
    """The person was asked what their report lacks, and has not answered yet."""
    names_unit: bool
    """The words of somebody at a desk name a unit."""
    is_quoting: bool
    """It quotes a push of a case, or is of staff and names one by its number."""
    names_unknown: bool
    """It names a case that whoever speaks cannot see from here, and none that they can."""
    is_spoken_to: bool
    """Addressed, or in private; else the bot merely overhears it."""

    @property
    def lacks_place(self) -> bool:
        """Whether this person reported something minutes ago, and where it is nobody knows."""
        return any(case.is_fresh and not case.has_place for case in self.of_side(Side.REPORTER))

    @property
    def has_fresh_report(self) -> bool:
        """Whether this person reported something a moment ago, and may go on telling of it."""
        return self.open_report_case is not None or self.has_open_report

    @property
    def is_in_danger(self) -> bool:
        """Whether this person reported a danger minutes ago, whose result nobody asks for yet."""
        return any(
            case.is_fresh
            and case.is_urgent
            and case.status in (*OPEN, Status.DUPLICATE)
            and case.status is not Status.CALLBACK
            for case in self.of_side(Side.REPORTER)
        )

    def of_side(self, side: Side) -> tuple[KnownCase, ...]:
        """The cases that may be meant in this capacity."""
        return tuple(case for case in self.cases if case.side is side)

    def speaks_as(self, side: Side) -> bool:
        """Whether words may be said in this capacity: of staff who name a case, in none that it is not of."""
        if side is Side.NEIGHBOUR and self.named:
            return any(case.id in self.named for case in self.of_side(side))
        if self.sides[0] is Side.REPORTER or not self.named:
            return not self.names_unknown
        return any(case.id in self.named for case in self.of_side(side))


def look_up(inbound: InboundMessage, *, quoted: Case | None = None) -> Situation:
    """The situation of a message; `quoted`: the case whose push it quotes."""
    sides = _find_sides(inbound, quoted)
    named = [quoted] if quoted is not None else _find_numbered(inbound)
    known: dict[tuple[int, Side], KnownCase] = {}
    for side in sides:
        cases = (*named, *_load_cases(inbound, side))
        links.look_up_followers(inbound.session, cases)
        for case in cases:
            if _may_be_meant(inbound, case, side, is_named=case in named):
                known.setdefault((case.id, side), _describe(inbound, case, side))
    known = _mark_spoken_of(inbound, known)
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    current = report if report is not None and inbound.now <= report.closes_at else None
    is_asked = current is not None and current.case_id is None and current.asked_at is not None
    return Situation(
        sides=sides,
        cases=tuple(sorted(known.values(), key=lambda case: -case.id)),
        named=tuple(case.id for case in named),
        open_report_case=current.case_id if current is not None else None,
        has_open_report=current is not None,
        is_asked=is_asked,
        names_unit=Side.DESK in sides and _names_unit(inbound),
        is_quoting=quoted is not None or (bool(named) and sides[0] is not Side.REPORTER),
        names_unknown=not named and _names_unknown(inbound, sides[0], is_asked=is_asked),
        is_spoken_to=inbound.is_spoken_to,
    )


def _mark_spoken_of(
    inbound: InboundMessage, known: dict[tuple[int, Side], KnownCase]
) -> dict[tuple[int, Side], KnownCase]:
    """Mark the one of several cases that their reporter spoke of last: 麻烦快点, minutes after 又没水了."""
    own = [key for key in known if key[1] is Side.REPORTER]
    if len(own) < 2:
        return known
    asked = {"case_ids": [key[0] for key in own], "person": inbound.person.id}
    last = inbound.session.scalar(_LAST_ACT, {**asked, "since": inbound.now - group_cases.FRESH})
    return {
        key: replace(case, is_spoken_of=True) if key == (last, Side.REPORTER) else case
        for key, case in known.items()
    }


_LAST_ACT = (
    select(Event.case_id)
    .where(
        Event.case_id.in_(bindparam("case_ids", expanding=True)),
        Event.actor_id == bindparam("person"),
        Event.at >= bindparam("since"),
        Event.number > 1,  # of two that were just reported none is meant more
    )
    .order_by(Event.at.desc(), Event.id.desc())
    .limit(1)
)


def _names_unknown(inbound: InboundMessage, side: Side, *, is_asked: bool) -> bool:
    """Whether the words name a case by what is a number of one, though whoever speaks knows no such case."""
    text = inbound.incoming.text.strip()
    if side is not Side.REPORTER:
        return _says_number(text)
    if is_asked or not inbound.is_spoken_to or _OTHER_FIGURES.search(text):
        return False
    return _OTHERS_NUMBER.search(text) is not None or _BARE_NUMBER.fullmatch(text) is not None


def _says_number(text: str) -> bool:
    if _SERIAL.search(text) is not None:
        return True
    return _AT_WORK.search(text) is not None and _MONEY.search(text) is None


def _names_unit(inbound: InboundMessage) -> bool:
    text = inbound.incoming.text
    if find_spoken_unit(inbound.session, text) is not None:
        return True
    return bool(list_unit_orders(inbound.session, split_clauses(text)))


def _find_sides(inbound: InboundMessage, quoted: Case | None) -> tuple[Side, ...]:
    quotes_own = quoted is not None and permissions.is_own(inbound.session, inbound.actor, quoted)
    posts = (
        list_sides(one.role, inbound.chat.use, quotes_own=quotes_own) for one in inbound.person.in_each_post
    )
    sides = dict.fromkeys(side for each in posts for side in each)
    # Who works by any of their posts speaks for themselves last, as by each.
    return tuple(sides) if quotes_own else tuple(sorted(sides, key=lambda side: side in _FOR_THEMSELVES))


_FOR_THEMSELVES = (Side.REPORTER, Side.NEIGHBOUR)


def list_sides(role: str, use: str, *, quotes_own: bool = False) -> tuple[Side, ...]:
    """The capacities in which a person of this role may speak in a chat of this use, the likeliest first.

    `quotes_own`: they quote a case that they reported themselves.
    """
    if role in _DESK:
        staff: tuple[Side, ...] = (Side.DESK,)
    elif role == Role.HANDLER:
        staff = (Side.UNIT,)
    elif role == Role.GRID:
        staff = (Side.GRID, Side.UNIT) if use == ChatUse.HANDLING else (Side.GRID,)
    else:
        return (Side.REPORTER, Side.NEIGHBOUR) if use in REPORTING else (Side.REPORTER,)
    if use == ChatUse.HANDLING and Side.UNIT not in staff:
        staff = (*staff, Side.UNIT)
    return (Side.REPORTER, *staff) if quotes_own else (*staff, Side.REPORTER)


def _may_be_heard(inbound: InboundMessage, case: Case) -> bool:
    """Whether words that were not said to the bot may be about the case: not one of another chat."""
    return inbound.is_spoken_to or case.chat_id == inbound.chat.id


def _may_be_meant(inbound: InboundMessage, case: Case, side: Side, *, is_named: bool) -> bool:
    if side is Side.REPORTER:
        return _is_own(inbound, case) and (is_named or _may_be_heard(inbound, case))
    if side is not Side.NEIGHBOUR:
        return True
    is_seen = case.chat_id == inbound.chat.id and not case.restricted
    return is_seen and not _is_own(inbound, case)


def _is_own(inbound: InboundMessage, case: Case) -> bool:
    if permissions.is_own(inbound.session, inbound.actor, case):
        return True
    return links.find_own_follower(inbound.session, case, inbound.person) is not None


def _load_cases(inbound: InboundMessage, side: Side) -> Sequence[Case]:
    if side is Side.REPORTER:
        if inbound.person.joined_to is None and newcomers.has_no_case(inbound.session, inbound.person.id):
            return ()
        since = inbound.now - inbound.env.reopen_within
        return own_cases.list_spoken_of(inbound.session, inbound.asker, since=since, limit=_MOST)
    if side is Side.NEIGHBOUR:
        return group_cases.list_open_here(inbound)
    return chat_cases.list_of_chat(inbound.session, inbound.asker, inbound.chat)


def list_numbers(text: str) -> list[str]:
    """What may be numbers of cases in the words: 0012, WG261129-0012."""
    return [match[0].upper() for match in _NUMBER.finditer(text)]


def list_number_starts(text: str) -> list[int]:
    """Where in the words what may be a number of a case begins."""
    return [match.start() for match in _NUMBER.finditer(text)]


def find_numbers_of(text: str, cases: Sequence[KnownCase]) -> list[tuple[int, int, str]]:
    """Where in the words the numbers of these cases begin and end, each with the full number of its case."""
    known = {said: case.number for case in cases for said in (case.number, case.serial)}
    found = [(match, known.get(match[0].upper())) for match in _NUMBER.finditer(text)]
    return [(match.start(), match.end(), number) for match, number in found if number is not None]


def strip_number(text: str) -> str:
    """The words without the number of a case at their head: others read them under its own."""
    rest = text.strip()
    found = _NUMBER.match(rest)
    return rest[found.end() :].lstrip(" ，,：:、") if found else rest


def _find_numbered(inbound: InboundMessage) -> list[Case]:
    """Cases whose numbers stand in the words; digits that are no number of a case are passed over."""
    found: dict[int, Case] = {}
    for number in list_numbers(inbound.incoming.text):
        try:
            case = case_lookup.find_case(inbound, number)
        except Refused:
            continue
        found[case.id] = case
    return list(found.values())


def _describe(inbound: InboundMessage, case: Case, side: Side) -> KnownCase:
    return KnownCase(
        id=case.id,
        number=case.number,
        status=_find_status(inbound, case),
        class_id=case.class_id,
        class_name=inbound.env.class_info(case.class_id).name,
        text=case.text,
        place=case.place,
        opened_at=case.opened_at,
        side=side,
        has_place=_has_place(inbound, case),
        is_here=case.chat_id == inbound.chat.id,
        is_requested=case.requested is not None,
        is_urgent=case.urgent,
        is_fresh=case.opened_at >= inbound.now - group_cases.FRESH,
        is_spoken_of=_was_just_asked(inbound, case),
    )


def _was_just_asked(inbound: InboundMessage, case: Case) -> bool:
    is_asked = case.status == Status.CALLBACK and case.chat_id == inbound.chat.id
    return is_asked and case.replied_at is not None and case.replied_at >= inbound.now - group_cases.FRESH


def _find_status(inbound: InboundMessage, case: Case) -> Status:
    """Where the case stands; of a joined one, whether its reporter is asked or told by now."""
    if case.status != Status.DUPLICATE:
        return Status(case.status)
    root = links.root_case(inbound.session, case)
    return Status(root.status) if root.status in _JUDGED else Status.DUPLICATE


def _has_place(inbound: InboundMessage, case: Case) -> bool:
    if inbound.env.reads_photos and stamped_places.is_place_supposed(inbound.session, case):
        return False  # who is asked to put it right answers as who is asked where
    if PART_OF_ESTATE.fullmatch(case.place):
        return False
    return stamped_places.names_place(inbound.session, case)
