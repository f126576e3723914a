"""Import of the administrative list (12-digit codes of villages and neighbourhoods) into the unit tree.

It adds what the organisation file leaves out: every village of every town in the tree, so that 沙南村
is a place with a unit. Units that exist already, by code or by name, stay as they are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports.org_rows import Code, Organisation, RowLocation, SheetRow, Text, UnitRow
from bot.imports.organisation import import_org
from bot.imports.row_errors import validate_line
from bot.imports.spreadsheet import Column, Line, ListColumns
from handlers.environment.units import split_path
from models.organisation import Unit, UnitKind

COLUMNS = ListColumns(
    subject="village",
    unkept={"序号": "", "备注": ""},
    columns=(
        Column("county", "区县", (), example="海门区"),
        Column("town_code", "乡镇代码", ("镇街代码",), True, "320614106"),
        Column("town", "乡镇", ("镇街", "乡镇街道"), True, "三星镇"),
        Column("village_code", "村居代码", ("村代码",), True, "320614106201"),
        Column("village", "村居", ("村社区",), True, "汇南村"),
    ),
)
_ASIDE = re.compile(r"[（(][^（）()]*[)）]$")
_COMMITTEE = re.compile(r"\A(?P<base>.{1,60}?)(?P<kind>村民委员会|村委会|居民委员会|居委会)$")


class VillageRow(SheetRow):
    """One line of the list: a village with its code, and its town with its code."""

    county: str = ""
    town_code: Text
    town: Text
    village_code: Code
    village: Text


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
    locations: dict[tuple[str, str], RowLocation] = {}
    problems: list[ConfigProblem] = []
    for line in lines:
        row = validate_line(line, line.fields, VillageRow, problems, whole="village_code")
        if row is None:
            continue
        town = tree.find_town(row)
        if town is None:
            report.unknown_towns[row.town] = report.unknown_towns.get(row.town, 0) + 1
        elif tree.has_village(row, town) or ("units", row.village_code) in locations:
            report.already_known += 1
        else:
            rows.append(_build_unit_row(row, town))
            locations["units", row.village_code] = line
    if problems:
        raise ConfigProblemsFound(problems)
    if rows:
        report.added = [
            name.removeprefix("units/")
            for name in import_org(session, Organisation(tuple(rows), (), (), locations)).added
        ]
    return report


def _build_unit_row(row: VillageRow, town: Unit) -> UnitRow:
    name = simplify_name(row.village)
    return UnitRow(
        code=row.village_code,
        name=name,
        kind=UnitKind.VILLAGE,
        parent=town.code,
        aliases=() if name == row.village else (row.village,),
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

    def find_town(self, row: VillageRow) -> Unit | None:
        """The town with this code, else the only town with this name in this county; None where unclear."""
        if (unit := self._codes.get(row.town_code)) is not None:
            return unit if unit.kind == UnitKind.TOWN else None
        names = {row.town, _ASIDE.sub("", row.town)}
        named = [unit for unit in self._towns if not names.isdisjoint((unit.name, unit.short, *unit.aliases))]
        candidates = [unit for unit in named if not row.county or self._district(unit) in (row.county, None)]
        return candidates[0] if len(candidates) == 1 else None

    def has_village(self, row: VillageRow, town: Unit) -> bool:
        names = {(town.id, row.village), (town.id, simplify_name(row.village))}
        return row.village_code in self._codes or not self._known_names.isdisjoint(names)

    def _district(self, unit: Unit) -> str | None:
        above = (self._districts.get(code) for code in split_path(unit.path))
        return next((name for name in above if name), None)
