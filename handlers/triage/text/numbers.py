"""Numbers as people say them and as they write them: 三幺二号 is 312号, 二十三号楼 is 23号楼."""

import re

_DIGITS = {
    char: number for number, chars in enumerate(("零〇", "一幺", "二两", *"三四五六七八九")) for char in chars
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_COUNTED = "号|栋|幢|楼|层|单元|室|弄|组|社|队|期|区|座|院|门|#"
_SIGN = f"[{''.join(_DIGITS)}{''.join(_TENS)}]"
_SAID = re.compile(rf"(?<!{_SIGN}){_SIGN}{{1,9}}(?={_COUNTED}|$)")
"""A whole run of them; nothing that people count takes more than nine."""
_FIGURES = re.compile(r"[0-9]{1,5}")
_WORDS = "零一二三四五六七八九"


def to_figures(text: str) -> str:
    """The text with spoken numbers as figures, where they count something (号, 楼 …) or end the text."""
    return _SAID.sub(lambda match: str(parse_numeral(match[0])), text)


def parse_numeral(numeral: str) -> int:
    """The value of a spoken number: 三百一十二 and 三幺二 are 312."""
    if _TENS.keys().isdisjoint(numeral):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total = pending = 0
    for char in numeral:
        if char in _TENS:
            total += (pending or 1) * _TENS[char]
            pending = 0
        else:
            pending = _DIGITS[char]
    return total + pending


def spell_figures(name: str) -> tuple[str, ...]:
    """Other spellings of a name with figures: 163医院 is 一六三医院, 12号码头 is 十二号码头."""
    if not _FIGURES.search(name):
        return ()
    one_by_one = _FIGURES.sub(lambda match: "".join(_WORDS[int(digit)] for digit in match[0]), name)
    return tuple(dict.fromkeys((one_by_one, _FIGURES.sub(lambda match: _spell_tens(match[0]), name))))


def _spell_tens(figures: str) -> str:
    number = int(figures)
    if not 9 < number < 100:
        return "".join(_WORDS[int(digit)] for digit in figures)
    ten, one = divmod(number, 10)
    return f"{_WORDS[ten] if ten > 1 else ''}十{_WORDS[one] if one else ''}"
