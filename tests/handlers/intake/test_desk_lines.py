"""What fits nothing becomes a line that the desk of its area decides with one tap."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from handlers.chat.inbound import InboundMessage
from handlers.environment.people import senders
from handlers.intake.desk_lines import hand_to_desk
from handlers.notifications.desk_lines import remind_of_lines
from models.desk_lines import DeskLine
from models.inbox import InboxRow
from models.messages import TextPush
from models.organisation import Role
from models.reports import Media
from models.time_limits import TimeLimit
from models.workflow import Status
from tests.district import District, make_photo

WORDS = "你们那个事情到底算不算数，我电话13812345678"


def hand_over(
    district: District,
    chat: str,
    user: str,
    text: str,
    *,
    photos: int = 0,
    quote: str = "",
    direct: bool = False,
) -> str:
    """A message that the talk room found nothing to do with."""
    incoming = district.build_message(chat, user, text, quote=quote, addressed=True, direct=direct)
    row = district.receive(incoming)
    with district.database.write() as session, session.begin_nested():
        found_chat, person = senders.find_chat_and_sender(session, incoming)
        inbound = InboundMessage(
            session=session, incoming=incoming, inbox_id=row.id, chat=found_chat, person=person,
            env=district.env, now=row.received_at, attachments=tuple(make_photo(n) for n in range(photos)),
        )  # fmt: skip
        slug = hand_to_desk(inbound)
        session.get_one(InboxRow, row.id).result = slug
    return slug


def lines(district: District) -> list[DeskLine]:
    with district.database.read() as session:
        return list(session.scalars(select(DeskLine).order_by(DeskLine.id)))


def buttons(district: District, chat: str) -> list[str]:
    return [button.text for button in district.last_card(chat).buttons]


def test_the_desk_gets_a_card_with_three_buttons_and_no_name_or_number(district: District) -> None:
    assert hand_over(district, "wrINTAKE", "zhangsf", WORDS) == "desk.line"
    card = district.last_card("wrDUTY")
    assert [button.text for button in card.buttons] == ["立案", "回复", "不用管"]
    assert "到底算不算数" in card.body
    assert "13812345678" not in district.chat_text("wrDUTY")
    assert "张师傅" not in district.chat_text("wrDUTY")
    assert district.last_text("wrINTAKE") == "已转值班员，会在这里答复您。"
    assert district.cases() == []


def test_one_tap_opens_a_case_with_its_photos_and_its_reporter(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", "解放路那边你们来看看", photos=2)
    assert len(district.photos("wrDUTY")) == 2
    assert district.press("wrDUTY", "duty1", "立案") == "desk.opened"
    case = district.case()
    assert (case.status, case.text) == (Status.NEW, "解放路那边你们来看看")
    assert case.reporter_id == district.person("zhangsf").id
    assert [(media.case_id, media.role) for media in district.media()] == [(case.id, "before")] * 2
    assert case.number in district.last_text("wrINTAKE")
    assert [message.case_id for message in district.messages()] == [case.id]
    assert lines(district)[0].decided_by == district.person("duty1").id
    assert district.find_drift() == {}


def test_the_second_press_says_who_was_first_and_opens_nothing(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", "解放路那边你们来看看")
    card = district.last_card("wrDUTY")
    district.press("wrDUTY", "duty1", "立案")
    for button in card.buttons:
        assert district.click("wrDUTY", "duty2", button.key, task_id=card.task_id) == "refused.wrong_state"
    assert "值班一号" in district.last_text("wrDUTY")
    assert "值班一号" in district.last_card("wrDUTY").desc
    assert buttons(district, "wrDUTY") == []
    assert len(district.cases()) == 1


def test_an_answer_reaches_who_asked_where_they_asked(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", WORDS)
    assert district.press("wrDUTY", "duty1", "回复") == "click.asked"
    hint = district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "算数的，明天上门", quote=hint) == "desk.answered"
    said = [push.body for push in district.pushes("wrINTAKE")][-1]
    assert isinstance(said, TextPush)
    assert "算数的，明天上门" in said.text
    assert said.mentions == ("zhangsf",)
    assert lines(district)[0].answer == "算数的，明天上门"
    assert district.say("wrDUTY", "duty1", f"/不用管 {lines(district)[0].number}") == "refused.wrong_state"


def test_in_private_it_is_answered_in_private(district: District) -> None:
    hand_over(district, "zhangsf", "zhangsf", WORDS, direct=True)
    number = lines(district)[0].number
    assert district.say("wrDUTY", "duty1", f"/答复 {number} 算数的") == "desk.answered"
    assert "算数的" in district.last_text("zhangsf")
    assert "算数的" not in district.chat_text("wrINTAKE")
    assert "私聊" in str(district.pushes("wrDUTY")[0].text)


def test_what_the_desk_leaves_is_left_in_silence(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", WORDS)
    heard = len(district.pushes("wrINTAKE"))
    assert district.press("wrDUTY", "duty1", "不用管") == "desk.dropped"
    assert len(district.pushes("wrINTAKE")) == heard
    assert district.say("wrDUTY", "duty1", "/留言") == "command.list"
    assert district.last_text("wrDUTY") == "没有等您定的留言。"


def test_a_flood_is_one_line_and_a_few_cards(district: District) -> None:
    for count in range(40):
        hand_over(district, "wrINTAKE", "zhangsf", f"第{count}句话你们听着")
    (line,) = lines(district)
    assert line.pieces == 40
    assert len([push for push in district.pushes("wrDUTY") if push.card is not None]) <= 8
    assert len(district.pushes("wrINTAKE")) == 1
    district.press("wrDUTY", "duty1", "立案")
    assert "第0句话" in district.case().text
    assert "第39句话" in district.case().text


def test_the_hint_is_said_once_a_day(district: District) -> None:
    for day in range(2):
        for _ in range(3):
            hand_over(district, "wrINTAKE", "zhangsf", "你们听着")
            district.press("wrDUTY", "duty1", "不用管")
        assert len(district.pushes("wrINTAKE")) == day + 1
        district.advance(days=1)


def test_only_the_desk_of_the_area_decides(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", WORDS)
    card = district.last_card("wrDUTY")
    stranger = district.hire("bjduty", Role.DUTY, "HM-BJ")
    for user in ("cg1", "zhangsf", stranger):
        assert district.click("wrDUTY", user, card.buttons[0].key, task_id=card.task_id).startswith(
            "refused."
        )
        assert district.say("wrINTAKE", user, f"/立案 {lines(district)[0].number}") == "refused.not_found"
    assert district.cases() == []
    assert lines(district)[0].decided_at is None
    assert district.say("wrDUTY", stranger, "/留言") == "command.list"
    assert district.last_text("wrDUTY") == "没有等您定的留言。"


def test_danger_and_confidences_are_cases_and_no_lines(district: District) -> None:
    assert hand_over(district, "wrINTAKE", "zhangsf", "着火了快来人") == "case.opened"
    assert hand_over(district, "wrINTAKE", "liay", "城管队员收了商户的红包").startswith(("case.", "report."))
    assert lines(district) == []
    assert "红包" not in district.chat_text("wrDUTY")


def test_who_asks_for_a_person_is_told_and_the_desk_is_rung(district: District) -> None:
    assert district.say("wrINTAKE", "liay", "/转人工 我要问低保的事") == "desk.line"
    assert "已转值班员值班一号、值班二号" in district.last_text("wrINTAKE")
    rung = [push.body for push in district.pushes("wrDUTY") if isinstance(push.body, TextPush)][-1]
    assert "我要问低保的事" in rung.text
    assert rung.mentions == ("duty1", "duty2")
    assert district.say("wrDUTY", "duty1", "请带身份证来大厅", quote=rung.text) == "desk.answered"
    assert "请带身份证来大厅" in district.last_text("wrINTAKE")


def test_a_person_wanted_for_a_case_is_a_line_that_names_it(district: District) -> None:
    case = district.sign_case()
    assert district.say("wrINTAKE", "zhangsf", f"/转人工 {case.tail} 电话里说不清") == "act.call_person"
    assert case.number in district.last_card("wrDUTY").rows[1]
    assert "电话里说不清" in district.chat_text("wrDUTY")
    assert district.find_drift() == {}


def test_who_names_a_case_that_is_not_theirs_gets_a_person_all_the_same(district: District) -> None:
    case = district.report_case()
    assert district.say("wrINTAKE", "liay", f"/转人工 {case.tail} 我也是这个事") == "desk.line"
    assert case.number not in district.last_card("wrDUTY").rows[-1][1]
    assert "我也是这个事" in district.chat_text("wrDUTY")


def test_of_a_restricted_case_the_desk_reads_nothing(district: District) -> None:
    district.say("zhangsf", "zhangsf", "城管队员收了商户的红包，在长江路", direct=True)
    district.tick(district.advance(minutes=40))
    case = district.case()
    assert case.restricted
    district.say("zhangsf", "zhangsf", f"/转人工 {case.tail} 我怕被报复", direct=True)
    assert "我怕被报复" not in district.chat_text("wrDUTY")
    assert "红包" not in district.chat_text("wrDUTY")


def test_files_of_a_line_belong_to_no_case_until_it_is_one(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", "", photos=1)
    with district.database.read() as session:
        assert [media.case_id for media in session.scalars(select(Media))] == [None]
    assert district.press("wrDUTY", "duty1", "立案") == "desk.opened"
    assert district.media()[0].case_id == district.case().id


# Lines that nobody decides -----------------------------------------------------------------------


def remind(district: District, **later: float) -> int:
    district.advance(**later)
    with district.database.write() as session:
        return remind_of_lines(session, district.env, now=district.now)


def test_the_desk_is_reminded_once_after_half_an_hour(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", WORDS)
    assert remind(district, minutes=29) == 0
    assert remind(district, minutes=2) == 1
    reminder = [push.body for push in district.pushes("wrDUTY")][-1]
    assert isinstance(reminder, TextPush)
    assert reminder.text.startswith(f"〔{lines(district)[0].number}〕留言等了 31 分，还没有定")
    assert "13812345678" not in reminder.text
    assert reminder.mentions == ("duty1", "duty2")
    assert remind(district, hours=5) == 0
    assert district.say("wrDUTY", "duty1", "明天上午派人去看", quote=reminder.text) == "desk.answered"


def test_what_was_decided_is_not_reminded_of(district: District) -> None:
    hand_over(district, "wrINTAKE", "zhangsf", WORDS)
    district.press("wrDUTY", "duty1", "不用管")
    assert remind(district, hours=1) == 0


def test_the_district_says_how_long(district: District) -> None:
    district.env = replace(
        district.env, limits=district.env.limits.model_copy(update={"desk_line": TimeLimit(2, "h")})
    )
    hand_over(district, "wrINTAKE", "zhangsf", WORDS)
    assert remind(district, minutes=119) == 0
    assert remind(district, minutes=2) == 1


@pytest.mark.parametrize("cry", ["冒黑烟，着火了", "门缝里一直在出烟", "他说要跳下来", "倒在地上叫不应"])
def test_what_tells_of_danger_never_waits_for_the_desk(district: District, cry: str) -> None:
    assert hand_over(district, "wrINTAKE", "zhangsf", WORDS) == "desk.line"
    assert hand_over(district, "wrINTAKE", "zhangsf", cry) == "case.opened"
    assert district.case().urgent
    assert lines(district)[0].pieces == 1
