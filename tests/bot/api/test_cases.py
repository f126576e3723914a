"""Looking at cases and walking one through its life, over HTTP."""

import base64
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import event, func, select, update

from handlers.cases import event_log
from models.cases import Case, Event
from models.pushes import Push
from models.reports import Media
from tests.bot.api.conftest import Process

Open = Callable[..., list[str]]

FIELDS = {
    "replied_at", "unreached_at", "signoff_asked_at", "level", "number", "status", "status_name", "class", "class_name", "codes", "nature", "place",
    "unit", "unit_name",
    "area", "urgent", "opened_at", "due_at", "closed_at", "updated_at", "text", "source", "lat", "lon", "photos", "events",
    "recovered_fen", "asked_fen", "adoption", "source_url", "external_number", "meeting_asked_at",
}  # fmt: skip


def act(api: httpx.Client, number: str, name: str, actor: str, **more: Any) -> httpx.Response:
    return api.post(f"/api/v1/cases/{number}/acts/{name}", json={"actor": actor, **more})


def photo() -> str:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    Image.new("RGB", (64, 48), "green").save(out, "JPEG", exif=exif)
    return base64.b64encode(out.getvalue()).decode()


def test_a_case_carries_what_the_design_names(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    case = api.get(f"/api/v1/cases/{number}").json()
    assert case.keys() == FIELDS
    assert (case["status"], case["status_name"], case["class"]) == ("NEW", "待受理", "env.rubbish")
    assert case["area"].startswith("HM-HM")
    assert datetime.fromisoformat(case["opened_at"]).utcoffset() == timedelta(0)


def test_a_case_says_what_its_class_is_called_in_other_systems(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    codes = api.get(f"/api/v1/cases/{number}").json()["codes"]
    assert codes[0] == {
        "system": "cjt214", "version": "2007", "kind": "event", "code": "0102", "name": "暴露垃圾",
    }  # fmt: skip
    assert [(code["system"], code["version"]) for code in codes[1:]] == [
        ("gbt47678-5", "2026"), ("db44-2479", "2024"),
    ]  # fmt: skip


def test_a_case_of_no_such_number_is_not_found(api: httpx.Client) -> None:
    for number in ("WG261121-9999", "nonsense", "%00", "..%2F..", "WG261121-%E4%B8%80"):
        answer = api.get(f"/api/v1/cases/{number}")
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_reporter_is_not_named(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some(text="解放路12号门口垃圾成堆，我是张师傅，电话13812345678")
    case = api.get(f"/api/v1/cases/{number}").json()
    assert case["events"][0]["actor"] == "报事人"
    assert "张师傅" not in str(case)
    assert "13812345678" not in str(case)


def test_a_restricted_case_is_neither_listed_nor_shown_nor_acted_on(
    api: httpx.Client, process: Process, open_some: Open
) -> None:
    secret, plain = open_some(2)
    with process.database.write() as session:
        session.execute(update(Case).where(Case.number == secret).values(restricted=True))
    assert [case["number"] for case in api.get("/api/v1/cases").json()["cases"]] == [plain]
    assert api.get(f"/api/v1/cases/{secret}").status_code == 404
    assert act(api, secret, "accept", "duty1").status_code == 404


def test_a_case_walks_its_whole_life_over_http(api: httpx.Client, process: Process, open_some: Open) -> None:
    [number] = open_some()
    walk: list[tuple[str, str, dict[str, Any], str]] = [
        ("受理", "duty1", {}, "ACCEPTED"),
        ("交办", "duty1", {"unit": "城管局", "limit": "4h"}, "DISPATCHED"),
        ("return", "cg1", {"reason": "该路段归住建"}, "ACCEPTED"),
        ("assign", "duty1", {"unit": "HM-CG"}, "DISPATCHED"),
        ("sign", "cg1", {}, "IN_PROGRESS"),
        ("progress", "cg1", {"text": "已到现场"}, "IN_PROGRESS"),
        ("feedback", "cg1", {"text": "已清理", "photos": [{"data": photo()}]}, "SUBMITTED"),
        ("核查", "duty1", {"passed": False, "reason": "还有一堆"}, "IN_PROGRESS"),
        ("反馈", "cg1", {"text": "全部清理"}, "SUBMITTED"),
        ("verify", "duty1", {"passed": True}, "CALLBACK"),
        ("rate", "zhangsf", {"solved": True, "satisfied": True}, "CLOSED"),
        ("reopen", "zhangsf", {"text": "又堆起来了"}, "ACCEPTED"),
    ]
    for name, actor, more, status in walk:
        answer = act(api, number, name, actor, **more)
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.text
    case = answer.json()
    assert [each["act"] for each in case["events"]][-3:] == ["verify", "rate", "reopen"]
    # The check refused it, and no later result brought another.
    assert [each["role"] for each in case["photos"]] == ["process"]
    assert process.woken == len(walk)
    with process.database.read() as session:
        assert event_log.find_drift(session, session.scalars(select(Case)).one()) == {}
        assert session.scalar(select(func.count()).select_from(Push))


def test_an_act_is_known_by_key_in_either_spelling_verb_and_alias(api: httpx.Client, open_some: Open) -> None:
    names = ("solve_in_grid", "solve-in-grid", "SOLVE-IN-GRID", "自办", "自办自结")
    for number, name in zip(open_some(len(names)), names, strict=True):
        answer = act(api, number, name, "wgxw", text="当场清了")
        assert (answer.status_code, answer.json()["status"]) == (200, "SUBMITTED"), name


def test_an_actor_may_be_named_by_account(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    answer = api.post(f"/api/v1/cases/{number}/acts/accept", json={"actor": {"account": "duty1"}})
    assert answer.json()["events"][-1]["actor"] == "值班一号"


def test_an_unknown_act_gets_the_nearest_one(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    answer = act(api, number, "accpet", "duty1")
    assert (answer.status_code, answer.json()["type"]) == (404, "no_such_act")
    assert "accept" in answer.json()["detail"]
    assert act(api, number, "report", "duty1").status_code == 404


def test_a_missing_actor_is_told_with_an_example(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    for sent in ({"text": "好"}, {}, None):
        answer = api.post(f"/api/v1/cases/{number}/acts/accept", json=sent)
        assert answer.status_code == 422
        assert "actor" in answer.text
        assert "duty1" in answer.text


@pytest.mark.parametrize(
    ("name", "actor", "more", "status", "slug"),
    [
        ("accept", "zhangsf", {}, 403, "not_allowed"),
        ("sign", "duty1", {}, 403, "not_allowed"),
        ("close", "duty1", {}, 409, "wrong_state"),
        ("sign", "cg1", {}, 404, "not_found"),
        ("assign", "duty1", {}, 422, "missing_need"),
        ("assign", "duty1", {"unit": "没有局"}, 404, "not_found"),
        ("classify", "duty1", {"class": "没有类"}, 404, "not_found"),
        ("accept", "nobody", {}, 422, "invalid"),
        ("assign", "duty1", {"unit": "城管局", "limit": "soon"}, 422, "invalid"),
        ("accept", "duty1", {"resaon": "x"}, 422, "invalid"),
        ("accept", "duty1", {"text": "a\0b"}, 422, "invalid"),
        ("add", "duty1", {"photos": [{"data": "bm8gcGhvdG8="}]}, 422, "invalid"),
        ("add", "duty1", {"photos": [{"data": "/9j/AAAA"}]}, 422, "invalid"),
        ("add", "duty1", {"photos": [{"data": "***"}]}, 422, "invalid"),
    ],
)
def test_a_refusal_is_a_problem_with_a_slug_and_a_chinese_sentence(
    api: httpx.Client, open_some: Open, name: str, actor: str, more: dict[str, Any], status: int, slug: str
) -> None:
    [number] = open_some()
    answer = act(api, number, name, actor, **more)
    problem = answer.json()
    assert (answer.status_code, problem["type"], problem["status"]) == (status, slug, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert any("\u4e00" <= character <= "\u9fff" for character in problem["detail"])
    assert len(api.get(f"/api/v1/cases/{number}").json()["events"]) == 1


def test_half_a_character_is_refused(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    content = b'{"actor": "duty1", "text": "\\ud800"}'
    answer = api.post(
        f"/api/v1/cases/{number}/acts/add", content=content, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "body.text")


def test_of_two_clients_doing_the_same_act_one_wins_and_the_other_hears_who_and_when(
    api: httpx.Client, open_some: Open
) -> None:
    for number in open_some(5):
        act(api, number, "assign", "duty1", unit="城管局")
        start = threading.Barrier(2)

        def sign(actor: str, number: str = number, start: threading.Barrier = start) -> httpx.Response:
            start.wait()
            return act(api, number, "sign", actor)

        with ThreadPoolExecutor(2) as pool:
            first, second = sorted(pool.map(sign, ["cg1", "cg2"]), key=lambda answer: answer.status_code)
        assert (first.status_code, second.status_code) == (200, 409)
        winner = first.json()["events"][-1]["actor"]
        assert winner in second.json()["detail"]
        assert "11-21 12:" in second.json()["detail"]


def test_a_repeated_key_acts_once(api: httpx.Client, process: Process, open_some: Open) -> None:
    [number] = open_some()
    keyed = {"Idempotency-Key": "k-1"}
    url = f"/api/v1/cases/{number}/acts/add"
    sent = {"actor": "duty1", "text": "补充一句", "photos": [{"data": photo()}]}
    answers = [api.post(url, json=sent, headers=keyed) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == answers[2].json()
    with process.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 2
        assert session.scalar(select(func.count()).select_from(Media)) == 1
        assert session.scalar(select(Event.origin).where(Event.act == "add")) == "api:harness:k-1"


def test_a_key_is_good_for_one_act_of_a_case(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    keyed = {"Idempotency-Key": "k-1"}
    api.post(f"/api/v1/cases/{number}/acts/accept", json={"actor": "duty1"}, headers=keyed)
    other = api.post(f"/api/v1/cases/{number}/acts/add", json={"actor": "duty1", "text": "x"}, headers=keyed)
    assert (other.status_code, other.json()["type"]) == (409, "idempotency_key_reused")


def test_a_key_of_another_token_is_another_key(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    for token in ("other", None):
        headers = {"Idempotency-Key": "k", **({"Authorization": f"Bearer {token}"} if token else {})}
        sent = {"actor": "duty1", "text": "补充"}
        answer = api.post(f"/api/v1/cases/{number}/acts/add", json=sent, headers=headers)
    assert [each["act"] for each in answer.json()["events"]] == ["report", "add", "add"]


def test_a_list_asks_the_database_as_often_for_many_cases_as_for_one(
    api: httpx.Client, process: Process, open_some: Open
) -> None:
    open_some(60)
    # The key that signs the addresses of photos is made when it is first wanted.
    api.get("/api/v1/cases")
    counts = []
    for limit in (1, 60):
        asked: list[str] = []

        def note(_c: Any, _u: Any, statement: str, *_: Any, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(process.database.engine, "before_cursor_execute", note)
        assert len(api.get("/api/v1/cases", params={"limit": limit}).json()["cases"]) == limit
        event.remove(process.database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    # SQLite's BEGIN; the cases; their events, wronged people, photos, units and reporters.
    assert counts[0] == counts[1] <= 7


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("until", "0001-01-01T00:00:00+14:00"),
        ("until", "9999-12-31T23:59:59-12:00"),
        ("recovered_fen", 2**31),
        ("recovered_fen", 10**30),
    ],
)
def test_what_no_database_can_keep_is_refused_with_the_field(
    api: httpx.Client, open_some: Callable[..., list[str]], field: str, value: object
) -> None:
    [number] = open_some()
    answer = api.post(
        f"/api/v1/cases/{number}/acts/mediate", json={"actor": "cg1", "text": "好", field: value}
    )
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, f"body.{field}")
