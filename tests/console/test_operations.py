"""审计、运行: who looked and who decided, what was parked, and who may see it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.context import ChannelLine, DiskLine, Health, LagLine, Letter, ProcessLine, RateLine
from models.cases import Case
from models.organisation import Role
from tests.console.forms import find_form
from tests.console.office import Office
from tests.console.test_case import post


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> tuple[Case, Case]:
    """One whose reporter somebody looked at, and a restricted one whose end was asked for."""
    district = office.district
    district.env = replace(district.env, restricted_to=frozenset({"leader1"}))
    for code, role, unit in (
        ("town", Role.LEADER, "HM-SC"), ("watcher", Role.OBSERVER, "HM"), ("clerk", Role.DUTY, "HM-SC"),
        ("root", Role.ADMIN, "HM-SC"),
    ):  # fmt: skip
        district.hire(code, role, unit)
    first, second = district.report_case(), district.report_case()
    with office.browse("duty1") as duty:
        assert post(duty, first.number, "reveal", reason="电话核实，13812345678").status_code == 200
        assert post(duty, second.number, "void", reason="报错了", confirmed="true").status_code == 303
    with district.database.write() as session:
        session.get_one(Case, second.id).restricted = True
    return first, second


def test_the_record_is_read_by_who_may_read_its_cases(office: Office, cases: tuple[Case, Case]) -> None:
    first, second = cases
    with (
        office.browse("leader1") as leader,
        office.browse("watcher") as watcher,
        office.browse("town") as town,
    ):
        page = leader.get("/audit").text
        assert f'data-case="{first.number}"' in page
        assert "值班一号" in page
        assert "电话核实" in page
        assert "13812345678" not in page
        assert second.number in leader.get("/audit?kind=decisions").text
        assert second.number not in watcher.get("/audit?kind=decisions").text, "restricted"
        assert first.number in watcher.get("/audit").text
        assert first.number not in town.get("/audit").text, "elsewhere"
        assert "用演示登录" in leader.get("/audit?kind=sign_ins").text
        assert "值班一号" not in town.get("/audit?kind=sign_ins").text
        assert "个人信息" in page
        assert town.get("/audit?kind=personal_data").status_code == 403
        assert leader.get("/audit?kind=nothing").status_code == 404
    with office.browse("duty1") as duty:
        assert duty.get("/audit").status_code == 403
        assert '<a href="/audit"' not in duty.get("/").text


def test_a_long_record_goes_on_where_it_ended(office: Office) -> None:
    for _ in range(31):
        with office.browse("watcher"):
            pass
    with office.browse("leader1") as leader:
        page = leader.get("/audit?kind=sign_ins").text
        assert page.count("用演示登录") == 30
        following = (
            page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        )
        assert "用演示登录" in leader.get(following).text


def test_the_desk_of_the_top_unit_sees_how_it_runs_and_sends_again(office: Office) -> None:
    now = office.district.now
    ago = now - timedelta(minutes=7)
    letters = (
        Letter("out", 1, ago, "no_route", "order", "城管处置群", "WG260330-0001", may_have_arrived=False),
        Letter("out", 2, ago, "ack_timeout", "notice", "区值班群", "", may_have_arrived=True),
    )
    office.health = Health(
        lags=[LagLine("", 3, ago), LagLine("grid", 1, ago)],
        letters=letters,
        letter_count=3,
        channels=[
            ChannelLine(
                "grid", "aibot", "refused", is_ready=False, is_unused=True, last_heard=ago, holder="h-1"
            )
        ],
        rates=[RateLine("城管处置群", "rings", 19, 20, 60)],
        processes=[ProcessLine("host-1-abc", ago, ago, is_alive=False)],
        disks=[DiskLine("database", 3_000_000, 5_000_000_000, 90_000_000_000)],
        versions=[("gridbot", "0.1.0")],
    )
    with office.browse("duty1") as duty:
        page = duty.get("/health").text
        for words in ("7 分", "没有送得到的路", "可能已经送到", "没连上", "19/20", "停了", "2.9 MB", "0.1.0"):
            assert words in page
        form = find_form(page, action="/health/letters")
        assert duty.post(**form).status_code == 303
        assert duty.post(form["url"], data={**form["data"], "id": "9"}).status_code == 404
        assert duty.post(form["url"], data={**form["data"], "csrf": ""}).status_code == 403
    assert office.replayed == [("out", 1), ("out", 9)]
    for person, status in (("leader1", 403), ("clerk", 403), ("root", 200), ("cg1", 403)):
        with office.browse(person) as client:
            assert client.get("/health").status_code == status
            assert ('<a href="/health"' in client.get("/").text) is (status == 200)
