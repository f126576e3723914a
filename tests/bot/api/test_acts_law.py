"""The law of the API: every act of the table happens over HTTP, or says in Chinese what is missing."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from models.database import Database
from models.workflow import ACTS

Open = Callable[..., list[str]]
Step = tuple[str, str, dict[str, Any]]

CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
TO: Sequence[Step] = [("assign", "duty1", {"unit": "城管局"})]
SIGNED = [*TO, ("sign", "cg1", {})]
DONE = [*SIGNED, ("feedback", "cg1", {"text": "已清运"})]
CHECKED = [*DONE, ("verify", "duty1", {"passed": True})]
CLOSED = [*CHECKED, ("rate", "zhangsf", {"solved": True, "satisfied": True})]
BOUNCED = [
    *TO,
    ("return", "cg1", {"reason": "不归我们管"}),
    ("assign", "duty1", {"unit": "住建局"}),
    ("return", "zj1", {"reason": "也不归我们管"}),
]
WHISTLED = [*SIGNED, ("whistle", "duty1", {"units": ["公安局"]})]
SURVEYED = [("survey", "duty1", {"text": "还在不在"})]
ASKED = [*SIGNED, ("extend", "cg1", {"limit": "1wd", "reason": "等配件"})]
SUGGESTED = [("classify", "duty1", {"class": "增设设施建议"}), *SIGNED]
ANSWER: dict[str, Any] = {"adoption": "partial", "text": "先装东侧"}
ADOPTED = [*SUGGESTED, ("adopt", "cg1", ANSWER)]
LATER: dict[str, Any] = {"until": "2027-01-01T08:30:00+08:00"}
STEP: dict[str, Any] = {"text": "灯杆装好", "until": "2027-01-01T08:30:00+08:00"}
ENDED = [*ADOPTED, ("rate", "zhangsf", {"solved": True})]
DRAFTED = [*ENDED, ("propose_publication", "duty1", {"text": "篮球场装灯"})]

LAW: dict[str, tuple[Sequence[Step], str, dict[str, Any]]] = {
    "add": (TO, "duty1", {"text": "门口也有"}),
    "accept": ((), "duty1", {}),
    "reject": ((), "duty1", {"reason": "不属受理范围"}),
    "classify": ((), "duty1", {"class": "env.spill"}),
    "place": ((), "duty1", {"place": "静海路8号"}),
    "survey": ((), "duty1", {"text": "还在不在"}),
    "survey_report": (SURVEYED, "wgxw", {"text": "还在"}),
    "survey_decline": (SURVEYED, "wgxw", {}),
    "assign": ((), "duty1", {"unit": "城管局", "limit": "4h"}),
    "recall": (TO, "duty1", {"text": "应当给住建局"}),
    "pass_on": (TO, "duty1", {"unit": "住建局"}),
    "arbitrate": (BOUNCED, "leader1", {"unit": "城管局", "reason": "职责明确"}),
    "assist": (SIGNED, "duty1", {"units": ["住建局", "公安局"]}),
    "whistle": (SIGNED, "duty1", {"units": ["公安局"]}),
    "check_in": (WHISTLED, "ga1", {}),
    "partner_done": (WHISTLED, "ga1", {"text": "已疏导"}),
    "call_meeting": (SIGNED, "leader1", {"reason": "两家说法不一"}),
    "meet": (SIGNED, "leader1", {"text": "分头办\n住建局：恢复路面，3天"}),
    "sign": (TO, "cg1", {}),
    "unsign": (SIGNED, "duty1", {"reason": "没有动静"}),
    "return": (TO, "cg1", {"reason": "不归我们管", "unit": "住建局"}),
    "contact": (SIGNED, "cg1", {}),
    "progress": (SIGNED, "cg1", {"text": "已派车"}),
    "mediate": (SIGNED, "cg1", {"text": "已说和", "recovered_fen": 400_000}),
    "add_party": (SIGNED, "cg1", {"party": {"name": "王大姐", "phone": "13812345678", "relation": "受害人"}}),
    "claim": (SIGNED, "cg1", {"asked_fen": 400_000}),
    "adopt": (SUGGESTED, "cg1", ANSWER),
    "plan_milestone": (ADOPTED, "cg1", STEP),
    "reach_milestone": ([*ADOPTED, ("plan_milestone", "cg1", STEP)], "cg1", {"text": "灯亮了"}),
    "propose_publication": (ENDED, "duty1", {"text": "篮球场装灯"}),
    "publish": (DRAFTED, "duty2", {}),
    "withdraw_publication": ([*DRAFTED, ("publish", "duty2", {})], "duty1", {}),
    "feedback": (SIGNED, "cg1", {"text": "已清运"}),
    "solve_in_grid": ((), "wgxw", {"text": "当场清了"}),
    "extend": (SIGNED, "cg1", {"limit": "1wd", "reason": "等配件"}),
    "ask_suspend": (SIGNED, "cg1", {"reason": "等雨停"}),
    "suspend": (SIGNED, "duty1", {"reason": "等雨停", "until": "2026-12-01T08:30:00+08:00"}),
    "resume": ([*SIGNED, ("suspend", "duty1", {"reason": "等雨停"})], "duty1", {}),
    "complicate": (SIGNED, "cg1", {"reason": "涉及三个部门"}),
    "approve": (ASKED, "duty1", {}),
    "decline": (ASKED, "leader1", {"reason": "抓紧办"}),
    "nudge": (TO, "zhangsf", {"text": "快点"}),
    "supervise": (SIGNED, "leader1", {"text": "今天清完", "limit": "4h"}),
    "answer_order": ([*SIGNED, ("supervise", "leader1", {"text": "今天清完"})], "cg1", {"text": "正在清"}),
    "instruct": (SIGNED, "leader1", {"text": "举一反三"}),
    "raise": (SIGNED, "duty1", {"reason": "两家推诿", "level": "县"}),
    "charge": (SIGNED, "duty1", {"leader": "leader1"}),
    "discharge": ([*SIGNED, ("charge", "leader1", {})], "duty1", {"reason": "分工调整"}),
    "send_down": (SIGNED, "cg1", {"unit": "HM-HM-JF"}),
    "verify": (DONE, "duty1", {"passed": True}),
    "rate": (CHECKED, "zhangsf", {"solved": True}),
    "call_back": (CHECKED, "duty1", {"reached": True, "solved": True, "text": "电话说好了"}),
    "tell_reporter": (SIGNED, "cg1", {"text": "明天上午去"}),
    "praise": (CLOSED, "zhangsf", {"text": "办得快"}),
    "close": (
        [*CHECKED, ("call-back", "duty1", {"reached": True, "solved": True, "text": "电话说好了"})],
        "duty1",
        {},
    ),
    "plan_recheck": (DONE, "cg1", LATER),
    "report_recheck": ([*DONE, ("plan_recheck", "cg1", LATER)], "duty1", {"passed": True}),
    "reopen": (CLOSED, "zhangsf", {"reason": "又堆起来了"}),
    "complain": (SIGNED, "zhangsf", {"text": "来了就走"}),
    "call_person": (SIGNED, "zhangsf", {"text": "电话里说不清"}),
    "withdraw": (TO, "zhangsf", {"text": "已经好了"}),
    "carry_on": ([*TO, ("withdraw", "zhangsf", {})], "duty1", {}),
    "void_withdrawn": ([*TO, ("withdraw", "zhangsf", {})], "duty1", {}),
    "merge": ((), "duty1", {"parent": "OTHER"}),
    "split": ([("merge", "duty1", {"parent": "OTHER"})], "duty1", {}),
    "mark_urgent": (TO, "duty1", {"text": "墙要倒了"}),
    "void": ((), "duty1", {"reason": "误报"}),
    "reveal": (TO, "cg1", {"reason": "联系不上"}),
    "undo": ([("accept", "duty1", {})], "duty1", {}),
}
"""What happens before, who does the act, and with what."""
SHARES = 4
"""Acts share a program between them: starting one takes longer than asking it."""
REFUSED: dict[str, tuple[Sequence[Step], str, dict[str, Any], str]] = {
    "stage": (SIGNED, "cg1", {"text": "第一步完成"}, "没有分阶段|最后一个阶段"),
    # The API shows no restricted case.
    "unrestrict": ((), "duty1", {"reason": "与工作人员无关"}, "不限阅"),
    # What comes over the API was written.
    "transcribe": ((), "duty1", {"text": "路灯不亮"}, "没有语音"),
    # This office signs no answers.
    "sign_off": (DONE, "duty1", {"passed": True}, "不能审签|不用审签"),
    # What came without a conversation, or in a group, was answered without a link.
    "revoke_link": ((), "duty1", {}, "没有发过网页链接"),
}
"""Acts that this kind of case does not have: what the refusal says."""
WITHOUT = {"report": "POST /api/v1/reports"}
"""Acts with an address of their own."""
OF_THE_PROGRAM = {"deliver_answer", "propose_raise"}
"""Acts that nobody does, in whoever's name: who may send a request is no channel."""


@pytest.fixture
def database(sqlite_haimen: Database) -> Database:
    """Words and rights: which database it is cannot matter (`test_cases` walks a case on both)."""
    return sqlite_haimen


def act(api: httpx.Client, number: str, step: Step, *, key: str | None = None) -> httpx.Response:
    name, actor, body = step
    headers = {"Idempotency-Key": key} if key else {}
    address = f"/api/v1/cases/{number}/acts/{name.replace('_', '-')}"
    return api.post(address, json={"actor": actor, **body}, headers=headers)


def walked(api: httpx.Client, open_some: Open, steps: Sequence[Step]) -> tuple[str, str]:
    """A case that these steps were taken on, and another one."""
    number, other = open_some(2)
    for name, actor, body in steps:
        answer = act(api, number, (name, actor, filled(body, other)))
        assert answer.status_code == 200, (name, answer.text)
    return number, other


def filled(body: dict[str, Any], other: str) -> dict[str, Any]:
    return {name: other if value == "OTHER" else value for name, value in body.items()}


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    assert CHINESE.search(found["detail"])
    return found


def test_the_law_names_every_act() -> None:
    assert set(LAW) | set(REFUSED) | set(WITHOUT) | OF_THE_PROGRAM == set(ACTS)


@pytest.mark.parametrize("share", range(SHARES))
def test_every_act_says_what_is_missing_who_may_and_happens_once(
    api: httpx.Client, open_some: Open, share: int
) -> None:
    for act_key in [*LAW][share::SHARES]:
        keeps_the_law(api, open_some, act_key)


def keeps_the_law(api: httpx.Client, open_some: Open, act_key: str) -> None:
    steps, actor, body = LAW[act_key]
    number, other = walked(api, open_some, steps)
    full = filled(body, other)
    if ACTS[act_key].required_fields:
        found = problem(act(api, number, (act_key, actor, {})))
        assert (found["status"], found["type"]) == (422, "missing_need")
        assert f"/{ACTS[act_key].verb}" in found["detail"]
    # To who has nothing to do with it the case does not exist.
    found = problem(act(api, number, (act_key, "sw1", full)))
    assert (found["status"], found["type"]) == (404, "not_found")
    is_offered(api, number, act_key, actor, body)
    for _ in range(2):
        answer = act(api, number, (act_key, actor, full), key=f"once-{act_key}")
        assert answer.status_code == 200, (act_key, answer.text)
    done = [event["act"] for event in answer.json()["events"]]
    shown = 0 if ACTS[act_key].about_handling else 1  # Who handles the case may be who asks.
    assert done.count(act_key) == [name for name, _, _ in steps].count(act_key) + shown


def is_offered(api: httpx.Client, number: str, act_key: str, actor: str, body: dict[str, Any]) -> None:
    """The list of what this person could do has it, with what it needs."""
    offered = api.get(f"/api/v1/cases/{number}/acts", params={"actor": actor}).json()["acts"]
    (mine,) = [each for each in offered if each["act"] == act_key.replace("_", "-")]
    assert mine["verb"] == ACTS[act_key].verb
    for need in mine["needs"]:
        assert not body.keys().isdisjoint(need.split("|")), need


@pytest.mark.parametrize("act_key", REFUSED)
def test_an_act_that_a_case_has_not_is_refused_with_the_reason(
    api: httpx.Client, open_some: Open, act_key: str
) -> None:
    steps, actor, body, reason = REFUSED[act_key]
    number, _ = walked(api, open_some, steps)
    assert re.search(reason, problem(act(api, number, (act_key, actor, body)))["detail"])


@pytest.mark.parametrize("act_key", WITHOUT)
def test_an_act_with_an_address_of_its_own_says_where(
    api: httpx.Client, open_some: Open, act_key: str
) -> None:
    [number] = open_some()
    found = problem(act(api, number, (act_key, "duty1", {"text": "垃圾"})))
    assert (found["status"], WITHOUT[act_key] in found["detail"]) == (404, True)


def test_whose_acts_is_asked_for_with_one_name(api: httpx.Client, open_some: Open) -> None:
    [number] = open_some()
    address = f"/api/v1/cases/{number}/acts"
    by_account = api.get(address, params={"account": "duty1"}).json()
    assert by_account == api.get(address, params={"actor": "duty1"}).json()
    assert problem(api.get(address, params={"actor": "sw1"}))["status"] == 404
    for params in ({}, {"actor": "duty1", "account": "duty1"}, {"actor": "nobody"}, {"who": "duty1"}):
        assert problem(api.get(address, params=params))["status"] == 422
    assert problem(api.get("/api/v1/cases/WG991231-0001/acts", params={"actor": "duty1"}))["status"] == 404


def test_a_word_that_means_another_act_is_that_act_and_happens_once(
    api: httpx.Client, open_some: Open
) -> None:
    for word, steps, meant in (
        ("undo", TO, "withdraw"),
        ("withdraw", CHECKED, "rate"),
        ("void", [*TO, ("withdraw", "zhangsf", {})], "void_withdrawn"),
    ):
        number, _ = walked(api, open_some, steps)
        actor = "duty1" if word == "void" else "zhangsf"
        for _ in range(2):
            answer = act(api, number, (word, actor, {}), key=f"meant-{word}")
            assert answer.status_code == 200, (word, answer.text)
        assert [event["act"] for event in answer.json()["events"]].count(meant) == 1
