"""Charges, first receipts, signatures and spot checks of `/rates`: each number opens its cases (issue 14, 15)."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from handlers.environment.tables.spot_check_rules import SpotCheckRules
from models.cases import Case
from models.organisation import Role
from scheduler import daily_checks
from tests.console.forms import FIGURE, follow_figures
from tests.console.office import Office
from tests.district import District, require_signature

MARCH = "from=2026-03-01&to=2026-03-31"


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> None:
    """Three charges: one handed in late, one suspended past its limit, one sent back and left lying beyond it; an
    answer sent back and then signed; a call that was taken and one to be made.
    """
    district = office.district
    for leader in ("leader1", "duty1", "duty2"):
        district.enter(leader)
    for _ in range(2):
        district.close_case()
    late = district.sign_case().number
    assert district.say("wrCG", "cg1", f"/反馈 {late} 已清运", photos=1) == "act.feedback"
    waits = district.sign_case().number
    assert district.say("wrDUTY", "duty1", f"/挂账 {waits} 等雨停 到4月10日") == "act.suspend"
    for number in (late, waits):
        assert district.say("wrDUTY", "duty1", f"/包案 {number} 周主任") == "act.charge"
        _change(district, number, due_at=district.now - timedelta(days=3))
    bounced = district.dispatch_case("住建局").number
    assert district.say("wrDUTY", "duty1", f"/包案 {bounced} 周主任") == "act.charge"
    assert district.say("wrZJ", "zj1", f"/退回 {bounced} 不归我们管") == "act.return"
    _sign(district)
    _call(district)
    district.hire("town", Role.LEADER, "HM-HM")


def _change(district: District, number: str, **values: object) -> None:
    with district.database.write() as session:
        session.execute(update(Case).where(Case.number == number).values(**values))


def _sign(district: District) -> None:
    limits = district.env.limits
    require_signature(district, signer="leader1")
    number = district.submit_case().number
    assert district.say("wrDUTY", "duty1", f"/核查 {number} 通过") == "act.verify"
    assert district.say("leader1", "leader1", f"/审签 {number} 退改 写清楚", direct=True) == "act.sign_off"
    assert district.say("wrCG", "cg1", f"/反馈 {number} 运到消纳场", photos=1) == "act.feedback"
    assert district.say("wrDUTY", "duty1", f"/核查 {number} 通过") == "act.verify"
    district.advance(days=5)
    assert district.say("leader1", "leader1", f"/审签 {number} 同意", direct=True) == "act.sign_off"
    assert district.deliver_results() == 1
    district.env = replace(district.env, limits=limits)


def _call(district: District) -> None:
    every = SpotCheckRules.model_validate({"version": "1", "share": 1})
    usual, district.env = district.env, replace(district.env, spot_checks=every)
    number = district.close_case().number
    district.close_case()
    with district.database.write() as session:
        daily_checks.run_checks(session, district.env, now=district.advance(days=1))
    for caller in ("duty1", "duty2"):
        said = f"/回访 {number} 联系上 已解决 不满意 等了两天"
        if district.say(caller, caller, said, direct=True) == "act.call_back":
            break
    district.env = usual


@pytest.mark.parametrize("person", ["leader1", "town", "duty1"])
def test_every_number_opens_its_cases(office: Office, person: str) -> None:
    with office.browse(person) as client:
        figures = follow_figures(client, "/rates?from=2026-03-01&to=2026-04-30")
    assert [figure for figure in figures if figure[1] != figure[2]] == []
    assert {key.partition("_")[0] for key, _, _ in figures} >= {"charge", "receipt", "signed", "call"}


def test_no_number_of_the_tables_stands_alone(office: Office) -> None:
    with office.browse("leader1") as client:
        page = client.get("/rates?from=2026-03-01&to=2026-04-30").text
    assert re.findall(r"<td>\s*\d+\s*</td>", page) == []
    assert re.findall(r"(?:审签|抽查回访|退改|联系上|未能联系)[^<>]{0,12}\d+ 件", page) == []


def test_what_is_suspended_is_not_late_and_a_case_signed_twice_is_one(office: Office) -> None:
    with office.browse("leader1") as client:
        page = client.get("/rates?from=2026-03-01&to=2026-04-30").text
    shown = {
        key: int(count)
        for _, key, count in FIGURE.findall(page)
        if "_" in key and not key.startswith("receipt")
    }
    assert {key: shown[key] for key in ("charge_taken", "charge_finished", "charge_late")} == {
        "charge_taken": 3, "charge_finished": 0, "charge_late": 2,
    }  # fmt: skip
    assert (shown["signed_decided"], shown["signed_sent_back"], shown["signed_late"]) == (1, 1, 1)
    assert (shown["call_drawn"], shown["call_reached"], shown["call_satisfied"], shown["call_waiting"]) == (
        2, 1, 0, 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "charge=taken:2026-03-01:2026-03-31", "charge=lost:2026-03-01:2026-03-31:leader1",
        "charge=taken:2026-03-01:2026-03-31:nobody", "receipt=received:HM-CG", "receipt=received:XX:cg1",
        "signed=decided:x:y", "signed=decided:2026-04-01:2026-03-01", "signed=decided:2026-03-01:9999-12-31",
        "call=drawn", "call=seen:2026-03-01:2026-03-31",
    ],
)  # fmt: skip
def test_what_counts_nothing_is_not_found_and_no_unit_looks(office: Office, query: str) -> None:
    with office.browse("leader1") as leader, office.browse("cg1") as unit:
        assert leader.get(f"/cases?{query}").status_code == 404
        assert unit.get("/cases?call=drawn:2026-03-01:2026-03-31").status_code == 403
        assert unit.get("/cases?charge=taken:2026-03-01:2026-03-31:leader1").status_code == 403
        assert unit.get("/cases?signed=decided:2026-03-01:2026-03-31").status_code == 403
        assert unit.get("/cases?receipt=received:HM-CG:cg1").status_code == 403
