"""One person's flood is bounded before it reaches the desk, and said; danger is never held (issue 10, D21)."""

from dataclasses import replace

import pytest

from tests.district import GAS, RUBBLE, District

INTAKE, ZHANG, DUTY = "wrINTAKE", "zhangsf", "wrDUTY"
MOST = 5


@pytest.fixture
def flooded(district: District) -> District:
    district.env = replace(district.env, most_per_hour=MOST)
    return district


def report_lamp(district: District, number: int, user: str = ZHANG) -> str:
    district.advance(minutes=2)
    return district.say(INTAKE, user, f"解放路{number}号路灯不亮")


def flood(district: District, count: int, first: int = 1) -> list[str]:
    return [report_lamp(district, 1000 + 37 * number) for number in range(first, first + count)]


def test_the_first_open_cases_the_rest_is_one_case_after_an_hour_and_both_are_told_once(
    flooded: District,
) -> None:
    assert flood(flooded, MOST + 4) == ["case.opened"] * MOST + ["flood.held"] * 4
    assert len(flooded.cases()) == MOST
    assert flooded.chat_text(INTAKE).count("后面的先合在一起") == 1
    assert flooded.chat_text(DUTY).count("后面的先合在一起") == 1
    flooded.tick(flooded.advance(minutes=1))
    assert len(flooded.cases()) == MOST
    flooded.tick(flooded.advance(minutes=60))
    assert len(flooded.cases()) == MOST + 1
    text = flooded.cases()[-1].text
    assert [f"解放路{1000 + 37 * number}号" in text for number in range(MOST + 1, MOST + 5)] == [True] * 4
    # No message is lost, and each is with its case.
    assert [message.case_id is None for message in flooded.messages()] == [False] * (MOST + 4)
    assert flooded.find_drift() == {}
    # Then an hour begins anew.
    assert report_lamp(flooded, 9001) == "case.opened"


def test_danger_and_what_is_told_in_confidence_are_never_held(flooded: District) -> None:
    flood(flooded, MOST + 2)
    assert flooded.say(INTAKE, ZHANG, GAS) == "case.opened"
    assert flooded.cases()[-1].urgent
    assert "路灯" not in flooded.cases()[-1].text
    # What was held came before it, whole.
    assert "路灯不亮" in flooded.cases()[-2].text
    flood(flooded, 1, first=50)
    assert flooded.say(INTAKE, ZHANG, "举报海门区城市管理局城管一号收红包，在长江路88号") == "case.opened"
    assert flooded.cases()[-1].restricted


def test_others_and_staff_are_not_bounded(flooded: District) -> None:
    flood(flooded, MOST + 1)
    assert report_lamp(flooded, 7001, "liay") == "case.opened"
    assert [report_lamp(flooded, 3000 + 41 * number, "wgxw") for number in range(MOST + 2)] == [
        "case.opened"
    ] * (MOST + 2)


def test_many_pieces_of_one_case_are_kept_and_no_longer_passed_on(flooded: District) -> None:
    assert flooded.say(INTAKE, ZHANG, RUBBLE) == "case.opened"
    case = flooded.case()
    said = [flooded.say(INTAKE, ZHANG, "还在那里", photos=1) for _ in range(MOST + 4)]
    assert said == ["case.added"] * MOST + ["flood.kept"] * 4
    assert flooded.chat_text(INTAKE).count("不再逐条转告") == 1
    assert [message.case_id for message in flooded.messages()] == [case.id] * (MOST + 5)


def test_a_reporter_nudges_three_times_an_hour(flooded: District) -> None:
    number = flooded.dispatch_case().number
    nudge = f"/催办 {number}"
    said = [flooded.say(INTAKE, ZHANG, nudge) for _ in range(5)]
    assert said == ["act.nudge"] * 3 + ["refused.wrong_state"] * 2
    assert flooded.say(DUTY, "duty1", nudge) == "act.nudge"
    flooded.advance(minutes=61)
    assert flooded.say(INTAKE, ZHANG, nudge) == "act.nudge"
