"""An adopted suggestion is one more entry; everything else a person wrote stays as it is."""

from datetime import date

import pytest
import yaml

from handlers.triage.learning import local_pack
from handlers.triage.learning.rule_suggestions import Effect, Suggestion, SuggestionKind

WORD = Suggestion(SuggestionKind.WORD, "food.smoke", "泔水", 4, ("WG-1", "WG-2"), Effect(3, 3, 0))
PHRASE = Suggestion(SuggestionKind.NOT, "env.rubbish", "垃圾短信", 0, ("WG-3", "WG-4"), Effect(2, 2, 0))
DAY = date(2026, 11, 21)
ENTRY = {"class": "food.smoke", "words": {4: "泔水"}}


def written(text: str, suggestion: Suggestion = WORD) -> str:
    return local_pack.append_suggestion(text, suggestion, by="值班\n一号", on=DAY)


def test_a_new_file_begins_with_how_it_is_written() -> None:
    assert written("").splitlines()[-4:] == [
        "",
        "add:",
        f"  # 2026-11-21 值班 一号 采纳 {WORD.id}：2 件改过类的事件里有，按过去的消息改对 3、改错 0",
        "  - {class: food.smoke, words: {4: 泔水}}",
    ]
    assert written("").startswith("# 本单位自己的词")


def test_the_next_one_follows_the_last() -> None:
    both = written(written(""), PHRASE)
    assert yaml.safe_load(both)["add"] == [ENTRY, {"class": "env.rubbish", "not": "垃圾短信"}]
    assert both.startswith(written("").rstrip())


@pytest.mark.parametrize(
    "text",
    [
        "# 我的\nidioms: 甲乙\n",
        "add:\n- {class: a, words: {4: 甲}} # 为什么\n\n# 别的\nidioms: 甲乙\n",
        "add:\n  - class: a\n    words:\n      4: >-\n        甲\n        乙\n\n# 别的\nidioms: 甲乙\n",
        "add:\n    - {class: a, words: {4: 甲}}",
        "idioms: 甲乙",
    ],
)
def test_what_a_person_wrote_stays_line_for_line(text: str) -> None:
    before, after = yaml.safe_load(text), written(text)
    assert yaml.safe_load(after) == {**before, "add": [*before.get("add", []), ENTRY]}
    kept = iter(after.splitlines())
    assert all(line in kept for line in text.splitlines())


@pytest.mark.parametrize(
    "text", ["{idioms: 甲乙}\n", "add: [{class: a, words: {4: 甲}}]\n", "add:\n", "[1]\n"]
)
def test_a_layout_of_its_own_is_left_alone_and_the_lines_are_told(text: str) -> None:
    with pytest.raises(local_pack.NotWritable) as refused:
        written(text)
    assert yaml.safe_load(str(refused.value)) == {"add": [ENTRY]}
