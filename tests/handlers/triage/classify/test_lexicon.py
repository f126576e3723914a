from handlers.triage.classify.lexicon import Lexicon
from handlers.triage.rules.class_table import ClassInfo
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import ClassRule, PlaceWords
from handlers.triage.text.normalize import fold


def lexicon(rule: dict[str, object], idioms: tuple[str, ...] = ()) -> Lexicon:
    info = ClassInfo("a.b", "甲", "组", "", "", "投诉", "", "1d", urgent=False, covers="")
    pack = Pack(
        classes={"a.b": info}, groups={"broken": ("坏", "不亮")}, idioms=idioms, things=frozenset(),
        rules={"a.b": ClassRule.model_validate(rule)}, natures={}, risk={}, talk={}, limits={},
        places=PlaceWords(), version="1",
    )  # fmt: skip
    return Lexicon(pack, {})


def score(lexicon: Lexicon, text: str) -> int:
    return lexicon.match(text, fold(text)).scores.get("a.b", 0)


def test_a_word_said_twice_counts_once() -> None:
    assert score(lexicon({"words": {3: "垃圾"}}), "垃圾垃圾，都是垃圾") == 3


def test_of_overlapping_words_the_longest_counts() -> None:
    assert score(lexicon({"words": {3: "垃圾", 5: "乱扔垃圾"}}), "有人乱扔垃圾") == 5


def test_a_phrase_cancels_the_word_inside_it_and_no_other() -> None:
    words = lexicon({"words": {3: "垃圾"}, "not": "垃圾桶"})
    assert score(words, "垃圾桶坏了") == 0
    assert score(words, "垃圾桶坏了，垃圾一地") == 3


def test_an_idiom_cancels_words_of_every_class() -> None:
    assert score(lexicon({"words": {3: "着火"}}, idioms=("着火了一样",)), "热得着火了一样") == 0


def test_a_pair_counts_only_when_its_words_stand_near() -> None:
    lamps = lexicon({"near": [{"of": "路灯", "with": "$broken", "within": 4, "weight": 4}]})
    assert score(lamps, "路灯都不亮") == 4
    assert score(lamps, "不亮的路灯") == 4
    assert score(lamps, "路灯那边的人家今天门铃坏") == 0


def test_a_pair_does_not_reach_over_the_end_of_a_sentence() -> None:
    lamps = lexicon({"near": [{"of": "路灯", "with": "坏", "within": 6}]})
    assert score(lamps, "装了路灯。车坏") == 0


def test_full_width_and_capital_letters_are_the_same_word() -> None:
    assert score(lexicon({"words": {3: "KTV"}}), "楼下ｋＴＶ") == 3
    assert fold("ＫＴＶ　１２号") == "ktv　12号"
