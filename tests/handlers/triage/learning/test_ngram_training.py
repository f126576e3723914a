from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from handlers.triage import engine
from handlers.triage.address.boundaries import BoundaryCorrector
from handlers.triage.classify.ngram_weights import NgramWeights
from handlers.triage.learning import ngram_training, pack_writer
from handlers.triage.rules import packs
from handlers.triage.rules.examples import TALK, Example
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import HintRules
from handlers.triage.types import Facts
from tests.rule_packs import SPECIAL

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
TABLE = (
    "lamp,照明,组,0101,030301,求助,城管局,1wd,no,路灯\n"
    "gas,燃气,组,0101,030301,求助,住建局,1h,yes,漏气\n"
    "other,其他,组,0101,030301,求助,街道,1wd,no,\n"
)
SAID = """\
lamp 巷子里灯全瞎了黑得很
lamp 这一排灯又黑了
lamp 晚上黑得很，灯瞎了
chatter 今晚吃什么
chatter 今晚打麻将三缺一
chatter 明天吃什么好
"""
ROOMS = [f"{side}{room}" for side in "东南西北中" for room in "一二三四五六七八"]
SAID += "".join(f"gas {room}臭得呲呲响\ngas~ {room}又停气\n" for room in ROOMS)


@pytest.fixture
def small(tmp_path: Path) -> Pack:
    (tmp_path / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    (tmp_path / "said.txt").write_text(SAID, encoding="utf-8")
    (tmp_path / "pack.yaml").write_text(
        f"classes: classes.csv\nexamples: said.txt\n{SPECIAL}", encoding="utf-8"
    )
    return packs.load_pack([tmp_path / "pack.yaml"])


def test_what_sentences_say_is_learned_on_every_side(small: Pack) -> None:
    leaning = NgramWeights(ngram_training.learn(small).rules, tuple(small.classes))
    dark, leak, off, talk = map(leaning.score, ("灯黑得很", "呲呲响", "停气了", "今晚吃什么"))
    assert dark.classes["lamp"] > dark.classes.get("gas", 0)
    assert leak.classes["gas"] > leak.classes.get("lamp", 0)
    assert dark.report > talk.report
    assert leak.urgent > off.urgent


def test_where_places_are_marked_their_borders_are_learned(tmp_path: Path, small: Pack) -> None:
    assert ngram_training.learn(small).spots is None
    streets = [f"{name}{kind}" for name in ("长江", "人民", "解放", "和平", "建设") for kind in ("路", "街")]
    marked = [
        Example(f"{verb}{street}旁边灯坏了", place=(len(verb), len(verb) + len(street) + 2))
        for street in streets
        for verb in ("在", "走到", "")
    ]
    unmarked = [Example(f"{word}灯坏了") for word in ("这里", "我家", "楼下", "又是")]
    rules = ngram_training.learn(replace(small, examples={"lamp": [*marked, *unmarked]})).spots
    assert BoundaryCorrector(rules).correct_borders("在幸福路旁边灯坏了", 1, 4) == (1, 6)


def test_the_same_examples_give_the_same_file_to_the_byte(small: Pack) -> None:
    assert pack_writer.dump_ngrams(ngram_training.learn(small)) == pack_writer.dump_ngrams(
        ngram_training.learn(small)
    )


def test_the_file_holds_what_was_learned(small: Pack) -> None:
    learned = ngram_training.learn(small)
    assert HintRules(**yaml.safe_load(pack_writer.dump_ngrams(learned))["hints"]) == learned.rules


def test_hints_of_some_sentences_find_the_class_of_others(pack: Pack) -> None:
    """Learned from a fifth of the examples, asked with a twentieth: no sentence is in both."""
    asked, taught = _every(pack, 20, {0}), _every(pack, 20, {2, 7, 12, 17})
    rules = ngram_training.learn(replace(pack, examples=taught)).rules
    with_hints = _found(replace(pack, hints=rules), asked)
    without = _found(replace(pack, hints=None), asked)
    assert with_hints >= 0.65
    assert with_hints >= without + 0.05


def _every(pack: Pack, nth: int, these: set[int]) -> dict[str, list[Example]]:
    return {
        class_id: [each for at, each in enumerate(several) if at % nth in these]
        for class_id, several in pack.examples.items()
    }


def _found(pack: Pack, asked: dict[str, list[Example]]) -> float:
    understanding = engine.build_classifier(pack, [])
    right = [
        understanding.triage(each.text, facts=Facts()).class_id == class_id
        for class_id, several in asked.items()
        if class_id != TALK
        for each in several
    ]
    return sum(right) / len(right)
