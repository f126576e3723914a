"""Telephone, identity, card and plate numbers, accounts and links in people's words, in whatever spelling.

Numbers are looked for twice: as figures, and with Chinese digits as figures (一三八…). Every character
becomes one character, so that offsets are those of the text. Dates, times, amounts, hotlines and the
program's own numbers are blanked before, so that they are neither masked nor the beginning of anything.
"""

import re
import unicodedata
from collections.abc import Callable

from models.case_links import TOKEN

_CHINESE = {char: str(digit) for digit, chars in enumerate(
    ("零〇○", "一幺壹", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
) for char in chars}  # fmt: skip
_CHINESE_TABLE = str.maketrans(_CHINESE)
_OTHER_DIGIT = re.compile(
    r"[^\W\d_](?<![a-zA-Z\u4e00-\u9fff])|[\u2460-\u24ff\u2776-\u2793\u00b2\u00b3\u00b9\u2070-\u2089]|\d(?<![0-9])"
)

_KEPT = re.compile(
    # The program's own numbers: cases, notices, plans, orders, topics.
    r"[A-Z]{1,4}\d{6}-\d{3,8}"
    r"|(?:19|20)\d\d[-/.年 ]{1,2}(?:1[0-2]|0?[1-9])[-/.月 ]{1,2}(?:3[01]|[12]\d|0?[1-9])(?!\d)日?"
    r"|(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<!\d)(?:1[0-2]|0?[1-9])月(?:3[01]|[12]\d|0?[1-9])[日号]?"
    r"|(?<!\d)(?:[01]?\d|2[0-3])[:：][0-5]\d(?:[:：][0-5]\d)?(?!\d)"
    r"|(?<![\d.])\d{1,9}(?:,\d{3}){0,3}(?:\.\d{1,4})?[ ]?(?:[元块万亿%％‰米吨亩岁度]"
    r"|千瓦|公里|平方|公斤|小时|分钟)"
    r"|(?<!\d)[48]00[- ]?\d{3}[- ]?\d{4}(?!\d)"
)
_CODE_BEFORE = re.compile(r"(?:编号|编码|代码|杆号|单号|工号|井号|订单|流水号)[是为:：# ]{0,3}$")
_BEFORE = 8
_SHORTEST = 7
"""Digits of the shortest number that anybody is called by; most messages have fewer in all."""

_GAP = r"[^\w*:：,，;；。!！?？、]{0,3}"
"""What may stand between two digits of one number: blanks, dots, dashes, brackets; no Chinese character."""


def _digits(count: str) -> str:
    return rf"(?:{_GAP}\d){{{count}}}"


_IDENTITY = re.compile(rf"(?<!\d)(\d{_GAP}\d){_digits('15')}{_GAP}([\dXx])(?![\dA-Za-z])")
_OLD_IDENTITY = re.compile(
    rf"(?<!\d)([1-9]{_GAP}\d){_digits('6')}{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2])"
    rf"{_GAP}(?:[0-2]{_GAP}\d|3{_GAP}[01]){_digits('2')}{_GAP}(\d)(?!\d)"
)
_CARD = re.compile(rf"(?<!\d)(\d{_digits('3')}){_digits('8,11')}({_digits('4')})(?!\d)")
_MOBILE_BODY = rf"(1{_GAP}[3-9]{_GAP}\d){_digits('4')}({_digits('4')})"
_MOBILE = re.compile(rf"(?<!\d)((?:\+?(?:00)?86{_GAP})?){_MOBILE_BODY}(?!\d)")
_SPOKEN_MOBILE = re.compile(rf"(){_MOBILE_BODY}")
_LANDLINE = re.compile(
    rf"(?<!\d)(0{_GAP}(?:1{_GAP}0|2{_GAP}\d|[3-9]{_GAP}\d{_GAP}\d)){_digits('3,4')}({_digits('4')})(?!\d)"
)
_EIGHT = re.compile(rf"(?<![\d.])()[2-8]\d{{3}}{_GAP}(\d{{4}})(?![\d.号])")
_NAMED = re.compile(
    rf"((?:电话|座机|手机|号码|联系方式|致电|拨打)[是为打:：\s]{{0,4}}){_GAP}\d{_digits('2,3')}({_digits('4')})(?!\d)"
)

_ACCOUNT = re.compile(
    r"((?:微信|薇信|威信|[VvWw][Xx]|[Vv]信|加[Vv]|[Qq]{2}|扣扣|抖音|快手|支付宝|[账帐]号|[账帐]户)[号码]{0,2}[是为叫就用的:：=@\s]{0,6})"
    r"[A-Za-z0-9][A-Za-z0-9_.-]{4,31}"
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
_PLATE = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z])[ ·•.\-]{0,2}"
    r"(?=[A-Za-z]{0,4}\d)[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳](?![A-Za-z0-9])"
)


Keeps = Callable[[str, int, int], bool]
"""Whether what stands in a text from here to there stays readable: it belongs to the matter."""


def mask_nothing_else(_text: str, _start: int, _end: int) -> bool:
    """Every number is somebody's own."""
    return False


def mask_contacts(text: str, keeps: Keeps = mask_nothing_else) -> str:
    """Without telephone, identity and card numbers, mail addresses, accounts and tokens of case pages.

    138****5678; of an identity number the first two and the last stay, of a card the first and last four.
    `keeps` is asked about each but identity numbers and tokens, which belong to no matter.
    """
    text = TOKEN.sub("****", text)
    text = _sub_unless(_MAIL, "****", text, keeps)
    text = _sub_unless(_ACCOUNT, r"\1****", text, keeps)
    for spell, mobile in ((_read_figures, _MOBILE), (read_digits, _SPOKEN_MOBILE)):
        text = _mask_numbers(text, spell, mobile, keeps)
    return text


def mask_plates(text: str, keeps: Keeps = mask_nothing_else) -> str:
    """Without plates of vehicles: 苏F12345 is 苏F****."""
    return _sub_unless(_PLATE, r"\1****", text, keeps)


def _sub_unless(pattern: re.Pattern[str], hidden: str, text: str, keeps: Keeps) -> str:
    return pattern.sub(
        lambda found: found[0] if keeps(text, found.start(), found.end()) else found.expand(hidden), text
    )


def _mask_numbers(text: str, spell: Callable[[str], str], mobile: re.Pattern[str], keeps: Keeps) -> str:
    plain = spell(text)
    if sum(map(str.isdigit, plain)) < _SHORTEST:
        return text
    # Before dates are set aside: an identity number has one in it, and 1900 1 1 00000 is none.
    for pattern, hidden in ((_IDENTITY, "*" * 15), (mobile, "****"), (_OLD_IDENTITY, "*" * 12)):
        text, plain = _hide(text, plain, pattern, hidden, keeps)
    plain = blank_harmless(plain)
    for pattern in (_CARD, _LANDLINE, _NAMED, _EIGHT):
        text, plain = _hide(text, plain, pattern, "****", keeps)
    return text


def blank_harmless(plain: str) -> str:
    """The text, as long as before, without dates, times, amounts, hotlines and the program's own numbers."""
    return _KEPT.sub(lambda found: "x" * len(found[0]), plain)


def _hide(text: str, plain: str, pattern: re.Pattern[str], hidden: str, keeps: Keeps) -> tuple[str, str]:
    """Both with what stands between the first and the last group of each match hidden."""
    for found in reversed(list(pattern.finditer(plain))):
        written = text[found.start() : found.end()]
        if (pattern in _MAY_BE_CODES and is_code(plain, found.start())) or (
            pattern is _SPOKEN_MOBILE and written.isascii()
        ):
            continue
        if pattern not in _IDENTITIES and keeps(text, found.start(), found.end()):
            continue
        begin, end = found.end(found.re.groups - 1), found.end()
        tail = found[found.re.groups]
        end -= len(tail.lstrip(_GAP_CHARS))
        text, plain = f"{text[:begin]}{hidden}{text[end:]}", f"{plain[:begin]}{hidden}{plain[end:]}"
    return text, plain


_IDENTITIES = (_IDENTITY, _OLD_IDENTITY)
_MAY_BE_CODES = (*_IDENTITIES, _CARD, _EIGHT)
_GAP_CHARS = " -—–－.·()（）_/~\t\u3000"


def is_code(plain: str, start: int) -> bool:
    """Whether it is called a code of a thing, and no number of a person."""
    return _CODE_BEFORE.search(plain, max(0, start - _BEFORE), start) is not None


def _read_figures(text: str) -> str:
    """Every digit of any script as an ordinary one: ①, ¹, ٣."""
    return _OTHER_DIGIT.sub(_to_figure, text)


def read_digits(text: str) -> str:
    """The text with Chinese digits as figures, too (一三八); as long as before."""
    return _read_figures(text).translate(_CHINESE_TABLE)


def _to_figure(found: re.Match[str]) -> str:
    value = unicodedata.digit(found[0], None)
    return found[0] if value is None else str(value)
