"""Hot topics by the API: what, how many, which; nobody's name."""

from collections.abc import Callable

import httpx

from handlers.insight import hot_topics
from tests.bot.api.conftest import Process


def look(process: Process) -> None:
    with process.database.read() as session:
        looked = hot_topics.scan_cases(session, process.env(), now=process.clock())
    assert looked is not None
    with process.database.write() as session:
        hot_topics.settle_topics(session, process.env(), scan=looked, now=process.clock())


def test_a_topic_is_shown_with_its_evidence(
    api: httpx.Client, process: Process, open_some: Callable[..., list[str]]
) -> None:
    numbers = [open_some(by=who)[0] for who in ("zhangsf", "liay", "chendy")]
    look(process)
    (topic,) = api.get("/api/v1/topics").json()["topics"]
    assert (topic["code"], topic["state"], topic["cases"]) == ("T261121-1", "raised", 3)
    assert topic["numbers"] == numbers
    assert (topic["people"], topic["closed"]) == (3, 0)
    assert topic["days"] == {"11-21": 3}
    assert "张师傅" not in str(topic)


def test_topics_are_asked_for_by_state(
    api: httpx.Client, process: Process, open_some: Callable[..., list[str]]
) -> None:
    open_some(3)
    look(process)
    assert api.get("/api/v1/topics?state=closed").json() == {"topics": []}
    assert api.get("/api/v1/topics?state=none").status_code == 422
    assert httpx.get(f"{api.base_url}/api/v1/topics", trust_env=False).status_code == 401


def test_what_another_system_sends_is_never_joined(api: httpx.Client) -> None:
    sent = {"text": "解放路12号门口垃圾成堆，味道很大", "reporter": "zhangsf", "chat": "intake-hm"}
    answers = [api.post("/api/v1/reports", json=sent | {"reporter": who}) for who in ("zhangsf", "liay")]
    assert [answer.json()["status"] for answer in answers] == ["NEW", "NEW"]
