"""Words that only say where it is: a piece of a report, or what lies in the estate of its group; pure."""

import re
from collections.abc import Iterable

from handlers.triage.rules.class_table import is_akin
from handlers.triage.types import Triage

_WHERE = re.compile(
    r"[^，。！？,.!?\s]{0,6}(?:过去|进去|往[前后里东西南北左右]走?)一?点?"
    r"|[^，。！？,.!?\s]{0,5}(?:旁边|对面|隔壁|门口|路口|那头|这头|后面|前面|边上|楼下|楼上|拐角|斜对面)"
    r"|[\d一二三四五六七八九十]{1,3}楼到[\d一二三四五六七八九十]{1,3}楼"
)
_SPOT = re.compile(
    r"[^，。！？,.!?\s有在掉坐爬躺倒被没不了]{2,6}(?:正|斜)?(?:旁边|对面|隔壁|门口|路口|后面|前面|后头|前头|边上|楼下|拐角)"
)
"""A name and where beside it, without anything that happens there."""
_BUILDING = re.compile(r"[\d一二三四五六七八九十]{1,4}(?:栋|幢|号楼|单元)")
_NO_ESTATES = (*"路街道巷桥弄", "隧道", "广场", "公园", "市场", "学校", "中学", "小学", "医院", "车站")
"""What the names of places end with in which nobody lives; every other may be an estate."""
_ROAD = re.compile("[一-鿿]{1,6}(?:路|街|大道|巷)")


def says_only_where(text: str) -> bool:
    """Whether the words only say where it is, beside something else: 小区门口, 超市过去一点, 一楼到三楼."""
    return _WHERE.fullmatch(text.strip()) is not None


def names_spot(text: str) -> bool:
    """Whether the words name a spot beside something, and nothing that happens there: 加油站对面."""
    return _SPOT.fullmatch(text.strip()) is not None


def is_along_road(before: Triage, piece: Triage) -> bool:
    """Whether a piece says where along the road it is, of a matter of the same kind: 药房旁边，铁皮的."""
    there, here = (each.place.name if each.place is not None else "" for each in (before, piece))
    return lies_on_road(there, here) and is_akin(before.class_id, piece.class_id)


def lies_on_road(road: str, spot: str) -> bool:
    """Whether a place that names no road may lie on the one that was named: 汽修厂门口, after 东四路."""
    return _ROAD.fullmatch(road) is not None and _ROAD.search(spot) is None


def name_estate(place: str, known: Iterable[str]) -> str:
    """The place after the only estate among the known ones of its grid: 3栋, said to whoever lives there too.

    The neighbours know which; a unit that is sent there does not.
    """
    estates = [name for name in known if not name.endswith(_NO_ESTATES)]
    is_part = _BUILDING.match(place) is not None
    return f"{estates[0]}{place}" if is_part and len(estates) == 1 else place
