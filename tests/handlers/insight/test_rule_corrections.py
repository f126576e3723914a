"""What the ledger tells of the duty desk's corrections."""

from handlers.insight import rule_corrections
from handlers.triage.learning.rule_suggestions import PastMessage
from tests.district import District


def past(district: District) -> list[PastMessage]:
    with district.database.read() as session:
        return rule_corrections.load_past_cases(session)


def test_a_case_the_desk_moved_to_another_class_is_a_correction(district: District) -> None:
    case = district.report_case()
    district.say("wrDUTY", "duty1", f"/改类 {case.number} 道路遗撒")
    assert past(district) == [PastMessage(case.number, case.text, "env.spill", corrected=True)]


def test_a_closed_case_nobody_corrected_stands_for_its_class(district: District) -> None:
    case = district.close_case()
    assert past(district) == [PastMessage(case.number, case.text, "env.rubble", corrected=False)]


def test_an_open_case_nobody_corrected_stands_for_nothing(district: District) -> None:
    district.report_case()
    assert past(district) == []


def test_a_correction_taken_back_is_none(district: District) -> None:
    case = district.report_case()
    district.say("wrDUTY", "duty1", f"/改类 {case.number} 道路遗撒")
    assert district.say("wrDUTY", "duty1", f"/撤销 {case.number}") == "act.undo"
    assert [each.corrected for each in past(district)] == [False]


def test_the_class_that_was_given_last_counts(district: District) -> None:
    case = district.report_case()
    for name in ("道路遗撒", "道路不洁"):
        district.say("wrDUTY", "duty1", f"/改类 {case.number} {name}")
    (found,) = past(district)
    assert (found.final_class, found.corrected) == (district.case().class_id, True)
    assert found.final_class != "env.spill"


def test_names_of_people_units_and_places_are_known(district: District) -> None:
    with district.database.read() as session:
        found = rule_corrections.load_local_names(session)
    assert {"张师傅", "城管局", "静海路"} <= found
    assert "" not in found
