"""Import of a list of places into the gazetteer: an upsert by name and unit, all or nothing.

A wrong line (an unknown unit, half a coordinate) refuses the whole file. A line that is merely no
use, such as a name that everybody says, is left out and reported: lists from maps are full of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports.org_rows import SheetRow, Text, Words
from bot.imports.row_errors import validate_line
from bot.imports.spreadsheet import Column, Line, ListColumns
from handlers.environment.areas import CRS, Areas, from_crs
from handlers.triage.address.gazetteer import NameFilter, split_names
from handlers.triage.rules.packs import load_pack
from handlers.triage.rules.value_errors import format_suggestion
from handlers.triage.text import common_words
from models.cases import increment_counter
from models.organisation import Unit
from models.places import PlaceName

COLUMNS = ListColumns(
    subject="name",
    unkept={"序号": "", "备注": ""},
    columns=(
        Column("name", "名称", ("地名",), True, "静海路"),
        Column("aliases", "别名", (), example="静海东路、静海西路"),
        Column("unit", "单位", (), example="HM-HM"),
        Column("kind", "类型", (), example="道路"),
        Column("lat", "纬度", (), example="31.885"),
        Column("lon", "经度", (), example="121.165"),
        Column("crs", "坐标系", (), example="gcj02", choices=tuple(CRS)),
    ),
)
REPEATED, KNOWN = "重复", "已有"

Key = tuple[str, int | None]
Values = dict[str, Any]


class PlaceRow(SheetRow):
    """One line of a list of places. Latitude and longitude are degrees in the system that `crs` names."""

    name: Annotated[Text, Field(examples=["静海路"])]
    aliases: Annotated[Words, Field(examples=["静海东路、静海西路"])] = ()
    unit: Annotated[Text | None, Field(examples=["HM-HM"])] = None
    """Code or name of the unit it lies in."""
    kind: Annotated[str, Field(examples=["道路"])] = ""
    lat: Annotated[float | None, Field(ge=-90, le=90, examples=["31.885"])] = None
    lon: Annotated[float | None, Field(ge=-180, le=180, examples=["121.165"])] = None
    crs: Annotated[CRS, Field(examples=["gcj02"])] = CRS.WGS84

    @model_validator(mode="after")
    def _a_point_has_two_numbers(self) -> "PlaceRow":
        if (self.lat is None) != (self.lon is None):
            raise ValueError("纬度和经度要写就都写")
        return self


@dataclass(slots=True)
class PlacesReport:
    """How many places an import added, changed and removed, and which names it left out."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    dropped: dict[str, list[str]] = field(default_factory=dict)
    """Reason to the names left out for it, each with its line."""

    def drop(self, why: str, name: str, where: str) -> None:
        """Record that a name was left out: the reason, the name and its place in the file."""
        self.dropped.setdefault(why, []).append(f"{name}（{where}）")


@dataclass(frozen=True, slots=True)
class OrganisationIndex:
    """Units by code and name, and their outlines, to find the unit a place lies in."""

    units: Mapping[str, int]
    """Code, or a name that only one unit has, to the id of the unit."""
    codes: Mapping[str, int]
    areas: Areas

    @classmethod
    def load(cls, session: Session, areas: Areas) -> "OrganisationIndex":
        """The index over all units in the database; names that two units share are left out."""
        units = list(session.scalars(select(Unit)))
        names = [(name, unit.id) for unit in units for name in {unit.name, unit.short, *unit.aliases} if name]
        holders = Counter(name for name, _ in names)
        codes = {unit.code: unit.id for unit in units}
        return cls({name: number for name, number in names if holders[name] == 1} | codes, codes, areas)


def parse(lines: Iterable[Line], *, crs: CRS = CRS.WGS84) -> list[tuple[Line, PlaceRow]]:
    """The rows of a list, each with its place in the file. `crs` is for rows that name no system.

    Raises ConfigProblemsFound with every wrong row.
    """
    rows: list[tuple[Line, PlaceRow]] = []
    problems: list[ConfigProblem] = []
    for line in lines:
        row = validate_line(line, {"crs": crs, **line.fields}, PlaceRow, problems, whole="lat")
        if row is not None:
            rows.append((line, row))
    if problems:
        raise ConfigProblemsFound(problems)
    return rows


def import_places(
    session: Session,
    rows: Iterable[tuple[Line, PlaceRow]],
    *,
    index: OrganisationIndex,
    sieve: NameFilter,
    source: str,
    unit: str | None = None,
    replace: bool = False,
) -> PlacesReport:
    """Upsert a list of places, all or nothing; raises ConfigProblemsFound for unknown units.

    `unit` is the code or name of the unit for rows that name none; `source` is the name of the list.
    With `replace`, places of the same source that the list no longer has are deleted.
    """
    report = PlacesReport()
    wanted = _collect_rows(rows, index, sieve, unit, report)
    stored = {(row["name"], row["unit_id"]): row for row in _load_rows(session)}
    somewhere = {name for name, number in (*stored, *wanted) if number is not None}
    new: list[Values] = []
    moved: list[Values] = []
    for (name, number), values in wanted.items():
        row = {"name": name, "unit_id": number, **values, "source": source}
        if number is None and name in somewhere:
            report.drop(KNOWN, name, "有单位的同名地点")
            continue
        # A name stored without a unit gets the unit that the list gives it.
        held = stored.pop((name, number), None) or stored.pop((name, None), None)
        if held is None:
            new.append(row)
        elif any(held[column] != value for column, value in row.items()):
            moved.append({"id": held["id"], **row})
        else:
            report.unchanged += 1
    report.added, report.changed = len(new), len(moved)
    gone = [row["id"] for row in stored.values() if replace and row["source"] == source]
    report.removed = len(gone)
    _write_changes(session, new, moved, gone)
    return report


def _collect_rows(
    rows: Iterable[tuple[Line, PlaceRow]],
    index: OrganisationIndex,
    sieve: NameFilter,
    unit: str | None,
    report: PlacesReport,
) -> dict[Key, Values]:
    """The rows to be stored, by name and unit id. Raises ConfigProblemsFound for every unknown unit."""
    wanted: dict[Key, Values] = {}
    problems: list[ConfigProblem] = []
    for line, row in rows:
        called = row.unit or unit
        if called is not None and called not in index.units:
            near = format_suggestion(called, sorted(index.units))
            problems.append(
                ConfigProblem(line.locate("unit"), f"没有叫“{called}”的单位，或不止一个{near}", "HM-HM")
            )
            continue
        point = (
            from_crs(row.lat, row.lon, crs=row.crs) if row.lat is not None and row.lon is not None else None
        )
        lies_in = index.units[called] if called else _locate_unit(point, index)
        lat, lon = point or (None, None)
        for name in _iter_names(row):
            why = sieve.explain_rejection(name, has_owner=lies_in is not None)
            why = why or (REPEATED if (name, lies_in) in wanted else None)
            if why:
                report.drop(why, name, line.place)
            else:
                wanted[name, lies_in] = {"kind": row.kind, "lat": lat, "lon": lon}
    if problems:
        raise ConfigProblemsFound(problems)
    return wanted


def _iter_names(row: PlaceRow) -> Iterator[str]:
    for written in (row.name, *row.aliases):
        yield from split_names(written)


def _locate_unit(point: tuple[float, float] | None, index: OrganisationIndex) -> int | None:
    code = index.areas.locate(*point) if point else None
    return index.codes[code] if code else None


def _load_rows(session: Session) -> list[Values]:
    return [dict(row) for row in session.execute(select(PlaceName.__table__)).mappings()]


def _write_changes(session: Session, new: list[Values], moved: list[Values], gone: list[int]) -> None:
    if not (new or moved or gone):
        return
    for start in range(0, len(gone), 500):
        session.execute(delete(PlaceName).where(PlaceName.id.in_(gone[start : start + 500])))
    if moved:
        session.execute(update(PlaceName), moved)
    if new:
        session.execute(insert(PlaceName), new)
    increment_counter(session, "organisation")  # running processes rebuild their environment when it moves


def read_sieve(packs: Iterable[Path]) -> NameFilter:
    """The filter for names that are too ordinary to be a place, made from rule packs and the dictionary."""
    return NameFilter(load_pack(list(packs)), common_words.load_words())
