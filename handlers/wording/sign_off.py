"""What people read of sign-offs: the answer waits for a signature, is signed, or is sent back."""

from handlers.wording import marks
from handlers.wording.case_view import CaseView
from handlers.wording.subjects import subject
from models.case_numbers import serial_of
from models.workflow import Status

WAITS = "待审签"
"""The flag of a case whose checked answer waits."""


def please_sign(view: CaseView, answer: str) -> str:
    """To whoever signs: what would be answered (`answer`), and how it is signed."""
    result = f"结果：{answer.rstrip('。')}。" if answer else ""
    return (
        f"{subject(view)}核查通过，请审签。{result}"
        f"同意就答复报事人：点「同意」，或发 /审签 {view.short} 同意；要改发 /审签 {view.short} 退改 理由。"
    )


def call_signer(view: CaseView, names: str) -> str:
    """To the desk: nobody who signs can be told."""
    return f"{subject(view)}等{names}审签，但都没有私聊过我，收不到。请打电话请他们私聊我，发 /审签 {view.short} 同意。"


def check_passed(view: CaseView) -> str:
    """To the unit: the result is good, and its answer waits."""
    return f"{subject(view)}核查通过，等{view.signers}审签，办结时限照走。"


def check_receipt(view: CaseView) -> str:
    return f"核查通过，已送{view.signers}审签；同意以后才答复报事人。"


def receipt(view: CaseView) -> str:
    """To whoever signed, or sent it back."""
    if view.status == Status.CALLBACK:
        return "已审签同意，正在答复报事人。"
    return f"已退改，{view.unit}重新办理。"


def signature(view: CaseView) -> str:
    return f"{subject(view)}{view.actor}审签同意，结果已发给报事人。"


def signed_for_unit(view: CaseView) -> str:
    return f"{subject(view)}{view.actor}审签同意，已请报事人评价。"


def sent_back(view: CaseView) -> str:
    return f"{subject(view)}{view.actor}审签退改，请重新办理：{view.act_text}"


def nothing_to_sign(number: str) -> str:
    return f"{marks.case_mark(number)}现在不用审签：核查通过、标着「{WAITS}」的才审签。"


def waits_for_signer(number: str, names: str) -> str:
    """It was checked already."""
    return (
        f"{marks.case_mark(number)}已核查通过，等{names}审签：/审签 {serial_of(number)} 同意，"
        f"或 /审签 {serial_of(number)} 退改 理由。"
    )


def nobody_signs(number: str) -> str:
    """Such answers are signed, and nobody who is named reads the case and is of none of its units."""
    return (
        f"{marks.case_mark(number)}这类答复要先审签，但规则里写的审签人都看不到这件事，或者就是承办、协办单位的人。"
        "请管理员在 limits.yaml 的 sign_offs 里改写审签人。"
    )
