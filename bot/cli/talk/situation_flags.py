"""A situation made out of what stands on the command line, as `situation.look_up` would find it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.environment.spoken_units import find_spoken_unit
from handlers.talk.situation import KnownCase, Side, Situation, list_numbers, list_sides
from handlers.talk.understanding import Words, stated_place
from handlers.triage.types import Facts
from models.case_numbers import format_number
from models.organisation import ChatUse, Role
from models.workflow import Status

_SINCE = datetime(2026, 1, 5, 1, tzinfo=UTC)
"""When the first case was opened; only the order of the cases counts."""


class Speaker(StrEnum):
    """In which role something is said."""

    RESIDENT = Role.RESIDENT
    INFORMANT = Role.INFORMANT
    GRID = Role.GRID
    HANDLER = Role.HANDLER
    DUTY = Role.DUTY


_CHATS = {Speaker.HANDLER: ChatUse.HANDLING, Speaker.DUTY: ChatUse.DUTY}


@dataclass(frozen=True, slots=True)
class SituationFlags:
    """The flags of `talk test` beside the words."""

    speaker: Speaker = Speaker.RESIDENT
    cases: Sequence[str] = ()
    """`STATE[:text[:place]]`, the oldest first."""
    is_direct: bool = False
    is_overheard: bool = False
    is_quoting: bool = False
    """The message quotes a push of the first case."""
    is_fresh: bool = False
    """The newest case was reported a moment ago and may still be added to."""
    has_photo: bool = False

    def words(self, text: str) -> Words:
        """What was said, with what is known beside the words."""
        facts = Facts(
            sender_role=self.speaker,
            addressed=not self.is_overheard or self.is_direct,
            has_media=self.has_photo,
        )
        return Words(text, facts, has_evidence=self.has_photo)


class UnknownState(ValueError):
    """A case was given a state that the workflow does not have; `str` says which there are."""


def parse_status(word: str) -> Status:
    """The state by its key or its Chinese name: CALLBACK, callback, 待回访. Raises UnknownState."""
    found = next((status for status in Status if word.upper() == status or word == status.chinese), None)
    if found is None:
        known = "、".join(f"{status}（{status.chinese}）" for status in Status)
        raise UnknownState(f"没有状态 {word}；有 {known}")
    return found


def build_situation(text: str, flags: SituationFlags, env: Environment, session: Session) -> Situation:
    """The situation in which the words are said. Raises UnknownState."""
    use = ChatUse.DIRECT if flags.is_direct else _CHATS.get(flags.speaker, ChatUse.INTAKE)
    sides = list_sides(flags.speaker, use, quotes_own=flags.is_quoting and flags.speaker in _OUTSIDERS)
    cases = [_build_case(row, number, sides[0], env) for number, row in enumerate(flags.cases, start=1)]
    fresh = cases[-1].id if cases and flags.is_fresh else None
    return Situation(
        sides=sides,
        cases=tuple(reversed(cases)),
        named=_list_named(text, cases, flags),
        open_report_case=fresh,
        has_open_report=fresh is not None,
        names_unit=Side.DESK in sides and find_spoken_unit(session, text) is not None,
        is_quoting=flags.is_quoting and bool(cases),
        names_unknown=False,
        is_spoken_to=flags.is_direct or not flags.is_overheard,
        is_asked=False,
    )


_OUTSIDERS = (Speaker.RESIDENT, Speaker.INFORMANT)


def _build_case(row: str, number: int, side: Side, env: Environment) -> KnownCase:
    state, _, rest = row.replace("：", ":").partition(":")
    text, _, place = rest.partition(":")
    found = env.classifier.triage(text, facts=Facts())
    opened_at = _SINCE + timedelta(hours=number)
    return KnownCase(
        id=number,
        number=format_number(env.case_prefix, f"{env.local(opened_at):%y%m%d}", number),
        status=parse_status(state.strip()),
        class_id=found.class_id,
        class_name=env.class_info(found.class_id).name,
        text=text,
        place=place or stated_place(found),
        opened_at=opened_at,
        side=side,
        has_place=bool(place or stated_place(found)),
        is_requested=False,
        is_urgent=found.urgent,
        is_fresh=False,
        is_here=True,
    )


def _list_named(text: str, cases: Sequence[KnownCase], flags: SituationFlags) -> tuple[int, ...]:
    if flags.is_quoting:
        return tuple(case.id for case in cases[:1])
    by_number = {name: case.id for case in cases for name in (case.number, case.serial)}
    return tuple(dict.fromkeys(by_number[number] for number in list_numbers(text) if number in by_number))
