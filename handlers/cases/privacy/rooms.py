"""Room numbers in people's words: behind which door somebody lives.

A house, a building, an entrance and a floor are a place (静海路88号, 3栋2单元, 12楼); the number behind them
is a home: 1203室, 3栋2单元1203, 3-2-1203, 住1203. Who may read it, `secrecy.disclosure` says.
"""

import re

from handlers.cases.privacy.numbers import blank_harmless, is_code, read_digits

HIDDEN = "****"

_ROOM = r"\d{3,4}[A-Za-z]?"
_ENDS = r"(?![\dA-Za-z*])"
_SUFFIX = r"[ ]?(?:室(?![ ]?\d?[ ]?[厅卫])|号?房(?![子产价租东型屋地贷改])|户(?![居人业家村住都没停断]))"
_MEASURE = (
    r"[ ]?(?:[元块万亿米年月日时点分秒%％‰吨亩岁度人个件次辆台棵只平层楼路线班届多余几来]|"
    r"户[居人业家村住都没停断]|号?线|公里|公斤|国道|省道|县道|急救|报警|热线|[-—–:：.,]\d)"
)
_HOTLINE = r"(?!(?:110|119|120|122)(?!\d|[ ]?[室房户]))"
_AND = r"[ ]?[、/和与及][ ]?"
_AT_HOME = "住|家|楼上|楼下|隔壁|对门|对面|邻居|租户|租客|业主|门牌号?|房号|房间号?"
_OF_HOME = "住户|业主|租户|租客|邻居|人家|家里|家的|漏水|渗水|那户|这户"
_DASH = r"[ ]?[-—–－][ ]?"
_BLOCK = r"(?:[栋幢座]|号楼|[号#＃]|单元)?"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # 1203室, A1203房, 1203、1204室; never 三室两厅.
        rf"(?<![\dA-Za-z*.])([A-Za-z]?\d{{2,5}}[A-Za-z]?)(?=(?:{_AND}\d{{2,5}}){{0,5}}{_SUFFIX})(?![ ]?户)",
        # 12楼3室, 2单元5号, 12楼B户.
        rf"(?<=[楼层栋幢座门梯元])[ ]?(\d{{1,2}}|[A-Za-z])(?={_SUFFIX})",
        r"(?<=单元)[ ]?(\d{1,4})(?=[ ]?号(?![楼栋幢]))",
        # 3栋2单元1203, 静海路88号302.
        rf"(?:[楼层栋幢座]|单元|\d[门梯号#＃])[ ]?[-—–－，,]?[ ]?{_HOTLINE}({_ROOM}){_ENDS}(?!{_MEASURE})",
        # 3-2-1203, 3栋-1203.
        rf"(?<![\d\-—–－/.])(?:\d{{1,3}}{_BLOCK}{_DASH}){{2,3}}({_ROOM}){_ENDS}(?!{_DASH}\d|{_MEASURE})",
        rf"(?<![\d\-—–－/.])\d{{1,2}}{_BLOCK}{_DASH}({_ROOM}){_ENDS}(?!{_DASH}\d|{_MEASURE})",
        rf"(?<![\d/.])\d{{1,3}}/\d{{1,2}}/(?!(?:19|20)\d\d(?!\d))({_ROOM}){_ENDS}(?!/|{_MEASURE})",
        # 住1203, 楼上1203; 1203的住户.
        rf"(?:{_AT_HOME})[在是的为:： ]{{0,2}}{_HOTLINE}({_ROOM}){_ENDS}(?!{_MEASURE})",
        rf"(?<![\dA-Za-z*.\-])({_ROOM})(?=[ ]?的?(?:{_OF_HOME}))",
    )
)


_ANOTHER = re.compile(rf"\*{{4}}[室房]?{_AND}({_ROOM}){_ENDS}(?!{_MEASURE})")
"""302、303 behind one building."""
_MOST = 9
"""Rooms named in one breath."""


def mask_rooms(text: str) -> str:
    """Without room numbers, in figures or in words: 3栋2单元****室, 3-2-****."""
    plain = blank_harmless(read_digits(text))
    if not (any(map(str.isdigit, plain)) or _LETTER_ROOM.search(plain)):
        return text
    for pattern in (*_PATTERNS, *[_ANOTHER] * _MOST):
        for found in reversed(list(pattern.finditer(plain))):
            begin, end = found.span(1)
            if not is_code(plain, found.start()):
                text, plain = (f"{said[:begin]}{HIDDEN}{said[end:]}" for said in (text, plain))
    return text


_LETTER_ROOM = re.compile(r"[A-Za-z][ ]?[室户房]")
