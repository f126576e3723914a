"""Situations made by hand, and what is decided in them by the shipped rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from handlers.environment.snapshot import Environment
from handlers.talk.planning import is_left_to_intake, plan_act
from handlers.talk.situation import KnownCase, Side, Situation
from handlers.talk.understanding import Interpretation, Words, understand
from handlers.triage.rules.packs import Pack
from handlers.triage.types import Facts
from models.workflow import Status

LAMP_PLACE = "解放路15号"
LAMP = f"{LAMP_PLACE}路灯不亮"


def know_case(
    status: str,
    *,
    id: int = 1,  # noqa: A002 - what it is called in `KnownCase`
    text: str = LAMP,
    place: str = LAMP_PLACE,
    class_id: str = "fac.lamp",
    side: Side = Side.REPORTER,
) -> KnownCase:
    """A case as the situation knows it; without more said, the lamp."""
    return KnownCase(
        is_requested=False,
        id=id, number=f"WG260105-{id:04d}", status=Status(status), class_id=class_id, class_name=class_id,
        text=text, place=place, opened_at=datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=id), side=side,
        has_place=bool(place), is_here=True, is_urgent=False, is_fresh=False,
    )  # fmt: skip


def make_situation(
    *cases: KnownCase,
    sides: Sequence[Side] = (Side.REPORTER,),
    named: Sequence[int] = (),
    quotes: bool = False,
) -> Situation:
    """A situation in which the bot is spoken to; the cases oldest first."""
    return Situation(
        sides=tuple(sides), cases=tuple(reversed(cases)), named=tuple(named), open_report_case=None,
        has_open_report=False, names_unit=False, is_quoting=quotes, names_unknown=False, is_spoken_to=True, is_asked=False,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """What is made of a message: the steps that are planned, and for which cases."""

    steps: tuple[str, ...]
    """`("intake",)` where it is left to intake."""
    cases: tuple[int, ...]
    read: Interpretation


Decide = Callable[[str, Situation], Decision]


@pytest.fixture(scope="session")
def pack(env: Environment) -> Pack:
    return env.classifier.pack


@pytest.fixture(scope="session")
def decide(env: Environment) -> Decide:
    def decide_words(text: str, situation: Situation) -> Decision:
        read = understand(Words(text, Facts()), situation, env.classifier)
        if read.act is None or is_left_to_intake(situation, read):
            return Decision(("intake",), (), read)
        planned = plan_act(read.act, read, env.classifier.pack.dialogue)
        steps = tuple(f"{step.verb} {step.detail}".strip() for step in planned.steps)
        return Decision(steps, tuple(each.case.id for each in planned.meant), read)

    return decide_words
