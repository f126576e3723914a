"""What people say next: every situation of tests/data/conversation.jsonl, by kind."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conversations.situations import Conversation, Line
from tests.district import District

LINES: list[Line] = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "conversation.jsonl").read_text("utf-8").splitlines()
]
GROUPS = tuple(dict.fromkeys(line["group"] for line in LINES))


@pytest.mark.parametrize("group", GROUPS)
def test_situations(group: str, xingsha: Callable[[], District]) -> None:
    missed = {}
    for line in LINES:
        if line["group"] == group and (wrong := Conversation(xingsha(), line).play()):
            missed[f"{line['id']} {line['title']}"] = wrong
    assert missed == {}
