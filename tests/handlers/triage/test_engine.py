import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.triage.engine import Classifier
from handlers.triage.types import Facts, Triage
from models.normalization import normalize_text

TOWN = Facts(chat_unit="HM-HM")
GRID = Facts(chat_unit="HM-HM-JF-1")
WORDS = "电梯困人路灯不亮垃圾桶满了建筑装修长江路3号楼，。！ 谢已经修好投诉吗"


def ask(understanding: Classifier, text: str, facts: Facts | None = None) -> Triage:
    return understanding.triage(text, facts=facts or Facts())


def test_the_rubble_of_the_first_story_goes_to_the_city_managers(haimen: Classifier) -> None:
    triage = ask(haimen, "长江路静海路口工地门口有建筑垃圾", TOWN)
    assert (triage.report, triage.class_id, triage.unit) == (True, "env.rubble", "HM-CG")
    assert triage.place is not None
    assert (triage.place.level, triage.place.unit, triage.missing) == ("junction", "HM-HM", ())


def test_the_dead_tap_of_the_second_story_is_complete_in_a_grid_group(haimen: Classifier) -> None:
    triage = ask(haimen, "家里停水了", GRID)
    assert (triage.report, triage.class_id, triage.missing, triage.unit) == (True, "util.water", (), "HM-SW")


def test_the_dead_tap_asks_for_a_place_where_the_group_is_a_whole_town(haimen: Classifier) -> None:
    assert ask(haimen, "家里停水了", TOWN).missing == ("place",)


def test_the_egg_scam_of_the_third_story_is_urgent_and_not_hidden(haimen: Classifier) -> None:
    triage = ask(haimen, "有人免费领鸡蛋卖药酒", GRID)
    assert (triage.class_id, triage.urgent, triage.unit, triage.secret) == (
        "safe.fraud",
        True,
        "HM-GA",
        False,
    )


@pytest.mark.parametrize(
    ("text", "class_id", "nature"),
    [
        ("超市老板拖欠他四千块工资不给", "labor.wage", "投诉"),
        ("建议河边篮球场装灯，晚上没法打球", "culture.sport", "建议"),
        ("建议路口装一盏路灯", "suggest.facility", "建议"),
    ],
)
def test_wages_and_lights_of_the_other_stories(
    bare: Classifier, text: str, class_id: str, nature: str
) -> None:
    triage = ask(bare, text)
    assert (triage.class_id, triage.nature) == (class_id, nature)


@pytest.mark.parametrize(
    ("text", "class_id"),
    [
        ("垃圾桶满了没人收", "env.bin_full"),
        ("垃圾桶爆满溢出来", "env.bin_full"),
        ("小区门口的垃圾桶满了没人收", "env.bin_full"),
        ("菜场门口的垃圾桶爆满了，垃圾都溢出来了", "env.bin_full"),
        ("路边一堆垃圾没人收", "env.rubbish"),
        ("围墙根有人随意倾倒生活垃圾，堆了一大堆", "env.rubbish"),
        ("垃圾桶坏了盖子掉了", "fac.bin"),
        ("小区门口的垃圾桶坏了，桶盖掉了", "fac.bin"),
        ("水果店把筐摆到人行道上", "street.shop_out"),
        ("水果店把货架摆到人行道上，店外经营挡路", "street.shop_out"),
        ("路边有人推车摆摊卖水果", "street.vendor"),
        ("流动摊贩在校门口路边摆摊卖水果", "street.vendor"),
        ("楼道堆物走不了人", "safe.fire_hazard"),
        ("人行道上堆物占路", "env.pile"),
    ],
)
def test_the_known_confusions_are_told_apart(bare: Classifier, text: str, class_id: str) -> None:
    assert ask(bare, text).class_id == class_id


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("厨房煤气漏气了", True),
        ("小区停气到几点", False),
        ("电梯困人了快来", True),
        ("电梯坏了三天没人修", False),
        ("电线垂下来冒火星", True),
        ("电线垂到地上", False),
        ("天热得着火了一样", False),
    ],
)
def test_urgency_follows_the_words_and_their_guards(bare: Classifier, text: str, urgent: bool) -> None:
    assert ask(bare, text).urgent is urgent


@pytest.mark.parametrize(
    ("text", "nature"),
    [
        ("不是投诉，就是问问工地夜里施工有没有证", "咨询"),
        ("举报楼上在楼顶违建", "举报"),
        ("路灯不亮了", "求助"),
        ("气死了，路边垃圾没人收", "投诉"),
    ],
)
def test_the_nature_is_that_of_the_class_unless_the_words_say_another(
    bare: Classifier, text: str, nature: str
) -> None:
    assert ask(bare, text).nature == nature


@pytest.mark.parametrize(
    ("heard", "meant"),
    [("务业不修门进", "物业不修门禁"), ("路上景盖没了", "路上井盖没了"), ("拉圾没人收", "垃圾没人收")],
)
def test_words_are_read_as_they_were_meant(bare: Classifier, heard: str, meant: str) -> None:
    assert ask(bare, heard).class_id == ask(bare, meant).class_id
    assert all(reason.word in heard for reason in ask(bare, heard).reasons)


@pytest.mark.parametrize("text", ["停电了，我妈靠制氧机", "有人倒在桥洞叫不醒", "门口下水道井里有人掉下去了"])
def test_a_life_at_risk_is_urgent_whatever_the_class(bare: Classifier, text: str) -> None:
    assert ask(bare, text).urgent


@pytest.mark.parametrize("text", ["我不想活了", "有个姑娘坐在桥栏杆外面哭", "楼顶有人要跳楼"])
def test_a_life_at_risk_calls_a_human_at_once(bare: Classifier, text: str) -> None:
    triage = ask(bare, text)
    assert (triage.report, triage.urgent, triage.risk) == (True, True, "self_harm")


@pytest.mark.parametrize("text", ["笑死我了", "让不让人活了，天天施工", "跳楼价大甩卖", "要跳广场舞的来"])
def test_strong_words_are_no_risk(bare: Classifier, text: str) -> None:
    assert ask(bare, text).risk is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("谢谢大家", "thanks"),
        ("早上好", "greeting"),
        ("我报的那个怎么样了", "progress"),
        ("/办结 0031", "command"),
        ("今晚吃什么", "chatter"),
        ("路灯已经修好了", "chatter"),
        ("两室一厅出租，拎包入住", "chatter"),
    ],
)
def test_talk_that_is_no_report_keeps_its_kind(bare: Classifier, text: str, kind: str) -> None:
    triage = ask(bare, text)
    assert (triage.report, triage.kind, triage.missing) == (False, kind, ())


def test_what_is_overheard_needs_more_than_what_is_said_to_the_bot(bare: Classifier) -> None:
    assert ask(bare, "宿舍停电了").report
    assert not ask(bare, "宿舍停电了", Facts(addressed=False)).report


def test_a_call_for_help_of_no_known_class_goes_to_the_duty_desk(bare: Classifier) -> None:
    triage = ask(bare, "麻烦派人来看看这个归谁管")
    assert (triage.report, triage.class_id, "what" in triage.missing) == (True, "other", False)


def test_a_matter_of_the_territory_goes_to_the_town_of_the_chat(haimen: Classifier) -> None:
    assert ask(haimen, "几个孩子下河游泳，没人看", GRID).unit == "HM-HM"


def test_a_word_of_duty_overrides_the_unit_of_the_class(haimen: Classifier) -> None:
    assert ask(haimen, "路边垃圾没人收，防暴队员看到了", TOWN).unit == "HM-GA"


def test_discipline_matters_are_for_a_named_few(bare: Classifier) -> None:
    assert ask(bare, "窗口工作人员态度恶劣，推诿不办").secret


def test_a_result_survives_being_stored(haimen: Classifier) -> None:
    triage = ask(haimen, "长江路静海路口工地门口有建筑垃圾", TOWN)
    assert Triage.from_json(triage.to_json()) == triage


def test_every_result_says_which_rules_it_came_from(bare: Classifier) -> None:
    assert ask(bare, "路灯不亮").rules_version == bare.pack.version


@given(st.text(max_size=60) | st.text(alphabet=WORDS, max_size=60), st.booleans(), st.booleans())
def test_no_text_breaks_triage_and_every_reason_stands_where_it_says(
    haimen: Classifier, text: str, addressed: bool, media: bool
) -> None:
    triage = ask(haimen, text, Facts(chat_unit="HM-HM", addressed=addressed, has_media=media))
    text = normalize_text(text)  # the offsets are those of the text as every door hands it over
    assert all(text[reason.start :].startswith(reason.word) for reason in triage.reasons)
    assert 0 <= triage.confidence <= 1
    assert triage.margin >= 0


@given(st.text(alphabet="啦噜哩", max_size=30))
def test_meaningless_words_after_the_sentence_change_neither_class_nor_its_reasons(
    bare: Classifier, noise: str
) -> None:
    text = "路灯不亮了。"
    plain, longer = ask(bare, text), ask(bare, text + noise)
    assert longer.class_id == plain.class_id
    assert [r for r in longer.reasons if r.side == "fac.lamp"] == [
        r for r in plain.reasons if r.side == "fac.lamp"
    ]


def test_what_is_merely_heard_and_tells_nothing_is_not_looked_at_further(bare: Classifier) -> None:
    text = "长江路179号晚上一起吃个饭吧"
    heard, said = ask(bare, text, Facts(addressed=False)), ask(bare, text)
    assert (heard.report, heard.class_id, heard.place) == (False, "other", None)
    assert said.place is not None


def test_what_is_heard_beside_a_photo_is_looked_at(bare: Classifier) -> None:
    found = ask(bare, "长江路179号门口", Facts(addressed=False, has_media=True))
    assert found.place is not None


@pytest.mark.parametrize(
    ("text", "class_id"),
    [
        ("扶梯把我老婆的鞋和脚趾绞进去了，血流了一地", "safe.elevator"),
        ("做面条的机器把师傅的手卷进去了", "safe.production"),
        ("工地的管沟垮了，两个工人被埋在下面", "safe.production"),
        ("屋里烧着炭，一家三口都喊不应", "util.gas"),
        ("老槐树倒了压住一个骑车的", "green.tree"),
        ("门头广告牌塌了砸中一个人，躺在地上", "street.sign"),
        ("货车漏了一路石子，摔了三个骑车的，一个腿断了", "env.spill"),
        ("商场门口有人晕倒了，脸色发白", "med.emergency"),
    ],
)
def test_who_is_hurt_by_a_thing_is_a_matter_of_the_thing_and_urgent(
    bare: Classifier, text: str, class_id: str
) -> None:
    found = ask(bare, text)
    assert (found.class_id, found.urgent, found.report) == (class_id, True, True)


def test_a_plain_matter_with_its_place_is_not_outvoted_by_pieces_of_words(bare: Classifier) -> None:
    """Learned pieces speak against it by more than twice what a report needs."""
    text = "我婆婆在临江路老年大学门口那个坑里崴了脚，大家猜她怎么着"
    assert ask(bare, text).report


def test_a_character_within_a_name_is_no_word_of_a_class(bare: Classifier) -> None:
    """A jade, a dam and a seedling are parts of names, and say nothing of a fraud, a river or a field."""
    for place in ("玉带桥村", "沙坝村", "苗岭村", "潮音街"):
        assert bare.list_spoken_classes(f"{place}有人吗", Facts()) == frozenset()


def test_how_somebody_looks_is_no_part_of_the_place_said_next(haimen: Classifier) -> None:
    found = haimen.triage("我隔壁烤火的喊不醒脸通红解放新村三栋二楼", facts=Facts(spoken=True))
    assert found.place is not None
    assert found.place.name == "解放新村三栋二楼"
