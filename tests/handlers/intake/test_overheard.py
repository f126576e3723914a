"""Groups that are heard whole: what works without a mention, and what is passed over in silence."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.desk_lines import DeskLine
from models.messages import Part, PartKind
from models.reports import Media, Message
from models.workflow import Status
from tests.archived import ALONE, BOTH, TOWN, ArchivedDistrict
from tests.district import GAS, LAMP

CHATTER = (
    "大家早上好", "今天晚上吃什么", "哈哈哈笑死我了", "谁家有剩的馒头", "/微笑", "/抱拳 谢谢各位邻居", "有没有人来管管啊",
    "我要找领导", "这个事情到底怎么说", "你们看着办吧", "下周三有空一起钓鱼吗",
)  # fmt: skip


@pytest.mark.parametrize("room", [BOTH, ALONE])
def test_chatter_is_passed_over_in_silence(archived: ArchivedDistrict, room: str) -> None:
    for words in CHATTER:
        assert archived.hear(room, "chendy", words).startswith("talk."), words
    archived.district.tick(archived.district.advance(hours=1))
    assert archived.district.pushes() == []
    with archived.district.database.read() as session:
        assert session.scalars(select(DeskLine)).all() == []


def test_problems_are_opened_by_the_rules_of_overhearing(archived: ArchivedDistrict) -> None:
    assert archived.hear(BOTH, "chendy", LAMP) == "case.opened"
    assert "已收到" in archived.district.last_text("wrRESIDENTS")
    assert archived.hear(BOTH, "wangas", GAS) == "case.opened"


def test_a_photo_shown_to_the_others_is_no_report_unless_words_make_it_one(
    archived: ArchivedDistrict,
) -> None:
    people = archived.district
    assert archived.hear(BOTH, "chendy", photos=2) == "report.waiting"
    people.tick(people.advance(minutes=10))
    assert (people.cases(), people.pushes()) == ([], [])
    with people.database.read() as session:
        assert (session.scalars(select(Media)).all(), session.scalars(select(Message)).all()) == ([], [])
    assert archived.hear(BOTH, "chendy", photos=1) == "report.waiting"
    assert archived.hear(BOTH, "chendy", LAMP) == "case.opened"
    with people.database.read() as session:
        assert [media.case_id for media in session.scalars(select(Media))] == [people.case().id]


def test_a_place_shown_to_the_others_is_no_report_whatever_its_name_is(archived: ArchivedDistrict) -> None:
    people = archived.district
    place = Part(PartKind.LOCATION, "城东垃圾中转站，海门区解放路15号", point=(31.885, 121.165))
    shown = replace(archived.build(BOTH, "chendy", ""), parts=(place,))
    assert people.handle(people.receive(shown), shown) == "report.waiting"
    assert archived.hear(BOTH, "chendy", photos=1) == "report.waiting"
    people.tick(people.advance(minutes=10))
    assert (people.cases(), people.pushes()) == ([], [])


def test_a_voice_that_nobody_understands_troubles_no_desk(archived: ArchivedDistrict) -> None:
    people = archived.district
    archived.hear(BOTH, "chendy", voice=True)
    people.tick(people.advance(minutes=10))
    assert (people.cases(), people.pushes()) == ([], [])


def test_the_words_of_a_voice_are_overheard_like_others(archived: ArchivedDistrict) -> None:
    people = archived.district
    people.env = replace(people.env, has_speech_engine=True, listen_for=timedelta(minutes=3))
    archived.hear(BOTH, "chendy", voice=True)
    assert archived.understand(BOTH, "chendy", "今天晚上吃什么") == "talk.chatter"
    archived.hear(BOTH, "wangas", voice=True)
    assert archived.understand(BOTH, "wangas", "") == "voice.silent"
    assert people.pushes() == []
    with people.database.read() as session:
        assert session.scalars(select(Media)).all() == []
    archived.hear(BOTH, "chendy", voice=True)
    assert archived.understand(BOTH, "chendy", LAMP) == "case.opened"


def test_commands_and_quoted_pushes_work_without_a_mention(archived: ArchivedDistrict) -> None:
    people = archived.district
    archived.hear(BOTH, "chendy", LAMP)
    assert archived.hear(BOTH, "chendy", "/查 0001") == "command.show"
    receipt = people.last_text("wrRESIDENTS")
    assert archived.hear(BOTH, "chendy", "现在到哪一步了", quote=receipt) == "talk.progress"


def test_a_resident_rates_by_command(archived: ArchivedDistrict) -> None:
    people = archived.district
    archived.hear(BOTH, "chendy", LAMP)
    people.say("wrDUTY", "duty1", "/交办 0001 住建局")
    people.say("wrZJ", "zj1", "/反馈 0001 已修好", photos=1)
    people.say("wrDUTY", "duty1", "/核查 0001 通过")
    people.deliver_results()
    assert archived.hear(BOTH, "chendy", "/评价 0001 满意") == "act.rate"
    assert people.case().status == Status.CLOSED


def test_the_answer_to_what_the_bot_asked_this_person_needs_no_mention(archived: ArchivedDistrict) -> None:
    """Asked by the door that reaches them: the bot cannot speak in this group."""
    people = archived.district
    people.enter("chendy")
    assert archived.hear(TOWN, "chendy", "路灯坏了好几天没人修") == "report.waiting"
    people.tick(people.advance(minutes=3))
    assert (people.pushes(TOWN), "在什么地方" in people.last_text("chendy")) == ([], True)
    assert archived.hear(TOWN, "wangas", "解放路15号") == "talk.chatter"
    assert archived.hear(TOWN, "chendy", "解放路15号") == "case.opened"
    assert people.case().place == "解放路15号"


def test_what_was_shown_to_be_confirmed_is_confirmed_without_a_mention(archived: ArchivedDistrict) -> None:
    archived.hear(BOTH, "chendy", LAMP)
    assert archived.hear(BOTH, "duty1", "/作废 0001 重复了") == "command.preview"
    assert archived.hear(BOTH, "chendy", "是") == "talk.chatter"
    assert archived.hear(BOTH, "duty1", "是").startswith("act.")
