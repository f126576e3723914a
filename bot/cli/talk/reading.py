"""What was made of a sentence in its situation, for a person and for a program to read."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from handlers.talk.conversation import is_left_to_intake
from handlers.talk.planning import PlannedSteps, plan_act
from handlers.talk.referents import Candidate
from handlers.talk.situation import Side, Situation
from handlers.talk.understanding import Interpretation
from handlers.triage.rules.packs import Pack

SIDES = {Side.REPORTER: "报事人", Side.UNIT: "承办单位", Side.DESK: "值班员", Side.GRID: "网格员"}


def plan_reading(read: Interpretation, situation: Situation, pack: Pack) -> PlannedSteps | None:
    """What the table plans for a message; None: intake takes it, or passes it over."""
    if read.act is None or is_left_to_intake(situation, read):
        return None
    planned = plan_act(read.act, read, pack.dialogue)
    return planned if planned.steps and planned.steps[0].verb != "intake" else None


def to_json(read: Interpretation, planned: PlannedSteps | None) -> dict[str, Any]:
    """Plain data of the reading: act, signs, candidates, planned steps, triage."""
    act = read.act
    return {
        "act": asdict(act) | {"because": dict(act.because)} if act else None,
        "signs": [asdict(sign) for sign in read.signs],
        "candidates": [_describe_candidate(each) for each in read.candidates],
        "meant": [each.case.number for each in planned.meant] if planned else [],
        "steps": [" ".join(filter(None, (each.verb, each.detail))) for each in planned.steps]
        if planned
        else ["intake"],
        "triage": read.triage.to_json(),
    }


def _describe_candidate(each: Candidate) -> dict[str, Any]:
    case = each.case
    return {
        "number": case.number,
        "status": case.status,
        "class": case.class_id,
        "place": case.place,
        "score": each.score,
        "matter": each.matter,
        "place_points": each.place,
        "recency": each.recency,
        "named": each.is_named,
    }


def format_reading(read: Interpretation, planned: PlannedSteps | None) -> Iterator[str]:
    """Lines for the terminal."""
    yield from _format_act(read)
    yield _format_plan(planned)
    if read.candidates:
        yield "可能说的是："
        yield from map(_format_candidate, read.candidates)


def _format_act(read: Interpretation) -> Iterator[str]:
    act = read.act
    words: dict[str, list[str]] = {}
    for sign in read.signs:
        words.setdefault(sign.name, []).append(sign.word)
    if act is None:
        yield "对话行为：没有一种够分"
        yield from (f"  {name}  {_quote(words[name])}" for name in words)
        return
    yield f"对话行为：{act.act}（{SIDES[act.side]}）  {act.points} 分，比第二名多 {act.ahead} 分"
    for name, points in act.because:
        yield f"  {name}  {points:+d}  {_quote(words[name]) if name in words else '从情形看出'}"
    for name in words.keys() - {name for name, _ in act.because}:
        yield f"  {name}  不计分  {_quote(words[name])}"


def _quote(words: list[str]) -> str:
    return "".join(f"「{word}」" for word in dict.fromkeys(words))


def _format_plan(planned: PlannedSteps | None) -> str:
    if planned is None:
        return "要办：交给收件（当新反映收下，或补进刚报的那件；都不是就不作声）"
    steps = "；办不了就 ".join(" ".join(filter(None, (each.verb, each.detail))) for each in planned.steps)
    numbers = "、".join(each.case.number for each in planned.meant)
    return f"要办：{steps}  {numbers}" + ("（说不清是哪一件，会先问）" if len(planned.meant) > 1 else "")


def _format_candidate(each: Candidate) -> str:
    case = each.case
    named = "，写了编号或引用" if each.is_named else ""
    return (
        f"  {case.number}  {case.status.chinese}  {case.class_name}  {case.place or '没有地点'}  "
        f"{each.score} 分（事由 {each.matter}，地点 {each.place:+d}，刚说过 {each.recency}{named}）"
    )
