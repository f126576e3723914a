import pytest

from handlers.triage.address.place_names import NameFinder
from handlers.triage.rules.schema import PlaceWords

WORDS = PlaceWords.model_validate(
    {
        "road": "路", "village": "村", "firm": "健身", "hamlet": "湾", "lane": "里", "site": "厂",
        "tail": "门口 后面", "plain": "楼道 小区", "stop": "在 的 我 没 了", "soft": "开 通", "never": "马路",
    }
)  # fmt: skip


def found(text: str) -> list[tuple[str, str]]:
    names = NameFinder(WORDS)
    return [(text[p.start : p.end], p.kind) for p in names.find(names.scan(text), (), ())]


def test_a_name_begins_after_a_word_no_name_contains() -> None:
    assert ("长江路", "road") in found("我在长江路等")


def test_a_word_that_only_looks_like_a_name_is_none() -> None:
    assert found("在马路等") == []


def test_an_ending_longer_than_a_word_that_is_none_counts() -> None:
    words = WORDS.model_copy(update={"estate": ("家属院",), "never": ("厂家",)})
    names = NameFinder(words)
    text = "机械厂家属院"
    assert [text[p.start : p.end] for p in names.find(names.scan(text), (), ()) if p.kind == "estate"] == [
        text
    ]


def test_a_firm_needs_a_clear_beginning() -> None:
    assert ("力动健身", "firm") in found("卡是在力动健身办的")
    assert ("健身", "firm") not in found("在健身")


@pytest.mark.parametrize("text", ["楼道里没灯", "小区3栋没水"])
def test_ordinary_words_are_nobodys_name(text: str) -> None:
    assert all(name not in ("楼道里", "小区3栋") for name, _ in found(text))


def test_what_has_buildings_has_a_name() -> None:
    assert ("金域时代6幢", "number") in found("金域时代6幢没水")


def test_what_has_a_gate_is_a_place() -> None:
    assert ("老酒坊", "bare") in found("老酒坊门口没灯")


def test_the_last_clause_may_be_nothing_but_a_name() -> None:
    assert ("枫香坪", "bare") in found("没水了，枫香坪")
