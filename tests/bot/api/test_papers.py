"""Figures, and the papers that say the same; what is restricted is in neither."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from models.approvals import SupervisionOrder
from models.cases import Case
from models.organisation import Unit
from models.topics import Topic, TopicCase
from tests.bot.api.conftest import Process
from tests.conftest import NOON
from tests.papers import ReadPaper, read_as_libreoffice_does, read_paper

Open = Callable[..., list[str]]
MONTH = {"first": "2026-11-01", "last": "2026-11-30"}
PERCENTS = {
    "回应率": "answer_rate",
    "解决率": "solve_rate",
    "满意率": "satisfaction",
    "按时率": "on_time_rate",
}
COUNTS = {"受理": "received", "没评价": "unrated", "退回": "returned", "返工": "reworked"}


def act(api: httpx.Client, number: str, what: str, actor: str, **given: Any) -> None:
    api.post(f"/api/v1/cases/{number}/acts/{what}", json={"actor": actor, **given}).raise_for_status()


def fetch(api: httpx.Client, address: str, **params: Any) -> ReadPaper:
    answer = api.get(f"/api/v1/papers/{address}.docx", params=params)
    assert answer.status_code == 200, answer.text
    return read_paper(answer.content)


def finish(api: httpx.Client, number: str, **rating: bool) -> None:
    act(api, number, "assign", "duty1", unit="HM-CG")
    act(api, number, "sign", "cg1")
    act(api, number, "feedback", "cg1", text="已清理")
    act(api, number, "verify", "duty1", passed=True)
    act(api, number, "rate", "zhangsf", **rating)


def test_the_months_paper_says_the_figures_of_the_api_also_in_libreoffice(
    api: httpx.Client, open_some: Open, tmp_path: Path
) -> None:
    first, second, third, *_ = open_some(6)
    finish(api, first, solved=True, satisfied=True)
    finish(api, second, solved=True, satisfied=False)
    act(api, third, "assign", "duty1", unit="HM-ZJ")
    figures = api.get("/api/v1/figures", params=MONTH).raise_for_status().json()
    assert figures["total"]["received"] == 6
    content = api.get("/api/v1/papers/month.docx", params=MONTH).raise_for_status().content
    for paper in (read_paper(content), read_as_libreoffice_does(content, tmp_path)):
        check_figures(paper, figures)
        assert {"仿宋", "黑体"} <= paper.fonts


def check_figures(paper: ReadPaper, figures: dict[str, Any]) -> None:
    """The table of the units and the summary of a month's paper say what the API says."""
    head, *lines, total = paper.tables[0]
    assert [line[1] for line in lines] == [unit["name"] or "未交办" for unit in figures["units"]]
    assert len(lines) == 3
    for line, expected in zip([*lines, total], [*figures["units"], figures["total"]], strict=True):
        cells = dict(zip(head, line, strict=True))
        assert {name: cells[name] for name in COUNTS} == {
            name: str(expected[key]) for name, key in COUNTS.items()
        }
        shown = {
            name: None if cells[name] == "—" else round(float(cells[name][:-2]) / 100, 3) for name in PERCENTS
        }
        assert shown == {
            name: None if expected[key] is None else round(expected[key], 3) for name, key in PERCENTS.items()
        }
    assert f"受理 {figures['total']['received']} 件" in paper.text


def test_a_token_of_some_units_has_their_figures_and_no_others(api: httpx.Client, process: Process) -> None:
    token = process.settings.api.tokens["harness"]
    process.settings.api.tokens["harness"] = token.model_copy(update={"units": ("HM-CG",)})
    assert api.get("/api/v1/figures", params=MONTH).status_code == 403
    assert api.get("/api/v1/figures", params={**MONTH, "unit": "HM-ZJ"}).status_code == 403
    assert api.get("/api/v1/figures", params={**MONTH, "unit": "HM-CG"}).json()["scope"] == "城管局"
    assert api.get("/api/v1/papers/month.docx", params=MONTH).status_code == 403


def test_an_order_says_what_is_to_be_done_and_names_nobody_who_reported_it(
    api: httpx.Client, process: Process, open_some: Open
) -> None:
    [number] = open_some(text="解放路12号垃圾成堆\x0b，我叫张小明，电话13812345678")
    act(api, number, "assign", "duty1", unit="HM-CG")
    act(api, number, "supervise", "leader1", text="今天之内清完，报办理结果")
    with process.database.read() as session:
        order = session.scalars(select(SupervisionOrder.number)).one()
    paper = fetch(api, f"orders/{order}")
    cells = dict(row for row in paper.rows if len(row) == 2)
    assert paper.lines[:2] == ["督办单", order]
    assert (cells["承办单位"], cells["督办要求"]) == ("海门区城市管理局", "今天之内清完，报办理结果")
    assert number in cells["事件"]
    for word in ("张小明", "13812345678", "张师傅"):
        assert word not in paper.text
    with process.database.write() as session:
        session.scalars(select(Case)).one().restricted = True
    assert api.get(f"/api/v1/papers/orders/{order}.docx").status_code == 404
    assert api.get("/api/v1/papers/orders/DB000000-001.docx").status_code == 404


def test_a_situation_is_the_draft_of_the_command_as_a_paper(
    api: httpx.Client, process: Process, open_some: Open
) -> None:
    open_some(3)
    with process.database.write() as session:
        area = session.scalars(select(Unit).where(Unit.code == "HM-HM")).one()
        topic = Topic(
            code="T261121-1", title="解放路·暴露垃圾", state="raised", class_id="env.rubbish", area_id=area.id,
            place="解放路", words=[], raised_at=NOON,
        )  # fmt: skip
        session.add(topic)
        session.flush()
        for case in session.scalars(select(Case)):
            session.add(TopicCase(topic_id=topic.id, case_id=case.id, at=NOON))
    paper = fetch(api, "topics/T261121-1")
    assert paper.lines[0] == "关于解放路暴露垃圾的情况报告（草稿）"
    assert "一、基本情况" in paper.lines
    assert "的事件 3 件，涉及 1 人" in paper.text
    for path in ("topics/T261121-9", "topics/%00", "orders/%00"):
        assert api.get(f"/api/v1/papers/{path}.docx").status_code == 404
