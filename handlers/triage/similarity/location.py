"""A place as people say it, parsed so that two places can be compared.

    海门街道 长江路 静海路口 东南角        阳光花园 三号楼 2单元 门口
    wide     road   road     side          name     building unit  (tail)

Equal names make two texts one place; different numbers, gates and junctions make two places of one name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from handlers.triage.similarity.colloquial import normalize_spelling, strip_signs

NUMBER = r"[a-z]?\d{1,4}"
MARKS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("building", rf"({NUMBER}|[a-z])(?:[-~至到]({NUMBER}))?(?:号楼|号住宅楼|栋|幢|#楼|#|座)"),
        ("house", r"(?<=[路街道巷弄村里坊园庄桥段坡])(\d{1,6}(?:-\d{1,3})?)号(?![楼线院桥]|门(?![口前]))"),
        ("lane", r"(\d{1,4})弄"),
        ("yard", r"(\d{1,3})号院"),
        ("stair", r"(\d{1,2}|[a-z])单元"),
        ("floor", r"(?<![\d号])(\d{1,2})(?:层|楼)"),
        ("room", r"(?<=[栋幢楼元座弄-])(\d{3,4})(?!\d|号|路)|(\d{3,4})室"),
        ("group", r"(\d{1,2})(?:组|社|队)"),
        ("phase", r"(\d{1,2})期"),
        ("quarter", r"(?<![a-z0-9])([a-z]\d?|\d)区"),
        ("line", r"(\d{1,2})号线"),
        ("exit", r"([a-z]|\d{1,2}号?)(?:出入口|出口|入口)|(?:(?<![a-z0-9])([a-z])|(\d{1,2})号)口"),
        ("lift", r"(\d{1,2})号(?:电?梯|客梯|货梯)"),
        ("window", r"(\d{1,2})号窗"),
        ("pole", r"(\d{1,4})号(?:灯?杆|灯)"),
        ("bridge", r"(\d{1,3})号桥"),
        ("gate", r"([东西南北])(?:大|侧)?门(?![市面诊卫路街桥])|(\d{1,2})号门(?![口前])"),
        ("side", r"([东南西北]{1,2})(?:侧|边|头|面|角|半)"),
    )
)
HOUSE_AND_ROOM = re.compile(r"(?<![\d-])(\d{1,3})-(\d{3,4})(?!\d)")
DOORS = frozenset(
    ("building", "house", "lane", "yard", "stair", "floor", "room", "gate", "exit", "lift", "window", "pole")
)
OPPOSITE = ({"东", "西"}, {"南", "北"}, {"东南", "西北"}, {"东北", "西南"})
MOST_HOUSES = 30

ROADS = r"大道|公路|国道|省道|县道|高速|路|街(?!道)|巷|胡同"
WIDE = r"街道|开发区|[镇乡市县]"
NAME = re.compile(rf".+?(?:{WIDE}|{ROADS}|村|社区|小区|新村)|.+")
IS_ROAD = re.compile(rf"\A.+(?:{ROADS})")
IS_WIDE = re.compile(rf"\A.+(?:{WIDE})")
IS_TOWN = re.compile(r"\A.+(?:街道|[镇乡])")
ROUTE = re.compile(r"[gsxy](\d{2,4})(?:国道|省道|县道|线)?|(\d{3})(?:国道|省道|县道)")
CROSSING = re.compile(
    r"(?:交叉|交汇|交界|交会)(?:路口|处|口)?|[十丁]字路?口|10字路?口|(?<=[路街道巷村弄桥])口|拐[角弯]处?|转[弯角]处?"
)
TAIL = re.compile(
    r"(?:大?门|弄堂|出入)口|附近|旁边?|对面|斜对面|隔壁|后面|前面|外面|里面|上面|下面|那[边里条段个家]|这[边里条段个家]"
    r"|边上|周边|周围|一带|之间|沿线|路段|中间|楼[上下]|[上下里外内]$|处$|段$|侧$|角$|旁$"
)
LINK = re.compile(r"[和与跟及到至靠往的]|[^\u4e00-\u9fffa-z0-9]+")
COMMON_END = re.compile(r"(?<=..)(?:居民小区|住宅小区|小区|社区|居民区|家属区|宿舍区|安置区)$")
NOWHERE = frozenset(
    (
        *(
            "小区",
            "本小区",
            "该小区",
            "社区",
            "居民区",
            "物业",
            "业主",
            "单元",
            "楼道",
            "电梯",
            "门口",
            "学校",
        ),
        *("地下室", "车库", "地下车库", "停车场", "工地", "马路", "公路", "路边", "路段", "人行道", "绿化带"),
        *("非机动车道", "河道", "公交", "地铁"),
    )
)
"""Parts that every place has, so they are no names."""
LEFTOVER = re.compile(r"^[省市县区](?=..)")
"""The end of a larger unit whose name was left behind: 市海门街道."""
DIRECTION = re.compile(r"[东南西北中]([1-9]?(?:大道|路|街))$")
NEAR_NAMES = 75


class PlaceRelation(StrEnum):
    """How the place of one report relates to that of another."""

    EQUAL = "equal"
    PART = "part"
    """One names less than the other, and does not contradict it."""
    NEAR = "near"
    """Similar names."""
    UNKNOWN = "unknown"
    OTHER = "other"
    APART = "apart"
    """Their numbers, gates or junctions contradict each other."""


@dataclass(frozen=True, slots=True)
class ParsedPlace:
    """A parsed place: names, the roads among them, wider areas, and numbers by kind (`marks`)."""

    key: str
    names: frozenset[str]
    roads: frozenset[str]
    areas: frozenset[str]
    marks: Mapping[str, frozenset[str]]

    @property
    def is_precise(self) -> bool:
        """Whether it names one door or junction, and not merely a street."""
        return not DOORS.isdisjoint(self.marks) or len(self.roads) > 1


@lru_cache(maxsize=1024)  # many cries of one incident are held against the same places
def parse_place(place: str, text: str = "") -> ParsedPlace:
    """The parsed place. `text` is a short message whose numbers count where the place has none."""
    normalized = normalize_spelling(place)
    marks, rest = _extract_marks(normalized)
    if text:
        marks = {**_extract_marks(normalize_spelling(text))[0], **marks}
    rest = ROUTE.sub(lambda m: f" {m.group(1) or m.group(2)}国道 ", rest)
    rest = LINK.sub(" ", TAIL.sub(" ", CROSSING.sub(" ", rest)))
    names = {_shorten_name(name) for part in rest.split() for name in NAME.findall(part)}
    known_names = {name for name in names if len(name) > 1 and name not in NOWHERE and not name.isdigit()}
    wide = {name for name in known_names if IS_WIDE.fullmatch(name)}
    fine = frozenset(known_names - wide)
    return ParsedPlace(
        strip_signs(normalized),
        fine,
        frozenset(name for name in fine if IS_ROAD.fullmatch(name)),
        frozenset(LEFTOVER.sub("", name) for name in wide),
        marks,
    )


def compare_places(one: ParsedPlace, other: ParsedPlace) -> PlaceRelation:
    """How two places relate; symmetric."""
    if is_contradictory(one, other):
        return PlaceRelation.APART
    if not (one.names or one.areas) or not (other.names or other.areas):
        return PlaceRelation.PART if one.key and one.key == other.key else PlaceRelation.UNKNOWN
    if _has_other_town(one.areas, other.areas):
        return PlaceRelation.OTHER
    left, right = one.names, other.names
    if not left or not right:
        return PlaceRelation.PART if one.areas & other.areas else PlaceRelation.UNKNOWN
    alone, lonely = _find_unmatched(left, right), _find_unmatched(right, left)
    if not alone and not lonely:
        exact = one.roads == other.roads and one.marks == other.marks
        return PlaceRelation.EQUAL if exact else PlaceRelation.PART
    if not alone or not lonely:
        return PlaceRelation.PART
    if _has_similar_name(alone, lonely):
        return PlaceRelation.NEAR
    return PlaceRelation.OTHER


def _has_other_town(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other:
        return False
    towns, other_towns = (frozenset(filter(IS_TOWN.fullmatch, each)) for each in (one, other))
    return bool(towns and other_towns) and not any(
        town.endswith(name) or name.endswith(town) for town in towns for name in other_towns
    )


def is_contradictory(one: ParsedPlace, other: ParsedPlace) -> bool:
    """Whether both cannot be one spot: different houses, gates or junctions, or opposite sides."""
    for kind, values in one.marks.items():
        others = other.marks.get(kind)
        if others and values.isdisjoint(others) and (kind != "side" or _is_opposite(values, others)):
            return True
    if len(one.roads) < 2 or len(other.roads) < 2:
        return False
    return bool(_find_unmatched(one.roads, other.roads) and _find_unmatched(other.roads, one.roads))


def _extract_marks(normalized: str) -> tuple[dict[str, frozenset[str]], str]:
    """The numbers by kind, and the text without them."""
    found: dict[str, set[str]] = {}
    rest = HOUSE_AND_ROOM.sub(r"\1栋\2室", normalized)
    for kind, pattern in MARKS:
        for match in pattern.finditer(rest):
            values = [value.rstrip("号") for value in match.groups() if value]
            found.setdefault(kind, set()).update(_expand_range(values) if kind == "building" else values)
    for _, pattern in MARKS:
        rest = pattern.sub(" ", rest)
    return {kind: frozenset(values) for kind, values in found.items()}, rest


def _expand_range(values: list[str]) -> list[str]:
    """1至3号楼 as three house numbers."""
    if len(values) < 2 or not all(value.isdigit() for value in values):
        return values
    first, last = int(values[0]), int(values[1])
    return [str(n) for n in range(first, last + 1)] if 0 <= last - first <= MOST_HOUSES else values


def _shorten_name(name: str) -> str:
    return COMMON_END.sub("", name)


def _find_unmatched(names: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in names if not any(_is_same_name(name, other) for other in others))


def _is_same_name(name: str, other: str) -> bool:
    """Whether two names are one: 长江路 is in 长江路步行街; 人民路 may be 人民东路, but 人民西路 is not."""
    if name == other or (min(len(name), len(other)) > 2 and (name in other or other in name)):
        return True
    return DIRECTION.sub(r"\1", name) == other or DIRECTION.sub(r"\1", other) == name


def _has_similar_name(alone: frozenset[str], lonely: frozenset[str]) -> bool:
    return any(
        IS_ROAD.fullmatch(name) is None and fuzz.ratio(name, other) >= NEAR_NAMES
        for name in alone
        for other in lonely
    )


def _is_opposite(one: frozenset[str], other: frozenset[str]) -> bool:
    return any(one <= pair and other <= pair for pair in OPPOSITE)
