"""Two people, one case: the second is told who was first and when; one act happens once."""

import threading

import pytest

from models.workflow import ACTS, Status
from tests.district import RUBBLE, District


def test_the_second_to_sign_is_told_who_was_first_and_when(district: District) -> None:
    case = district.dispatch_case()
    district.say("wrCG", "cg1", "/签收 0001")
    assert district.say("wrCG", "cg2", "/签收 0001") == "refused.wrong_state"
    assert district.last_text("wrCG") == (
        f"长江路静海路口工地门口积存建筑垃圾渣土〔{case.number}〕城管一号已于 03-30 09:07 签收，"
        "现在是「办理中（城管局）」，不能签收。您现在可以退回、反馈、补充。"
    )


def test_the_second_to_press_is_told_too_and_sees_the_true_card(district: District) -> None:
    case = district.dispatch_case()
    district.click("wrCG", "cg1", f"sign:{case.number}")
    assert district.click("wrCG", "cg2", f"sign:{case.number}") == "refused.wrong_state"
    assert "城管一号已于" in district.last_text("wrCG")
    card = district.last_card("wrCG")
    assert dict(card.rows)["状态"] == "城管一号 03-30 09:07 签收"
    assert [button.text for button in card.buttons] == [
        "反馈结果",
        "已联系",
        "已到场",
        "申请延期",
        "退回",
        "更多",
    ]


def test_a_double_click_is_one_act(district: District) -> None:
    case = district.dispatch_case()
    slugs = [district.click("wrCG", "cg1", f"sign:{case.number}") for _ in range(2)]
    assert slugs == ["act.sign", "refused.wrong_state"]
    assert district.acts(case) == ["report", "assign", "sign"]


def test_sign_before_return_lets_both_happen(district: District) -> None:
    case = district.dispatch_case()
    district.say("wrCG", "cg1", "/签收 0001")
    district.say("wrCG", "cg2", "/退回 0001 不归我们")
    assert district.acts(case)[2:] == ["sign", "return"]


def test_return_before_sign_refuses_the_second(district: District) -> None:
    case = district.dispatch_case()
    district.say("wrCG", "cg2", "/退回 0001 不归我们")
    assert district.say("wrCG", "cg1", "/签收 0001") == "refused.not_allowed"
    assert "城管二号已于 03-30 09:07 退回，现在是「已受理」" in district.last_text("wrCG")
    assert district.acts(case)[2:] == ["return"]


@pytest.mark.parametrize(
    ("status", "leaving"),
    [
        (Status.REJECTED, ["undo"]),
        (Status.VOID, ["undo"]),
        (Status.CLOSED, ["call_back", "reopen", "undo"]),
        (Status.DUPLICATE, ["rate", "reopen", "split", "undo"]),
    ],
)
def test_little_moves_a_finished_case(status: Status, leaving: list[str]) -> None:
    assert [act.key for act in ACTS.values() if status in act.from_states and act.to_states] == leaving


def test_a_refusal_in_the_handling_group_does_not_name_the_reporter(district: District) -> None:
    district.close_case()
    assert district.say("wrCG", "cg1", "/反馈 0001 又清了一次") == "refused.wrong_state"
    assert "报事人已于" in district.last_text("wrCG")
    assert "张师傅" not in district.chat_text("wrCG")


def test_of_two_presses_in_the_same_moment_one_acts(district: District) -> None:
    case = district.dispatch_case()
    assert sorted(at_once(district, f"sign:{case.number}")) == ["act.sign", "refused.wrong_state"]
    assert district.acts(case) == ["report", "assign", "sign"]
    assert "已于" in district.chat_text("wrCG")
    assert district.find_drift() == {}


def at_once(district: District, key: str) -> list[str]:
    """Both handlers press; the rows are received first, so that only the handling competes."""
    presses = []
    for user in ("cg1", "cg2"):
        incoming = district.build_click("wrCG", user, key)
        presses.append((district.receive(incoming), incoming))
    ready, slugs = threading.Barrier(2), []

    def handle(number: int) -> None:
        ready.wait(timeout=60)
        slugs.append(district.handle(*presses[number]))

    threads = [threading.Thread(target=handle, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return slugs


def test_two_reports_in_the_same_moment_get_two_numbers(district: District) -> None:
    rows = []
    for user in ("zhangsf", "liay"):
        incoming = district.build_message("wrINTAKE", user, RUBBLE)
        rows.append((district.receive(incoming), incoming))
    threads = [threading.Thread(target=district.handle, args=row) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(case.tail for case in district.cases()) == ["0001", "0002"]
