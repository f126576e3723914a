"""What the reporter is told, in the group or conversation where they reported."""

from handlers.wording import formats, marks
from handlers.wording.case_view import View


def _of(view: View, text: str) -> str:
    return f"{marks.case(view.number)}{text}"


def _due(view: View) -> str:
    if view.paused:
        return "条件具备后接着办"
    return f"预计 {formats.clock(view.due, now=view.now)} 前办结" if view.due else "会尽快办理"


def received(view: View) -> str:
    place = f"（{view.place}）" if view.place else ""
    who = f"拟由{view.suggested}处理，" if view.suggested else "值班员会安排承办单位，"
    return _of(view, f"已收到：{view.class_name}{place}。{who}{_due(view)}，进展会在这里告诉您。")


_NOT_ALONE = (
    "我们看到了，已请值班员马上处理。这时候身边有人陪着最要紧；想说说话，"
    "随时可拨心理援助热线 12356，危急时请拨 110 或 120。"
)
"""Said to whoever is in despair and to whoever sees it alike."""


def received_urgent(view: View) -> str:
    place = f"（{view.place}）" if view.place else ""
    if view.risk == "self_harm":
        return _of(view, _NOT_ALONE)
    return _of(
        view,
        f"已收到并按紧急事件处理：{view.class_name}{place}。请注意自身安全，危急时先拨打 110、119 或 120。",
    )


def accepted(view: View) -> str:
    return _of(view, f"已受理，正在安排承办单位，{_due(view)}。")


def rejected(view: View) -> str:
    return _of(view, f"很抱歉，这件事不予受理。理由：{view.said}")


def assigned(view: View) -> str:
    if view.urgent:
        return _of(view, f"已通知{view.unit}马上处置，请注意安全，有变化随时在这里说。")
    return _of(view, f"已交{view.unit}办理，{_due(view)}。")


def assigned_by_phone(view: View) -> str:
    """The unit has no group that could have been told: promise nothing that did not happen."""
    if view.urgent:
        return _of(
            view, f"已交{view.unit}紧急处置，值班员会电话通知。请注意安全，危急时先拨打 110、119 或 120。"
        )
    return assigned(view)


def passed_on(view: View) -> str:
    return _of(view, f"已转由{view.unit}办理，时限不变，{_due(view)}。")


def signed(view: View) -> str:
    return _of(view, f"{view.unit}已签收，正在办理。")


def progressed(view: View) -> str:
    return _of(view, f"办理进展：{view.said}" if view.said else "有新的办理进展，见照片。")


def took(view: View) -> str:
    """How long it took from report to result."""
    if view.submitted is None:
        return ""
    length = formats.span(view.submitted - view.opened)
    return f"用时 {length}" if length[0].isdigit() else f"用时{length}"


def _result(words: str) -> str:
    return words.rstrip("。.!！") or "结果见照片"


def _along(view: View) -> str:
    """To somebody whose report was joined to another."""
    return f"与 {view.parent} 一并办理，" if view.parent else ""


def solved_in_grid(view: View, words: str, photos: str) -> str:
    return _of(
        view,
        f"{_along(view)}{view.actor}已处理：{_result(words)}。{took(view)}。{photos}解决了吗？请点下面的卡片告诉我们。",
    )


def answered(view: View, words: str, photos: str) -> str:
    done = f"{_along(view)}{view.unit}已处理：{_result(words)}。"
    return _of(view, f"{done}已经核查，{took(view)}。{photos}请您评价。")


def photos_follow(before: int, after: int) -> str:
    """Says what the pictures are that come next, in their order."""
    if before and after:
        return "下面是处理前和处理后的照片。"
    return "下面是处理后的照片。" if after else ""


def rated(view: View) -> str:
    if view.status == "CLOSED":
        thanks = "感谢您的评价" if view.solved else "已记下您的意见，会由专人回访"
        return _of(view, f"{thanks}，本事件已办结。")
    return _of(view, f"很抱歉没有解决，已退回{view.unit}重新办理。")


def closed(view: View) -> str:
    return _of(view, "本事件已办结。如果没有真正解决，请引用本条说「重开」和原因。")


def reopened(view: View) -> str:
    return _of(view, "已重新办理，进展会在这里告诉您。")


def voided(view: View) -> str:
    return _of(view, f"本事件已作废{f'：{view.said}' if view.said else ''}。如有疑问请联系值班员。")


def received_restricted(view: View) -> str:
    """Nothing of what it is about: others may be reading."""
    return _of(view, "已收到，由专人办理并为您保密，结果会单独告诉您。")


def restricted_news(view: View) -> str:
    """In a group: that there is news, and nothing of it."""
    return _of(view, f"这件事有新的进展，请私聊我发 /查 {view.short} 查看。")


def suspended(view: View) -> str:
    return _of(view, f"暂时无法处理：{view.said}。条件具备后会接着办，时限相应顺延。")


def resumed(view: View) -> str:
    return _of(view, f"已恢复办理，{_due(view)}。")


def decided(view: View) -> str:
    """What a granted request changes for the reporter."""
    if view.status == "VOID":
        return voided(view)
    if view.status == "SUSPENDED":
        return _of(view, "暂时不具备办理条件，经批准先挂账，时限暂停，条件具备后接着办。")
    return _of(view, f"办理时间经批准延长，{_due(view)}。")


def merged(view: View, parent: View) -> str:
    """Somebody else was first: how far it is, and what to say if it is another matter."""
    return _of(
        view,
        f"已有人反映，一并跟进。{marks.case(parent.number)}{_so_far(parent)}"
        f"进展和结果都会在这里告诉您。{_SAFE if view.urgent else ''}如果不是同一件事，请引用本条说「不是同一件」。",
    )


def repeated(view: View, parent: View) -> str:
    """They reported it themselves before."""
    return _of(
        view,
        f"您反映过这件事，一并跟进。{marks.case(parent.number)}{_so_far(parent)}"
        f"{_SAFE if view.urgent else ''}如果不是同一件事，请引用本条说「不是同一件」。",
    )


_SAFE = "请注意自身安全，危急时先拨打 110、119 或 120。"


def _so_far(parent: View) -> str:
    unit = f"{parent.unit}" if parent.unit else "值班员会安排承办单位，"
    state = f"「{parent.status.chinese}」，" if parent.unit else ""
    return f"{unit}{state}{_due(parent)}。"


def undone(view: View) -> str:
    return _of(view, f"上一步做错了，已撤销，现在是「{view.status.chinese}」，请以后面的消息为准。")


def split(view: View) -> str:
    return _of(view, f"已作为单独的一件事办理，{_due(view)}。")
