"""Danger in words: how well it is heard on lines nobody wrote rules from, and what is none.

`gridbot rules eval tests/data/danger.jsonl` prints the same figures, and what was missed.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.triage.engine import Classifier, build_classifier
from handlers.triage.evaluation.metrics import evaluate
from handlers.triage.rules.packs import Pack
from handlers.triage.types import Facts, Triage

LINES = Path(__file__).parents[2] / "data" / "danger.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]
ADDRESSED, OVERHEARD = Facts(), Facts(addressed=False)
BOTH = pytest.mark.parametrize("facts", [ADDRESSED, OVERHEARD], ids=["addressed", "overheard"])
WORDS = frozenset({"晚上", "吊车", "楼梯", "早上"})


def is_alarm(found: Triage) -> bool:
    return found.urgent and found.report


@pytest.mark.parametrize(("facts", "recall"), [(ADDRESSED, 0.97), (OVERHEARD, 0.92)])
def test_danger_is_heard_and_little_else_is_taken_for_it(
    bare: Classifier, facts: Facts, recall: float
) -> None:
    score = evaluate(bare, ROWS, facts=facts)["scores"]["danger"]
    assert score["rows"] == len(ROWS)
    assert score["recall"] >= recall, score["missed"]
    assert score["precision"] >= 0.95, score["invented"]


CRIES = ["着火了", "救火啊", "救命啊", "来人啊", "煤气泄漏", "燃气泄露", "漏气了", "有人落水", "塌了", "打人了", "有人晕倒了", "触电了", "爆炸了", "砍人了"]  # fmt: skip


@BOTH
@pytest.mark.parametrize("times", [2, 3, 7])
@pytest.mark.parametrize("cry", CRIES)
def test_a_cry_is_heard_however_often_it_is_repeated(
    bare: Classifier, cry: str, times: int, facts: Facts
) -> None:
    assert is_alarm(bare.triage(cry * times, facts=facts))
    assert is_alarm(bare.triage("！".join([cry] * times), facts=facts))


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "着——火——了", "着 火 了", "着~~火~~了~~", "着。。。火。。。了。。。", "着着着着火了", "救!命!啊!", "救。。。命。。。",
        "救救救救命啊", "救命啊啊啊啊啊啊", "着火啦!!!!!!", "看火了看火了", "着伙了快来人", "救名啊", "煤汽泄漏", "燃气谢漏",
        "快打幺幺九 着了着了", "长江路着火了着火了", "长江路88号着——火——了",
    ],
)  # fmt: skip
def test_a_cry_is_heard_however_it_is_stretched_or_spelt(bare: Classifier, text: str, facts: Facts) -> None:
    assert is_alarm(bare.triage(text, facts=facts))


def test_the_words_of_a_stretched_cry_are_shown_where_they_stand(bare: Classifier) -> None:
    found = bare.triage("那边着——火——了", facts=ADDRESSED)
    assert ("着——火——了", 2) in {(each.word, each.start) for each in found.reasons}
    assert found.class_id == "safe.fire"


@BOTH
@pytest.mark.parametrize(
    ("text", "class_id"),
    [
        ("楼上玻璃掉下来扎到一个人 血止不住", None),
        ("大货车刹车失灵了正往菜场冲", None),
        ("孩子锁在车里面 大太阳底下", None),
        ("我爸突然嘴歪了 手抬不起来", "med.emergency"),
        ("有人噎住了 脸发紫", "med.emergency"),
        ("大爷没呼吸了 谁会急救", "med.emergency"),
        ("老公喝醉了正在打我 孩子在哭", "civil.violence"),
        ("师傅触电了 倒在地上", "fac.cable"),
        ("有人掉河里了 在扑腾", "safe.drown"),
        ("我奶奶走丢了 她有老年痴呆", "safe.missing"),
        ("山洪下来了 我们困在屋顶", "safe.flood"),
    ],
)
def test_harm_to_a_body_is_urgent_whatever_it_comes_from(
    bare: Classifier, text: str, class_id: str | None, facts: Facts
) -> None:
    found = bare.triage(text, facts=facts)
    assert is_alarm(found)
    assert class_id in (None, found.class_id)


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "这家火锅店最近火了", "笑死我了哈哈", "累死了想睡觉", "热死人的天", "气炸了 又堵车", "楼下新开了炸鸡店",
        "明天上午消防演练，会有着火的烟雾", "去年那户着过火，早就修好了", "电影里着火那段拍得真好",
        "着火了怎么办？", "触电怎么急救，考试题", "听说三中有人落水，真的假的", "万一着火了怎么跑",
        "救命 这家奶茶也太好喝了", "火已经扑灭了，大家放心", "【消防提示】家里着火请拨打119",
    ],
)  # fmt: skip
def test_idioms_drills_the_past_stories_and_questions_raise_no_alarm(
    bare: Classifier, text: str, facts: Facts
) -> None:
    assert not is_alarm(bare.triage(text, facts=facts))


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "后山石头一块块往下滚，快到墙根了", "孩子被人按在地上踹，好几个人围着", "油门卡住了，一路停不下来",
        "阳台上有个小孩站在护栏上", "下棋的老李捂着前胸就趴下了", "池子里有师傅下去清淤，叫他没回话",
        "路面少了一截，晚上看不见，车还在往前开", "有人从六楼跳下来了", "汽车在水里，人没出来",
        "他前夫堵在车库，手里有把剪子", "按他们说的把房本押了，钱马上打过去", "客人嘴里往外冒血，人靠在门上",
    ],
)  # fmt: skip
def test_danger_is_heard_in_what_is_seen_where_nobody_names_it(
    bare: Classifier, text: str, facts: Facts
) -> None:
    assert is_alarm(bare.triage(text, facts=facts))


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "有事打我办公室电话", "有问题直接打我电话就行", "健身椅的腿断了，谁坐上去要摔跤的", "楼下有人放狗追小孩玩，太没素质",
        "热炸了，出门走两步就化了", "钥匙锁车里了，哪里有开锁的", "参加了街道的急救培训，学了心肺复苏",
        "车胎扎了钉子，没气了", "他手艺好，拿着菜刀切菜特别快",
    ],
)  # fmt: skip
def test_broken_things_keys_kitchens_and_telephone_calls_raise_no_alarm(
    bare: Classifier, text: str, facts: Facts
) -> None:
    assert not is_alarm(bare.triage(text, facts=facts))


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "二号楼脚手架扣件松了好几个，上面还有两个师傅在刷墙", "超市门头的字就剩一颗螺丝吊着，底下全是等公交的",
        "有根网线垂下来正好齐脖子，骑电动车的刚被勒翻", "晚上这路没灯，窨井盖让人偷了，骑车的差点栽进去",
        "路口果皮箱一直冒白烟，里面在闷烧", "楼上周婆婆一个人住，四天没下楼了，敲门没人应",
        "一个男的天天跟着放学的女学生，今天又跟到巷子里了", "食堂吃完饭十几个工人都在吐，有两个站不起来",
        "屋里烧炭取暖，我和我妈都头晕想吐", "我爸嘴角歪到一边，右手拿不住筷子", "地库进水了，保安还在里面没上来",
        "【紧急】地点：沿江路12号 情况：二楼浓烟，有老人被困", "水已经没过车门了，我打不开门",
        "有个快递站在充电，电池一个接一个炸", "我被人关在出租屋三天了，手机是偷偷用的",
    ],
)  # fmt: skip
def test_quiet_and_indirect_tellings_of_danger_are_heard(bare: Classifier, text: str, facts: Facts) -> None:
    assert is_alarm(bare.triage(text, facts=facts))


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "各位，欠的钱都还清了，房子的事也都安排好，别等我了", "妈，下辈子还做你女儿，今晚我就不回去了",
        "大家保重，我把药都吃了，困了", "该说的我写在备忘录里，你们别难过", "绳子系好了，不用救我",
    ],
)  # fmt: skip
def test_who_takes_leave_in_plain_words_is_heard(bare: Classifier, text: str, facts: Facts) -> None:
    found = bare.triage(text, facts=facts)
    assert is_alarm(found)
    assert found.risk == "self_harm"


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "流浪猫在下水道口做窝，能不能来个人看看", "泄洪口护栏缺了两根，什么时候补", "水泥车把路面弄脏了，快点派人来冲",
        "中介电话打不通，关机好几天，押金不退", "演练演练：三单元一楼起火，各小组集合", "那条狗昨天咬的人，今天去打了第二针",
        "这天热得我要冒烟了，你们空调补贴怎么领", "骑手群里喊炸了，单子接不过来", "孩子期末没考好，他爸要杀人了哈哈",
        "着火那家的赔偿什么时候下来", "请问老人防走失手环在哪里领", "地下室渗水，墙皮掉了一大片",
        "老公打呼噜，我一晚上没睡", "谜语：一个人掉进井里，打一成语", "最后一次打卡，再见了同事们", "我要被作业淹死了",
        "快递柜打不开，客服电话没人接", "老房子拆迁，房子塌不塌的没人管，补偿款先给",
    ],
)  # fmt: skip
def test_pieces_of_words_phones_drills_jargon_and_what_is_over_raise_no_alarm(
    bare: Classifier, text: str, facts: Facts
) -> None:
    assert not is_alarm(bare.triage(text, facts=facts))


def test_a_sign_of_no_danger_quiets_only_the_kinds_it_is_of(bare: Classifier) -> None:
    """Smoke of a barbecue is no fire; who is beaten beside it is beaten."""
    assert not is_alarm(bare.triage("楼下烧烤摊冒烟，呛人", facts=ADDRESSED))
    assert is_alarm(bare.triage("楼下烧烤摊冒烟，有人被按在地上打，满头血", facts=ADDRESSED))


def test_plain_danger_outweighs_one_doubt_and_two_doubts_outweigh_it(bare: Classifier) -> None:
    assert is_alarm(bare.triage("昨天吵到现在，我老公拿菜刀砍人了，一地血", facts=ADDRESSED))
    assert not is_alarm(bare.triage("昨天梦到我老公拿菜刀砍人了，一地血", facts=ADDRESSED))


@pytest.fixture(scope="module")
def knowing(pack: Pack) -> Classifier:
    """One that knows the words of the language."""
    return build_classifier(pack, [], common=lambda: WORDS)


@pytest.mark.parametrize("text", ["晚上吊车作业，注意绕行", "吊车在马路上吊货", "楼顶上吊着一块板"])
def test_a_word_of_danger_is_a_word_and_not_a_piece_of_two_others(knowing: Classifier, text: str) -> None:
    found = knowing.triage(text, facts=ADDRESSED)
    assert (found.risk, found.urgent) == (None, False)


def test_a_word_that_really_is_one_counts(knowing: Classifier) -> None:
    found = knowing.triage("我哥在屋里上吊了", facts=OVERHEARD)
    assert (found.risk, found.urgent, found.report) == ("self_harm", True, True)


@pytest.mark.parametrize(
    "text", ["小孩", "小孩在那边", "候通", "嗯嗯那个东西就那样", "三楼左边第二个", "我看看那里面"]
)
def test_learned_pieces_alone_raise_no_alarm_and_choose_no_unit(haimen: Classifier, text: str) -> None:
    found = haimen.triage(text, facts=Facts(chat_unit="HM-HM"))
    assert not found.urgent
    assert not haimen.pack.classes[found.class_id].urgent
    written = any(
        each.side == found.class_id
        for each in haimen.parse(text, Facts()).reading.list_reasons(found.class_id)
    )
    assert written or found.unit is None


def test_a_cry_without_a_place_lacks_only_the_place(bare: Classifier) -> None:
    assert bare.triage("救命啊救命啊", facts=OVERHEARD).missing == ("place",)
    assert bare.triage("着火了着火了", facts=OVERHEARD).missing == ("place",)


@pytest.mark.parametrize("text", ["老公打我 13900000000", "有人打人 电话13900000000"])
def test_who_is_beaten_may_leave_a_number(bare: Classifier, text: str) -> None:
    assert bare.triage(text, facts=Facts()).urgent


def test_who_is_to_be_called_is_not_beaten(bare: Classifier) -> None:
    assert not bare.triage("要联系的话打我媳妇儿 13900000000 我骑车听不见", facts=Facts()).urgent


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("6楼有个细伢子钻出窗子，吊在防盗网外面，脚没处踩", None),
        ("有个四岁的妹娃翻到阳台外面去了，屋头没大人", None),
        ("有个女娃初中生翻到天台栏杆外面坐起，说不想活了", "self_harm"),
        ("小孩子站在楼顶边上哭，喊莫过来，要跳", "self_harm"),
        ("有个女的翻到窗户外面去了", "self_harm"),
    ],
)
def test_a_small_child_that_climbed_out_means_no_harm_to_itself(
    bare: Classifier, text: str, risk: str | None
) -> None:
    found = bare.triage(text, facts=OVERHEARD)
    assert (found.risk, found.urgent, found.report) == (risk, True, True)
