"""Anonymous, restricted, urgent: what the words say of each."""

import pytest

from handlers.triage.engine import Classifier
from handlers.triage.types import Facts

HERE = Facts(chat_unit="HM-HM", addressed=True)


@pytest.mark.parametrize(
    ("text", "class_id"),
    [
        ("小区封控，我妈要做透析出不去，社区电话没人接", "health.medical"),
        ("我妈倒地不起，打120没人接，社区也不管", "med.emergency"),
        ("我爸心脏病，救护车被保安拦在门口，不开门", "health.medical"),
        ("楼上着火，居委会没人接电话", "safe.fire"),
        ("停电了，我爸在家用呼吸机，供电局电话没人接", "util.power"),
        ("派出所快来，有人打我，长江路3号", "safe.security"),
    ],
)
def test_a_cry_for_help_that_mentions_an_office_is_a_cry_for_help(
    haimen: Classifier, text: str, class_id: str
) -> None:
    found = haimen.triage(text, facts=HERE)
    assert (found.report, found.urgent, found.secret, found.class_id) == (True, True, False, class_id)


@pytest.mark.parametrize(
    "text",
    [
        "静海路88号有人拿刀打架，快来人，别说是我报的",
        "别说是我讲的，鱼粉厂夜里偷排废水",
        "我要举报楼上私搭乱建，不要说我名字",
        "匿名举报长江路塑料厂半夜偷排废水",
        "物业经理打人，求匿名",
    ],
)
def test_a_wish_not_to_be_named_is_no_accusation(haimen: Classifier, text: str) -> None:
    found = haimen.triage(text, facts=HERE)
    assert (found.report, found.anonymous, found.secret) == (True, True, False)


@pytest.mark.parametrize(
    "text",
    [
        "举报楼上聚众赌博",
        "长江路15号路灯不亮",
        "有人冒充公安打电话收钱，我妈被骗了",
        "城管没收摊贩的烟，处理得好",
        "物业收业主的钱不办事，居委会也不管",
        "市监所来查过，老板的烟都是假的",
        "我报了派出所，骗子收了我的钱",
    ],
)
def test_what_accuses_no_official_is_open(haimen: Classifier, text: str) -> None:
    found = haimen.triage(text, facts=HERE)
    assert (found.anonymous, found.secret) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "举报解放路15号城管队员收受商户红包",
        "我要举报城管局张队长收受烧烤摊好处费",
        "举报海门区公安局的人收黑钱，长江路3号",
        "派出所的人收黑钱放人",
        "网格员小王打击报复我，因为我投诉过他",
        "我反映了村主任贪污低保，现在他天天找人威胁我",
        "窗口人员态度差，玩手机",
        "执法队的人收摊贩的烟和酒，一条街都交",
        "街道办那个科长拿了店家的红包才给办",
        "我们领导收好处",
    ],
)
def test_misconduct_and_retaliation_are_restricted_and_of_the_class_of_who_looks_into_it(
    haimen: Classifier, text: str
) -> None:
    found = haimen.triage(text, facts=HERE)
    assert (found.report, found.secret, found.urgent) == (True, True, False)
    assert found.class_id == "gov.attitude"


@pytest.mark.parametrize(
    "text",
    [
        "社区书记带人打我，头破血流，救命，长江路3号",
        "城管执法打人，有人被打得满头是血，解放路15号",
        "辅警拿棍子打人，那人昏过去了",
        "书记收了钱不办事，我不想活了",
        "我举报过他们偷排，厂里的人昨天拿刀堵我家门口",
    ],
)
def test_what_is_restricted_may_be_urgent_and_goes_to_who_saves(haimen: Classifier, text: str) -> None:
    found = haimen.triage(text, facts=HERE)
    assert (found.report, found.secret, found.urgent, found.unit) == (True, True, True, "HM-GA")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("社区书记带人打我，头破血流，救命，长江路3号", "头破血流，救命"),
        ("书记收了钱不办事，我不想活了", "当事人不想活了"),
        ("我举报过他们偷排，厂里的人昨天拿刀堵我家门口", "厂里的人昨天拿刀堵当事人家门口"),
        ("城管拿刀砍人", ""),
    ],
)
def test_of_a_restricted_report_only_the_danger_is_told(haimen: Classifier, text: str, told: str) -> None:
    assert haimen.extract_danger(text) == told


def test_a_name_to_avoid_takes_its_clause_with_it(haimen: Classifier) -> None:
    assert haimen.extract_danger("王小明拿刀砍人，一地血", avoid=["王小明"]) == "一地血"
