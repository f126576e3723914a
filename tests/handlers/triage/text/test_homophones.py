"""What was misheard is found by its sound; what is a word in its own right stays."""

import pytest

from handlers.triage import engine
from handlers.triage.engine import Classifier
from handlers.triage.rules.packs import Pack
from handlers.triage.text import common_words
from handlers.triage.text.homophones import HomophoneMatcher
from handlers.triage.types import Facts, PlaceFact
from tests.handlers.triage.conftest import UNITS

AT_HOME = Facts(chat_unit="HM")


@pytest.fixture(scope="module")
def language() -> frozenset[str]:
    return common_words.load_short_words()


@pytest.fixture(scope="module")
def hearing(pack: Pack, language: frozenset[str]) -> HomophoneMatcher:
    names, words = ("静海路", "城管局", "星湖湾花园"), ("路灯", "公司", "烧烤", "的士", "没有钱")
    ordinary = (*language, *pack.places.plain)
    return HomophoneMatcher(names, words, ordinary=ordinary, binding=pack.places.stop)


@pytest.fixture(scope="module")
def ears(pack: Pack, language: frozenset[str]) -> Classifier:
    return engine.build_classifier(
        pack, UNITS, [PlaceFact("星湖湾花园", "HM-SX"), PlaceFact("振兴路")], common=lambda: language
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("静海露有个大坑", "静海路有个大坑"),
        ("城馆局管不管", "城管局管不管"),
        ("这里路登坏了", "这里路灯坏了"),
        ("烧考摊冒烟", "烧烤摊冒烟"),
        ("兴湖湾花圆三栋", "星湖湾花园三栋"),
    ],
)
def test_what_sounds_alike_is_put_right(hearing: HomophoneMatcher, said: str, meant: str) -> None:
    assert hearing.correct_homophones(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "这个公式算错了",
        "走路登山都行",
        "还没有签合同",
        "前功尽弃了",
        "你说的事办好了",
        "静海路有个大坑",
        "进还露营地点",
        "路等很久",
        "",
    ],
)
def test_ordinary_words_are_never_rewritten(hearing: HomophoneMatcher, said: str) -> None:
    assert hearing.correct_homophones(said) == said


def test_a_word_found_as_it_is_written_outweighs_a_sound(hearing: HomophoneMatcher) -> None:
    assert hearing.correct_homophones("静海露有个大坑", [(1, 3)]) == "静海露有个大坑"


def test_without_entries_nothing_is_heard() -> None:
    assert HomophoneMatcher((), (), ordinary=(), binding=()).correct_homophones("静海露") == "静海露"


def test_a_misheard_road_tells_its_town_and_is_shown_as_it_was_said(ears: Classifier) -> None:
    place = ears.triage("静海露15号路登不亮", facts=AT_HOME).place
    assert place is not None
    assert (place.text, place.unit, place.level) == ("静海露15号", "HM-HM", "number")


def test_a_misheard_name_is_less_sure_than_a_written_one(ears: Classifier) -> None:
    heard = ears.triage("静海露15号路灯不亮", facts=AT_HOME).place
    written = ears.triage("静海路15号路灯不亮", facts=AT_HOME).place
    assert heard is not None
    assert written is not None
    assert heard.confidence < written.confidence


def test_a_place_of_the_gazetteer_is_heard_where_its_unit_is_known(ears: Classifier) -> None:
    place = ears.triage("兴湖湾花园门口路灯不亮", facts=AT_HOME).place
    assert place is not None
    assert place.unit == "HM-SX"


def test_a_place_without_a_unit_gives_nobody_its_name(ears: Classifier) -> None:
    place = ears.triage("镇兴路15号路灯不亮", facts=AT_HOME).place
    assert place is not None
    assert place.text == "镇兴路15号"


def test_a_name_as_written_is_not_outweighed_by_one_that_sounds_alike(ears: Classifier) -> None:
    place = ears.triage("叠石桥往北静海露路灯不亮", facts=AT_HOME).place
    assert place is not None
    assert place.unit == "HM-SX"


def test_what_a_machine_wrote_down_is_heard_beside_a_name_as_written(ears: Classifier) -> None:
    text = "叠石桥这边老人家讲路登坏了叫城馆局来人看一下"
    assert ears.triage(text, facts=Facts(chat_unit="HM", spoken=True)).class_id == "fac.lamp"


def test_a_problem_misheard_is_of_its_class(ears: Classifier) -> None:
    assert ears.triage("小区门口烧考摊冒烟呛人", facts=AT_HOME).class_id == (
        ears.triage("小区门口烧烤摊冒烟呛人", facts=AT_HOME).class_id
    )


def test_a_transcript_without_a_sign_tells_what_and_where(ears: Classifier) -> None:
    said = "喂你好我是海门街道的那个静海露三幺二号门口路登坏了三天了没人来修"
    found = ears.triage(said, facts=Facts(chat_unit="HM-HM", spoken=True))
    assert found.place is not None
    assert (found.class_id, found.report) == ("fac.lamp", True)
    assert found.place.text.endswith("静海露三幺二号门口")
