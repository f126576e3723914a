"""Alerts to the duty desk: findings of the daily checks, refused rules, undelivered pushes."""

from collections.abc import Callable, Mapping, Sequence

_MOST = 20


def _join_numbers(numbers: Sequence[str]) -> str:
    shown = "、".join(numbers[:_MOST])
    return f"{shown}等 {len(numbers)} 件" if len(numbers) > _MOST else shown


def _orphan_alert(numbers: Sequence[str]) -> str:
    return f"⚠️ 没有着落的事：{_join_numbers(numbers)}。请马上交办。"


def _unanswered_alert(numbers: Sequence[str]) -> str:
    return f"⚠️ 有结果还没答复报事人：{_join_numbers(numbers)}。请打电话，再发 /回访 编号 联系上 说了什么；没打通发 /回访 编号 未联系上。"


FINDINGS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "orphans": _orphan_alert,
    "unanswered": _unanswered_alert,
}


STALE_RULES: Mapping[str, str] = {
    "packs": "⚠️ 识别规则的文件有错，没有换用，还按原来的识别。请管规则的人运行 gridbot rules check，改好自动换用。",
    "limits": "⚠️ 时限表的文件有错，没有换用，还按原来的时限。请管规则的人运行 gridbot rules check，改好自动换用。",
    "spot_checks": "⚠️ 抽查回访的比例表有错，没有换用，还按原来的抽。请管规则的人运行 gridbot check，改好自动换用。",
}


def nobody_responsible(unit: str) -> str:
    """A unit with open cases has neither lead nor deputy."""
    return f"⚠️ {unit}有事在办，却没有负责人和副手。请尽快指定。"


def undelivered_push(chat: str, *, gone: bool) -> str:
    """A push for this chat will not be delivered; `gone`: the bot was removed from the group."""
    why = "机器人不在这个群里了，请重新拉它进群并 @ 它一次" if gone else "一直没有能送到的通道"
    return f"⚠️ 有消息送不到{chat}：{why}。要紧的事请电话通知；恢复后请管理员补发（gridbot letters list）。"


def bot_removed(chat: str) -> str:
    """A group that a unit uses put the bot out."""
    return f"⚠️ 机器人被移出了{chat}，给这个群的消息送不到了。要继续用，请重新拉它进群。"


def unreached_reporter(number: str) -> str:
    """The platform lets nobody speak to the reporter of a finished case before they speak again."""
    return f"⚠️ {number} 未能送达报事人：他再来消息之前，平台不让再发。请打电话告诉。"


def unreached_line(number: str) -> str:
    """The desk's answer to a line found nobody whom the platform lets it speak to."""
    return f"⚠️ {number} 的答复没有送到：太久没有来消息，或正由人工接待，平台不让再发。他再说一句话就补发。"


def doubtful_pushes(lines: Sequence[tuple[str, int, Sequence[str]]]) -> str:
    """Pushes nobody answered for: chat, how many, numbers of their cases; by chat."""
    shown = "；".join(
        f"{chat} {count} 条" + (f"（{_join_numbers(numbers)}）" if numbers else "")
        for chat, count, numbers in lines[:_MOST]
    )
    more = f"；等 {len(lines)} 处" if len(lines) > _MOST else ""
    return f"⚠️ 有消息发出后平台没有回音，不知道送到没有：{shown}{more}。要紧的事请电话核实。"


def held_route(channel: str) -> str:
    """The platform refuses the credentials of this channel of config.yaml."""
    return (
        f"⚠️ 平台不认通道 {channel} 的凭证，这条通道先停用，消息都留着，没有丢。"
        "请管理员核对 config.yaml 里的密钥，自建应用还要看“企业可信IP”；改好以后自动补上。要紧的事请电话通知。"
    )
