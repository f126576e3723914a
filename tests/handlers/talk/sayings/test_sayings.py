"""Signs learned from what people say next: heard where no written word tells, and never against one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.talk.sayings import learned_signs, sign_training, sign_weights
from handlers.talk.sayings.saying_file import Saying, parse_sayings
from handlers.talk.signs import SignFinder
from handlers.talk.situation import Side
from handlers.triage.rules.packs import Pack
from tests.conftest import ROOT
from tests.rule_packs import load_shipped_pack

LINES = [
    *(f"reporter solved {word}" for word in ("那灯又照起来咯", "灯照起来了", "路灯照起来咯", "都照起来了")),
    *(f"reporter unsolved {word}" for word in ("还是墨黑墨黑", "黑墨墨的", "依然墨黑", "一片墨黑")),
    *(f"reporter none {word}" for word in ("今天吃什么", "明天下雨", "吃饭了", "下雨了")),
]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_shipped_pack()


@pytest.fixture(scope="module")
def sayings() -> list[Saying]:
    return parse_sayings((ROOT / "rules" / "sayings.txt").read_text(encoding="utf-8"))


def _hear(pack: Pack, side: Side, text: str) -> set[str]:
    written = SignFinder(pack.dialogue).find(text)
    return {sign.name for sign in learned_signs.hear(pack, side, text, written)}


def test_every_sign_that_is_taught_is_one_of_the_rules(pack: Pack, sayings: list[Saying]) -> None:
    assert {sign for saying in sayings for sign in saying.signs} <= pack.dialogue.signs.keys()


def test_the_weights_stand_for_the_sayings_that_are_there(pack: Pack, sayings: list[Saying]) -> None:
    assert pack.sayings is not None
    assert pack.sayings.sides.keys() == {saying.side for saying in sayings}
    header = (ROOT / "rules" / "sayings.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert f"{len(sayings)} 条例句" in header, "gridbot rules sayings rules/sayings.txt -o rules/sayings.yaml"


def test_none_of_the_development_sentences_is_taught(sayings: list[Saying]) -> None:
    known = (ROOT / "tests" / "data" / "conversation.jsonl").read_text(encoding="utf-8")
    assert [saying.text for saying in sayings if len(saying.text) > 8 and f'"{saying.text}"' in known] == []


@pytest.mark.parametrize(
    ("side", "text", "sign"),
    [
        (Side.REPORTER, "是哪个衙门接的活", "asks_who"),
        (Side.REPORTER, "你们不会把我名字漏出去吧", "asks_secrecy"),
        (Side.NEIGHBOUR, "俺们这栋也是这样子", "agrees"),
        (Side.UNIT, "师傅们已经把洞口封严实了", "solved"),
        (Side.DESK, "这个月各单位谁落后", "asks_month"),
    ],
)
def test_words_that_nobody_wrote_down_are_heard(pack: Pack, side: Side, text: str, sign: str) -> None:
    assert sign not in {each.name for each in SignFinder(pack.dialogue).find(text)}
    assert sign in _hear(pack, side, text)


def test_a_good_word_that_is_leaned_to_does_not_stand_beside_a_written_doubt(pack: Pack) -> None:
    assert "solved" not in _hear(pack, Side.REPORTER, "说是搞好了，其实还是老样子")


@given(text=st.text(max_size=200), side=st.sampled_from(sorted(Side)))
def test_any_text_has_points_and_reasons(pack: Pack, text: str, side: Side) -> None:
    for sign in learned_signs.hear(pack, Side(side), text, ()):
        assert sign.word.startswith("≈")


def test_learning_finds_what_tells_and_gives_the_same_twice(pack: Pack) -> None:
    pack = replace(pack, examples={})
    taught = parse_sayings("\n".join(LINES * 4))
    rules = sign_training.learn(pack, taught).rules
    assert rules == sign_training.learn(pack, taught).rules
    weights = sign_weights.SignWeights(rules.sides["reporter"])
    assert weights.score("灯照起来咯")["solved"] >= 0 > weights.score("灯照起来咯")["unsolved"]
    assert max(weights.score("吃饭").values()) < 0


def test_a_line_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_sayings("# a comment\nreporter solved\n")
