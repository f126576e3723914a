import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.triage.rules.examples import TALK, Example, ExampleError, fingerprint, parse_examples
from handlers.triage.rules.packs import Pack, iter_rules

DATA = Path(__file__).parents[3] / "data"
RULES = Path(__file__).parents[4] / "rules"
SENTENCE = 6
"""Characters from which words are a sentence that somebody made up."""
COMMON = frozenset({"收到马上安排"})
"""What anybody says: an example long before somebody wrote it into a conversation."""
A_WORD = 5
"""Characters: what is shorter may be a word (收到), and is measured nevertheless."""
MEASURED: dict[str, Callable[[Any], list[str]]] = {
    "group_chat.jsonl": lambda line: [line["text"]],
    "conversation.jsonl": lambda line: [each["text"] for each in (*line["given"], *line["say"])],
    "three_days.jsonl": lambda line: [line["text"]] if "text" in line else [],
}
"""The texts that the tests measure on, by file: how they stand in a line."""


def test_sentences_are_kept_by_class_with_what_they_say_of_urgency() -> None:
    lines = ["# 说明", "", "lamp 灯坏了", "lamp! 灯杆带电", "lamp~ 灯有点暗", "chatter 早上好"]
    lines += ["lamp/建议 加盏灯", "lamp/求助! 灯漏电", "lamp 就在〔长江路〕，灯坏了"]
    assert parse_examples(lines, ["lamp"]) == {
        "lamp": [
            Example("灯坏了"),
            Example("灯杆带电", urgent=True),
            Example("灯有点暗", urgent=False),
            Example("加盏灯", nature="建议"),
            Example("灯漏电", nature="求助", urgent=True),
            Example("就在长江路，灯坏了", place=(2, 5)),
        ],
        TALK: [Example("早上好")],
    }


@pytest.mark.parametrize("line", ["lump 灯坏了", "lamp", "lamp!", "lamp/骂人 灯坏了", "lamp? 灯坏了"])
def test_a_line_that_is_no_example_is_told_by_its_number(line: str) -> None:
    with pytest.raises(ExampleError, match=r"^2: "):
        parse_examples(["lamp 灯坏了", line], ["lamp"])


def test_other_sentences_have_another_fingerprint() -> None:
    one = {"lamp": [Example("灯坏了")]}
    assert fingerprint(one) == fingerprint({"lamp": (Example("灯坏了"),)})
    assert fingerprint(one) != fingerprint({"lamp": [Example("灯坏了", urgent=True)]})
    assert fingerprint(one) != fingerprint({"bin": [Example("灯坏了")]})


def test_the_shipped_hints_were_learned_from_the_shipped_examples(pack: Pack) -> None:
    assert pack.hints is not None
    assert pack.hints.of == fingerprint(pack.examples)


def test_no_sentence_we_measure_on_is_an_example(pack: Pack) -> None:
    learned = {_bare(each.text) for several in pack.examples.values() for each in several}
    assert not _list_measured() & learned


@pytest.mark.parametrize("file", sorted(RULES.glob("*.yaml")), ids=lambda path: path.name)
def test_no_sentence_we_measure_on_is_a_rule(file: Path) -> None:
    words = {_bare(word) for word in re.split(r"[\s{}\[\]:,\"'#]+", file.read_text(encoding="utf-8"))}
    lines = {_bare(line) for line in file.read_text(encoding="utf-8").splitlines()}
    assert not _list_measured() & (words | lines)


def _list_measured() -> set[str]:
    """The sentences that the tests measure on, without stops; what is shorter anybody may say."""
    texts = [
        text
        for name, list_texts in MEASURED.items()
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
        for text in list_texts(json.loads(line))
    ]
    return {bare for bare in map(_bare, texts) if len(bare) >= SENTENCE} - COMMON


@pytest.mark.parametrize("name", ["group_chat.jsonl", "danger.jsonl"])
def test_no_text_we_measure_on_is_an_example_or_a_word(pack: Pack, name: str) -> None:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    measured = {_bare(json.loads(line)["text"]) for line in lines}
    learned = {_bare(each.text) for several in pack.examples.values() for each in several}
    words = {_bare(word) for _, rule in iter_rules(pack) for said in rule.words.values() for word in said}
    cancelled = {_bare(word) for _, rule in iter_rules(pack) for word in rule.not_}
    assert not measured & learned - {""}
    sentences = {text for text in measured if len(text) > A_WORD}
    assert not sentences & (words | cancelled | set(map(_bare, pack.idioms)))


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text)
