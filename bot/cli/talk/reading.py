"""What was made of a sentence in its situation (`handlers.talk.explanation`), for a person to read."""

from collections.abc import Iterator, Sequence
from typing import Any

from handlers.talk.situation import Side
from models.workflow import Status

SIDES = {Side.REPORTER: "报事人", Side.UNIT: "承办单位", Side.DESK: "值班员", Side.GRID: "网格员"}


def format_reading(explained: dict[str, Any]) -> Iterator[str]:
    """Lines for the terminal."""
    yield from _format_act(explained)
    yield _format_plan(explained["steps"], explained["meant"])
    if explained["candidates"]:
        yield "可能说的是："
        yield from map(_format_candidate, explained["candidates"])


def _format_act(explained: dict[str, Any]) -> Iterator[str]:
    act = explained["act"]
    words: dict[str, list[str]] = {}
    for sign in explained["signs"]:
        words.setdefault(sign["name"], []).append(sign["word"])
    if act is None:
        yield "对话行为：没有一种够分"
        yield from (f"  {name}  {_quote(words[name])}" for name in words)
        return
    side = SIDES[Side(act["side"])]
    yield f"对话行为：{act['act']}（{side}）  {act['points']} 分，比第二名多 {act['ahead']} 分"
    for name, points in act["because"].items():
        yield f"  {name}  {points:+d}  {_quote(words[name]) if name in words else '从情形看出'}"
    for name in words.keys() - act["because"].keys():
        yield f"  {name}  不计分  {_quote(words[name])}"


def _quote(words: Sequence[str]) -> str:
    return "".join(f"「{word}」" for word in dict.fromkeys(words))


def _format_plan(steps: Sequence[str], meant: Sequence[str]) -> str:
    if steps == ["intake"]:
        return "要办：交给收件（当新反映收下，或补进刚报的那件；都不是就不作声）"
    unclear = "（说不清是哪一件，会先问）" if len(meant) > 1 else ""
    return f"要办：{'；办不了就 '.join(steps)}  {'、'.join(meant)}{unclear}"


def _format_candidate(each: dict[str, Any]) -> str:
    named = "，写了编号或引用" if each["named"] else ""
    return (
        f"  {each['number']}  {Status(each['status']).chinese}  {each['class_name']}  "
        f"{each['place'] or '没有地点'}  {each['score']} 分（事由 {each['matter']}，地点 "
        f"{each['place_points']:+d}，刚说过 {each['recency']}{named}）"
    )
