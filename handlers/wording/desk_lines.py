"""Texts around a line that the duty desk decides: what somebody said that fits nothing, or to a person."""

from collections.abc import Sequence

from handlers.wording import formats, marks
from handlers.wording.markup import escape_words

TITLE, TITLE_PERSON = "有人留言，请定", "有人找值班员，请定"
OPEN, ANSWER, DROP = "立案", "回复", "不用管"
FROM, ABOUT, COUNT = "来自", "事件", "条数"
PRIVATE = "私聊"
WANTED = "答复的话"
NO_WORDS = "（没有写内容，见照片）"
_ON_CARD = 200
"""As many characters as a phone shows of a card's body."""
_IN_LIST = 20


def to_desk() -> str:
    """To whoever said it, at most once a day."""
    return "已转值班员，会在这里答复您。"


def person_called(names: Sequence[str]) -> str:
    """To who asked for a person; `names`: who is at the desk, where that is known."""
    return f"已转值班员{'、'.join(names)}，会在这里答复您。"


def ring(number: str, words: str) -> str:
    """To the desk, beside the card: somebody wants a person."""
    said = f"：{_clip(words, _ON_CARD)}" if words else ""
    return f"{marks.case_mark(number)}有人要找值班员{said}。引用本条回复，就是答复他。"


def reminder(number: str, words: str, waited: str) -> str:
    """To the desk, once, of a line that nobody decided; `waited`: how long it has waited, in words."""
    said = f"：{_clip(words, _ON_CARD)}" if words else ""
    return (
        f"{marks.case_mark(number)}留言等了 {waited}，还没有定{said}。"
        "请在上面的卡片上点一下；引用本条回复，就是答复他。"
    )


def body(words: str) -> str:
    """The words of a line on its card, masked and escaped already; the newest are last, and stay."""
    if not words:
        return NO_WORDS
    return words if len(words) <= _ON_CARD else f"…{words[-_ON_CARD:]}"


def decision(who: str, moment: str, what: str, case: str = "") -> str:
    """Who decided, when, and what came of it; `case`: number of the case that was opened."""
    return f"{who} {moment} {what}{marks.case_mark(case) if case else ''}"


def already_decided(number: str, by: str) -> str:
    """`by`: the words of `decision`."""
    return f"{marks.case_mark(number)}已经处理过了：{by}。"


def no_such_line(number: str) -> str:
    return (
        f"没有找到留言「{escape_words(number)}」。发 /留言 看等您定的。"
        if number
        else "请写上留言编号。发 /留言 看等您定的。"
    )


def not_yours() -> str:
    return "留言由它所在地方的值班员来定。"


def needs_words(number: str) -> str:
    return f"请写上答复的话，例如：/答复 {number} 明天上午派人去看。"


def nothing_to_open(number: str) -> str:
    return f"{marks.case_mark(number)}没有内容，立不了案。请先 /答复 {number} 问清楚。"


def answer(words: str, question: str) -> str:
    """To whoever said it, in their chat; `question`: their own words, masked and escaped."""
    about = f"（您说的「{_clip(question, _IN_LIST)}」）" if question else ""
    return f"值班员答复{about}：{escape_words(words)}"


def answer_receipt(number: str) -> str:
    return f"{marks.case_mark(number)}已答复。"


def opening_receipt(number: str, case: str) -> str:
    return f"{marks.case_mark(number)}已立案：{marks.case_mark(case)}"


def dropping_receipt(number: str) -> str:
    return f"{marks.case_mark(number)}好的，不用管。"


def listing(lines: Sequence[tuple[str, str, str]], total: int) -> str:
    """Lines that wait: number, time, words masked and escaped; the oldest first."""
    if not lines:
        return "没有等您定的留言。"
    shown = [f"{number} {at} {_clip(words, _IN_LIST) or NO_WORDS}" for number, at, words in lines]
    more = [f"还有 {total - len(lines)} 条"] if total > len(lines) else []
    how = "发 /立案、/答复、/不用管 加编号"
    return "\n".join([f"等您定的留言（{total} 条）", *shown, *more, how])


def _clip(text: str, most: int) -> str:
    return formats.clip(" ".join(text.split()), most)


HELP = (
    ("留言", "等值班员定的留言"),
    ("立案 LY编号", "把一条留言立成事件"),
    ("答复 LY编号 内容", "答复留言的人"),
    ("不用管 LY编号", "这条留言不用办"),
)
