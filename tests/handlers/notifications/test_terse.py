"""A resident on a door where each message counts: what they hear, what they need not say, what staff may not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.acts import delivery
from handlers.environment.snapshot import TerseChannel
from handlers.notifications import alerts
from models.account_ids import WECHAT
from models.messages import CardPush, HandOverOrder, PhotoPush
from models.organisation import Account, Person, Role
from models.pushes import BUDGET_OVER, CHAT_GONE, FIXED_FIELDS, Push, PushState
from models.workflow import Status
from tests.district import District, QueuedPush
from tests.residents import OPENID, Resident

GRID = "HM-HM-JF-2"
LAMP_HERE = "路灯不亮"
WINDOW = timedelta(hours=48)


@pytest.fixture
def town(district: District) -> District:
    district.env = replace(district.env, terse_channels={"public": TerseChannel(WINDOW, reaches_later=False)})
    return district


@pytest.fixture
def resident(town: District) -> Resident:
    found = Resident(town)
    found.scan(GRID)
    return found


def go_on(town: District, *, to: str = "verify") -> str:
    """The newest case goes its way as far as this act; its number."""
    number = town.case().number
    steps = [
        ("assign", "wrDUTY", "duty1", f"/交办 {number} 城管局", 0),
        ("sign", "wrCG", "cg1", f"/签收 {number}", 0),
        ("feedback", "wrCG", "cg1", f"/反馈 {number} 灯泡已更换", 1),
        ("verify", "wrDUTY", "duty1", f"/核查 {number} 通过", 0),
    ]
    for act, chat, user, words, photos in steps:
        assert town.say(chat, user, words, photos=photos) == f"act.{act}"
        if act == to:
            break
    return number


def test_whoever_scans_is_told_where_they_are(resident: Resident) -> None:
    assert "这里是解放路网格" in resident.pushes()[-1].text


def test_the_grid_of_the_code_is_the_place(resident: Resident, town: District) -> None:
    assert resident.say(LAMP_HERE) == "case.opened"
    case = town.case()
    assert (case.area_id, case.status) == (town.unit(GRID).id, Status.NEW)
    assert town.tick(town.advance(minutes=30)) <= 1
    assert "什么地方" not in town.chat_text(OPENID)


def test_without_a_code_the_place_is_asked_for(town: District) -> None:
    stranger = Resident(town, "oSTRANGER")
    stranger.scan()
    assert stranger.say(LAMP_HERE) == "report.waiting"
    town.tick(town.advance(minutes=5))
    assert "什么地方" in stranger.pushes()[-1].text


def test_a_code_that_no_unit_has_is_none(town: District) -> None:
    stranger = Resident(town, "oSTRANGER")
    assert stranger.scan("NOWHERE") == "talk.welcome"
    assert town.person("oSTRANGER").unit_id is None


def test_whoever_comes_back_without_a_code_is_still_there(resident: Resident) -> None:
    resident.scan()
    assert "这里是解放路网格" in resident.pushes()[-1].text


def test_another_code_is_another_place(resident: Resident, town: District) -> None:
    resident.scan("HM-HM-CJ-1")
    resident.say(LAMP_HERE)
    assert town.case().area_id == town.unit("HM-HM-CJ-1").id


def test_a_place_in_the_words_goes_before_the_code(resident: Resident, town: District) -> None:
    resident.say("长江路88号路灯不亮")
    assert town.case().place == "长江路88号"


def test_somebody_of_the_roster_speaks_of_where_they_scanned(town: District) -> None:
    town.hire("lihua", Role.RESIDENT, "HM-BJ-BJ-1")
    with town.database.write() as session:
        person = session.scalars(select(Person).where(Person.code == "lihua")).one()
        session.add(Account(person_id=person.id, provider=WECHAT, user_id="oLIHUA"))
    known = Resident(town, "oLIHUA")
    known.scan(GRID)
    known.say(LAMP_HERE)
    assert town.case().area_id == town.unit(GRID).id
    assert town.person("oLIHUA").unit_id == town.unit("HM-BJ-BJ-1").id


def test_the_receipt_says_which_way_is_tried_later(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE)
    receipt = resident.pushes()[-1]
    assert receipt.row.answers is not None
    assert "已收到" in receipt.text
    assert "超过 2 天没有来消息" in receipt.text
    assert "值班员" in receipt.text


def test_where_notices_reach_people_the_receipt_says_so(resident: Resident, town: District) -> None:
    town.env = replace(town.env, terse_channels={"public": TerseChannel(WINDOW, reaches_later=True)})
    resident.say(LAMP_HERE)
    assert "服务通知" in resident.pushes()[-1].text


def test_the_loop_is_four_messages(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE, photos=1)
    before = len(resident.pushes())
    number = go_on(town)
    said = resident.pushes()[before - 1 :]
    receipt, step, picture, answer = said
    assert "已收到" in receipt.text
    assert "签收" in step.text
    assert isinstance(picture.body, PhotoPush)
    assert picture.body.beside is not None
    assert "左边是处理前，右边是处理后" in answer.text
    assert answer.row.result_event is not None
    assert [button.text for button in resident.last_card().buttons][:2] == ["已解决，满意", "解决了，不满意"]
    assert dict(resident.last_card().facts)["number"] == number


def test_one_tap_rates(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE, photos=1)
    go_on(town)
    town.deliver_results()
    assert resident.press("已解决，满意") == "act.rate"
    assert town.case().status == Status.CLOSED
    assert "已办结" in resident.pushes()[-1].text


def test_a_bare_photo_and_a_place_go_the_same_way(resident: Resident, town: District) -> None:
    """Nobody ever says what is the matter: the desk looks at the photo, and the loop is the same."""
    assert resident.say(photos=1) == "report.waiting"
    assert resident.send_place((31.8832, 121.1704), "江苏省南通市海门区解放路15号") == "report.waiting"
    town.tick(town.advance(minutes=3))
    assert "是什么问题" in resident.pushes()[-1].text
    town.tick(town.advance(minutes=31))
    assert ("解放路15号" in town.case().place, town.case().lat) == (True, 31.8832)
    assert "已收到" in resident.pushes()[-1].text
    assert town.photos("wrDUTY")
    go_on(town)
    town.deliver_results()
    assert resident.press("已解决，满意") == "act.rate"
    assert town.case().status == Status.CLOSED


@pytest.mark.parametrize("words", ["满意", "修好了，谢谢", "/评价 满意"])
def test_words_rate(resident: Resident, town: District, words: str) -> None:
    resident.say(LAMP_HERE, photos=1)
    go_on(town)
    town.deliver_results()
    assert resident.say(words) == "act.rate"
    assert town.case().status == Status.CLOSED


def test_danger_is_said_with_nothing_about_windows(resident: Resident) -> None:
    resident.say("楼道里着火了，好多烟")
    said = resident.pushes()[-1]
    assert "平台" not in said.text
    assert isinstance(said.body, CardPush)


def test_own_cases_are_listed_in_their_own_words(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE)
    resident.say("/我的")
    assert town.case().number[-4:] in resident.pushes()[-1].text


def test_an_answer_that_could_not_be_said_comes_when_they_speak_again(
    resident: Resident, town: District
) -> None:
    resident.say(LAMP_HERE, photos=1)
    go_on(town)
    resident.park()
    town.advance(days=3)
    resident.say("你好")
    waiting = [push for push in resident.pushes() if push.row.state == PushState.READY]
    assert [push.row.kind for push in waiting if push.row.case_id] == ["photo", "card"]
    assert town.deliver_results() == 1
    assert town.case().replied_at is not None


def test_who_was_only_notified_gets_the_whole_answer_when_they_speak(
    resident: Resident, town: District
) -> None:
    resident.say(LAMP_HERE, photos=1)
    go_on(town)
    town.deliver_results()
    with town.database.write() as session:
        for push in session.scalars(select(Push).where(Push.result_event.is_not(None))).all():
            push.outcome = f"{FIXED_FIELDS}200163836"
    resident.park()
    assert town.case().replied_at is not None
    resident.say("你好")
    waiting = [push.row.kind for push in resident.pushes() if push.row.state == PushState.READY]
    assert waiting[:2] == ["photo", "card"]
    resident.park()
    resident.press("已解决，满意")
    assert town.case().status == Status.CLOSED


def test_whoever_follows_again_gets_the_answer_that_they_missed(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE, photos=1)
    resident.leave()
    go_on(town)
    resident.park(CHAT_GONE)
    resident.scan(GRID)
    assert town.deliver_results() == 1


def test_who_missed_how_their_matter_ended_is_named_to_the_desk_once(
    resident: Resident, town: District
) -> None:
    resident.say(LAMP_HERE)
    number = town.case().number
    assert town.say("wrDUTY", "duty1", f"/不予受理 {number} 不属于本区") == "act.reject"
    resident.park()
    before = len(town.pushes("wrDUTY"))
    with town.database.write() as session:
        for push in session.scalars(select(Push).where(Push.outcome == BUDGET_OVER)).all():
            alerts.alert_undelivered(session, push, town.env, now=town.now)
    told = town.pushes("wrDUTY")[before:]
    assert [number in push.text and "未能送达报事人" in push.text for push in told] == [True]


def test_whoever_ended_their_matter_themselves_is_not_telephoned(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE)
    go_on(town)
    resident.press("已解决，满意")
    assert town.case().status == Status.CLOSED
    ended = town.case().version
    resident.park()
    with town.database.write() as session:
        parked = session.scalars(select(Push).where(Push.outcome == BUDGET_OVER)).all()
        assert [push for push in parked if f":{ended}:" in push.dedupe_key]
        for push in parked:
            assert not alerts.alert_undelivered(session, push, town.env, now=town.now)


def test_what_is_only_a_step_alarms_nobody(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE)
    go_on(town, to="sign")
    resident.park()
    with town.database.write() as session:
        for push in session.scalars(select(Push).where(Push.outcome == BUDGET_OVER)).all():
            assert not alerts.alert_undelivered(session, push, town.env, now=town.now)


def test_old_steps_do_not_come_again(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE, photos=1)
    go_on(town, to="sign")
    resident.park()
    resident.say("/我的")
    waiting = [push.row for push in resident.pushes() if push.row.state == PushState.READY]
    assert [row.case_id for row in waiting] == [None]


def test_whoever_left_is_written_to_no_more(resident: Resident, town: District) -> None:
    resident.say(LAMP_HERE)
    assert resident.leave() == "talk.left"
    assert town.chat(OPENID).gone_at is not None
    resident.scan()
    assert town.chat(OPENID).gone_at is None


def test_of_a_stranger_who_leaves_nothing_is_kept(town: District) -> None:
    people = len(town.people())
    assert Resident(town, "oGONE").leave() == "ignored"
    assert len(town.people()) == people


@pytest.fixture
def duty_outside(resident: Resident, town: District) -> Resident:
    """An officer of the duty desk who writes with private WeChat."""
    with town.database.write() as session:
        person = session.scalars(select(Person).where(Person.code == "duty1")).one()
        session.add(Account(person_id=person.id, provider=WECHAT, user_id="oDUTY"))
    return Resident(town, "oDUTY")


def test_staff_have_no_rights_on_a_door_outside_wecom(
    duty_outside: Resident, resident: Resident, town: District
) -> None:
    resident.say(LAMP_HERE)
    number = town.case().number
    assert duty_outside.say(f"/交办 {number} 城管局").startswith("refused.")
    assert duty_outside.say(f"/查 {number}") != "info.case"
    assert LAMP_HERE not in town.chat_text("oDUTY")
    assert town.acts() == ["report"]


def test_staff_are_told_nothing_there(duty_outside: Resident, town: District) -> None:
    duty_outside.say("你好")
    before = len(duty_outside.pushes())
    town.env = replace(town.env, restricted_to=frozenset({"duty1"}))
    town.enter("duty1")
    inside = len(town.pushes("duty1"))
    assert town.say("wrINTAKE", "zhangsf", "举报解放路15号窗口办事员收受商户红包", photos=1) == "case.opened"
    assert town.case().restricted
    assert len(town.pushes("duty1")) > inside
    assert len(duty_outside.pushes()) == before


def test_what_they_report_there_is_theirs(duty_outside: Resident, town: District) -> None:
    duty_outside.scan(GRID)
    assert duty_outside.say(LAMP_HERE) == "case.opened"
    assert town.person("oDUTY").role == Role.DUTY
    assert town.person("oDUTY").unit_id == town.unit("HM").id


# A person answers, and the bot does not ---------------------------------------------------------


def test_who_was_here_is_not_greeted_but_hears_where_they_are_now(resident: Resident, town: District) -> None:
    before = len(resident.pushes())
    assert resident.scan(GRID, addressed=False) == "talk.welcome"
    assert resident.scan(addressed=False) == "talk.welcome"
    assert len(resident.pushes()) == before
    resident.scan("HM-HM-JF-1", addressed=False)
    assert "这里是" in resident.pushes()[-1].text
    assert len(resident.pushes()) == before + 1


def test_what_is_said_to_a_person_is_heard_and_not_answered(resident: Resident, town: District) -> None:
    before = len(resident.pushes())
    for words in ("你好", "什么时候能来", "谢谢", "/我的", "/帮助"):
        resident.say_to_person(words)
    assert len(resident.pushes()) == before
    assert "什么时候能来" not in town.chat_text("wrDUTY")
    assert resident.say_to_person("长江路88号着火了，快来人") == "case.opened"
    assert town.case().urgent


def hand_overs(resident: Resident) -> list[QueuedPush]:
    return [push for push in resident.pushes() if push.row.kind == "hand_over"]


def test_who_wants_a_person_is_handed_over_where_that_can_be_done(resident: Resident, town: District) -> None:
    resident.say("我要找人工")
    assert hand_overs(resident) == []
    channel = TerseChannel(WINDOW, reaches_later=False, hand_over=HandOverOrder.LAST)
    town.env = replace(town.env, terse_channels={"public": channel})
    resident.say("转人工，有急事问")
    assert [push.row.kind for push in resident.pushes()[-2:]] == ["text", "hand_over"]
    resident.say(LAMP_HERE)
    resident.say("我要找人工")
    resident.say("我要找人工")
    assert len(hand_overs(resident)) == 3


def test_a_confidence_is_not_handed_over(resident: Resident, town: District) -> None:
    channel = TerseChannel(WINDOW, reaches_later=False, hand_over=HandOverOrder.LAST)
    town.env = replace(town.env, terse_channels={"public": channel})
    resident.say("我要找人工，实名举报村支书贪污扶贫款，请给我保密")
    assert hand_overs(resident) == []


def test_a_result_that_came_back_is_told_to_the_desk_and_said_again(
    resident: Resident, town: District
) -> None:
    resident.say(LAMP_HERE, photos=1)
    number = go_on(town)
    sent = [push.row.id for push in resident.pushes() if push.row.result_event is not None]
    with town.database.write() as session:
        for push in session.scalars(select(Push).where(Push.id.in_(sent))):
            push.state, push.sent_at = PushState.SENT, town.now
            delivery.record_delivery(session, push, town.env, now=town.now)
    assert town.case().replied_at is not None
    assert resident.hear_failure(sent[-1]) == "push.returned"
    assert "未能送达报事人" in town.chat_text("wrDUTY")
    assert resident.hear_failure(sent[-1]) == "ignored"
    assert Resident(town, "oSOMEBODY").hear_failure(sent[-1]) == "ignored"
    resident.say("在吗")
    [again] = [push for push in resident.pushes() if push.row.id == sent[-1]]
    assert again.row.state == PushState.READY
    assert number in again.text or number in str(again.row.body)


def test_what_the_desk_answers_and_cannot_say_is_told_to_it_and_said_later(
    resident: Resident, town: District
) -> None:
    resident.say("我要找人工，请问社保卡在哪里补办")
    number = town.last_card("wrDUTY").desc
    assert town.say("wrDUTY", "duty1", f"/答复 {number} 在便民中心 3 号窗口") == "desk.answered"
    resident.park()
    before = len(town.pushes("wrDUTY"))
    with town.database.write() as session:
        for push in session.scalars(select(Push).where(Push.outcome == BUDGET_OVER)).all():
            alerts.alert_undelivered(session, push, town.env, now=town.now)
    assert [f"{number} 的答复没有送到" in push.text for push in town.pushes("wrDUTY")[before:]] == [True]
    resident.say_to_person("在")
    assert not any(push.row.state == PushState.READY for push in resident.pushes())
    resident.say("在吗")
    waiting = [push.text for push in resident.pushes() if push.row.state == PushState.READY]
    assert any("便民中心" in words for words in waiting)
