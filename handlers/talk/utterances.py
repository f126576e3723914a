"""A message that says several things, taken apart: two verdicts, or two problems; pure.

井盖换好了，路灯还是黑的 speaks of two cases of whoever says it; 路灯不亮，还有井盖翘了 are two reports.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

_CLAUSE = re.compile(r"[^，。！？；,!?;\n]+[，。！？；,!?;\n]*")
_CONTRAST = re.compile(r"(?<=[，。！？；,!?;\s])(?:不过|但是|可是)")
_OF_ALL = re.compile("(?:都|全部|[两三四几]件|[两三四几]个)")
"""How a last clause begins that is said of every order."""
_OF_ANOTHER = re.compile(r"(?<=.)[；;。]\s{0,3}[^；;。\d]{0,12}[那这](?:个|件|条|单)[^；;。]*$")
"""A last sentence of a case that is not the one before."""
_SAME_UNIT = re.compile("(?:也|都)(?:是|给|归|交)(?:他们|你们|他|这家|那家)|一并(?:给|看|办)|同上")
_NUMBERED = "\0"
"""Stands for the number of a case that is taken out of its clause."""
_LISTED = re.compile("\0(?:[\\s、,，:：和与跟及还有]{0,3}\0)*[\\s、,，:：]*")
_EDGES = " \n，,、；;:："
"""What stands around the words that are left when the numbers are taken out."""
_SPACED = re.compile(r"[^\s]+[\s，。！？；,!?;]*")
_NEXT_PROBLEM = re.compile(
    r"(?:(?<=[，。！？；,!?;\s])|^)(?:另外|还有|对了|顺带|还想反映|还要反映|再报一个|再反映|再就是|再有|此外|同时|顺便|其次|第[二三四]|[二三]是|[②③④]|(?:二|另|还有|再)一个(?:是|就是)?|[2-42-4][、.．)）:：](?!\d)|[二三四][、.．)）:：](?![二三四五六七八九十]))"
)
_LIST_HEAD = re.compile(
    r"([^。！？!?\n]{2,40}?[:：,，\s])(?=一是|一个是|首先|第一|一[、.．:：](?![二三四五六七八九十])|[1１①][、.．)）:：]?)"
)
_COUNTED = re.compile(
    r"(?:报?[两几二三四俩](?:个|件|样)?(?:问题|事情?儿?|情况)|[两几二三四](?:个|件|样)|有[两几](?:个|件))(?:啊|呢|呀|哈)?[\s:：,，]*\Z"
)
"""How the head of a list counts what comes, which is said of none of it: 两个事啊."""
_SAYS_WHAT = re.compile(r"[\d号）)\s]{1,12}(?![和与跟及都、])[一-鿿]{2}")
"""A number, and what is to be done with it; 和 and 、 only join it to the next."""
_LIST_MARK = re.compile(
    r"^\s*(?:[1-9１-９①-⑨][、.．)）](?!\d)|[一二三四][、.．)）:：](?![二三四五六七八九十])|[(（][1-9一二三四][)）])\s*"
)
"""What numbers an item of a list, and is no part of its place: 2、碧桂园11栋."""
_EACH_ONE = re.compile(r"(?:^|(?<=[\s，。；,;：:]))(?:一个|一处|一是|一件)(?=[^，。；,;]{4})")
"""How each of two things is begun that were counted before: 俩事哈 一个护栏倒了 一个单车占道."""
_COUNTS_TWO = re.compile("[两二俩](?:个|件|样|处)?(?:事|问题|情况|地方)|[两俩](?:样|件|个)都")
_FEW = 6
"""Fewer characters are no problem of their own."""


def split_clauses(text: str) -> list[str]:
    """The clauses of a text, each with the stop that ends it; a text without stops is cut at its gaps."""
    clauses = _CLAUSE.findall(text)
    return clauses if len(clauses) > 1 else _SPACED.findall(text)


def split_by_case(clauses: Sequence[str], case_of: Callable[[str], int | None]) -> list[str]:
    """The text in parts that speak of different cases; one part where they do not.

    `case_of`: the id of the only case that a clause can be about, None where it tells nothing. A clause that
    tells nothing belongs to the part before it.
    """
    parts: list[tuple[int | None, str]] = []
    for clause in clauses:
        case = case_of(clause)
        if parts and (case is None or parts[-1][0] in (None, case)):
            before = parts.pop()
            parts.append((before[0] if before[0] is not None else case, before[1] + clause))
        else:
            parts.append((case, clause))
    return [text for _, text in parts]


def split_by_number(text: str, starts: Sequence[int]) -> list[str]:
    """The text cut before each number of a case, where each is followed by words of its own; else as one.

    0004给城管局，0005给公安局 are two orders, 0002和0005我都签收 is one on two cases. What stands before a
    number in its clause belongs to it: 电梯那个0004给市监局.
    """
    clauses = [match.start() for match in _CLAUSE.finditer(text)]
    begins = [max((each for each in clauses if each <= start), default=0) for start in starts]
    parts = cut(
        text,
        [
            start if begin in begins[:number] else begin
            for number, (begin, start) in enumerate(zip(begins, starts, strict=True))
        ],
    )
    return parts if all(_SAYS_WHAT.search(part) for part in parts) else [text]


def say_of_each(text: str, numbers: Sequence[tuple[int, int, str]], own: str) -> str:
    """What the text says of one of the cases that it numbers, without the numbers.

    `numbers`: where each number begins and ends, and the case it is of; `own`: the case. 0018和0006都在办，
    0018吊车约好了 says 吊车约好了 of the one and 都在办 of the other.
    """
    said_of_it: list[str] = []
    said_of_all: list[str] = []
    owners: set[str] = set()
    for clause in _CLAUSE.finditer(text):
        here = [(begin, end, case) for begin, end, case in numbers if clause.start() <= begin < clause.end()]
        # A clause without a number goes on with the case before it: 0018吊车约好了，要等两天.
        owners = {case for _, _, case in here} or owners
        words = clause[0]
        for begin, end, _ in reversed(here):
            words = words[: begin - clause.start()] + _NUMBERED + words[end - clause.start() :]
        words = _LISTED.sub("", words)
        if owners == {own}:
            said_of_it.append(words)
        elif len(owners) != 1:
            said_of_all.append(words)
    return "".join(said_of_it or said_of_all).strip(_EDGES) or text


def split_at_contrast(text: str) -> list[str]:
    """The text cut before its 不过 or 但是: what comes then may be another matter; else as one."""
    found = _CONTRAST.search(text)
    return cut(text, [0, found.start()]) if found is not None and found.start() >= _FEW else [text]


def cut(text: str, starts: Sequence[int]) -> list[str]:
    """The parts of the text that begin at these offsets; what stands before the first is left out."""
    return [text[begin:end] for begin, end in pairwise([*starts, len(text)])]


def complete_orders(orders: Sequence[str], name_unit: Callable[[str], str]) -> list[str]:
    """Each order of one message with what the message says for it elsewhere, and without what it does not.

    A last clause may be said of all (两件今天下班前都要有回话), an order may go to the unit before
    (也是他们的), and what follows may be of other cases (欠薪那个先别动). `name_unit`: the unit that an order
    goes to, "" for none.
    """
    last, _, rest = orders[-1].rpartition("，")
    of_all = rest if _OF_ALL.match(rest) else ""
    whole: list[str] = []
    unit = ""
    for order in (*orders[:-1], last if of_all else orders[-1]):
        said = _OF_ANOTHER.sub("", order).rstrip("，,；;。 ")
        named = name_unit(said)
        if not named and unit and _SAME_UNIT.search(said):
            said = f"{said}，给{unit}"
        unit = named or unit
        whole.append(f"{said}，{of_all}" if of_all else said)
    return whole


def counts_problems(text: str) -> bool:
    """Whether the text says itself how many matters it tells, or numbers them."""
    return _COUNTS_TWO.search(text) is not None or _LIST_MARK.match(text) is not None


def split_problems(text: str) -> list[str]:
    """The text cut before each word that begins another problem: 还有, 另外, 2、.

    What stands before the first of a list (特立路门口两个问题, 一是…) is said of each.
    """
    if len(each := [found.start() for found in _EACH_ONE.finditer(text)]) > 1 and _COUNTS_TWO.search(text):
        common = _COUNTED.sub("", text[: each[0]])
        return [f"{common}{part}" for part in cut(text, each)]
    head = _LIST_HEAD.match(text)
    start = head.end(1) if head is not None else 0
    cuts = [match.start() for match in _NEXT_PROBLEM.finditer(text, start) if match.start() - start >= _FEW]
    bounds = [start, *cuts, len(text)]
    said_of_each = _COUNTED.sub("", text[:start])
    parts = [text[begin:end] for begin, end in pairwise(bounds) if end - begin >= _FEW]
    return [f"{said_of_each}{_LIST_MARK.sub('', part)}" for part in parts] if len(parts) > 1 else [text]
