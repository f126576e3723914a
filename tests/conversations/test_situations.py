"""What people say next: every situation of tests/data/conversation.jsonl, by kind.

tests/data/situations_mended.jsonl are lines of more writers that once went wrong.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conversations.situations import Conversation, Line
from tests.district import District

DATA = Path(__file__).parents[1] / "data"


def read_lines(name: str) -> list[Line]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


LINES, MENDED = read_lines("conversation.jsonl"), read_lines("situations_mended.jsonl")
GROUPS = tuple(dict.fromkeys(line["group"] for line in LINES))
KNOWN: dict[str, str] = yaml.safe_load((Path(__file__).parent / "known_misses.yaml").read_text("utf-8")) or {}


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_said_comes_out_as_written_but_for_the_known_misses(
    group: str, xingsha: Callable[[], District]
) -> None:
    """A line that is newly missed fails, and so does a known miss that is none any more."""
    lines = {line["id"]: line for line in LINES if line["group"] == group}
    missed = {name: wrong for name, line in lines.items() if (wrong := Conversation(xingsha(), line).play())}
    broken = {name: [lines[name]["title"], *wrong] for name, wrong in missed.items() if name not in KNOWN}
    mended = sorted((KNOWN.keys() & lines.keys()) - missed.keys())
    assert (broken, mended) == ({}, []), "newly missed; no longer missed: take it out of known_misses.yaml"


def test_known_misses_are_lines_with_a_reason() -> None:
    assert KNOWN.keys() <= {line["id"] for line in LINES}
    assert all(KNOWN.values())


def test_what_once_went_wrong_comes_out_as_written(xingsha: Callable[[], District]) -> None:
    missed = {line["id"]: wrong for line in MENDED if (wrong := Conversation(xingsha(), line).play())}
    assert missed == {}
