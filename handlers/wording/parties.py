"""Whom a case concerns, and the money it is about."""

from collections.abc import Sequence

from handlers.wording.case_view import CaseView
from handlers.wording.markup import escape_words
from handlers.wording.subjects import subject

WRONG_PHONE = "电话应当是号码，几个用顿号分开，如 /当事人 0031 王大姐 13800000000 被欠薪人"
LONG = "姓名最多 40 个字，关系最多 20 个字"
_PRIVATE = "里有联系方式，请私聊我发。群里刚发的那条请您撤回。"


def in_private_only(verb: str) -> str:
    return f"/{verb} {_PRIVATE}"


def new_party(view: CaseView) -> str:
    """To the unit that leads: that somebody who was wronged can be reached, not how."""
    return f"{subject(view)}记下了当事人（{view.act_text}），怎么联系请私聊我发 /查看联系人。"


def accused_contact(view: CaseView, parties: Sequence[tuple[str, str, str]]) -> str:
    """To the unit that leads; each party as relation, name and number."""
    lines = "；".join(escape_words(one_party(*each)) for each in parties)
    return f"{subject(view)}被反映的一方：{lines}。只用于办这件事，不要转发。"


def one_party(relation: str, name: str, phone: str) -> str:
    """`老板 王某 13800000000`, for a page."""
    return " ".join(part for part in (relation, name, phone) if part)


def other_contacts(parties: Sequence[tuple[str, str, str]]) -> str:
    """What an audited look shows beside the reporter."""
    return "\n".join(f"当事人：{escape_words(one_party(*each))}" for each in parties)


def party_receipt(view: CaseView) -> str:
    return f"已记下当事人（{view.act_text}）。再发一次同样的关系就是更正。"


def claim_receipt(view: CaseView) -> str:
    return f"已记下涉及金额 {view.asked}。{f'已追回 {view.recovered}。' if view.recovered else ''}"


def money(asked: str, recovered: str) -> str:
    """`涉及 4000 元，追回 1000 元`; "" where neither is known."""
    parts = [f"涉及 {asked}" if asked else "", f"追回 {recovered}" if recovered else ""]
    return "，".join(part for part in parts if part)
