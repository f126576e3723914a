"""The rows of an organisation file as frozen values, and the spellings their fields may have."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, Self, TypeGuard

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from bot.channels.setting_types import Hours
from bot.config.problems import ConfigProblem
from bot.imports.org_columns import KIND_SYNONYMS, KINDS, PARTICIPATIONS, ROLES, USE_SYNONYMS
from handlers.commands.binding import USES
from handlers.environment import areas
from handlers.environment.areas import CRS
from models.account_ids import spell_account
from models.organisation import OUTSIDERS, ChatUse, Participation, Role, UnitKind

_BOUND_USES = (ChatUse.INTAKE, ChatUse.HANDLING, ChatUse.DUTY, ChatUse.RESIDENTS)


def _split_list(value: object) -> object:
    """`长江路、静海路` as a list; a list stays."""
    if not isinstance(value, str):
        return value
    return [item.strip() for item in re.split(r"[、,，;；\n]", value) if item.strip()]


def _translate(words: Mapping[str, str]) -> BeforeValidator:
    """Chinese words for what the file calls by a key; a key stays."""

    def find_key(value: object) -> object:
        return (
            words.get(unicodedata.normalize("NFKC", value).strip(), value)
            if isinstance(value, str)
            else value
        )

    return BeforeValidator(find_key)


def _check_bound_use(use: ChatUse) -> ChatUse:
    if use not in _BOUND_USES:
        raise ValueError(f"只能是 {'、'.join(_BOUND_USES)}")
    return use


def _parse_outline(value: object) -> object:
    """A GeoJSON geometry, or corners as `[[经度, 纬度], …]` or `经度,纬度; 经度,纬度; …`."""
    try:
        geometry = _parse_geometry(json.loads(value) if _is_json(value) else value)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise ValueError("轮廓应当是一串角，每个角先经度、后纬度") from error
    _refuse_odd_shapes(geometry)
    return geometry


def _is_json(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith(("{", "["))


def _parse_geometry(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = [corner.split(",") for corner in re.split(r"[;；]", value) if corner.strip()]
    if isinstance(value, list):
        corners = _to_numbers(value)
        ring = corners if corners[0] == corners[-1] else [*corners, corners[0]]
        return {"type": "Polygon", "coordinates": [ring]}
    return {"type": value["type"], "coordinates": _to_numbers(value["coordinates"])}


def _to_numbers(value: Any) -> Any:
    """Coordinates as numbers, however deep; YAML is read as text."""
    return [_to_numbers(item) for item in value] if isinstance(value, list) else float(value)


def _refuse_odd_shapes(geometry: dict[str, Any]) -> None:
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        outline = shape(geometry)
    except (TypeError, ValueError, IndexError, ShapelyError) as error:
        raise ValueError("轮廓至少要有三个角，每个角是经度和纬度") from error
    if outline.geom_type not in ("Polygon", "MultiPolygon") or outline.is_empty or not outline.is_valid:
        raise ValueError("轮廓不成一个面，或自己与自己相交")
    west, south, east, north = outline.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("轮廓的经纬度超出范围，先写经度，再写纬度")


Code = Annotated[str, StringConstraints(pattern=r"^[^\s/%]+$", max_length=64)]
"""Codes make up the path of a unit, so no slash; and no blank, because people type them."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_split_list)]


def _spell_accounts(accounts: dict[str, str]) -> dict[str, str]:
    return {provider: spell_account(provider, user_id) for provider, user_id in accounts.items()}


Accounts = Annotated[dict[Code, Code], AfterValidator(_spell_accounts)]
Outline = Annotated[dict[str, Any] | None, BeforeValidator(_parse_outline)]


class SheetRow(BaseModel):
    """One row of an imported file; unknown columns are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitRow(SheetRow):
    """A row of the sheet `units`."""

    code: Annotated[Code, Field(examples=["HM-CG"])]
    name: Annotated[Text, Field(examples=["海门区城市管理局"])]
    kind: Annotated[UnitKind, _translate({**KINDS, **KIND_SYNONYMS}), Field(examples=["department"])]
    short: Annotated[Text | None, Field(examples=["城管局"])] = None
    parent: Annotated[Code | None, Field(examples=["HM"])] = None
    lead: Annotated[Code | None, Field(examples=["cg_lead"])] = None
    deputy: Annotated[Code | None, Field(examples=["cg1"])] = None
    aliases: Annotated[Words, Field(examples=["[城管, 城市管理局]"])] = ()
    places: Annotated[Words, Field(examples=["[长江路, 静海路]"])] = ()
    keywords: Annotated[Words, Field(examples=["[占道, 小广告]"])] = ()
    polygon: Annotated[Outline, Field(examples=["[[121.15, 31.88], [121.18, 31.88], [121.18, 31.91]]"])] = (
        None
    )
    """Longitude first, in the system that `crs` names."""
    crs: Annotated[CRS, Field(examples=["gcj02"])] = CRS.WGS84
    """Coordinate system of the polygon: `wgs84`, or `gcj02` where it comes from a Chinese map."""

    @property
    def outline(self) -> dict[str, Any] | None:
        """The polygon as a GeoJSON geometry in WGS-84, longitude first; None where the row has none."""
        return areas.outline_from(self.polygon, crs=self.crs) if self.polygon is not None else None


class PostRow(SheetRow):
    """A further post of a person: `posts: [{unit: HM-HM-JF, role: grid, duties: [调解]}]`."""

    unit: Annotated[Code, Field(examples=["HM-HM-JF"])]
    role: Annotated[Role, _translate(ROLES), Field(examples=["grid"])]
    duties: Annotated[Words, Field(examples=["[调解, 排查]"])] = ()


_POST = re.compile(r"^(?P<unit>\S+)\s+(?P<role>[^\s(（]+)\s*(?:[(（](?P<duties>[^()（）]*)[)）])?$")


def _split_posts(value: object) -> object:
    """`HM-HM-JF 网格员（调解、排查）；HM-CG 承办员` as a list of rows; a list stays."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in re.split(r"[;；\n]", value) if part.strip()]
    found = [_POST.match(part) for part in parts]
    if not all(found):
        raise ValueError("每个岗位写成：单位 角色（职责、职责），几个岗位用；隔开")
    return [
        {key: text for key, text in match.groupdict().items() if text} for match in found if match is not None
    ]


class PersonRow(SheetRow):
    """A row of the sheet `people`. Raises a validation error for staff without a unit.

    Also for who is staff by a further post alone, and for two posts of one role in one unit.
    """

    id: Annotated[Code, Field(examples=["cg1"])]
    name: Annotated[Text, Field(examples=["城管一号"])]
    role: Annotated[Role, _translate(ROLES), Field(examples=["handler"])]
    unit: Annotated[Code | None, Field(examples=["HM-CG"])] = None
    occupation: Annotated[str, Field(examples=["外卖骑手"])] = ""
    duties: Annotated[Words, Field(examples=["[调解, 排查]"])] = ()
    """Of this post."""
    posts: Annotated[
        tuple[PostRow, ...],
        BeforeValidator(_split_posts),
        Field(examples=["[{unit: HM-HM-JF, role: grid, duties: [调解]}]"]),
    ] = ()
    """Those beside `role` in `unit`."""
    skills: Annotated[Words, Field(examples=["[调解, 法律]"])] = ()
    participation: Annotated[Participation | None, _translate(PARTICIPATIONS), Field(examples=["agreed"])] = (
        None
    )
    """Of an informant; None: as it is stored."""
    accounts: Annotated[Accounts, Field(examples=["{wecom: cg1}"])] = {}

    @property
    def code(self) -> str:
        """The person's code, under the name that all rows have in common."""
        return self.id

    @model_validator(mode="after")
    def _staff_have_a_unit(self) -> Self:
        if self.unit is None and self.role not in OUTSIDERS:
            raise ValueError("除信息员和居民外，都要写 unit")
        return self

    @model_validator(mode="after")
    def _first_post_leads(self) -> Self:
        if self.role in OUTSIDERS and any(post.role not in OUTSIDERS for post in self.posts):
            raise ValueError("工作人员的岗位要写在 role 和 unit 里，信息员、居民的写在 posts 里")
        held = [(self.unit, self.role), *((post.unit, post.role) for post in self.posts)]
        if len(set(held)) < len(held):
            raise ValueError("同一个单位的同一个角色写了两遍")
        return self


class WebhookRow(SheetRow):
    """The webhook of a group: the name of a configured channel, and the secret key."""

    channel: Annotated[Code, Field(examples=["rings"])]
    key: Annotated[Code, Field(repr=False, examples=['"…"'])]


class ArchiveRow(SheetRow):
    """The message archive that reads the group as well: a configured channel, and the group's id there."""

    channel: Annotated[Code, Field(examples=["rooms"])]
    room_id: Annotated[Code, Field(examples=["wrROOM"])]


class ChatRow(SheetRow):
    """A row of the sheet `chats`: a group bound to a unit."""

    code: Annotated[Code, Field(examples=["cg"])]
    name: Annotated[Text, Field(examples=["城管处置群"])]
    use: Annotated[
        ChatUse,
        _translate({**USES, **USE_SYNONYMS}),
        AfterValidator(_check_bound_use),
        Field(examples=["handling"]),
    ]
    unit: Annotated[Code, Field(examples=["HM-CG"])]
    channel: Annotated[Code, Field(examples=["grid"])]
    chat_id: Annotated[Code, Field(examples=["wrCG"])]
    webhook: Annotated[WebhookRow | None, Field(examples=['{channel: rings, key: "…"}'])] = None
    archive: Annotated[ArchiveRow | None, Field(examples=["{channel: rooms, room_id: wrROOM}"])] = None
    quiet: Annotated[Hours | None, Field(examples=['"22:00-07:00"'])] = None
    """Local hours in which only urgent pushes go out."""
    tags: Annotated[Words, Field(examples=["[老年, 企业]"])] = ()


class RowLocation(Protocol):
    """Where a row stands in its file."""

    def locate(self, field: str = "") -> str:
        """The place of a field of it, as people find it there; without a field, of the row."""
        raise NotImplementedError

    def get_heading(self, field: str) -> str:
        """What the field is called there."""
        raise NotImplementedError

    def format_example(self, field: str, value: str) -> str:
        """A right value, as it is written there."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class YamlLocation:
    """A row of a list in YAML."""

    path: str
    """`people[2]`."""

    def locate(self, field: str = "") -> str:
        return f"{self.path}.{field}" if field else self.path

    def get_heading(self, field: str) -> str:
        return field

    def format_example(self, field: str, value: str) -> str:
        return f"{field}: {value}"


@dataclass(frozen=True, slots=True)
class Organisation:
    """The rows of one file, and where they stand in it."""

    units: tuple[UnitRow, ...]
    people: tuple[PersonRow, ...]
    chats: tuple[ChatRow, ...]
    locations: Mapping[tuple[str, str], RowLocation]
    """Table and code of a row to its place: ("people", "cg1") -> `people[2]`."""
    notes: tuple[ConfigProblem, ...] = ()
    """What of the file was passed over."""
