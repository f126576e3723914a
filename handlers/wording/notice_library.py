"""The library of texts for notices: entered, approved, taken out."""

from collections.abc import Sequence

from handlers.wording.markup import escape_words

PREFIX = "SC"
FALLBACK = "备用"
HELP = (("素材 标签 [几月] [备用] 内容", "存一条宣传内容，另一人 /发布 SC编号 后，到时轮流发"),)


def usage() -> str:
    return "请写上标签和内容，例如：/素材 防诈骗 11-12月 陌生来电要转账，先挂断再打 96110。备用的在内容前写：备用"


def wrong_count(most: int) -> str:
    return f"一次存 1 到 {most} 条，好让另一个人看完。"


def too_long(most: int) -> str:
    return f"内容太长，每条最多 {most} 个字。"


def own_items(number: str) -> str:
    return f"{number} 是您自己存的，要由另一个人发布。"


def no_such_items(number: str) -> str:
    return f"没有找到素材 {number}。"


def over(number: str) -> str:
    return f"{number} 已经发布或撤回了。"


def item(text: str, tags: Sequence[str], months: Sequence[int], *, is_fallback: bool) -> str:
    """One item on a line, with what decides when it is sent."""
    when = "、".join(f"{month}月" for month in months)
    marks = "，".join(filter(None, ("、".join(tags), when, FALLBACK if is_fallback else "")))
    return f"（{escape_words(marks)}）{escape_words(text)}"


def to_approve(number: str, unit: str, items: Sequence[str]) -> str:
    """Every item in full, for who approves them; `items` are texts of `item`."""
    lines = "\n".join(f"{n}. {one}" for n, one in enumerate(items, start=1))
    return f"{unit}的宣传素材待发布：{number}，共 {len(items)} 条。\n{lines}\n请另一位值班员或领导看过后发：/发布 {number}"


def item_receipt(number: str, count: int) -> str:
    return f"{number} 已存好，共 {count} 条。请另一位值班员或领导发：/发布 {number}"


def approval(number: str, count: int) -> str:
    return f"{number} 已同意，{count} 条以后可以发。"


def removal(number: str, count: int) -> str:
    return f"{number} 已撤回 {count} 条，以后不再发。"


def nothing_with_tag(tag: str) -> str:
    return f"素材库里没有「{escape_words(tag)}」。先存：/素材 {escape_words(tag)} 内容"
