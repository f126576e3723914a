"""Hot topics: found once, told once, told again when doubled; a parent case, an answer to all, a report."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.insight import hot_topics
from handlers.notifications.publishing import sending
from models.messages import FilePush, TextPush
from models.organisation import Role
from models.topics import Topic, TopicCase
from models.workflow import Status
from tests.district import RUBBLE, District, make_photo

JAM = "长江路隧道口交通拥堵，什么时候通车"


def look(district: District) -> int:
    """What the ticker does; how many topics the desk was told of."""
    with district.database.read() as session:
        looked = hot_topics.scan_cases(session, district.env, now=district.now)
    if looked is None:
        return 0
    with district.database.write() as session:
        return hot_topics.settle_topics(session, district.env, scan=looked, now=district.now)


def reported(district: District, user: str, text: str = JAM, chat: str = "wrINTAKE") -> None:
    assert district.say(chat, user, f"/上报 {text}") == "case.opened"
    district.tick(district.advance(minutes=5))


def jam(district: District) -> None:
    """Three people ask about the tunnel, in words that are alike."""
    reported(district, "zhangsf")
    reported(district, "liay", f"请问{JAM}")
    reported(district, "chendy", f"{JAM}呀", chat="wrRESIDENTS")


def only(district: District) -> Topic:
    with district.database.read() as session:
        return session.scalars(select(Topic)).one()


def fires(district: District) -> list[str]:
    return [said.text for said in district.pushes("wrDUTY") if "🔥" in said.text or "📈" in said.text]


def test_three_within_three_days_raise_a_topic_with_its_evidence(district: District) -> None:
    jam(district)
    assert look(district) == 1
    topic = only(district)
    assert (topic.code, topic.told) == ("T260330-1", 3)
    (told,) = fires(district)
    assert "T260330-1" in told
    assert "3 件，3 人反映" in told
    assert "03-30 3 件" in told
    assert "长江路隧道" in told
    assert "WG260330-0001、WG260330-0002、WG260330-0003" in told
    assert "/立主案 T260330-1" in told
    assert not any(name in told for name in ("张师傅", "李阿姨", "陈大爷"))


def test_it_grows_quietly_and_is_told_again_when_doubled(district: District) -> None:
    jam(district)
    assert (look(district), look(district)) == (1, 0)
    for number, user in enumerate(("wgxw", "wgxl", "wgxs")):
        reported(district, user, f"{JAM}啊{'急' * number}")
        told = look(district)
    assert told == 1
    assert len(fires(district)) == 2
    assert only(district).told == 6


def test_of_two_tickers_that_looked_together_one_tells(district: District) -> None:
    jam(district)
    with district.database.read() as session:
        both = [hot_topics.scan_cases(session, district.env, now=district.now) for _ in range(2)]
    told = []
    for looked in both:
        assert looked is not None
        with district.database.write() as session:
            told.append(hot_topics.settle_topics(session, district.env, scan=looked, now=district.now))
    assert told == [1, 0]
    assert len(fires(district)) == 1


def test_nothing_new_is_nothing_to_look_at(sqlite_district: District) -> None:
    jam(sqlite_district)
    with sqlite_district.database.read() as session:
        newest = sqlite_district.case().id
        assert (
            hot_topics.scan_cases(session, sqlite_district.env, now=sqlite_district.now, after=newest) is None
        )


def test_two_are_no_topic_and_neither_are_three_of_different_weeks(sqlite_district: District) -> None:
    reported(sqlite_district, "zhangsf")
    reported(sqlite_district, "liay")
    assert look(sqlite_district) == 0
    sqlite_district.now += timedelta(days=5)
    reported(sqlite_district, "chendy", chat="wrRESIDENTS")
    assert look(sqlite_district) == 0


def test_one_reporter_thrice_is_no_topic_and_does_not_double_one(district: District) -> None:
    for number in range(3):
        reported(district, "zhangsf", f"{JAM}{'急' * number}")
    assert look(district) == 0
    for user in ("liay", "wgxw"):
        reported(district, user)
    assert look(district) == 1
    assert "5 件，3 人反映" in fires(district)[0]
    for number in range(3):
        reported(district, "liay", f"{JAM}啊{'急' * number}")
        assert look(district) == 0


def test_one_who_says_watched_words_thrice_raises_no_alarm(sqlite_district: District) -> None:
    district = sqlite_district
    assert district.say("wrDUTY", "leader1", "/关注 停水") == "topic.watched"
    for place in ("北京路8号", "江海路20号", "人民路30号"):
        reported(district, "zhangsf", f"{place}停水")
    assert look(district) == 0


TREE = "长江路静海路口大树倒了挡住路"


def test_a_case_of_another_class_is_not_counted_though_it_was_joined(sqlite_district: District) -> None:
    district = sqlite_district
    for user in ("zhangsf", "liay", "wgxw"):
        reported(district, user, RUBBLE)
    reported(district, "wgxl", TREE)
    tree = district.case()
    assert tree.class_id == "green.tree"
    assert district.say("wrDUTY", "duty1", f"/并案 {tree.number} 0001") == "command.preview"
    assert district.say("wrDUTY", "duty1", "/确认") == "act.merge"
    assert look(district) == 1
    (told,) = fires(district)
    assert "3 件，3 人反映" in told
    assert tree.number not in told


def test_a_case_whose_class_was_corrected_is_counted_no_more(sqlite_district: District) -> None:
    district = sqlite_district
    loose(district)
    reported(district, "wgxw", "静海路路灯坏了不亮")
    look(district)
    district.say("wrDUTY", "duty1", "/热点 T1")
    assert "4 件，4 人反映" in district.last_text("wrDUTY")
    number = district.case().number
    district.say("wrDUTY", "duty1", f"/拆分 {number}")
    assert district.say("wrDUTY", "duty1", f"/改类 {number} green.tree") == "act.classify"
    district.say("wrDUTY", "duty1", "/热点 T1")
    assert "3 件，3 人反映" in district.last_text("wrDUTY")
    assert number not in district.last_text("wrDUTY")


def test_what_is_closed_is_said_to_be_closed(sqlite_district: District) -> None:
    district = sqlite_district
    loose(district)
    with district.database.write() as session:
        first, second, third = (session.merge(case) for case in district.cases())
        first.status, first.closed_at = Status.CLOSED, district.now
        second.status, second.parent_id = Status.DUPLICATE, first.id
    for said in ("/热点 T1", "/情况报告 T1"):
        district.say("wrDUTY", "duty1", said)
        words = district.last_text("wrDUTY")
        assert "3 件（其中 2 件已办结）" in words
        assert f"{first.number}（已办结）、{second.number}（已办结）、{third.number}" in words
    district.say("wrDUTY", "duty1", "/热点")
    assert "3 件（其中 2 件已办结），3 人" in district.last_text("wrDUTY")
    with district.database.write() as session:
        last = session.merge(third)
        last.status, last.closed_at = Status.CLOSED, district.now
    district.say("wrDUTY", "duty1", "/热点 T1")
    assert "3 件（都已办结）" in district.last_text("wrDUTY")
    district.say("wrDUTY", "duty1", "/结束热点 T1")
    district.say("wrDUTY", "duty1", "/情况报告 T1")
    assert "依据 T260330-1（已结束）" in district.last_text("wrDUTY")


def test_restricted_cases_are_of_no_topic(sqlite_district: District) -> None:
    jam(sqlite_district)
    with sqlite_district.database.write() as session:
        session.merge(sqlite_district.case()).restricted = True
    assert look(sqlite_district) == 0


def test_the_list_and_the_evidence_are_shown_on_command(sqlite_district: District) -> None:
    district = sqlite_district
    assert district.say("wrDUTY", "duty1", "/热点") == "topic.list"
    assert "现在没有热点" in district.last_text("wrDUTY")
    jam(district)
    look(district)
    assert district.say("wrDUTY", "duty1", "/热点") == "topic.list"
    assert "T260330-1 热点" in district.last_text("wrDUTY")
    for said in ("T1", "t0330-1", "T260330-1"):
        assert district.say("wrDUTY", "duty1", f"/热点 {said}") == "topic.shown"
        assert "按天：03-30 3 件" in district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/热点 T7") == "refused.not_found"
    assert district.say("wrDUTY", "duty1", "/立主案") == "refused.missing_need"


@pytest.mark.parametrize("user", ["zhangsf", "chendy", "cg1", "wgxw"])
def test_topics_are_the_desks_and_the_leaders(sqlite_district: District, user: str) -> None:
    assert sqlite_district.say("wrINTAKE", user, "/热点") == "refused.not_allowed"
    sqlite_district.say("wrINTAKE", user, "/帮助 全部")
    assert "/热点" not in sqlite_district.last_text("wrINTAKE")


def test_help_names_the_commands_to_those_who_may(sqlite_district: District) -> None:
    sqlite_district.say("wrDUTY", "duty1", "/帮助 全部")
    for word in ("热点", "立主案", "情况报告", "关注", "告知"):
        assert f"/{word} " in sqlite_district.last_text("wrDUTY")


LOOSE = (
    ("zhangsf", "静海路路灯不亮"),
    ("liay", "静海路整条路灯都灭了，晚上漆黑一片"),
    ("chendy", "静海路的路灯好几天不亮，走夜路害怕"),
)


def loose(district: District) -> Topic:
    """Three open cases of one topic, none joined to another."""
    for user, text in LOOSE:
        reported(district, user, text)
    with district.database.write() as session:
        for case in district.cases():
            if case.status == Status.DUPLICATE:
                # As if the desk had only just been told that they belong together.
                row = session.merge(case)
                row.status, row.parent_id = Status.NEW, None
    assert look(district) == 1
    return only(district)


def test_one_command_puts_its_cases_under_one_after_a_look(sqlite_district: District) -> None:
    district = sqlite_district
    loose(district)
    assert district.say("wrDUTY", "duty1", "/立主案 T1") == "command.preview"
    assert "将以 WG260330-0001 为主案" in district.last_card("wrDUTY").body
    assert {case.status for case in district.cases()} == {Status.NEW}
    assert district.say("wrDUTY", "duty1", "/确认") == "topic.parent"
    first, *others = district.cases()
    assert [case.parent_id for case in others] == [first.id, first.id]
    assert only(district).parent_id == first.id
    assert "并入 2 件" in district.last_text("wrDUTY")
    assert "〔WG260330-0002〕已有人反映，一并跟进" in district.chat_text("wrINTAKE")
    assert district.say("wrDUTY", "duty1", "/立主案 T1") == "refused.wrong_state"


def test_one_open_case_has_nothing_to_take_in(sqlite_district: District) -> None:
    district = sqlite_district
    loose(district)
    for number in ("0002", "0003"):
        district.say("wrDUTY", "duty1", f"/不予受理 {number} 不属实")
    assert district.say("wrDUTY", "duty1", "/立主案 T1") == "refused.wrong_state"


def test_what_was_taken_apart_is_not_put_together_again(sqlite_district: District) -> None:
    district = sqlite_district
    jam(district)
    district.say("wrDUTY", "duty1", "/拆分 0003")
    look(district)
    district.say("wrDUTY", "duty1", "/立主案 T1")
    district.say("wrDUTY", "duty1", "/确认")
    assert district.case("WG260330-0003").parent_id is None


def test_a_leader_looks_but_does_not_join(sqlite_district: District) -> None:
    loose(sqlite_district)
    assert sqlite_district.say("wrDUTY", "leader1", "/热点 T1") == "topic.shown"
    assert sqlite_district.say("wrDUTY", "leader1", "/立主案 T1") == "refused.not_allowed"


def test_everyone_who_asked_is_answered_where_they_asked(district: District) -> None:
    jam(district)
    look(district)
    assert district.say("wrDUTY", "duty1", "/告知 T1 隧道明天 10 时通车。") == "notice.drafted"
    assert "3 位反映人（2 个会话）" in district.chat_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/发布 TZ260330-001") == "refused.not_allowed"
    assert district.say("wrDUTY", "duty2", "/发布 TZ260330-001") == "notice.published"
    with district.database.write() as session:
        assert sending.send_due_notices(session, district.env, now=district.now) == 1
    answers = [said.body for said in district.pushes("wrINTAKE") if "明天 10 时通车" in said.text]
    assert [body.mentions for body in answers if isinstance(body, TextPush)] == [("zhangsf", "liay")]
    assert "您反映过「" in district.last_text("wrRESIDENTS")
    assert "T260330-1" not in district.last_text("wrRESIDENTS")


def test_the_report_is_a_draft_without_names(sqlite_district: District) -> None:
    district = sqlite_district
    jam(district)
    look(district)
    district.say("wrDUTY", "duty1", "/交办 0001 公安局")
    district.say("wrGA", "ga1", "/反馈 0001 已派交警疏导，张师傅 13812345678 已联系", photos=[make_photo(3)])
    assert district.say("wrDUTY", "leader1", "/情况报告 T1") == "topic.report"
    words = district.last_text("wrDUTY")
    for part in (
        "情况报告（草稿）",
        "一、基本情况",
        "3 件",
        "二、反映的主要内容",
        "三、处置情况",
        "公安局",
        "四、研判和建议",
    ):
        assert part in words
    assert "张师傅" not in words
    assert "13812345678" not in words
    assert district.say("wrDUTY", "leader1", "/情况报告 T1 文件") == "topic.report"
    file = district.pushes("wrDUTY")[-1].body
    assert isinstance(file, FilePush)
    assert file.paper is not None
    assert all(block["words"] in words for block in file.paper["blocks"])


def test_watched_words_alert_when_they_rise(district: District) -> None:
    reported(district, "zhangsf", "解放路15号路灯不亮")
    assert district.say("wrDUTY", "leader1", "/关注 停水 水压") == "topic.watched"
    assert "「停水、水压」" in district.last_text("wrDUTY")
    for user, text in (("zhangsf", "北京路8号停水一整天"), ("liay", "江海路20号家里水压太低")):
        reported(district, user, text)
        assert look(district) == 0
    reported(district, "chendy", "解放新村3幢又停水了", chat="wrRESIDENTS")
    assert look(district) == 1
    (told,) = fires(district)
    assert "📈 关注的问题反映多了" in told
    assert "3 件，3 人反映" in told
    district.now += timedelta(days=9)
    reported(district, "zhangsf", "人民路30号停水")
    assert look(district) == 0
    reported(district, "zhangsf", "人民路98号停水")
    reported(district, "liay", "长江路77号停水")
    assert look(district) == 0
    reported(district, "chendy", "静海路70号停水", chat="wrRESIDENTS")
    assert look(district) == 1


def test_a_topic_that_is_over_is_not_told_of_again(sqlite_district: District) -> None:
    district = sqlite_district
    jam(district)
    look(district)
    assert district.say("wrDUTY", "duty1", "/结束热点 T1") == "topic.ended"
    for _ in range(4):
        reported(district, "liay", JAM)
    assert look(district) == 0
    assert district.say("wrDUTY", "duty1", "/结束热点 T1") == "refused.wrong_state"
    with district.database.read() as session:
        assert len(session.scalars(select(TopicCase)).all()) == 3


# Across areas ----------------------------------------------------------------------------------


def hire_town_desk(district: District) -> None:
    """A duty officer of 滨江街道 and one of 海门街道."""
    district.hire("bjduty", Role.DUTY, "HM-BJ")
    district.hire("hmduty", Role.DUTY, "HM-HM")


@pytest.mark.parametrize("named", ["T1", "t0330-1", "T260330-1"])
def test_a_topic_of_another_town_is_refused_and_no_keyword(sqlite_district: District, named: str) -> None:
    district = sqlite_district
    loose(district)
    hire_town_desk(district)
    # A case of the town whose words hold what was typed: it must not be taken for what is meant.
    reported(district, "liay", f"滨江大道20号{named}广告牌要掉下来了")
    for words in (f"/告知 {named} 已修好", f"/热点 {named}", f"/情况报告 {named}", f"/结束热点 {named}"):
        assert district.say("bjduty", "bjduty", words, direct=True) == "refused.not_found"
        assert "没有" in district.last_text("bjduty")
    assert district.say("hmduty", "hmduty", f"/告知 {named} 已修好", direct=True) == "notice.drafted"


def test_a_topic_whose_place_nobody_knows_is_the_top_desks(sqlite_district: District) -> None:
    district = sqlite_district
    loose(district)
    hire_town_desk(district)
    with district.database.write() as session:
        session.get_one(Topic, only(district).id).area_id = None
    assert district.say("hmduty", "hmduty", "/热点 T1", direct=True) == "refused.not_found"
    assert district.say("wrDUTY", "duty1", "/热点 T1") == "topic.shown"


def test_a_town_reads_of_a_topic_only_what_lies_there(sqlite_district: District) -> None:
    district = sqlite_district
    loose(district)
    hire_town_desk(district)
    with district.database.write() as session:
        last = session.merge(district.case())
        last.area_id = last.unit_id = None
    assert district.say("hmduty", "hmduty", "/热点 T1", direct=True) == "topic.shown"
    assert "WG260330-0003" not in district.last_text("hmduty")
    district.say("wrDUTY", "duty1", "/热点 T1")
    assert "0003" in district.last_text("wrDUTY")
