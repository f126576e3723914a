"""How much talk the groups have, as the desk reads it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from models.figures import ChatFigures

_MOST = 12
EXPLAINED = "误开：后来作废或不予受理的。"


def may_not_ask() -> str:
    return "噪音只给值班员、协调员和管理员看。"


def no_messages(days: int) -> str:
    return f"最近 {days} 天，上报群和居民群里没有消息。"


def false_alarm_line(each: ChatFigures) -> str:
    return f"{each.day.isoformat()}  {each.name}  {_numbers(asdict(each))}"


def false_alarm_page(days: int, found: Sequence[tuple[str, Counter[str]]]) -> str:
    lines = [f"{name}：{_numbers(counts)}" for name, counts in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"…共 {len(found)} 个群")
    return "\n".join([f"最近 {days} 天各群：", *lines, EXPLAINED])


def _numbers(counts: Mapping[str, int]) -> str:
    opened = f"立案 {counts['opened']}（误开 {counts['false']}）"
    return f"听到 {counts['heard']} 条，闲聊 {counts['talk']}，{opened}，追问 {counts['asked']}"
