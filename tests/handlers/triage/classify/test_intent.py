import pytest

from handlers.triage.classify import intent
from handlers.triage.types import Facts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/签收 0031", "command"),
        ("@网格助手 ／帮助", "command"),
        ("谢谢", "thanks"),
        ("谢谢网格员小李，辛苦了", "thanks"),
        ("大家早上好", "greeting"),
        ("在吗", "greeting"),
        ("我报的那个怎么样了", "progress"),
        ("上周反映的路灯有结果吗", "progress"),
        ("查一下我的单子", "progress"),
        ("【停水通知】明天九点停水", "notice"),
        ("请居民做好储水准备", "notice"),
        ("收到", "chatter"),
        ("[强][强]", "chatter"),
        ("", "chatter"),
        ("长江路积水了", "report"),
    ],
)
def test_the_form_of_the_words_tells_the_kind(text: str, kind: str) -> None:
    assert intent.detect_kind(text, Facts()) == kind


def test_photos_without_words_may_be_a_report() -> None:
    assert intent.detect_kind("[图片]", Facts(has_media=True)) == "report"


@pytest.mark.parametrize(
    "text",
    [
        "路灯已经换好了",
        "昨晚梦见电梯掉下去",
        "电视里在讲骗子",
        "如果着火了先往哪跑",
        "小时候这条沟能洗菜",
        "今天巡查未发现隐患",
        "我家楼塌了，积木楼，哈哈",
        "妈，我堵在路上了",
    ],
)
def test_a_turn_of_phrase_speaks_against_a_report(text: str) -> None:
    assert intent.score_mood(text) > 2


@pytest.mark.parametrize(
    "text", ["路灯不亮", "已经修好了又坏", "昨天清走了今天又倒了一车", "电视里说要拆迁，是真的吗"]
)
def test_a_report_has_no_such_turn_or_takes_it_back(text: str) -> None:
    assert intent.score_mood(text) <= 2
