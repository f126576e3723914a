"""What the handling groups and the duty desk are told. Never a word about who reported."""

from handlers.views import View
from handlers.wording import marks, times


def _of(view: View, text: str) -> str:
    return f"{marks.case(view.number)}{text}"


def _what(view: View) -> str:
    return f"{view.class_name}，{view.place}" if view.place else view.class_name


def _due(view: View) -> str:
    return f"请于 {times.clock(view.due, now=view.now)} 前办结" if view.due else "请尽快办理"


def new_task(view: View) -> str:
    urgent = "【紧急】" if view.urgent else ""
    return _of(view, f"{urgent}新任务：{_what(view)}。{_due(view)}。引用本条回复「签收」即签收。")


def added(view: View) -> str:
    return _of(view, f"补充：{view.said}" if view.said else "补充了照片。")


def reclassified(view: View) -> str:
    return _of(view, f"类别更正为「{view.class_name}」，{_due(view)}。")


def relocated(view: View) -> str:
    return _of(view, f"地点更正为：{view.place}。")


def returned(view: View) -> str:
    suggested = f"建议交{view.suggested}。" if view.suggested else ""
    return _of(view, f"{view.actor}退回：{view.said}。{suggested}请重新交办。")


def submitted(view: View) -> str:
    return _of(view, f"{view.unit}反馈：{view.said or '见照片'}。请核查。")


def solved_in_grid(view: View) -> str:
    return _of(view, f"{view.actor}自办：{view.said or '见照片'}。等报事人确认，也可由值班员核查。")


def verified(view: View) -> str:
    return _of(view, "核查通过，已请报事人评价。")


def rework(view: View) -> str:
    return _of(view, f"核查不通过，请重新办理：{view.said}")


def rated(view: View) -> str:
    if view.status == "CLOSED":
        return _of(view, f"已办结，报事人评价：{'已解决' if view.solved else '未解决'}。")
    return _of(view, f"报事人反映没有解决，请重新办理{f'：{view.said}' if view.said else '。'}")


def reopened(view: View) -> str:
    return _of(view, f"重新办理：{view.said}")


def void_asked(view: View) -> str:
    return _of(view, f"{view.actor}申请作废：{view.said}。需另一位值班员同意。")


def void_declined(view: View) -> str:
    return _of(view, f"{view.actor}不同意作废，照常办理。")


def voided(view: View) -> str:
    return _of(view, "已作废，不必再办理。")


def no_group(view: View) -> str:
    return _of(view, f"{view.unit}还没有处置群，任务没有群可发，请电话通知，并用 /绑定 绑定其群。")


def by_system(view: View) -> str:
    return _of(view, f"【紧急】已自动交{view.unit}：{_what(view)}。")
