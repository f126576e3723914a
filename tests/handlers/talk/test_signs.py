"""Signs: the longest counts, a denial turns one over, a question asks for one."""

import pytest

from handlers.talk.signs import SignFinder, finder_of
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import DialogueRules


@pytest.fixture(scope="session")
def finder(pack: Pack) -> SignFinder:
    return finder_of(pack)


def names(finder: SignFinder, text: str) -> list[str]:
    return [sign.name for sign in finder.find(text)]


def build(**signs: object) -> SignFinder:
    groups = {"mend": "修 换", "done": "好 掉"}
    return SignFinder(DialogueRules.model_validate({"groups": groups, "signs": signs}))


def test_a_sign_says_which_words_it_is_made_of() -> None:
    [sign] = build(solved={"words": "亮了"}).find("灯终于亮了！")
    assert (sign.name, sign.start, sign.end, sign.word) == ("solved", 3, 5, "亮了")


def test_a_chain_is_every_combination_of_its_groups_and_a_part_of_it_may_be_left_out() -> None:
    finder = build(solved={"chains": [["$mend", "$done"], ["都 ~", "通", "了"]]})
    for text in ("修好", "换掉", "都通了", "通了"):
        assert names(finder, text) == ["solved"], text
    assert names(finder, "修了") == []


def test_a_phrase_of_not_cancels_the_word_inside_it() -> None:
    finder = build(solved={"words": "好了", "not": "好了吗"})
    assert (names(finder, "好了"), names(finder, "好了吗")) == (["solved"], [])


def test_near_holds_within_a_clause_and_not_beyond_it() -> None:
    finder = build(misplaced={"near": [{"of": "不是", "with": "是", "within": 6}]})
    assert names(finder, "不是长江路是人民路") == ["misplaced"]
    assert names(finder, "不是长江路，是人民路") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("修好了", "solved"), ("没修好", "unsolved"), ("没人来修好", "unsolved"), ("说是修好了", "unsolved"),
        ("修好了吗", "asks_state"), ("满意", "satisfied"), ("不满意", "dissatisfied"),
        ("不算合格", "failed"), ("冇搞好", "unsolved"),
    ],
)  # fmt: skip
def test_a_denial_turns_a_sign_over_and_a_question_asks_for_it(
    finder: SignFinder, text: str, name: str
) -> None:
    assert name in names(finder, text)
    turned = {"unsolved": "solved", "dissatisfied": "satisfied", "asks_state": "solved", "failed": "passed"}
    assert turned.get(name) not in names(finder, text)


def test_a_denial_reaches_no_further_than_its_clause(finder: SignFinder) -> None:
    assert "solved" in names(finder, "不用来了，灯修好了")


@pytest.mark.parametrize("text", ["以前是不亮的", "原来一直不亮"])
def test_what_was_wrong_before_is_not_wrong_now(finder: SignFinder, text: str) -> None:
    assert "unsolved" in names(finder, "还是不亮")
    assert "unsolved" not in names(finder, text)


def test_a_word_of_two_signs_gives_them_in_one_order() -> None:
    written = {"solved": {"words": "行了"}, "courtesy": {"words": "行了"}}
    turned = dict(reversed(written.items()))
    assert names(build(**written), "行了") == names(build(**turned), "行了") == ["courtesy", "solved"]


@pytest.mark.parametrize("text", ["0031和0032都给环卫所", "三件都签收", "全部通过"])
def test_all_of_them_is_said_of_cases(finder: SignFinder, text: str) -> None:
    assert "all_of_them" in names(finder, text)


@pytest.mark.parametrize("text", ["摊位全部劝走了", "我们一起去看看", "油烟全都散了"])
def test_all_of_something_else_is_not(finder: SignFinder, text: str) -> None:
    assert "all_of_them" not in names(finder, text)


@pytest.mark.parametrize("text", ["冇得味了", "没有噪音了", "臭味没了", "这下没烟了"])
def test_what_is_no_longer_there_is_solved(finder: SignFinder, text: str) -> None:
    assert "solved" in names(finder, text)


def test_this_time_is_no_request(pack: Pack) -> None:
    """把灯修好 asks for it; 这把 is Northern for this time."""
    finder = finder_of(pack)
    assert "solved" in {sign.name for sign in finder.find("这把真关了 妥妥的")}
    assert "unsolved" not in {sign.name for sign in finder.find("这把真关了 妥妥的")}
    assert "solved" not in {sign.name for sign in finder.find("麻烦把灯修好")}
