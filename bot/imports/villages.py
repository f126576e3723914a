"""Import of the administrative list (12-digit codes of villages and neighbourhoods) into the unit tree.

It adds what the organisation file leaves out: every village of every town in the tree, so that 沙南村
is a place with a unit. Units that exist already, by code or by name, stay as they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports.org_file import describe_row_errors
from bot.imports.org_rows import Organisation, UnitRow
from bot.imports.organisation import import_org
from bot.imports.spreadsheet import Line
from handlers.environment.units import split_path
from models.organisation import Unit, UnitKind

_HEADINGS = {
    "区县": "county",
    "乡镇代码": "town_code",
    "乡镇": "town",
    "村居代码": "village_code",
    "村居": "village",
}
_NEEDED = ("town_code", "town", "village_code", "village")
_ASIDE = re.compile(r"[（(][^（）()]*[)）]$")
_COMMITTEE = re.compile(r"\A(?P<base>.{1,60}?)(?P<kind>村民委员会|村委会|居民委员会|居委会)$")


@dataclass(slots=True)
class VillagesReport:
    """What an import of villages did."""

    added: list[str] = field(default_factory=list)
    """Codes of the units that were added."""
    already_known: int = 0
    unknown_towns: dict[str, int] = field(default_factory=dict)
    """Towns that are not in the tree, each with the number of its villages that were passed over."""


def simplify_name(name: str) -> str:
    """The everyday name of a village: 沙南村村委会 is 沙南村, 通江街居委会 is 通江街社区."""
    match = _COMMITTEE.match(name)
    if match is None:
        return name
    base, ending = match["base"], "村" if match["kind"].startswith("村") else "社区"
    return base if base.endswith(("村", "社区")) else base + ending


def import_villages(session: Session, lines: Iterable[Line]) -> VillagesReport:
    """Add the villages of all towns that are in the tree, all or nothing.

    Raises ConfigProblemsFound with every wrong line. Villages of unknown towns are only counted.
    """
    report = VillagesReport()
    tree = _UnitTree(session.scalars(select(Unit)))
    rows: list[UnitRow] = []
    where: dict[tuple[str, str], str] = {}
    problems: list[ConfigProblem] = []
    for place, cells in _iter_villages(lines):
        town = tree.find_town(cells)
        if town is None:
            called = cells["town"]
            report.unknown_towns[called] = report.unknown_towns.get(called, 0) + 1
        elif tree.has_village(cells["village_code"], cells["village"], town) or (
            ("units", cells["village_code"]) in where
        ):
            report.already_known += 1
        else:
            try:
                rows.append(_build_unit_row(cells, town))
            except ValidationError as error:
                problems += describe_row_errors(place, error, UnitRow)
            where["units", cells["village_code"]] = place
    if problems:
        raise ConfigProblemsFound(problems)
    if rows:
        report.added = [
            name.removeprefix("units/")
            for name in import_org(session, Organisation(tuple(rows), (), (), where)).added
        ]
    return report


def _iter_villages(lines: Iterable[Line]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for place, cells in lines:
        fields = {_HEADINGS.get(key, key): value for key, value in cells.items()}
        if missing := [name for name in _NEEDED if not fields.get(name)]:
            headings = "、".join(word for word, name in _HEADINGS.items() if name in missing)
            raise ConfigProblemsFound(
                [ConfigProblem(place, f"缺少 {headings}", "乡镇代码,乡镇,村居代码,村居")]
            )
        yield place, fields


def _build_unit_row(cells: Mapping[str, str], town: Unit) -> UnitRow:
    name = simplify_name(cells["village"])
    return UnitRow(
        code=cells["village_code"],
        name=name,
        kind=UnitKind.VILLAGE,
        parent=town.code,
        aliases=() if name == cells["village"] else (cells["village"],),
    )


class _UnitTree:
    """The units in the database, found by code or by name."""

    def __init__(self, units: Iterable[Unit]) -> None:
        everything = list(units)
        self._codes = {unit.code: unit for unit in everything}
        self._towns = [unit for unit in everything if unit.kind == UnitKind.TOWN]
        self._known_names = {
            (unit.parent_id, name)
            for unit in everything
            for name in (unit.name, unit.short, *unit.aliases)
            if name
        }
        self._districts = {unit.code: unit.name for unit in everything if unit.kind == UnitKind.DISTRICT}

    def find_town(self, cells: Mapping[str, str]) -> Unit | None:
        """The town with this code, else the only town with this name in this county; None where unclear."""
        if (unit := self._codes.get(cells["town_code"])) is not None:
            return unit if unit.kind == UnitKind.TOWN else None
        names = {cells["town"], _ASIDE.sub("", cells["town"])}
        named = [unit for unit in self._towns if not names.isdisjoint((unit.name, unit.short, *unit.aliases))]
        county = cells.get("county")
        candidates = [unit for unit in named if not county or self._district(unit) in (county, None)]
        return candidates[0] if len(candidates) == 1 else None

    def has_village(self, code: str, name: str, town: Unit) -> bool:
        return code in self._codes or not self._known_names.isdisjoint(
            {(town.id, name), (town.id, simplify_name(name))}
        )

    def _district(self, unit: Unit) -> str | None:
        above = (self._districts.get(code) for code in split_path(unit.path))
        return next((name for name in above if name), None)
