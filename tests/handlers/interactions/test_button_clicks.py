"""A press on a button: the same act as the command, and a card that then tells the truth."""

from collections.abc import Callable

import pytest

from models.cases import Case
from models.messages import CardUpdatePush
from models.workflow import Status
from tests.district import RUBBLE, District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


def test_a_pressed_card_tells_who_did_it(district: District) -> None:
    district.dispatch_case()
    assert district.press("wrCG", "cg1", "签收") == "act.sign"
    update = district.pushes("wrCG")[-1]
    assert isinstance(update.body, CardUpdatePush)
    assert update.body.message_id == f"m{district.message_count}"
    assert dict(update.body.card.rows)["状态"] == "城管一号 03-30 09:07 签收"
    assert update.row.answers is not None


def test_a_pressed_card_keeps_its_task(district: District) -> None:
    district.dispatch_case()
    before = district.last_card("wrCG").task_id
    district.press("wrCG", "cg1", "签收")
    assert district.last_card("wrCG").task_id == before


def test_the_chosen_unit_gets_it(district: District) -> None:
    district.report_case()
    district.press("wrDUTY", "duty1", "交办", unit="HM-ZJ")
    assert district.case().unit_id == district.unit("HM-ZJ").id


def test_without_a_choice_the_suggested_unit_gets_it(district: District) -> None:
    district.report_case()
    district.press("wrDUTY", "duty1", "交办")
    assert district.case().unit_id == district.unit("HM-CG").id


def test_the_suggested_unit_is_offered_first_whatever_its_kind(district: District) -> None:
    district.report_case("长江路静海路口红绿灯不亮")
    select = district.last_card("wrDUTY").select
    assert select is not None
    assert (select.selected, select.options[0].id) == ("HM-GA-JJ", "HM-GA-JJ")


def test_nothing_is_chosen_beforehand_where_the_rules_suggest_nobody(district: District) -> None:
    district.say("wrSTRANGE", "whoever", photos=1)
    district.tick(district.advance(minutes=3))
    district.tick(district.advance(minutes=30))
    select = district.last_card("wrDUTY").select
    assert select is not None
    assert select.selected == select.options[0].id
    assert select.options[0].text == "请选择"
    assert district.press("wrDUTY", "duty1", "交办", unit=select.selected) == "refused.missing_need"


@pytest.mark.parametrize(
    ("start", "chat", "user", "button", "asked"),
    [
        (District.dispatch_case, "wrCG", "cg1", "退回", "/退回 0001 理由"),
        (District.report_case, "wrDUTY", "duty1", "不予受理", "/不予受理 0001 理由"),
        (District.submit_case, "wrDUTY", "duty1", "不通过", "/核查 0001 不通过 理由"),
    ],
)
def test_a_button_that_wants_a_reason_asks_for_it_in_words(
    district: District,
    start: Callable[[District], Case],
    chat: str,
    user: str,
    button: str,
    asked: str,
) -> None:
    before = start(district).status
    assert district.press(chat, user, button) == "click.asked"
    assert f"也可以发：@我 {asked}" in district.last_text(chat)
    assert district.case().status == before


def test_the_reporters_press_on_the_grids_own_work_checks_and_closes_it(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    district.say("wrRESIDENTS", "wgxw", "/自办 0001 水龙头坏了已换")
    assert district.press("wrRESIDENTS", "chendy", "已解决，满意") == "act.rate"
    assert district.acts() == ["report", "solve_in_grid", "verify", "rate"]


@pytest.mark.parametrize("user", ["duty1", "wgxw", "liay"])
def test_nobody_else_can_press_the_reporters_answer(district: District, user: str) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    district.say("wrRESIDENTS", "wgxw", "/自办 0001 水龙头坏了已换")
    assert district.press("wrRESIDENTS", user, "已解决，满意").startswith("refused.")
    assert district.acts() == ["report", "solve_in_grid"]


def test_an_unsolved_answer_to_the_grids_own_work_goes_back(district: District) -> None:
    district.say("wrRESIDENTS", "chendy", "家里停水了")
    district.say("wrRESIDENTS", "wgxw", "/自办 0001 水龙头坏了已换")
    district.press("wrRESIDENTS", "chendy", "没有解决")
    assert district.case().status == Status.IN_PROGRESS


@pytest.mark.parametrize("key", ["", "sign", "sign:", "dance:WG260330-0001", "http://x"])
def test_a_button_that_is_not_ours_is_said_to_be_stale(district: District, key: str) -> None:
    assert district.click("wrCG", "cg1", key) == "click.unreadable"
    assert "这个按钮已经失效" in district.last_text("wrCG")


def test_a_button_of_a_case_that_never_was_is_refused(district: District) -> None:
    assert district.click("wrCG", "cg1", "sign:WG990101-0001") == "refused.not_found"


@pytest.mark.parametrize(
    "act", ["report", "assign", "add", "classify", "place", "feedback", "rate", "verify"]
)
def test_no_made_up_key_does_more_than_a_button(district: District, act: str) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    slug = district.click("wrCG", "cg1", f"{act}:WG260330-0001:nonsense")
    assert slug.startswith("refused.")
    assert district.acts() == ["report"]


@pytest.mark.parametrize("key", ["confirm:9223372036854775808", "which:9223372036854775808:0001"])
def test_a_key_that_nobody_wrote_is_answered_and_does_no_harm(postgres_district: District, key: str) -> None:
    postgres_district.dispatch_case()
    slug = postgres_district.click("wrDUTY", "duty1", key)
    assert slug == postgres_district.click("wrDUTY", "duty1", "nonsense")
