"""What each push is for, as it is declared where it is written; on both databases."""

from handlers.notifications import alerts
from models.pushes import Push, PushPurpose
from tests.district import District

RECEIPT, ORDER, ANSWER = PushPurpose.RECEIPT, PushPurpose.ORDER, PushPurpose.ANSWER


def purposes(district: District, chat: str) -> list[str]:
    return [said.row.purpose for said in district.pushes(chat)]


def test_a_report_is_a_receipt_for_its_reporter_and_an_order_for_the_desk(district: District) -> None:
    district.report_case()
    assert purposes(district, "wrINTAKE") == [RECEIPT]
    assert set(purposes(district, "wrDUTY")) == {ORDER}


def test_what_a_unit_has_to_do_is_an_order_and_what_the_reporter_hears_of_it_an_answer(
    district: District,
) -> None:
    district.dispatch_case()
    assert set(purposes(district, "wrCG")) == {ORDER}
    assert set(purposes(district, "wrINTAKE")) == {RECEIPT, ANSWER}


def test_the_result_is_an_answer_whoever_brought_it_about(district: District) -> None:
    district.close_case()
    results = [said for said in district.pushes("wrINTAKE") if said.row.answers is None]
    assert {said.row.purpose for said in results} == {ANSWER}


def test_a_command_is_replied_to_by_a_receipt(district: District) -> None:
    district.say("wrDUTY", "duty1", "/帮助")
    assert purposes(district, "wrDUTY") == [RECEIPT]


def test_a_card_gives_way_to_a_newer_one_of_its_case(district: District) -> None:
    case = district.report_case()
    cards = [said.row for said in district.pushes("wrDUTY") if said.row.kind == "card"]
    assert {row.merge_key for row in cards} == {f"card:{case.id}:duty"}


# What desks are told ------------------------------------------------------------------------------


def settle_doubts(district: District, found: list[Push]) -> int:
    with district.database.write() as session:
        return alerts.alert_doubtful(session, found, district.env, now=district.now)


def test_the_desk_is_told_where_and_about_which_case_a_push_stays_in_doubt(district: District) -> None:
    case = district.dispatch_case()
    found = [said.row for said in district.pushes("wrCG")]
    assert settle_doubts(district, found) == 1
    told = district.pushes("wrDUTY")[-1]
    assert all(words in told.text for words in ("没有回音", f"{len(found)} 条", case.number, "电话核实"))
    assert told.row.purpose == ORDER


def test_what_the_desk_was_told_of_doubts_is_not_told_of_again(district: District) -> None:
    district.dispatch_case()
    settle_doubts(district, [district.pushes("wrCG")[0].row])
    assert settle_doubts(district, [district.pushes("wrDUTY")[-1].row]) == 0


def test_refused_credentials_are_said_once_a_day(district: District) -> None:
    said = []
    for _ in range(2):
        with district.database.write() as session:
            said.append(alerts.alert_held_route(session, "grid", district.env, now=district.now))
    district.advance(days=1)
    with district.database.write() as session:
        said.append(alerts.alert_held_route(session, "grid", district.env, now=district.now))
    assert said == [True, False, True]
    assert "凭证" in district.last_text("wrDUTY")
