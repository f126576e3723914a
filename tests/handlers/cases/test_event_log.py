"""The ledger itself: rows and events that disagree are found, and what was is kept."""

from datetime import timedelta

import pytest

from handlers.cases import queries
from handlers.cases.queries import OPERATOR
from models.cases import Assignment
from tests.district import District


def test_a_row_changed_by_hand_is_found(district: District) -> None:
    case = district.report_case()
    with district.database.write() as session:
        queries.find_case(session, OPERATOR, case.number).place = "别处"
    assert district.find_drift() == {case.number: {"place": ("别处", "长江路静海路口工地门口")}}


def test_an_event_that_is_missing_is_found(district: District) -> None:
    case = district.report_case()
    with district.database.write() as session:
        queries.find_case(session, OPERATOR, case.number).version = 3
    assert district.find_drift() == {case.number: {"version": (3, 1)}}


def test_one_unit_leads_at_a_time(district: District) -> None:
    case = district.dispatch_case()
    share = Assignment(case_id=case.id, unit_id=case.unit_id, dispatched_at=district.now)
    with pytest.raises(Exception, match=r"(?i)unique"), district.database.write() as session:
        session.add(share)


def test_a_due_time_keeps_its_history(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 4小时")
    district.say("wrDUTY", "duty1", "/改类 0001 路灯不亮")
    kept = [(event.act, event.fields["due_at"]) for event in district.events() if "due_at" in event.fields]
    assert [act for act, _ in kept] == ["report", "assign", "classify"]
    assert kept[1][1] == (district.events()[1].at + timedelta(hours=4)).isoformat()
