"""What the shape of words tells, whoever says them: who has come, which case is meant, what is put right."""

import re

_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_MARK = frozenset("?？")
_RENAMED = re.compile(
    r"不(?:是|在)[^，。！？,\s]{1,8}?[\d栋幢号路街巷店门口楼][^，。！？,\s]{0,4}[，,\s]{1,3}(?:而|应该|应当)?(?:是|在)"
    r"|^(?:就|应该)?是[^，。！？,\s]{2,14}[那这](?:个|边|里|条|盏|处|家|口|块)[^，。！？,\s]{0,4}[，,\s]{1,3}(?:不是|莫|而不是|冇得?是)"
    r"|(?:搞|弄|记|打|写|说|讲|看)(?:错|岔|反)[了哒啦咯][，,！!\s]{1,3}(?:应该|应当|其实)?(?:是|在)"
    r"[^，。！？,\s]{1,6}(?:路|街|大道|巷|小区|社区|村|[\d一二三四五六七八九十](?:栋|幢|号楼|单元))"
)
"""One place, and not another: 不是3栋 是8栋; 是2单元那个井，不是花坛边上那个; 搞错了 是荷花路那个农商行."""
_STARS = ("*", "＊")
"""Before what somebody puts right in what they just wrote: *望仙路."""
_BETWEEN = re.compile(
    r"(?:就?[是在]|夹在)?[^，。！？,.!?\s]{2,8}(?:跟|和|与|同)[^，。！？,.!?\s]{2,8}(?:中间|之间|当中)"
    r"(?:那?(?:里|块|点|儿|个位置|一截))?[。！!~～]?"
)
"""Where it is, by what stands on both sides: 老百姓药房跟修手机的中间."""
_ARRIVED = re.compile(
    r"(?:我们?|咱们?|人|队伍|车|都|已经?|刚刚?|报告|[，,\s]){0,4}"
    r"(?:到(?:现场|场)?[了哒咯啦]|到(?:达)?(?:现场|场)|到达"
    r"|到[达]?[^，。！!,.\s去来过没不]{0,10}(?:楼下|楼底|门口|路口|巷口|桥头|桥下|边上|旁边|楼上|小区)[了哒咯啦])"
    r"(?:现场|地方)?(?=$|[，。！!,.\s])"
)
"""Begins what somebody says who has come to the place: 到了，正在拉线; 收到了 begins otherwise."""
_ONLY_POINTS = re.compile(r"[一-鿿]{1,8}[那这](?:一?[个件单条起处])[。！!]?")
"""One case, and nothing of what is to be done with it: 单车那个."""
_MEANS = re.compile(r"[我俺](?:们)?[说讲报问]的是[^，。！？,\s]{1,10}[，,\s]{0,2}不是")
"""One matter, and not another: 我说的是停水 不是狗."""
_LAUGHS = re.compile("哈哈|嘿嘿|嘻嘻|呵呵|笑死")
_KEPT = re.compile("(?:车子?|包|手机|东西|货|证|人|狗|猫)(?:都|也)?还在(?:的|呢|哈|咯)?[。！!~～]?$")
"""Thanks, and something that was lost is there, or something in the way still is: 谢谢警察，车还在."""


def says_between(text: str) -> bool:
    """Whether the words only say where, by what stands on both sides: 老百姓药房跟修手机的中间."""
    return _BETWEEN.fullmatch(text) is not None


def list_shapes(text: str) -> set[str]:
    """The names of the shapes that the words have, as the rules of dialogue know them."""
    known = {
        "phone": _PHONE.search(text) is not None,
        "renames": _RENAMED.search(text) is not None,
        "locates": says_between(text),
        "arrived": _ARRIVED.match(text) is not None,
        "only_points": _ONLY_POINTS.fullmatch(text) is not None,
        "mark": is_mark(text),
        "means": _MEANS.search(text) is not None,
        "laughs": _LAUGHS.search(text) is not None,
        "wonders": wonders(text),
        "misplaced": text.startswith(_STARS),
        "kept": "谢" in text and _KEPT.search(text) is not None,
    }
    return {name for name, holds in known.items() if holds}


def wonders(text: str) -> bool:
    """Whether a question mark stands anywhere in the words."""
    return not _MARK.isdisjoint(text)


def is_mark(text: str) -> bool:
    """Whether nothing is said but a question mark."""
    return bool(text) and _MARK.issuperset(text)
