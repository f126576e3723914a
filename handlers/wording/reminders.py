"""Reminders: short, with what the case is about first, so that a list of them can be read on a phone."""

from collections.abc import Sequence
from datetime import datetime

from handlers.wording import formats
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject
from models.workflow import Step

_MOST = 20


def reminder(view: CaseView, step: Step, mark: str, target: datetime, label: str) -> str:
    """One line about a clock: `mark` is the threshold it passed, `target` its local due time.

    `label` names the stage, the supervision order or the unit that the clock belongs to.
    """
    doing = f"{label}阶段" if step is Step.STAGE and label else step.chinese
    if step in (Step.ARRIVE, Step.ACTION):
        # Several units may have been called, so the late one is named.
        doing = f"{label}{doing}"
    order = f"（督办单 {label}）" if step is Step.ORDER and label else ""
    when = formats.format_time(target, now=view.now)
    if mark == "yellow":
        return f"{subject(view)}🟡 {doing}{order} {when} 到期。"
    if mark == "late":
        return f"{subject(view)}🔴 {doing}已超期 {formats.format_span(view.now - target)}，已提级。"
    return f"{subject(view)}🔴 {doing}{order} {when} 已到期，请马上处理。"


def please_rate(view: CaseView) -> str:
    """To a reporter who was told the result and has not said how it came out."""
    return f"{subject(view)}处理得怎么样？请引用这条回“已解决”或“没解决”。不回就算办完了，之后还可以重开。"


def digest(lines: Sequence[str]) -> str:
    """Several reminders as one message, at most 20 of them."""
    shown = list(lines[:_MOST])
    if len(lines) > _MOST:
        shown.append(f"还有 {len(lines) - _MOST} 件，发 /超时 看。")
    return "\n".join([f"时限提醒（{len(lines)} 件）", *shown])


def raise_reason(step: Step) -> str:
    """Why the program raised a case whose clock of this step ran out."""
    return f"{step.chinese}超期 24 小时，自动提级"


def proposal_reason(step: Step) -> str:
    """Why the program proposes to raise a case whose clock of this step ran out."""
    return f"{step.chinese}到期还没有完成"


def unsign_reason(_step: Step) -> str:
    """Why the program took a signature back."""
    return "签收后长时间没有进展，自动收回签收"
