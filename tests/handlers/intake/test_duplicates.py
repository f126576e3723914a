"""A report of what is known already: joined to the earlier case, told of each step, taken apart again."""

from datetime import timedelta

import pytest

from models.messages import TextPush
from models.workflow import Status
from tests.district import GAS, RUBBLE, District, make_photo

RUBBISH = "解放路15号门口垃圾堆了三天没人清，味道很大"
AGAIN = "解放路15号门口那堆垃圾怎么还没人清，好臭"


def reported(district: District, chat: str, user: str, text: str, *, photos: int = 0) -> None:
    assert district.say(chat, user, text, photos=photos) == "case.opened"
    district.tick(district.advance(minutes=5))


def three(district: District) -> None:
    """The same rubbish, from three people in two groups."""
    reported(district, "wrINTAKE", "zhangsf", RUBBISH)
    reported(district, "wrINTAKE", "liay", AGAIN)
    reported(district, "wrRESIDENTS", "chendy", RUBBISH)


def words(district: District, chat: str) -> list[str]:
    return [said.text for said in district.pushes(chat) if isinstance(said.body, TextPush)]


def test_the_second_report_is_joined_to_the_first(district: District) -> None:
    three(district)
    first, *others = district.cases()
    assert first.status == Status.NEW
    assert [(case.status, case.parent_id) for case in others] == [(Status.DUPLICATE, first.id)] * 2
    assert [event.act for event in district.events(others[0])] == ["report", "merge"]
    assert "地点相同" in district.events(others[0])[-1].text
    assert district.find_drift() == {}


def test_each_reporter_hears_that_it_is_known_and_how_far_it_is(sqlite_district: District) -> None:
    reported(sqlite_district, "wrINTAKE", "zhangsf", RUBBISH)
    sqlite_district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    reported(sqlite_district, "wrRESIDENTS", "chendy", AGAIN)
    receipt = words(sqlite_district, "wrRESIDENTS")[0]
    assert receipt.startswith(
        "解放路15号门口暴露垃圾〔WG260330-0002〕已有人反映，一并跟进。〔WG260330-0001〕城管局「待签收」"
    )
    answered = [push.row.answers for push in sqlite_district.pushes("wrRESIDENTS")]
    assert answered[0] is not None


def test_the_desk_has_one_card_and_the_count(sqlite_district: District) -> None:
    three(sqlite_district)
    cards = [said for said in sqlite_district.pushes("wrDUTY") if said.card is not None]
    assert len(cards) == 1
    assert "又有人反映（共 3 件）" in sqlite_district.last_text("wrDUTY")
    assert "/拆分 0003" in sqlite_district.last_text("wrDUTY")


def test_every_later_step_reaches_every_reporter_once_a_chat(sqlite_district: District) -> None:
    district = sqlite_district
    three(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/签收 0001")
    district.say("wrCG", "cg1", "/进展 0001 车已在路上")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=[make_photo(7)])
    district.say("wrDUTY", "duty1", "/核查 0001 通过")
    signed = [text for text in words(district, "wrINTAKE") if "已签收" in text]
    assert signed == ["解放路15号门口暴露垃圾〔WG260330-0001〕〔WG260330-0002〕城管局已签收，正在办理。"]
    assert "解放路15号门口暴露垃圾〔WG260330-0003〕有进展：车已在路上" in words(district, "wrRESIDENTS")
    assert "〔WG260330-0003〕与 WG260330-0001 一并办理，城管局已处理：已清运" in district.chat_text(
        "wrRESIDENTS"
    )
    assert len(district.photos("wrRESIDENTS")) == 1
    assert "解决了吗" in district.last_card("wrRESIDENTS").title
    assert len([said for said in district.pushes("wrCG") if "新任务" in said.text]) == 1


def answered(district: District) -> None:
    """Three reports of one matter, of which the result was told."""
    three(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=[make_photo(7)])
    assert district.say("wrDUTY", "duty1", "/核查 0001 通过") == "act.verify"


@pytest.mark.parametrize("way", ["by card", "by own number", "by the other's number", "in words"])
def test_whoever_follows_closes_their_own_number_and_no_other(sqlite_district: District, way: str) -> None:
    district = sqlite_district
    answered(district)
    match way:
        case "by card":
            key = next(b.key for b in district.last_card("wrRESIDENTS").buttons if b.key.startswith("rate:"))
            assert district.click("wrRESIDENTS", "chendy", key) == "act.rate"
        case "by own number":
            assert district.say("wrRESIDENTS", "chendy", "/评价 0003 已解决 满意") == "act.rate"
        case "by the other's number":
            assert district.say("wrRESIDENTS", "chendy", "/评价 0001 已解决 满意") == "act.rate"
        case _:
            assert district.say("wrRESIDENTS", "chendy", "修好了", quote="〔WG260330-0003〕") == "act.rate"
    assert district.case("WG260330-0001").status == Status.CALLBACK
    assert district.case("WG260330-0002").status == Status.DUPLICATE
    own = district.case("WG260330-0003")
    assert (own.status, own.parent_id) == (Status.CLOSED, None)
    # Whoever judges the result knows it; of the other nobody has said yet that it arrived.
    assert own.replied_at == district.now
    assert district.case("WG260330-0001").replied_at is None
    assert [rating.case_id for rating in district.ratings()] == [own.id]
    assert district.find_drift() == {}


def test_nobody_who_follows_rates_before_there_is_a_result(sqlite_district: District) -> None:
    three(sqlite_district)
    assert sqlite_district.say("wrRESIDENTS", "chendy", "/评价 0003 已解决") == "refused.wrong_state"
    assert "已并入 WG260330-0001，还没有结果" in sqlite_district.last_text("wrRESIDENTS")


def test_who_reported_a_joined_case_reopens_their_own_number(sqlite_district: District) -> None:
    district = sqlite_district
    answered(district)
    district.say("wrINTAKE", "zhangsf", "/评价 0001 已解决 满意")
    assert district.case("WG260330-0001").status == Status.CLOSED
    assert district.say("wrRESIDENTS", "chendy", "/重开 0001 我家门口还有") == "act.reopen"
    assert district.case("WG260330-0001").status == Status.CLOSED
    assert district.case("WG260330-0003").status == Status.ACCEPTED
    assert district.find_drift() == {}


def test_whoever_follows_may_say_that_theirs_is_not_solved_and_stays_unnamed(
    sqlite_district: District,
) -> None:
    district = sqlite_district
    answered(district)
    assert district.press("wrRESIDENTS", "chendy", "没有解决") == "act.rate"
    assert district.last_card("wrRESIDENTS").desc == "〔WG260330-0003〕"
    case = district.case("WG260330-0001")
    assert (case.status, case.reworks) == (Status.CALLBACK, 0)
    own = district.case("WG260330-0003")
    assert (own.status, own.parent_id) == (Status.ACCEPTED, None)
    assert "报事人反映没有解决，已从并案拆出" in district.chat_text("wrDUTY")
    assert "〔WG260330-0003〕" in district.last_card("wrDUTY").desc
    (rating,) = district.ratings()
    assert rating.person_id == district.person("chendy").id
    assert "陈大爷" not in district.chat_text("wrCG") + district.chat_text("wrDUTY")
    assert district.find_drift() == {}


def test_what_a_follower_adds_reaches_the_unit(sqlite_district: District) -> None:
    district = sqlite_district
    three(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    receipt = words(district, "wrRESIDENTS")[0]
    assert district.say("wrRESIDENTS", "chendy", "越堆越多了", quote=receipt) == "act.add"
    assert "〔WG260330-0001〕补充：越堆越多了" in district.chat_text("wrCG")
    assert district.say("wrRESIDENTS", "chendy", "/催办 0003") == "act.nudge"
    assert district.case("WG260330-0001").nudges == 1


def test_a_question_after_a_joined_case_is_answered_with_the_state_of_the_matter(
    sqlite_district: District,
) -> None:
    district = sqlite_district
    three(district)
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    receipt = words(district, "wrRESIDENTS")[0]
    assert district.say("wrRESIDENTS", "chendy", "处理了吗？", quote=receipt) == "talk.progress"
    assert "待签收" in district.last_text("wrRESIDENTS")
    district.say("wrRESIDENTS", "chendy", "/查 0003")
    assert "〔WG260330-0001〕现在是" in district.last_text("wrRESIDENTS")
    district.say("wrDUTY", "duty1", "/查 0001")
    assert "另有 2 件并入：WG260330-0002、WG260330-0003" in district.last_text("wrDUTY")


@pytest.mark.parametrize("said", ["不是同一件", "不是同一件事，我说的是马路对面那个", "这是另一件事"])
def test_the_reporter_says_that_it_is_another_matter(sqlite_district: District, said: str) -> None:
    district = sqlite_district
    three(district)
    receipt = words(district, "wrRESIDENTS")[0]
    assert district.say("wrRESIDENTS", "chendy", said, quote=receipt) == "act.split"
    case = district.case("WG260330-0003")
    assert (case.status, case.parent_id) == (Status.ACCEPTED, None)
    assert district.acts(case) == ["report", "merge", "split"]
    assert "报事人认为不是同一件" in district.chat_text("wrDUTY")
    assert "不是同一件：不是同一件" not in district.chat_text("wrDUTY")
    assert "〔WG260330-0003〕" in district.last_card("wrDUTY").desc
    # Its own way from here: what happens to the first one is not told to its reporter.
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert "城管局" not in district.last_text("wrRESIDENTS")


def test_nobody_else_takes_a_report_apart(sqlite_district: District) -> None:
    three(sqlite_district)
    receipt = words(sqlite_district, "wrRESIDENTS")[0]
    assert sqlite_district.say("wrRESIDENTS", "liay", "不是同一件", quote=receipt) == "desk.line"


def test_who_repeats_themselves_is_told_so(sqlite_district: District) -> None:
    district = sqlite_district
    reported(district, "wrINTAKE", "zhangsf", RUBBISH)
    reported(district, "wrINTAKE", "zhangsf", RUBBISH)
    assert "您反映过这件事，一并跟进。〔WG260330-0001〕" in district.chat_text("wrINTAKE")
    assert district.case("WG260330-0001").nudges == 0


def test_who_asks_why_nobody_came_presses_their_own_case(sqlite_district: District) -> None:
    district = sqlite_district
    reported(district, "wrINTAKE", "zhangsf", RUBBISH)
    district.advance(hours=3)
    assert district.say("wrINTAKE", "zhangsf", AGAIN) == "act.nudge"
    assert district.case("WG260330-0001").nudges == 1


def test_an_urgent_one_is_heard_again_by_the_unit_and_the_desk(sqlite_district: District) -> None:
    district = sqlite_district
    reported(district, "wrINTAKE", "zhangsf", GAS)
    reported(district, "wrRESIDENTS", "chendy", GAS, photos=1)
    first, second = district.cases()
    assert second.parent_id == first.id
    assert "危急时先拨打" in words(district, "wrRESIDENTS")[0]
    assert "【紧急】又有人反映（共 2 件）" in district.chat_text("wrDUTY")
    assert len(district.photos("wrDUTY")) == 1


def test_a_restricted_report_is_never_joined(sqlite_district: District) -> None:
    district = sqlite_district
    reported(district, "wrINTAKE", "zhangsf", RUBBISH)
    with district.database.write() as session:
        session.merge(district.case()).restricted = True
    reported(district, "wrRESIDENTS", "chendy", RUBBISH)
    assert district.case().status == Status.NEW


def test_another_place_or_another_week_is_another_case(sqlite_district: District) -> None:
    district = sqlite_district
    reported(district, "wrINTAKE", "zhangsf", RUBBISH)
    reported(district, "wrINTAKE", "liay", RUBBISH.replace("15", "98"))
    district.now += timedelta(days=8)
    reported(district, "wrRESIDENTS", "chendy", RUBBISH)
    assert [case.parent_id for case in district.cases()] == [None, None, None]


def test_what_is_finished_takes_up_no_new_report(sqlite_district: District) -> None:
    district = sqlite_district
    reported(district, "wrINTAKE", "zhangsf", RUBBLE)
    district.say("wrDUTY", "duty1", "/不予受理 0001 不属实")
    reported(district, "wrRESIDENTS", "chendy", RUBBLE)
    assert district.case().status == Status.NEW


def test_a_danger_that_another_group_calls_otherwise_is_shown_to_the_desk(sqlite_district: District) -> None:
    """Smoke to one, a fire to the other: nothing is joined, but the desk hears of both together."""
    district = sqlite_district
    reported(district, "wrINTAKE", "zhangsf", "静海路88号三楼着火了，快来人")
    reported(district, "wrRESIDENTS", "chendy", "静海路88号有人被困在屋里出不来，救命")
    first, second = sorted(case.number for case in district.cases())
    assert f"{first}" in district.chat_text("wrDUTY").split(second, 1)[1]


@pytest.mark.parametrize(
    ("before", "danger"),
    [
        ("解放新村2幢着火了", "解放新村7幢着火了"),
        ("解放新村自来水发黄", "解放新村3幢燃气泄漏味道很重"),
        ("解放新村有人遛狗不牵绳", "解放新村着火了"),
    ],
)
def test_a_danger_is_not_taken_for_another_matter_of_the_estate(
    sqlite_district: District, before: str, danger: str
) -> None:
    reported(sqlite_district, "wrINTAKE", "zhangsf", before)
    reported(sqlite_district, "wrINTAKE", "liay", danger)
    assert "可能与" not in sqlite_district.chat_text("wrDUTY")


def test_a_danger_of_its_class_at_its_place_is_named_on_the_card(sqlite_district: District) -> None:
    reported(sqlite_district, "wrINTAKE", "zhangsf", "解放新村7幢3楼着火了")
    sqlite_district.advance(hours=3)
    reported(sqlite_district, "wrINTAKE", "liay", "解放新村7幢着火了")
    assert "可能与" in sqlite_district.chat_text("wrDUTY")
