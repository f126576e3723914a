"""常用答复: kept by a unit for a class, in the form of an act with the blanks filled from the case."""

import re
from collections.abc import Iterator

import httpx
import pytest

from models.workflow import Status
from tests.console.forms import find_form
from tests.console.office import Office

TEXT = "{地点}的{类别}已由{单位}处理，编号 {编号}。"


@pytest.fixture
def handler(office: Office) -> Iterator[httpx.Client]:
    with office.browse("cg1") as client:
        yield client


def keep(client: httpx.Client, **fields: str) -> httpx.Response:
    form = find_form(client.get("/answers").text, data_act="keep")
    return client.post(form["url"], data=form["data"] | fields)


def test_a_kept_answer_stands_in_the_form_with_its_blanks_filled(
    office: Office, handler: httpx.Client
) -> None:
    case = office.district.sign_case()
    assert keep(handler, name="已清运", text=TEXT, **{"class": "积存建筑垃圾渣土"}).status_code == 303
    assert keep(handler, name="路灯修好", text="灯亮了。", **{"class": "路灯不亮"}).status_code == 303
    page = handler.get(f"/cases/{case.number}").text
    assert "路灯修好" not in page
    link = re.search(r'href="(/cases/[^"#]+fill=feedback\.\d+)#act-feedback"', page)
    assert link is not None
    filled = handler.get(link[1]).text
    words = f"{case.place}的积存建筑垃圾渣土已由城管局处理，编号 {case.number}。"
    assert f">{words}</textarea>" in filled
    form = find_form(filled, data_act="feedback")
    assert handler.post(form["url"], data=form["data"] | {"text": words}).status_code == 303
    assert office.district.case(case.number).status == Status.SUBMITTED


def test_a_unit_uses_its_own_and_those_from_above_and_keeps_its_own_alone(
    office: Office, handler: httpx.Client
) -> None:
    with office.browse("duty1") as desk:
        assert keep(desk, name="感谢", text="感谢您的反映。").status_code == 303
        number = re.findall(r'data-answer="(\d+)"', desk.get("/answers").text)[-1]
    page = handler.get("/answers").text
    assert "感谢您的反映。" in page
    token = find_form(page, data_act="keep")["data"]
    assert handler.post(f"/answers/{number}/drop", data=token).status_code == 404
    with office.browse("zj1") as other:
        assert "灯亮了。" not in other.get("/answers").text
        assert "感谢您的反映。" in other.get("/answers").text


def test_an_unknown_blank_is_refused_with_what_was_typed(handler: httpx.Client) -> None:
    answer = keep(handler, name="试试", text="请联系{报事人}。")
    assert (answer.status_code, "不认识的空格「{报事人}」" in answer.text) == (422, True)
    assert "请联系{报事人}。</textarea>" in answer.text
