"""What informants are asked before they take part, and what they are told when they leave (requirements A06)."""

import re
from collections.abc import Mapping

from models.organisation import Participation

PARTICIPATION_NAMES: Mapping[str, str] = {
    Participation.ENROLLED: "在册",
    Participation.UNCONFIRMED: "未确认",
    Participation.AGREED: "已同意",
    Participation.LEFT: "已退出",
    Participation.SUSPENDED: "停用",
}
HELP = (
    ("参加", "同意做信息员，附近的事会请您去看"),
    ("退出", "不做信息员了，不再请您去看；照样可以报事"),
)
TITLE = "请您做网格信息员"
AGREE, REFUSE, LEAVE = "同意", "不参加", "退出"

_YES = re.compile(r"(?:我)?(?:同意|愿意|参加|同意参加|愿意参加|可以参加)")
_NO = re.compile(
    r"(?:我)?(?:不同意|不愿意|不参加|不想参加)(?:了)?"
    r"|(?:我)?(?:要|想)?退出(?:信息员)?(?:了)?"
    r"|(?:我)?不(?:想|再|愿意)?(?:当|做|干|参加)(?:你们的)?(?:这个)?(?:信息员)?了"
    r"|(?:我)?不(?:想|再|愿意)(?:当|做)(?:你们的)?(?:这个)?信息员(?:了)?"
    r"|(?:以后)?(?:请)?(?:不要|别)再(?:找|叫|请)我(?:去看|核实|帮忙)?了?"
)
_TAIL = " 。！!，,~～吧哈啊"


def read_answer(words: str) -> bool | None:
    """Whether words say that somebody takes part, or that they do not; None: they are about something else."""
    bare = words.strip(f"{_TAIL}\n\t\u3000")
    if _NO.fullmatch(bare):
        return False
    return True if _YES.fullmatch(bare) else None


def names_informants(words: str) -> bool:
    """Whether the words name what is joined and left, so that they can be about nothing else."""
    return "信息员" in words


def question(name: str) -> str:
    """What is kept, for how long, and how to leave, in one breath."""
    to = f"{name}，" if name else ""
    return (
        f"{to}您在网格信息员名册里。参加的话，附近的事会请您去看一眼。姓名、账号、职业用到您退出为止，"
        "报过的事照常保存、到期删除。随时发 /退出。不参加也照样可以报事。"
    )


def call(name: str) -> str:
    """The line that mentions them in a group, before the card."""
    return f"{name}，有一件事问您：愿意做信息员吗？请点下面的卡片，或者 @我 回“同意”“不参加”。"


def agree_receipt() -> str:
    return "谢谢，已记下您同意参加。附近有事会请您去看；不想参加了随时发 /退出。"


def leave_receipt() -> str:
    return "已记下，不再请您去看，也不会再提您的名字。有事照样可以报；想回来发 /参加。"


def not_an_informant() -> str:
    return "您不在信息员名册里，不用参加或退出。有事照样可以报。"


def asked_of_another() -> str:
    return "这张卡片问的是别人。"


def refuse_suspended() -> str:
    return "您的信息员身份已由管理员停用，要恢复请找社区。有事照样可以报。"


def not_taking_part(names: str) -> str:
    return f"{names}还没有同意参加（或者已经退出），不能请去核实。请另选人。"


def nobody_agreed(mark: str, count: int) -> str:
    return f"{mark}这里在册的 {count} 位信息员都还没有同意参加，也没有网格员。请写上人名，或派单位去看。"


def count_agreed(agreed: int, enrolled: int) -> str:
    return f"信息员 {enrolled} 人，同意参加 {agreed} 人"


def gap_line(unit: str, count: int) -> str:
    return f"{unit} {count} 人"


def audit_line(participation: str, *, by_themselves: bool) -> str:
    return f"信息员{PARTICIPATION_NAMES[participation]}{'（本人）' if by_themselves else ''}"
