"""What the handling groups and the duty desk are told. Never a word about who reported."""

from handlers.wording import formats, labels, marks
from handlers.wording.case_view import View


def _of(view: View, text: str) -> str:
    return f"{marks.case(view.number)}{text}"


def _what(view: View) -> str:
    return f"{view.class_name}，{view.place}" if view.place else view.class_name


def _due(view: View) -> str:
    if view.paused:
        return "现在挂账，时限暂停"
    return f"请于 {formats.clock(view.due, now=view.now)} 前办结" if view.due else "请尽快办理"


def _limit(view: View) -> str:
    """The same for the unit and for the desk, which has nothing to finish."""
    if view.paused:
        return "时限暂停"
    return f"时限 {formats.clock(view.due, now=view.now)}" if view.due else "时限不变"


def new_task(view: View) -> str:
    urgent = labels.alarm(view)
    return _of(view, f"{urgent}新任务：{_what(view)}。{_due(view)}。引用本条回复「签收」即签收。")


def added(view: View) -> str:
    return _of(view, f"补充：{view.said}" if view.said else "补充了照片。")


def gone_elsewhere(view: View) -> str:
    """To the unit that had it: its card may still hang there."""
    return _of(view, f"已改由{view.unit}办理，本单位不用再办。")


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


def no_group(view: View) -> str:
    return _of(view, f"{view.unit}还没有处置群，任务没有群可发，请电话通知，并用 /绑定 绑定其群。")


def by_system(view: View) -> str:
    return _of(view, f"{labels.alarm(view)}已自动交{view.unit}：{_what(view)}。")


def urgent(view: View) -> str:
    return _of(view, f"{labels.alarm(view)}{_what(view)}。请马上安排承办单位。")


def nobody_responsible(view: View) -> str:
    return _of(view, f"{view.unit}没有负责人，也没有副手，任务没有人可叫，请尽快指定。")


def restricted(view: View) -> str:
    return _of(
        view, "有一件限阅事件，还没有指定谁可以看。请管理员在配置里指定限阅人员，并请他们先私聊我一次。"
    )


def please_look(view: View) -> str:
    return _of(view, f"请到现场看一看：{_what(view)}。要看的是：{view.said}。看完请引用本条发照片和情况。")


def surveyed(view: View) -> str:
    return _of(view, f"现场核实：{view.said or '见照片'}。")


def cannot_look(view: View) -> str:
    return _of(view, f"{view.actor}现在去不了现场{f'：{view.said}' if view.said else ''}。")


def please_assist(view: View) -> str:
    return _of(
        view, f"请协办：{_what(view)}，主办{view.unit}。到场请报到，办完请发 /协办完成 {view.short} 结果。"
    )


def whistled(view: View) -> str:
    return _of(view, f"📢 吹哨：{_what(view)}。请马上到场，到场点「报到」。{view.said}")


def assisted(view: View) -> str:
    return _of(view, f"{view.actor}请来协同的单位：{view.details.partners}。")


def whistle_blown(view: View) -> str:
    advice = "涉及多个部门，必要时可 /提级。" if "、" in view.details.partners else ""
    return _of(view, f"{view.actor}已吹哨：{view.details.partners}。{advice}")


def checked_in(view: View) -> str:
    took = f"，用时 {view.details.took}" if view.details.took else ""
    return _of(view, f"{view.actor}已到场报到{took}。{view.said}")


def partner_done(view: View) -> str:
    return _of(view, f"{view.actor}（协办）：{view.said or '见照片'}。")


def met(view: View) -> str:
    return _of(view, f"会商记录：{view.said}")


def unsigned(view: View) -> str:
    return _of(view, f"已收回签收：{view.said}。请{view.unit}重新签收办理。")


def mediated(view: View) -> str:
    money = f"累计追回 {view.recovered}。" if view.recovered else ""
    return _of(view, f"调解记录：{view.said}。{money}")


def asked(view: View) -> str:
    return _of(view, f"{view.actor}申请{view.details.requested}：{view.said}。请另一位值班员或领导决定。")


def approved(view: View) -> str:
    if view.status == "VOID":
        return _of(view, f"{view.actor}同意作废，不必再办理。")
    if view.status == "SUSPENDED":
        return _of(view, f"{view.actor}同意挂账，时限暂停。")
    return _of(view, f"{view.actor}同意申请，{_limit(view)}。")


def declined(view: View) -> str:
    said, goes_on = f"：{view.said}" if view.said else "", "仍然挂账" if view.paused else "照常办理"
    return _of(view, f"{view.actor}不同意申请{said}，{goes_on}，{_limit(view)}。")


def suspended(view: View) -> str:
    return _of(view, f"{view.actor}挂账：{view.said}。时限暂停，恢复请发 /恢复 {view.short}。")


def resumed(view: View) -> str:
    return _of(view, f"恢复办理，{_due(view)}。")


def nudged(view: View) -> str:
    said = f"：{view.said}" if view.said else ""
    return _of(view, f"催办（第 {view.nudges} 次）{said}。{_what(view)}，{_due(view)}。")


def supervised(view: View) -> str:
    return _of(
        view,
        f"📌 督办单 {view.details.order}：{view.said}。请在 {view.details.order_due} 前发 /督办回复 {view.short} 内容。",
    )


def order_answered(view: View) -> str:
    return _of(view, f"{view.actor}回复督办单 {view.details.order}：{view.said}")


def instructed(view: View) -> str:
    return _of(view, f"{view.actor}批示：{view.said}")


def raised(view: View) -> str:
    return _of(view, f"已提级（{view.level}）：{view.said}。")


def praised(view: View) -> str:
    return _of(view, f"表扬{view.unit}：{view.said}")


def merged(view: View) -> str:
    return _of(view, f"已并入 {view.parent}，随主案办理。")


def again(view: View, child: View, count: int) -> str:
    """The same matter, reported once more. The words of the new report, under the number worked on."""
    urgent = labels.alarm(child)
    said = child.text if len(child.text) <= _SHORT else f"{child.text[:_SHORT]}…"
    return _of(
        view,
        f"{urgent}又有人反映（共 {count} 件）：{said}。"
        f"已自动并案 {child.number}，不是同一件请发 /拆分 {child.short}。",
    )


_SHORT = 60


def maybe_same(view: View, other: str) -> str:
    """On the desk's card: alike, but not so much that the program joins them by itself."""
    return f"可能与{marks.case(other)}同一件事，是就发 /并案 {view.short} {other[-4:]}"


def split(view: View) -> str:
    more = view.said.removeprefix("不是同一件").lstrip("事").strip("，,。！! ")
    why = f"：{more}" if more else ""
    return _of(view, f"{view.actor}认为不是同一件{why}。已从并案拆出，请重新交办。")


def undone(view: View) -> str:
    return _of(view, f"{view.actor}撤销了上一步，现在是「{view.status.chinese}」。")
