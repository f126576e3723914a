"""地图: what stands on it and who sees it, a case among its neighbours, and a place picked by clicks."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI

import console
from models.cases import Case
from models.organisation import Role
from tests.console.forms import find_form, follow_figures, read_numbers
from tests.console.office import Office
from tests.console.serving import open_browser, serve_app

TOWN = (31.88, 121.14)
"""A point in 海门街道, outside its villages."""
GRID = (31.885, 121.165)
"""One in 解放新村网格."""


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> list[Case]:
    """In two towns, in one place, with a point and without, of several days and steps; one restricted."""
    district = office.district
    district.env = replace(district.env, restricted_to=frozenset({"leader1"}))
    found = [district.sign_case()] + [district.report_case() for _ in range(6)]
    points = [TOWN, TOWN, GRID, (31.83, 121.2), (31.89, 121.25), None, GRID]
    days = (0, 0, 2, 5, 12, 0, 0)
    with district.database.write() as session:
        for case, point, ago in zip(found, points, days, strict=True):
            stored = session.get_one(Case, case.id)
            stored.lat, stored.lon = point or (None, None)
            code = district.env.areas.locate(*point) if point else "HM-HM"
            stored.area_id = district.unit(code or "HM").id
            stored.opened_at -= timedelta(days=ago)
        session.get_one(Case, found[-1].id).restricted = True
    district.hire("town", Role.LEADER, "HM-HM")
    return found


@pytest.mark.parametrize(
    "address", ["/map", "/map?by=class&class=积存建筑垃圾渣土", "/map?by=age&area=HM-HM", "/map?status=NEW"]
)
@pytest.mark.parametrize("person", ["leader1", "town", "cg1"])
def test_every_number_on_the_map_leads_to_as_many_cases(office: Office, person: str, address: str) -> None:
    with office.browse(person) as client:
        figures = follow_figures(client, address)
    assert [figure for figure in figures if figure[1] != figure[2]] == []
    assert figures


def test_each_sees_their_own_area_and_cases(office: Office, cases: list[Case]) -> None:
    with office.browse("leader1") as leader, office.browse("town") as town, office.browse("cg1") as unit:
        page = leader.get("/map").text
        assert 'aria-label="放大到三厂街道"' in page
        assert re.findall(r'data-figure="spot" data-count="(\d)"', page) == ["2"]
        assert page.count('href="/cases/WG') == 3, "the restricted one is on no map, whoever reads it"
        assert town.get("/map?area=HM-SC").status_code == 404
        assert town.get("/map").text.count('class="part"') == 1
        own = unit.get("/map").text
        assert re.findall(r'href="/cases/(WG[\d-]+)"', own) == [cases[0].number]
        assert leader.get("/map?by=nonsense").status_code == 404
        assert leader.get("/cases?spot=1,2,x").status_code == 404


def test_a_case_is_shown_among_those_that_may_be_the_same(office: Office, cases: list[Case]) -> None:
    with office.browse("duty1") as duty, office.browse("cg1") as unit:
        page = duty.get(f"/cases/{cases[0].number}").text
        assert "附近在办的" in page
        assert page.count('<circle class="k6"') == 1
        assert f'<li data-case="{cases[1].number}"' in page
        assert cases[1].number not in unit.get(f"/cases/{cases[0].number}").text, "it is not theirs to see"
        assert "<svg" not in duty.get(f"/cases/{cases[5].number}").text


def test_a_place_is_picked_by_clicks_and_the_case_lies_there(office: Office, cases: list[Case]) -> None:
    number = cases[5].number
    with office.browse("duty1") as duty, office.browse("cg1") as unit:
        page = duty.get(f"/cases/{number}/spot").text
        frame = find_form(page, action=f"/cases/{number}/spot")["data"]
        assert duty.get("/map.svg", params=frame).headers["Content-Type"] == "image/svg+xml"
        for _ in range(3):
            # The middle of the picture for phones: 326 pixels wide.
            page = duty.get(f"/cases/{number}/spot", params={**frame, "phone.x": 163, "phone.y": 120}).text
            frame = find_form(page, action=f"/cases/{number}/spot")["data"]
        form = find_form(page, data_act="place")
        assert (
            duty.post(form["url"], data={**form["data"], "place": "北京路", "point": "1,2"}).status_code
            == 422
        )
        assert duty.post(form["url"], data={**form["data"], "place": "北京路公园"}).status_code == 303
        assert unit.get(f"/cases/{number}/spot").status_code == 404
        refused = unit.get(f"/cases/{cases[0].number}/spot")
        assert refused.status_code == 409
        assert 'role="alert"' in refused.text
        assert duty.get(f"/cases/{number}/spot?frame=1,2").status_code == 404
    case = office.district.case(number)
    assert case.place == "北京路公园"
    assert case.lat is not None
    assert case.lon is not None
    assert (case.lat, case.lon) == pytest.approx((31.89, 121.16), abs=0.02)
    assert case.area_id == office.district.unit(office.district.env.areas.locate(case.lat, case.lon) or "").id
    assert number not in office.district.find_drift()
    assert office.district.say("wrDUTY", "duty1", f"/撤销 {number}") == "act.undo"
    undone = office.district.case(number)
    assert (undone.lat, undone.area_id) == (None, office.district.unit("HM-HM").id)
    assert read_numbers(page) == []


def test_tiles_of_ones_own_server_lie_beneath_where_it_is_configured(
    office: Office, cases: list[Case]
) -> None:
    tiled = replace(office.settings, tiles="https://tiles.example/w/{z}/{x}/{y}.png")
    app = FastAPI()
    console.add_pages(app, replace(office, settings=tiled))
    with serve_app(app) as address, open_browser(address) as client:
        client.post("/login/demo", data={"person": "leader1"})
        answer = client.get("/map")
        tiles = re.findall(r'<image href="https://tiles.example/w/(\d+)/(\d+)/(\d+)\.png"', answer.text)
        # 海门 lies on this tile of the usual numbering.
        assert ("12", "3426", "1664") in tiles
        assert len(tiles) <= 36
        assert "img-src 'self' https://tiles.example data:" in answer.headers["Content-Security-Policy"]
    with office.browse("leader1") as client:
        assert "<image" not in client.get("/map").text
