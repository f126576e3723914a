"""Corrections of the duty desk become suggested words, each with what it would have done."""

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.triage import engine
from handlers.triage.learning import rule_suggestions
from handlers.triage.learning.rule_candidates import Proposer
from handlers.triage.learning.rule_suggestions import PastMessage, Suggestion, SuggestionKind
from handlers.triage.rules import additions, packs
from handlers.triage.rules.packs import Pack
from handlers.triage.types import Facts
from tests.rule_packs import SPECIAL

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
NAMES = {"env.rubbish": "垃圾", "fraud": "诈骗", "food": "餐饮", "other": "其他"}
TABLE = "".join(f"{each},{name},组,0101,030301,投诉,城管局,1wd,no,\n" for each, name in NAMES.items())
RULES = (
    "classes: classes.csv\nexamples: examples.txt\nrules:\n"
    "  env.rubbish: {words: {10: 垃圾}}\n  fraud: {words: {4: 诈骗}}\n  food: {words: {4: 餐饮}}\n"
)
LAW = ["隔壁泔水漏到路上", "饭店泔水倒下水道", "后门天天泔水流出来"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(tmp_path_factory.mktemp("tiny"), "env.rubbish 楼下有垃圾\n")


@pytest.fixture(scope="module")
def jieba() -> Proposer:
    """It takes a moment to read its dictionary."""
    return Proposer()


def load(folder: Path, examples: str) -> Pack:
    (folder / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    (folder / "examples.txt").write_text(examples, encoding="utf-8")
    (folder / "pack.yaml").write_text(RULES + SPECIAL, encoding="utf-8")
    return packs.load_pack([folder / "pack.yaml"])


def corrected(texts: list[str], final: str, *, quotable: bool = True) -> list[PastMessage]:
    return [
        PastMessage(f"WG-{n}", text, final, corrected=True, quotable=quotable) for n, text in enumerate(texts)
    ]


def settled(texts: list[str], final: str) -> list[PastMessage]:
    return [PastMessage(f"WG-9{n}", text, final, corrected=False) for n, text in enumerate(texts)]


def told(found: list[Suggestion]) -> list[tuple[SuggestionKind, str, str]]:
    return [(each.kind, each.class_id, each.text) for each in found]


def test_a_word_of_corrected_messages_is_suggested_with_its_effect(tiny: Pack, jieba: Proposer) -> None:
    (found,) = rule_suggestions.suggest(tiny, (), corrected(LAW, "food"), jieba)
    assert (found.kind, found.class_id, found.text) == (SuggestionKind.WORD, "food", "泔水")
    assert (found.effect.changed, found.effect.right, found.effect.wrong) == (3, 3, 0)
    assert found.seen == ("WG-0", "WG-1", "WG-2")


def test_what_is_suggested_does_what_it_says_when_added(tiny: Pack, jieba: Proposer) -> None:
    (found,) = rule_suggestions.suggest(tiny, (), corrected(LAW, "food"), jieba)
    rules = additions.apply_additions(tiny.rules, [found.to_addition()])
    after = engine.build_classifier(replace(tiny, rules=rules), ())
    assert {after.triage(text, facts=Facts()).class_id for text in LAW} == {"food"}


def test_a_phrase_that_misled_the_rules_is_suggested_as_an_exclusion(tiny: Pack, jieba: Proposer) -> None:
    past = corrected(["收到垃圾短信，像是诈骗", "老人被垃圾短信骗，诈骗", "天天垃圾短信，诈骗"], "fraud")
    past += settled(["餐饮店老发短信", "餐饮短信通知", "餐饮短信", "短信餐饮"], "food")
    found = rule_suggestions.suggest(tiny, (), past, jieba)
    assert (SuggestionKind.NOT, "env.rubbish", "垃圾短信") in told(found)


def test_a_word_that_spoils_as_much_as_it_mends_is_not_suggested(tiny: Pack, jieba: Proposer) -> None:
    known = settled(
        ["楼下垃圾里有泔水", "泔水和垃圾一地", "垃圾泔水没清", "垃圾桶边泔水，垃圾"], "env.rubbish"
    )
    before = told(rule_suggestions.suggest(tiny, (), corrected(LAW, "food"), jieba))
    after = told(
        rule_suggestions.suggest(
            tiny,
            (),
            [*corrected(["垃圾泔水，饭店", "饭店垃圾泔水", "饭店的垃圾和泔水"], "food"), *known],
            jieba,
        )
    )
    assert (SuggestionKind.WORD, "food", "泔水") in before
    assert (SuggestionKind.WORD, "food", "泔水") not in after


def test_a_word_that_mostly_stands_in_other_messages_is_not_suggested(tiny: Pack, jieba: Proposer) -> None:
    others = settled(["泔水来了", "泔水车", "送泔水", "有泔水"], "other")
    assert "泔水" not in {
        each.text for each in rule_suggestions.suggest(tiny, (), [*corrected(LAW, "food"), *others], jieba)
    }


def test_a_word_of_two_corrections_may_be_chance(tiny: Pack, jieba: Proposer) -> None:
    assert rule_suggestions.suggest(tiny, (), corrected(LAW[:2], "food"), jieba) == []


def test_what_nobody_corrected_suggests_nothing(tiny: Pack, jieba: Proposer) -> None:
    assert rule_suggestions.suggest(tiny, (), settled(LAW, "food"), jieba) == []


def test_corrections_the_rules_have_learned_by_now_suggest_nothing(tiny: Pack, jieba: Proposer) -> None:
    assert (
        rule_suggestions.suggest(tiny, (), corrected(["餐饮油烟", "餐饮太吵", "餐饮漏水"], "food"), jieba)
        == []
    )


@pytest.mark.parametrize(
    "texts",
    [
        ["王建国又来了", "王建国来了", "那王建国"],
        ["第三百零五", "第三百零五呢", "到第三百零五"],
        ["2024年15", "2024年15呀", "在2024年15"],
    ],
)
def test_names_and_numbers_are_no_words(tiny: Pack, jieba: Proposer, texts: list[str]) -> None:
    assert rule_suggestions.suggest(tiny, (), corrected(texts, "food"), jieba) == []


def test_names_of_the_installation_are_kept_out(tiny: Pack) -> None:
    assert rule_suggestions.suggest(tiny, (), corrected(LAW, "food"), Proposer(["泔水坊", "张师傅"])) == []


def test_a_word_of_one_class_is_not_suggested_for_another(tiny: Pack, jieba: Proposer) -> None:
    past = corrected(["垃圾泔水", "泔水垃圾", "垃圾，泔水"], "food")
    assert "垃圾" not in {each.text for each in rule_suggestions.suggest(tiny, (), past, jieba)}


def test_words_of_restricted_cases_are_never_shown(tiny: Pack, jieba: Proposer) -> None:
    assert rule_suggestions.suggest(tiny, (), corrected(LAW, "food", quotable=False), jieba) == []


def test_a_class_that_is_no_more_is_not_learned(tiny: Pack, jieba: Proposer) -> None:
    assert rule_suggestions.suggest(tiny, (), corrected(LAW, "gone.class"), jieba) == []


def test_a_word_that_makes_reports_of_talk_is_not_suggested(tmp_path: Path, jieba: Proposer) -> None:
    pack = load(tmp_path, "chatter 泔水\nchatter 泔水呢\nchatter 今天泔水\nchatter 泔水啊\n")
    assert rule_suggestions.suggest(pack, (), corrected(LAW, "food"), jieba) == []


def test_words_of_the_same_messages_are_suggested_once(tiny: Pack, jieba: Proposer) -> None:
    past = corrected(["泔水蟑螂漏", "蟑螂泔水倒", "泔水蟑螂流"], "food")
    assert len(rule_suggestions.suggest(tiny, (), past, jieba)) == 1


def test_the_same_suggestion_has_the_same_id(tiny: Pack, jieba: Proposer) -> None:
    first, second = (
        rule_suggestions.suggest(tiny, (), corrected(LAW, "food"), jieba)[0].id for _ in range(2)
    )
    assert first == second
    assert len(first) == 6
