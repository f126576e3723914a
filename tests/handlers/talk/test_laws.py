"""Laws of a conversation, whatever is said in it: made-up words in made-up situations, the shipped rules."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from handlers.cases.actors import Actor
from handlers.cases.permissions import may_see
from handlers.talk.courtesy import is_courtesy
from handlers.talk.situation import Side
from tests.district import LAMP, District, load_person
from tests.handlers.talk.conftest import Decide, know_case, make_situation

PURE = settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
PLAYED = settings(PURE, max_examples=25)
STATES = ("NEW", "ACCEPTED", "DISPATCHED", "IN_PROGRESS", "SUSPENDED", "SUBMITTED", "CALLBACK", "CLOSED")
states = st.sampled_from(STATES)


def any_of(words: str) -> st.SearchStrategy[str]:
    """One of these words, which stand between blanks."""
    return st.sampled_from(words.split())


# An acknowledgement changes nothing -------------------------------------------------------------

manners = st.lists(
    any_of("收到 好的 好嘞 嗯嗯 晓得了 明白 要得 谢谢 多谢师傅 辛苦了 麻烦你们了 👍 👌 🙏 [强] 🌹"),
    min_size=1,
    max_size=3,
).map("，".join)


@PURE
@given(words=manners, state=states, side=st.sampled_from(list(Side)), quotes=st.booleans())
def test_an_acknowledgement_is_met_with_silence(
    decide: Decide, words: str, state: str, side: Side, quotes: bool
) -> None:
    sides = dict.fromkeys((side, Side.REPORTER))
    case = know_case(state, side=side)
    named = (case.id,) if quotes else ()
    found = decide(words, make_situation(case, sides=list(sides), named=named, quotes=quotes))
    assert found.steps == ("silence",)


@PLAYED
@given(words=manners, addressed=st.booleans(), step=st.integers(0, 5))
def test_an_acknowledgement_changes_no_case(
    sqlite_district: District, haimen_file: Path, words: str, addressed: bool, step: int
) -> None:
    district = sqlite_district.reset(haimen_file)
    _bring_case(district, step)
    before = district.acts()
    district.say("wrINTAKE", "zhangsf", words, addressed=addressed)
    district.say("wrINTAKE", "zhangsf", words, quote=district.last_text("wrINTAKE"))
    district.say("wrCG", "cg1", words, addressed=addressed)
    assert (len(district.cases()), district.acts()) == (1, before)


def _bring_case(district: District, step: int) -> None:
    """One case of zhangsf's: reported, sent, signed for, done, verified, closed."""
    (
        district.report_case, district.dispatch_case, district.sign_case,
        district.submit_case, district.verify_case, district.close_case,
    )[step]()  # fmt: skip


# A message never lands on a case its speaker may not read ----------------------------------------

SECRET = "城管队员收了商户的红包，在长江路"
about_it = any_of(
    "修好了 还是没解决 撤回 不用管了 快点办 怎么样了 又来了 收钱的事查了吗 位置错了，是人民路 签收 派人去了 通过 不归我们 满意"
)


@PLAYED
@given(
    words=about_it,
    speaker=st.sampled_from([("wrINTAKE", "liay"), ("wrCG", "cg1"), ("wrRESIDENTS", "chendy"), ("wrZJ", "zj1")]),
    naming=st.sampled_from(["", "serial", "number", "quote"]),
    addressed=st.booleans(),
)  # fmt: skip
def test_a_message_never_lands_on_a_case_its_speaker_may_not_read(
    sqlite_district: District,
    haimen_file: Path,
    words: str,
    speaker: tuple[str, str],
    naming: str,
    addressed: bool,
) -> None:
    district = sqlite_district.reset(haimen_file)
    district.say("zhangsf", "zhangsf", SECRET, direct=True)
    district.tick(district.advance(minutes=40))
    case = district.case()
    assert case.restricted
    before = district.acts(case)
    chat, who = speaker
    number = {"serial": f"{case.number[-4:]} ", "number": f"{case.number} "}.get(naming, "")
    quote = f"〔{case.number}〕" if naming == "quote" else ""
    district.say(chat, who, f"{number}{words}", quote=quote, addressed=addressed)
    with district.database.read() as session:
        person = load_person(session, who)
        assert not may_see(session, district.env.restricted_to, Actor(person), case)
    assert district.acts(case) == before
    assert "红包" not in district.chat_text(chat)


# "No" never closes -------------------------------------------------------------------------------

ENDING = {"rate solved", "withdraw", "verify passed", "answer thanks"}
"""Steps that end a case, or thank for its end."""
denials = st.tuples(
    st.sampled_from(["", "路灯", "那个灯", "师傅来看了，", "你们说修好了，", "谢谢，但是", "今天看了下"]),
    any_of("没 没有 冇 还没 还没有 并没有 根本没 一直没 没得 未 还冇"),
    any_of("修 搞 弄 清理 处理 解决 换 疏通 搬 拆"),
    st.sampled_from(["好", "完", "干净", "掉", ""]),
    st.sampled_from(["", "啊", "，还是老样子", "😡", "呢"]),
).map("".join)
sayings = any_of(
    "没得好 还没有 还没有好 哪里修好了 根本没来人 又没修 修都没修 说修好了其实没有 修好了？骗鬼 并没有 等于没修 修了跟没修一样 "
    "修是修了，又坏了 昨天修好了今天又黑了 灯照样黑 谁说修好了 没修好你们就结案了 还早呢 差得远 一点变化没有 动都没动 不算解决 "
    "不能算修好 没整好 没弄妥 没到位 没恢复 没人来修过 还是不亮"
)


@PURE
@given(
    words=denials | sayings,
    state=st.sampled_from(["IN_PROGRESS", "SUBMITTED", "CALLBACK", "CLOSED"]),
    named=st.booleans(),
)
def test_a_no_never_closes(decide: Decide, words: str, state: str, named: bool) -> None:
    case = know_case(state)
    found = decide(words, make_situation(case, named=[case.id] if named else []))
    assert ENDING.isdisjoint(found.steps)


# A number and a quote do the same ----------------------------------------------------------------

answers = any_of(
    "修好了 还是没修好 弄好了 没人来 什么时候修 怎么样了 到哪一步了 快点啊 都三天了还没人来 不用修了 发错了，不用管 已经好了，撤回吧 "
    "在路口右手边 就在加油站对面 又坏了 比昨天更黑了 太慢了 谁来管这个 我要找人工 满意 不满意 修了一半 地址写错了，是人民路 "
    "好像修了，明天再看 取消吧 灯亮了 灯又灭了 到底归哪个单位管"
)


@PURE
@given(words=answers, state=states, space=st.sampled_from(["", " ", "，"]))
def test_the_same_words_with_number_and_with_quote_do_the_same(
    decide: Decide, words: str, state: str, space: str
) -> None:
    """What only keeps up manners is silence under a quote; a number says that more is meant."""
    assume(not is_courtesy(words))
    case, other = know_case(state), know_case(state, id=2, text="静海路井盖没了", place="静海路")
    quoted = decide(words, make_situation(case, other, named=[case.id], quotes=True))
    numbered = decide(f"0001{space}{words}", make_situation(case, other, named=[case.id]))
    assert (numbered.steps, numbered.cases) == (quoted.steps, quoted.cases)


# Two places, two cases ---------------------------------------------------------------------------

matters = st.sampled_from(["有建筑垃圾堆着", "路灯不亮", "井盖没了", "污水冒出来了", "有人占道摆摊"])
places = st.sampled_from(["长江路88号", "人民路12号", "静海路35号", "解放路6号", "北京路50号"])


@PLAYED
@given(
    two=st.tuples(places, places).filter(lambda both: both[0] != both[1]),
    first=matters,
    second=matters,
    seconds=st.sampled_from([1, 3, 20, 80, 200]),
)
def test_two_messages_with_different_places_give_two_cases(
    sqlite_district: District, haimen_file: Path, two: tuple[str, str], first: str, second: str, seconds: int
) -> None:
    district = sqlite_district.reset(haimen_file)
    district.say("wrINTAKE", "zhangsf", f"{two[0]}{first}")
    district.tick(district.advance(seconds=seconds))
    district.say("wrINTAKE", "zhangsf", f"{two[1]}{second}")
    district.tick(district.advance(minutes=10))
    assert [case.place for case in district.cases()] == list(two)


@pytest.mark.parametrize("words", ["地址错了，应该是人民路", "写错了，是人民路"])
def test_unless_the_second_corrects_the_first(sqlite_district: District, words: str) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", LAMP)
    sqlite_district.say("wrINTAKE", "zhangsf", words)
    assert [case.place for case in sqlite_district.cases()] == ["人民路"]


# A danger is a case, whatever was said before it --------------------------------------------------

dangers = st.sampled_from(
    [
        "着火了着火了", "救命啊", "煤气泄漏了，快来人", "有人掉河里了", "有人触电倒在地上", "老人晕倒了叫不醒",
        "有人拿刀砍人", "墙塌了压着人", "有人要跳楼",
    ]
)  # fmt: skip
talk_before = st.lists(
    st.sampled_from(
        [LAMP, "长江路88号有建筑垃圾", "好的", "谢谢", "什么时候修好", "发错了，不用管了", "你好"]
    ),
    max_size=3,
)


@PLAYED
@given(
    before=talk_before,
    danger=dangers,
    way=st.sampled_from(["addressed", "overheard", "direct"]),
    step=st.integers(-1, 5),
)
def test_a_danger_is_a_case_of_its_own_whatever_was_said_before(
    sqlite_district: District, haimen_file: Path, before: list[str], danger: str, way: str, step: int
) -> None:
    district = sqlite_district.reset(haimen_file)
    direct = way == "direct"
    chat = "zhangsf" if direct else "wrINTAKE"
    if step >= 0:
        _bring_case(district, step)
    for words in before:
        district.say(chat, "zhangsf", words, direct=direct)
        district.advance(seconds=3)
    count = len(district.cases())
    district.say(chat, "zhangsf", danger, direct=direct, addressed=way != "overheard")
    opened = district.cases()[count:]
    assert [(case.urgent, case.text) for case in opened] == [(True, danger)]
