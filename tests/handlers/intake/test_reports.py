"""From messages to a report, from a report to a case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.messages import LostFile, MediaRef, Part, PartKind, TextPush
from models.organisation import ChatUse, Role
from models.workflow import Status
from tests.district import GAS, LAMP, RUBBLE, District, make_photo

GONE = LostFile(0, PartKind.PHOTO, "expired")


def test_words_then_photo_are_one_case(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    assert district.say("wrINTAKE", "zhangsf", photos=1) == "case.added"
    case = district.case()
    assert [(media.case_id, media.role) for media in district.media()] == [(case.id, "before")]
    assert district.acts() == ["report", "add"]
    assert "已补充。" in district.last_text("wrINTAKE")


def test_photo_then_words_are_one_case(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", photos=1) == "report.waiting"
    assert district.say("wrINTAKE", "zhangsf", RUBBLE) == "case.opened"
    case = district.case()
    assert [(media.case_id, media.role) for media in district.media()] == [(case.id, "before")]
    assert {message.case_id for message in district.messages()} == {case.id}
    assert len(district.reports()) == 1


def test_what_and_where_in_two_messages_are_one_case(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", "路灯不亮") == "report.waiting"
    assert district.say("wrINTAKE", "zhangsf", "在解放路15号") == "case.opened"
    assert district.case().text == "路灯不亮\n在解放路15号"
    assert district.case().place == "解放路15号"


def test_a_few_words_that_name_no_matter_wait_for_the_rest(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", "解放路15号对面") == "report.waiting"
    assert district.say("wrINTAKE", "zhangsf", "那家开饭馆的") == "report.waiting"
    assert district.say("wrINTAKE", "zhangsf", "把桌子摆到人行道上了") == "case.opened"
    assert [case.text.count("\n") for case in district.cases()] == [2]


@pytest.mark.parametrize("words", ["解放路15号这边有个事反映一下", "解放路15号这里我要反映个问题"])
def test_who_only_says_that_there_is_something_is_asked_what(district: District, words: str) -> None:
    assert district.say("wrINTAKE", "zhangsf", words) == "report.waiting"
    assert district.say("wrINTAKE", "zhangsf", "路灯不亮", addressed=False) == "case.opened"
    assert [case.class_id for case in district.cases()] == ["fac.lamp"]


def test_a_photo_that_knows_its_place_completes_a_report(district: District) -> None:
    slug = district.say("wrINTAKE", "zhangsf", "路灯不亮", photos=[make_photo(0, lat=31.885, lon=121.165)])
    assert slug == "case.opened"
    assert (district.case().lat, district.case().lon) == (31.885, 121.165)


def test_pieces_of_two_people_are_kept_apart(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "路灯不亮")
    district.say("wrINTAKE", "liay", "在解放路15号", photos=1)
    assert district.cases() == []
    assert len(district.reports()) == 2


def test_after_the_window_a_photo_starts_a_report_of_its_own(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    district.advance(seconds=91)
    assert district.say("wrINTAKE", "zhangsf", photos=1) == "report.waiting"
    assert district.acts() == ["report"]


def test_each_piece_keeps_the_window_open(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    district.advance(seconds=80)
    district.say("wrINTAKE", "zhangsf", photos=1)
    district.advance(seconds=80)
    assert district.say("wrINTAKE", "zhangsf", photos=1) == "case.added"


def test_another_problem_at_another_place_is_a_case_of_its_own(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    assert district.say("wrINTAKE", "zhangsf", LAMP) == "case.opened"
    assert [case.class_id for case in district.cases()] == ["env.rubble", "fac.lamp"]


def test_danger_is_no_supplement_to_what_was_said_before(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    assert district.say("wrINTAKE", "zhangsf", "我不想活了，没人管我") == "case.opened"
    assert [(case.urgent, case.text) for case in district.cases()] == [
        (False, RUBBLE),
        (True, "我不想活了，没人管我"),
    ]


def test_a_life_at_risk_does_not_vanish_in_a_confidential_report(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "我要举报城管局张队长收受烧烤摊好处费")
    assert district.say("wrINTAKE", "zhangsf", "我不想活了，没人管我") == "case.opened"
    assert [(case.restricted, case.urgent) for case in district.cases()] == [(True, False), (False, True)]


def test_what_is_told_in_confidence_is_not_added_to_what_everybody_sees(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    assert district.say("wrINTAKE", "zhangsf", "别说是我讲的，鱼粉厂夜里偷排废水") == "case.opened"
    assert [case.text for case in district.cases()] == [RUBBLE, "别说是我讲的，鱼粉厂夜里偷排废水"]
    assert [case.restricted for case in district.cases()] == [False, False]
    assert district.say("wrINTAKE", "zhangsf", "举报解放路15号窗口办事员收受商户红包") == "case.opened"
    assert [case.restricted for case in district.cases()] == [False, False, True]


def test_the_next_matter_is_not_added_to_one_whose_place_the_group_supplied(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "我不想活了，没人管我")
    assert district.say("wrRESIDENTS", "chendy", LAMP) == "case.opened"
    assert [case.class_id for case in district.cases()] == ["safe.security", "fac.lamp"]


def test_a_place_with_a_photo_is_not_forgotten_for_the_next_problem(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "长江路静海路口", photos=1)
    district.say("wrINTAKE", "zhangsf", LAMP)
    assert [case.place for case in district.cases()] == ["长江路静海路口", "解放路15号"]


@pytest.mark.parametrize("said", ["家里停水了，13912345679联系我", "停水了，我姓陈"])
def test_a_clear_matter_said_to_the_bot_is_not_dropped_for_what_stands_beside_it(
    district: District, said: str
) -> None:
    assert district.say("wrRESIDENTS", "chendy", said) in ("case.opened", "report.waiting")


@pytest.mark.parametrize("said", ["刚才停水了，现在已经恢复了", "哈哈，梦到停水了", "今天心情真好"])
def test_talk_to_the_bot_that_wants_nothing_stays_talk(district: District, said: str) -> None:
    slug = district.say("wrRESIDENTS", "chendy", said)
    assert slug.startswith("talk."), slug


def test_an_incomplete_report_is_asked_once_and_only_once(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "路灯不亮")
    assert district.tick(district.advance(seconds=119)) == 0
    assert district.tick(district.advance(seconds=1)) == 1
    assert "在什么地方？路名" in district.last_text("wrINTAKE")
    assert [district.tick(district.advance(minutes=5)) for _ in range(5)] == [0] * 5
    assert len(district.pushes("wrINTAKE")) == 1


def test_an_unanswered_question_ends_in_a_case_as_it_stands(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "路灯不亮")
    district.tick(district.advance(minutes=2))
    assert district.cases() == []
    district.tick(district.advance(minutes=30))
    case = district.case()
    assert (case.status, case.class_id, case.text) == (Status.NEW, "fac.lamp", "路灯不亮")
    assert district.tick(district.advance(hours=1)) == 0


def test_the_answer_to_the_question_completes_the_report(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "路灯不亮")
    district.tick(district.advance(minutes=2))
    district.advance(minutes=20)
    assert district.say("wrINTAKE", "zhangsf", "解放路15号") == "case.opened"


def test_an_answer_that_still_leaves_it_open_is_not_asked_again(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "路灯不亮")
    district.tick(district.advance(minutes=2))
    assert district.say("wrINTAKE", "zhangsf", "就那边") == "report.waiting"
    district.tick(district.advance(minutes=30))
    assert len(district.cases()) == 1
    assert district.chat_text("wrINTAKE").count("在什么地方？路名") == 1


def test_a_photo_without_a_word_becomes_a_case_in_the_end(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", photos=1)
    district.tick(district.advance(minutes=2))
    assert district.pushes("wrINTAKE") == []
    district.tick(district.advance(minutes=1))
    assert "是什么问题" in district.last_text("wrINTAKE")
    district.tick(district.advance(minutes=30))
    assert (district.case().class_id, district.case().text) == ("other", "")


def test_a_report_whose_case_is_over_takes_no_more_pieces(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    district.say("wrDUTY", "duty1", "/不予受理 0001 小区内部事务")
    assert district.say("wrINTAKE", "zhangsf", photos=1) == "report.waiting"
    assert district.acts() == ["report", "reject"]


@pytest.mark.parametrize(
    ("text", "slug", "answer"),
    [
        ("谢谢", "talk.thanks", "不客气"),
        ("大家好", "talk.greeting", "您好，我是网格助手"),
        ("晚上吃什么", "talk.chatter", "没听出要反映的问题"),
        ("我报的那个怎么样了", "talk.progress", "您还没有上报过事件"),
    ],
)
def test_talk_to_the_bot_is_answered(sqlite_district: District, text: str, slug: str, answer: str) -> None:
    assert sqlite_district.say("wrINTAKE", "zhangsf", text) == slug
    assert answer in sqlite_district.last_text("wrINTAKE")
    assert sqlite_district.reports() == []


def test_the_bot_greets_by_the_name_it_was_given(sqlite_district: District) -> None:
    sqlite_district.bot_name = "小海"
    sqlite_district.enter("zhangsf")
    assert sqlite_district.last_text("zhangsf").startswith("您好，我是小海。")
    sqlite_district.say("wrINTAKE", "zhangsf", "大家好")
    assert sqlite_district.last_text("wrINTAKE").startswith("您好，我是小海。")


@pytest.mark.parametrize("text", ["谢谢", "大家好", "晚上吃什么", "我报的那个怎么样了"])
def test_talk_the_bot_merely_overhears_is_left_alone(sqlite_district: District, text: str) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", text, addressed=False)
    assert sqlite_district.pushes() == []


def test_chatter_leaves_no_message_behind(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", "晚上吃什么", addressed=False)
    assert district.messages() == []


def test_a_direct_conversation_is_always_answered(district: District) -> None:
    district.say("zhangsf", "zhangsf", "大家好", direct=True, addressed=False)
    assert "您好" in district.last_text("zhangsf")
    assert district.chat("zhangsf").use == ChatUse.DIRECT


def test_opening_the_conversation_is_greeted(district: District) -> None:
    assert district.enter("zhangsf") == "talk.welcome"
    assert "您好" in district.last_text("zhangsf")


def test_a_question_after_progress_is_answered_with_the_case(district: District) -> None:
    case = district.sign_case()
    assert district.say("wrINTAKE", "zhangsf", "我报的那个怎么样了") == "talk.progress"
    assert district.last_text("wrINTAKE").startswith(
        f"长江路静海路口工地门口积存建筑垃圾渣土〔{case.number}〕"
    )
    assert "现在是「办理中」，由城管局办理，预计" in district.last_text("wrINTAKE")


def test_a_lost_photo_is_told_and_its_words_are_kept(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", RUBBLE, lost=[GONE]) == "case.opened"
    assert "有照片没能收到（已过期），请再发一次。文字已经收下。" in district.chat_text("wrINTAKE")


def test_a_lost_photo_without_words_is_told(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", lost=[GONE])
    assert district.chat_text("wrINTAKE") == "有照片没能收到（已过期），请再发一次。也可以直接用文字说明。"


def test_a_lost_photo_of_a_command_is_told(district: District) -> None:
    district.sign_case()
    district.say("wrCG", "cg1", "/反馈 0001 已清运", lost=[GONE])
    assert "有照片没能收到（已过期）" in district.chat_text("wrCG")


def test_a_lost_photo_of_a_later_piece_is_told(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    district.say("wrINTAKE", "zhangsf", "门口还有一堆", lost=[GONE])
    assert district.chat_text("wrINTAKE").count("有照片没能收到") == 1


def test_a_later_file_that_nobody_can_open_is_told_and_holds_nothing_up(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    broken = LostFile(0, PartKind.VIDEO, "broken")
    assert district.say("wrINTAKE", "zhangsf", photos=[make_photo(0)], lost=[broken]) == "media.lost"
    assert district.acts() == ["report"]
    assert "打不开" in district.last_text("wrINTAKE")


def test_a_lost_photo_of_the_quoted_message_is_no_news(sqlite_district: District) -> None:
    sqlite_district.sign_case()
    said = sqlite_district.build_message("wrCG", "cg1", "还在等配件", quote=sqlite_district.last_text("wrCG"))
    said = replace(
        said, quote=(*said.quote, Part(PartKind.PHOTO, media=MediaRef("https://example.invalid/1")))
    )
    assert sqlite_district.handle(sqlite_district.receive(said), said, (), [GONE]) == "act.progress"
    assert "没能收到" not in sqlite_district.chat_text("wrCG")


def test_a_lost_photo_of_what_is_quoted_to_be_reported_is_told(sqlite_district: District) -> None:
    photo = Part(PartKind.PHOTO, media=MediaRef("https://example.invalid/1"))
    said = replace(sqlite_district.build_message("wrINTAKE", "zhangsf", RUBBLE), quote=(photo,))
    assert sqlite_district.handle(sqlite_district.receive(said), said, (), [GONE]) == "case.opened"
    assert "有照片没能收到（已过期）" in sqlite_district.chat_text("wrINTAKE")


UNOPENED = replace(make_photo(0), kind=PartKind.FILE, clean_path=None, thumb_path=None, phash=None)
BROKEN = LostFile(0, PartKind.PHOTO, "broken")


def say_with_unopened_photo(district: District, chat: str, user: str, text: str = "", quote: str = "") -> str:
    """A photo that arrived and cannot be opened: kept, and named as lost."""
    said = district.build_message(chat, user, text, quote=quote, kinds=[PartKind.PHOTO])
    return district.handle(district.receive(said), said, [UNOPENED], [BROKEN])


def test_a_report_with_a_photo_that_cannot_be_opened_is_kept_and_says_what_to_do(district: District) -> None:
    assert say_with_unopened_photo(district, "wrINTAKE", "zhangsf") == "report.waiting"
    words = "有照片打不开（可能没有传完整），请重新拍一张，或截屏后再发。也可以直接用文字说明。"
    assert words in district.chat_text("wrINTAKE")
    assert district.say("wrINTAKE", "zhangsf", RUBBLE) == "case.opened"
    (media,) = district.media()
    assert (media.case_id, media.kind) == (district.case().id, "file")


def test_a_photo_that_cannot_be_opened_proves_nothing(district: District) -> None:
    case = district.sign_case()
    say_with_unopened_photo(district, "wrCG", "cg1", quote=district.last_text("wrCG"))
    assert district.case().status == case.status == Status.IN_PROGRESS
    say_with_unopened_photo(district, "wrCG", "cg1", "/反馈 0001")
    assert district.case().status == Status.IN_PROGRESS
    assert "有照片打不开" in district.last_text("wrCG")


def test_a_stranger_in_an_unbound_group_still_opens_a_case(district: District) -> None:
    assert district.say("wrSTRANGE", "whoever", RUBBLE) == "case.opened"
    case, person = district.case(), district.person("whoever")
    assert (person.role, person.unit_id, case.reporter_id) == (Role.RESIDENT, None, person.id)
    assert district.chat("wrSTRANGE").use == ChatUse.UNBOUND
    assert "已收到" in district.last_text("wrSTRANGE")
    assert case.number in district.last_card("wrDUTY").desc


def test_a_stranger_in_a_bound_group_belongs_to_its_unit(district: District) -> None:
    district.say("wrRESIDENTS", "newbie", "大家好")
    assert district.person("newbie").unit_id == district.unit("HM-HM-JF-1").id


def test_a_group_that_was_gone_is_back_when_somebody_speaks(district: District) -> None:
    with district.database.write() as session:
        session.merge(district.chat("wrINTAKE")).gone_at = district.now
    district.say("wrINTAKE", "zhangsf", "大家好")
    assert district.chat("wrINTAKE").gone_at is None


@pytest.mark.parametrize("text", ["有人要跳楼，在解放新村3幢楼顶", "我不想活了"])
def test_words_of_despair_reach_the_duty_desk_at_once(district: District, text: str) -> None:
    assert district.say("wrINTAKE", "zhangsf", text, addressed=False) == "case.opened"
    assert district.case().urgent
    assert "【紧急·有人可能轻生】" in district.last_card("wrDUTY").title
    assert all(said.row.not_before <= district.now for said in district.pushes("wrDUTY"))
    assert "110" in district.chat_text("wrINTAKE")


def test_danger_is_not_kept_waiting_for_its_place(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", "快来人，煤气泄漏") == "case.opened"
    assert "【紧急】" in district.last_card("wrDUTY").title
    assert "危急时先拨打 119。" in district.chat_text("wrINTAKE")
    assert "在什么地方" in district.chat_text("wrINTAKE")
    district.advance(minutes=5)
    assert district.say("wrINTAKE", "zhangsf", "在解放新村3幢") == "act.place"
    assert [case.place for case in district.cases()] == ["解放新村3幢"]


def test_an_urgent_report_is_pushed_in_a_lane_of_its_own(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", GAS)
    duty = district.chat("wrDUTY")
    assert {said.row.lane for said in district.pushes("wrDUTY")} == {f"{duty.id}!"}


def test_the_receipt_answers_the_message_itself(district: District) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    (receipt,) = district.pushes("wrINTAKE")
    assert isinstance(receipt.body, TextPush)
    assert receipt.row.answers is not None


def test_the_report_command_is_the_same_as_saying_it(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", f"/上报 {RUBBLE}") == "case.opened"
    assert district.case().text == RUBBLE


def test_the_report_command_counts_even_where_no_problem_is_heard(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", "/上报 楼下那个东西") == "report.waiting"


def test_the_report_command_alone_is_asked_for_its_words(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", "/上报") == "refused.missing_need"
    assert district.reports() == []


def test_the_due_time_follows_the_class(district: District) -> None:
    case = district.report_case()
    # 4 working days from Monday.
    assert case.due_at == case.opened_at + timedelta(days=4)


def test_whoever_speaks_of_ending_it_is_answered_as_a_person_and_the_desk_is_rung(district: District) -> None:
    assert district.say("wrINTAKE", "zhangsf", "我不想活了") == "case.opened"
    heard = district.chat_text("wrINTAKE")
    assert "12356" in heard
    assert "在什么地方" in heard
    assert "治安" not in heard
    assert "【紧急·有人可能轻生】" in district.chat_text("wrDUTY")
    assert district.find_drift() == {}
