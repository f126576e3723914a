"""Texts about rule suggestions, for whoever maintains the rules at the command line."""

from handlers.triage.learning.rule_suggestions import Suggestion, SuggestionKind

NOTHING = "没有规则建议：改过类的事件里没有反复出现、改了又利大于弊的词"


def suggestion(found: Suggestion, name: str) -> str:
    """One suggestion with its id, its evidence and its effect; `name` is the name of the class."""
    effect = found.effect
    numbers = "、".join(found.seen[:5]) + ("…" if len(found.seen) > 5 else "")
    lines = [
        f"{found.id}  {_describe_change(found, name)}，{len(found.seen)} 件改过类的事件里有（{numbers}）",
        f"        过去的消息里会有 {effect.changed} 条换类：改对 {effect.right}，改错 {effect.wrong}"
        + (f"；例句会错 {effect.spoiled} 句" if effect.spoiled else ""),
    ]
    return "\n".join(lines)


def total(count: int, measured: int, version: str) -> str:
    """The line below the list: how many suggestions, measured on how many past cases, by which rules."""
    how = f"用过去 {measured} 件事件量过，规则版本 {version}"
    return f"{count} 条建议，{how}。采纳哪一条：gridbot rules adopt 编号；不采纳就什么也不变"


def adoption(found: Suggestion, name: str, path: str) -> str:
    """The receipt for an adopted suggestion; `path` is the file it was written to."""
    return f"已采纳 {found.id}：{_describe_change(found, name)}，写进 {path}"


def not_in_force(line: str) -> str:
    """The rules are not in force yet: `line` has to stand in the configuration."""
    return f"还没有生效：请把配置文件 rules: 下面的 packs 写成下面这样，再重启 gridbot\n  {line}"


IN_FORCE = "运行中的 gridbot 几秒内换用新规则，以后的事件记新的规则版本"


def no_such(number: str) -> str:
    """There is no suggestion with this id."""
    return f"没有编号为 {number} 的建议：也许已经采纳，或者情况变了，请重新运行 gridbot rules suggest"


def manual_edit(lines: str, path: str) -> str:
    """The file cannot be changed safely: `lines` have to be added by hand."""
    return f"{path} 的写法程序不敢动，请自己加上：\n{lines}"


def _describe_change(found: Suggestion, name: str) -> str:
    if found.kind is SuggestionKind.NOT:
        return f"「{found.text}」里的词不算{name}（{found.class_id}）"
    return f"词「{found.text}」→ {name}（{found.class_id}）{found.weight} 分"
