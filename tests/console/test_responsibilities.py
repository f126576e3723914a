"""权责清单: whose something is, on what ground a unit has it, and a bounced item that two people rule on."""

import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import select

from handlers.environment.upkeep import responsibilities
from handlers.environment.upkeep.responsibilities import Item
from models.organisation import Role
from models.responsibilities import Responsibility
from tests.console.forms import find_form
from tests.console.office import Office

RUBBLE = "320684-CG-007"
LAW = "《固体废物污染环境防治法》第一百一十一条"


@pytest.fixture
def listed(office: Office) -> Office:
    """A list of four items: two are the ground of a class, one has no unit, one is claimed by two."""
    district = office.district
    cg, zj, sl = (district.unit(code).id for code in ("HM-CG", "HM-ZJ", "HM-SL"))
    items = [
        Item(RUBBLE, "对乱倒建筑垃圾的处罚", LAW, "区级", cg, "env.rubble"),
        Item("320684-ZJ-003", "路灯维修", "", "区级", zj, "fac.lamp"),
        Item("320684-QT-001", "无主河道清淤", "", "", None),
        Item("320684-QT-002", "河岸垃圾清理", "", "", cg),
        Item("320684-QT-002", "河岸垃圾清理", "", "", sl),
    ]
    with district.database.write() as session:
        responsibilities.replace_list(session, items, "导入 清单.xlsx", now=district.now)
    return office


@pytest.fixture
def duty(listed: Office) -> Iterator[httpx.Client]:
    with listed.browse("duty1") as client:
        yield client


def test_the_list_is_searched_in_chat_and_on_the_page(listed: Office, duty: httpx.Client) -> None:
    district = listed.district
    assert district.say("wrINTAKE", "zhangsf", "/清单 建筑垃圾") == "command.responsibilities"
    assert "对乱倒建筑垃圾的处罚：城管局（区级，《固体废物" in district.last_text("wrINTAKE")
    assert district.say("wrDUTY", "duty1", "/清单 水利局") == "command.responsibilities"
    assert "河岸垃圾清理：水利局" in district.last_text("wrDUTY")
    district.say("wrDUTY", "duty1", "/清单 清淤")
    assert "无主河道清淤：没有单位" in district.last_text("wrDUTY")
    assert district.say("wrDUTY", "duty1", "/清单 飞船") == "refused.not_found"
    odd = {
        "/responsibilities?say=%00%25_": 200,
        "/responsibilities?page_number=9999999": 200,
        "/responsibilities?page_number=x": 422,
    }
    assert {address: duty.get(address).status_code for address in odd} == odd
    page = duty.get("/responsibilities?say=河岸").text
    assert re.findall(r'data-item="([\w-]+)"', page) == ["320684-QT-002"] * 2
    gaps = dict(re.findall(r'data-gap="(\w+)" data-count="(\d+)"', page))
    assert (gaps["nobody"], gaps["several"]) == ("1", "1")
    assert "城管局、水利局" in page


def test_a_bounced_item_is_ruled_by_two_and_is_the_next_ground(listed: Office, duty: httpx.Client) -> None:
    district = listed.district
    first = district.dispatch_case()
    assert ("依据", f"{RUBBLE} 对乱倒建筑垃圾的处罚（{LAW}）") in district.last_card("wrCG").rows
    other = district.dispatch_case()
    district.say("wrCG", "cg1", f"/退回 {first.number} 工地里面的归住建管 住建局")
    page = duty.get("/responsibilities").text
    assert f'data-bounced="{first.number}"' in page
    assert "城管局退回" in page
    form = find_form(page, data_act="ruling")
    for wrong in ({"unit": "住建局", "reason": ""}, {"unit": "飞船局", "reason": "工地"}):
        answer = duty.post(form["url"], data=form["data"] | {"number": RUBBLE} | wrong)
        assert answer.status_code in (404, 422), answer.text
    proposed = duty.post(
        form["url"], data=form["data"] | {"number": RUBBLE, "unit": "住建局", "reason": "工地由住建监管"}
    )
    address = proposed.headers["Location"]
    own = duty.get(address).text
    assert ('data-act="adopt"' in own, "− 320684-CG-007" in own, "归住建局" in own) == (False, True, True)
    with listed.browse(district.hire("towndesk", Role.DUTY, "HM-HM")) as town:
        assert town.post(f"{address}/adopt", data={"csrf": token(town)}).status_code == 403
    with listed.browse("leader1") as leader:
        adopt = find_form(leader.get(address).text, data_act="adopt")
        assert leader.post(**adopt).status_code == 303
        assert 'data-version="2"' in leader.get("/responsibilities").text
    # What was given out before keeps its ground; what is given out now has the new one.
    assert f"<dd data-ground>{RUBBLE} 对乱倒建筑垃圾的处罚" in duty.get(f"/cases/{other.number}").text
    district.say("wrDUTY", "duty1", f"/交办 {first.number} 住建局")
    assert ("依据", f"{RUBBLE} 对乱倒建筑垃圾的处罚（{LAW}）") in district.last_card("wrZJ").rows
    with district.database.read() as session:
        rows = session.scalars(select(Responsibility).where(Responsibility.number == RUBBLE)).all()
        assert [(row.since, row.until) for row in rows] == [(1, 2), (2, None)]
    with listed.browse("leader1") as leader:
        assert leader.post(**find_form(leader.get(address).text, data_act="rollback")).status_code == 303
        assert 'data-version="3"' in leader.get("/responsibilities").text
    district.say("wrDUTY", "duty1", "/清单 建筑垃圾")
    assert "处罚：城管局" in district.last_text("wrDUTY")


def token(client: httpx.Client) -> str:
    """The token of a form of this browser."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/org").text)
    assert found is not None
    return found[1]


def test_what_was_returned_is_shown_to_whoever_oversees_it_and_nothing_restricted(
    listed: Office, duty: httpx.Client
) -> None:
    district = listed.district
    case = district.dispatch_case()
    district.say("wrCG", "cg1", f"/退回 {case.number} 不归我们")
    with listed.browse("cg1") as handler:
        page = handler.get("/responsibilities").text
        assert ("路灯维修" in page, case.number in page, "data-gap" in page) == (True, False, False)
    with district.database.write() as session:
        session.get_one(type(case), case.id).restricted = True
    assert case.number not in duty.get("/responsibilities").text
