"""Input that is nearly right: known bytes with holes, known JSON with something else in its places."""

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

Data = st.SearchStrategy[bytes]

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_ODD = (
    "\x00", "\ud800", "\u200b", "\ufeff", "\u202e", "\u3000", "👨\u200d👩", "e\u0301", "⻋", "１", "²", "٣", "十", "Ⅷ",
    "\n", "\r", "\t", " ", "%s", "{}", "'", '"', "\\", "<@all>", "[点](http://x)", "`", "*", "#", "|", "＠", "@",
)  # fmt: skip
_COMMON = (
    "网格助手", "@网格助手 ", "/", "／", "签收", "交办", "反馈", "核查", "评价", "告知", "绑定", "延期", "挂起", "查", "撤销",
    "通过", "不通过", "已解决", "满意", "城管局", "住建局", "HM-CG", "HM", "长江路8号", "静海路", "门口", "建筑垃圾", "路灯不亮",
    "燃气泄漏", "有人拿刀", "没修好", "已清理", "我叫张三", "138", "13812345678", "12345", "0001", "0031", "99999", "WG260330-0001",
    "〔WG260330-0001〕", "【待写】〔WG260330-0001〕反馈：", "TZ260330-001", "到2月30日", "到2028-02-29", "追回", "4000", ",", "万元", "元",
    "4小时", "2个工作日", "0天", "999天", "10%", "：", "，", "。", "-", ".", "no", "on", "1e9", "0x10", "1:30", "2026-03-30",
)  # fmt: skip

words: st.SearchStrategy[str] = st.lists(
    st.one_of(st.sampled_from(_COMMON), st.sampled_from(_ODD), st.text(max_size=6), st.integers().map(str)),
    max_size=12,
).map("".join)
"""What people might send, and what nobody would."""

clean_words = words.map(lambda text: text.encode("utf-8", "replace").decode())
"""The same, as it can stand in a file or a frame."""


def damaged(seeds: Sequence[bytes], *, most: int = 8) -> Data:
    """One of these with up to `most` changes, now and then none of them at all."""
    return _damaged(tuple(seeds), most)


@st.composite
def _damaged(draw: st.DrawFn, seeds: tuple[bytes, ...], most: int) -> bytes:
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.sampled_from((1, 2, 4, 8, 64, 1024)))
        match draw(st.sampled_from(("set", "number", "cut", "repeat", "insert", "end"))):
            case "set":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "number":
                width = draw(st.sampled_from((1, 2, 4)))
                number = draw(st.one_of(st.sampled_from(_EXTREMES), st.integers(0, 0xFFFFFFFF)))
                data[at : at + width] = (number % 256**width).to_bytes(width)
            case "cut":
                del data[at : at + length]
            case "repeat":
                data[at:at] = data[at : at + length]
            case "insert":
                data[at:at] = draw(st.binary(max_size=16))
            case "end":
                del data[at:]
    return bytes(data)


def build_json(names: Sequence[str]) -> st.SearchStrategy[Any]:
    """Any JSON, with these names in its objects."""
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(), st.integers(-(2**70), 2**70), st.floats(), words,
        st.sampled_from((2**31, 2**63, 10**30, "9" * 30, "")),
    )  # fmt: skip
    keys = st.one_of(st.sampled_from(tuple(names)), st.text(max_size=4))
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )


@st.composite
def twisted(draw: st.DrawFn, seeds: Sequence[Any], values: st.SearchStrategy[Any], *, most: int = 4) -> Any:
    """One of these structures with other values in up to `most` of its places."""
    value = copy.deepcopy(draw(st.sampled_from(list(seeds))))
    for _ in range(draw(st.integers(0, most))):
        places = list(_iter_places(value))
        if not places:
            break
        inside, key = draw(st.sampled_from(places))
        if draw(st.integers(0, 4)) == 0:
            del inside[key]
        else:
            inside[key] = draw(values)
    return value


def _iter_places(value: Any) -> Any:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _iter_places(value[key])
