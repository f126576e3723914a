"""Anonymous, restricted, urgent: three things that a report may be, each whatever the others are."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from handlers.cases import readers, site_checks
from handlers.cases.actors import Actor
from handlers.cases.readers import Reading
from handlers.cases.secrecy import accused
from models.cases import Case
from models.organisation import Chat, Person, Role, Unit
from tests.district import District, load_person

KNIFE = "静海路88号有人拿刀打架，快来人，别说是我报的"
BRIBE = "举报解放路15号窗口办事员收受商户红包"
BEATEN = "社区书记带人打我，头破血流，救命，长江路3号"
OTHERS = ("wrDUTY", "wrGA", "wrZJ", "wrCG", "wrSW", "wrSCJG", "wrRESIDENTS")


@pytest.fixture
def district(sqlite_district: District) -> District:
    """duty2 and leader1 read restricted cases."""
    sqlite_district.env = replace(sqlite_district.env, restricted_to=frozenset({"duty2", "leader1"}))
    for user in ("duty1", "duty2", "leader1", "zhangsf", "ga1"):
        sqlite_district.enter(user)
    return sqlite_district


def report(district: District, text: str, chat: str = "wrINTAKE", user: str = "zhangsf") -> None:
    assert district.say(chat, user, text, photos=1) == "case.opened"
    district.tick(district.advance(minutes=2))


def all_of(district: District, chat: str) -> str:
    """Everything that stands in a chat: words, cards with all their rows, mentions."""
    return "\n".join(str(push.body) for push in district.pushes(chat))


# Anonymous ----------------------------------------------------------------------------------------


def test_a_wish_not_to_be_named_hides_nothing_from_who_saves(district: District) -> None:
    report(district, KNIFE)
    case = district.case()
    assert (case.urgent, case.restricted, case.status) == (True, False, "DISPATCHED")
    assert "静海路88号" in district.chat_text("wrGA")
    assert district.last_card("wrGA").buttons[0].text == "签收"
    assert "已通知公安局" in district.chat_text("wrINTAKE")
    assert "静海路88号" in district.chat_text("wrDUTY")


@pytest.mark.parametrize(
    "text", [KNIFE, "匿名：长江路15号门口建筑垃圾没人清", "长江路15号路灯不亮，不要说我名字"]
)
def test_who_asks_for_it_is_promised_to_stay_unnamed_in_one_clause(district: District, text: str) -> None:
    report(district, text)
    assert "不会透露是您说的。" in district.chat_text("wrINTAKE")


def test_who_does_not_ask_is_promised_nothing(district: District) -> None:
    report(district, "长江路15号路灯不亮")
    assert "不会透露" not in district.chat_text("wrINTAKE")


def test_who_repeats_what_is_known_and_asks_for_it_stays_unnamed_too(district: District) -> None:
    report(district, "解放路15号门口窨井盖坏了，骑车差点摔进去")
    assert district.say("wrINTAKE", "liay", "解放路15号门口窨井盖坏了，刚才又有人摔了，别说是我说的")
    assert "一并跟进" in district.last_text("wrINTAKE")
    assert "不会透露是您说的。" in district.last_text("wrINTAKE")


def test_who_asks_for_it_afterwards_is_promised_it_too(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "长江路15号路灯不亮")
    assert district.say("wrINTAKE", "zhangsf", "别说是我报的") == "case.added"
    assert "不会透露是您说的。" in district.last_text("wrINTAKE")
    assert not district.case().restricted


def test_a_leader_who_reads_it_finds_what_waits_for_a_desk(district: District) -> None:
    report(district, BRIBE)
    number = district.case().number
    assert district.say("leader1", "leader1", "/待办", direct=True) == "command.list"
    assert number.rpartition("-")[2] in district.last_text("leader1")
    district.say("wrDUTY", "leader1", "/待办")
    assert "待办：没有" in district.last_text("wrDUTY")
    with district.database.write() as session:
        session.execute(update(Case).values(restricted=False))
    district.say("leader1", "leader1", "/待办", direct=True)
    assert "待办：没有" in district.last_text("leader1"), "the desk knows of it"


# Urgent and restricted ----------------------------------------------------------------------------


def test_who_saves_is_rung_and_reads_neither_source_nor_accusation(district: District) -> None:
    report(district, BEATEN)
    case = district.case()
    assert (case.urgent, case.restricted, case.status) == (True, True, "DISPATCHED")
    said = all_of(district, "wrGA")
    assert "头破血流" in said
    assert "长江路3号" in said
    for word in ("书记", "带人", "张师傅", "举报", "投诉"):
        assert word not in said
    assert district.photos("wrGA") == []
    assert [push for push in district.pushes("wrGA") if "ga1" in getattr(push.body, "mentions", ())]
    assert "书记" in district.chat_text("duty2")
    desk = district.chat_text("wrDUTY")
    assert "头破血流" in desk
    assert "书记" not in desk


def test_who_saves_reads_and_acts_in_their_own_group_and_the_rest_stays_private(district: District) -> None:
    report(district, BEATEN)
    assert district.say("wrGA", "ga1", "/查 0001") == "command.show"
    assert "书记" not in district.last_text("wrGA")
    assert district.say("wrGA", "ga1", "/卡片 0001") == "command.card"
    assert "书记" not in str(district.last_card("wrGA"))
    assert district.say("wrINTAKE", "zhangsf", "/补充 0001 书记姓王，还拿了东西", direct=False)
    assert district.say("wrGA", "ga1", "/签收 0001") == "act.sign"
    assert district.say("wrGA", "ga1", "/反馈 0001 人已送医，现场控制住了", photos=1) == "act.feedback"
    assert "书记" not in all_of(district, "wrGA")
    assert district.case().status == "SUBMITTED"
    assert "人已送医" in district.chat_text("duty2")
    assert "人已送医" not in district.chat_text("wrDUTY")


@pytest.mark.parametrize(
    ("chat", "user", "command"),
    [
        ("wrGA", "ga1", "/查看联系人 0001 需要上门"),
        ("ga1", "ga1", "/查看联系人 0001 需要上门"),
        ("wrGA", "ga1", "/改类 0001 路灯"),
        ("wrINTAKE", "ga1", "/查 0001"),
        ("wrCG", "cg1", "/查 0001"),
        ("wrDUTY", "duty1", "/查 0001"),
        ("duty1", "duty1", "/查 0001"),
    ],
)
def test_nothing_else_of_it_is_theirs(district: District, chat: str, user: str, command: str) -> None:
    report(district, BEATEN)
    assert district.say(chat, user, command, direct=chat == user).startswith("refused.")
    assert "zhangsf" not in district.chat_text(user)


def test_who_saves_has_a_reading_that_is_not_whole(district: District) -> None:
    report(district, BEATEN)
    with district.database.read() as session:
        case, restricted_to = district.case(), district.env.restricted_to
        rescuer = readers.find_reading(session, Actor(load_person(session, "ga1")), case, restricted_to)
        stranger = readers.find_reading(session, Actor(load_person(session, "zj1")), case, restricted_to)
        reader = readers.find_reading(session, Actor(load_person(session, "duty2")), case, restricted_to)
    assert rescuer == Reading(is_redacted=True)
    assert not rescuer.is_whole
    assert stranger is None
    assert reader is not None
    assert reader.is_whole


def test_who_saves_is_not_told_which_reader_of_it_moved_it(district: District) -> None:
    report(district, BEATEN)
    assert district.say("wrGA", "ga1", "/签收 0001") == "act.sign"
    assert district.say("wrGA", "ga1", "/反馈 0001 人已送医", photos=1) == "act.feedback"
    assert district.say("duty2", "duty2", "/核查 0001 通过") == "act.verify"
    assert district.deliver_results() == 1
    assert district.say("duty2", "duty2", "/结案 0001") == "act.close"
    assert district.say("wrGA", "ga1", "/反馈 0001 人已送医") == "refused.wrong_state"
    assert "值班二号" not in district.last_text("wrGA")


def test_who_is_named_is_not_asked_to_go_and_see(district: District) -> None:
    report(district, "举报周主任收受红包，长江路3号")
    with district.database.read() as session:
        case = district.case()
        leader, duty = load_person(session, "leader1"), load_person(session, "duty2")
        assert site_checks.find_contact_chat(session, case, leader, district.env) is None
        assert site_checks.find_contact_chat(session, case, duty, district.env) is not None


def test_danger_rings_the_unit_as_a_warning_where_nothing_is_dispatched(district: District) -> None:
    district.env = replace(district.env, auto_dispatch="never")
    report(district, KNIFE)
    assert (district.case().status, district.assignments()) == ("NEW", [])
    assert "预警" in district.chat_text("wrGA")
    assert "静海路88号" in district.chat_text("wrGA")
    assert [push for push in district.pushes("wrGA") if push.card is not None] == []
    assert "请马上安排承办单位" in district.chat_text("wrDUTY")
    assert "已通知" not in district.chat_text("wrINTAKE")


def test_restricted_danger_rings_unit_and_desk_where_nothing_is_dispatched(district: District) -> None:
    district.env = replace(district.env, auto_dispatch="never")
    report(district, BEATEN)
    assert district.case().status == "NEW"
    for chat in ("wrGA", "wrDUTY"):
        assert "头破血流" in district.chat_text(chat)
        assert "书记" not in district.chat_text(chat)


def test_what_is_not_urgent_warns_no_unit(district: District) -> None:
    district.env = replace(district.env, auto_dispatch="never")
    report(district, "长江路15号路灯不亮")
    assert "预警" not in "".join(map(district.chat_text, OTHERS))


def test_the_reporter_in_danger_is_told_how_to_call_for_help(district: District) -> None:
    report(district, BEATEN)
    assert "110" in district.pushes("wrINTAKE")[-1].text + district.chat_text("wrINTAKE")
    assert "书记" not in district.chat_text("wrINTAKE")


# What is said of who was told ---------------------------------------------------------------------


def without_group(district: District) -> None:
    with district.database.write() as session:
        session.execute(update(Chat).where(Chat.chat_id == "wrGA").values(unit_id=district.unit("HM").id))


def with_bot_removed(district: District) -> None:
    with district.database.write() as session:
        session.execute(update(Chat).where(Chat.chat_id == "wrGA").values(gone_at=district.now))


@pytest.mark.parametrize("lose", [without_group, with_bot_removed])
def test_a_unit_is_only_said_to_be_told_where_somebody_of_theirs_was(
    district: District, lose: Callable[[District], None]
) -> None:
    lose(district)
    report(district, KNIFE)
    assert district.case().status == "DISPATCHED"
    assert "已通知公安局" not in district.chat_text("wrINTAKE")
    assert "值班员会电话通知" in district.chat_text("wrINTAKE")


# Readers ------------------------------------------------------------------------------------------


def reads(district: District, user: str) -> bool:
    return district.say(user, user, f"/查 {district.case().number}", direct=True) == "command.show"


def test_who_is_named_never_reads_it_and_one_level_up_does(district: District) -> None:
    district.env = replace(district.env, restricted_to=frozenset({"duty2", "ga1"}))
    report(district, "举报公安一号收受商户红包，长江路3号")
    assert "红包" not in district.chat_text("ga1")
    assert not reads(district, "ga1")
    assert district.say("ga1", "ga1", "/待办", direct=True) == "command.list"
    assert district.case().number[-4:] not in district.last_text("ga1")
    assert "红包" in district.chat_text("leader1")
    assert reads(district, "leader1")
    assert reads(district, "duty2")


@pytest.mark.parametrize(
    "words",
    [
        "举报海门区公安局的人收黑钱，长江路3号",
        "公安局窗口办事员索要红包，长江路3号",
        "举报公某收受红包，长江路3号",
    ],
)
def test_who_belongs_to_the_unit_that_is_named_never_reads_it(district: District, words: str) -> None:
    district.env = replace(district.env, restricted_to=frozenset({"ga1"}))
    report(district, words)
    assert district.case().restricted
    assert not reads(district, "ga1")
    assert reads(district, "leader1")


def test_who_is_named_at_the_top_is_replaced_by_who_stands_beside(district: District) -> None:
    with district.database.write() as session:
        unit = session.get_one(Unit, district.unit("HM").id)
        session.add(Person(code="admin1", name="系统管理", role=Role.ADMIN, unit_id=unit.id))
    district.env = replace(district.env, restricted_to=frozenset({"leader1"}))
    report(district, "举报周主任收受红包，长江路3号")
    assert not reads(district, "leader1")
    with district.database.read() as session:
        assert accused.find_reader_codes(session, district.case(), district.env) == ["admin1"]


def test_who_is_named_later_reads_it_no_longer(district: District) -> None:
    report(district, BRIBE)
    assert reads(district, "duty2")
    assert district.say("zhangsf", "zhangsf", "/补充 0001 就是值班二号收的", direct=True) == "act.add"
    assert not reads(district, "duty2")
    assert reads(district, "leader1")
    assert "值班二号收的" not in district.chat_text("duty2")


def test_a_leader_who_reads_it_does_the_desks_part(district: District) -> None:
    district.env = replace(district.env, restricted_to=frozenset({"leader1"}))
    report(district, BRIBE)
    assert district.say("leader1", "leader1", "/受理 0001", direct=True) == "act.accept"
    assert district.say("leader1", "leader1", "/交办 0001 纪委监委", direct=True) == "act.assign"


# Restricting, and lifting it ----------------------------------------------------------------------


def test_a_restricted_class_restricts_at_once(district: District) -> None:
    report(district, "长江路15号建筑垃圾没人清")
    assert district.say("wrDUTY", "duty1", "/改类 0001 工作作风投诉") == "act.classify"
    assert district.case().restricted
    assert district.say("duty1", "duty1", "/查 0001", direct=True) == "refused.not_found"
    assert reads(district, "duty2")
    assert district.find_drift() == {}


def test_the_way_back_needs_a_second_person(district: District) -> None:
    report(district, BRIBE)
    assert district.say("duty2", "duty2", "/改类 0001 路灯不亮", direct=True).startswith(("act.", "refused."))
    assert district.say("duty2", "duty2", "/改类 0001 其他", direct=True).startswith(("act.", "refused."))
    assert district.case().class_id != "gov.attitude"
    assert district.case().restricted
    assert "/解除限阅" in district.last_text("duty2")
    assert district.say("duty2", "duty2", "/解除限阅 0001 与工作人员无关", direct=True) == "act.unrestrict"
    assert district.say("duty2", "duty2", "/同意 0001", direct=True) == "refused.not_allowed"
    assert district.case().restricted
    assert district.say("leader1", "leader1", "/同意 0001", direct=True) == "act.approve"
    assert not district.case().restricted
    assert reads(district, "duty1")
    assert district.find_drift() == {}


def test_undoing_does_not_lift_it(district: District) -> None:
    report(district, "长江路15号建筑垃圾没人清")
    district.env = replace(district.env, restricted_to=frozenset({"duty1", "duty2"}))
    district.say("duty1", "duty1", "/改类 0001 工作作风投诉", direct=True)
    assert district.say("duty1", "duty1", "/撤销 0001", direct=True) == "act.undo"
    assert (district.case().class_id, district.case().restricted) == ("env.rubble", True)
    assert district.find_drift() == {}


def test_what_is_not_restricted_cannot_be_lifted(district: District) -> None:
    report(district, "长江路15号路灯不亮")
    assert district.say("wrDUTY", "duty1", "/解除限阅 0001 不对") == "refused.wrong_state"


def test_what_comes_after_the_right_to_read_is_lost_is_a_report_of_its_own(district: District) -> None:
    """The case that theirs was joined to became restricted: it exists no more for them, and their lane goes on."""
    fire = "静海路88号三楼着火了"
    report(district, fire)
    assert district.say("wrINTAKE", "liay", "我也看到了 楼上有个老人没下来") == "case.opened"
    first, witness = district.cases()
    assert witness.parent_id == first.id
    with district.database.write() as session:
        session.execute(update(Case).where(Case.id == first.id).values(restricted=True))
    assert district.say("wrINTAKE", "liay", "消防车进不来 巷子口停了两部车") == "report.waiting"
    assert district.say("wrINTAKE", "liay", "在静海路90号") == "case.opened"
    assert district.cases()[0].version == first.version
    assert "消防车进不来" in district.cases()[2].text
