"""`/insights`: what was reported, by class, area, time, hour and place; one period beside another."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.narrowing import NOBODY
from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.figures.areas import list_areas
from console.figures.periods import read_chooser
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases.lists.scope import is_at_top
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.insight import cohort, comparison
from handlers.insight.comparison import CubeRow, Scope
from handlers.insight.maps import outlines
from handlers.insight.periods import Period
from handlers.insight.standing import breakdown
from handlers.insight.standing.breakdown import BreakdownRow, Dimension
from handlers.wording import pages as say
from handlers.wording import standing
from handlers.wording.formats import format_money
from handlers.wording.sources import source_name
from models.organisation import Unit

_MOST_ROWS = 12
"""Classes in the table; whoever looks for others narrows the area."""


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One class, area or stretch of time: how many in the period, and how many in the other one."""

    key: str
    name: str
    count: int
    other: int
    fields: Mapping[str, str]
    """As filters of the list of all cases, without the period."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the table of classes: an area, or a stretch of time."""

    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Classes by columns; cells in the order of the columns."""

    columns: Sequence[TableColumn]
    rows: Sequence[tuple[ComparedLine, Sequence[int]]]
    most: int
    """The largest cell."""


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add `GET /insights` to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/insights")
    def show_insights(request: Request, viewer: reader) -> Response:
        """Raises NotAllowed for whoever looks after no area, WrongForm for what is no period."""
        env, now = context.env(), context.clock()
        asker, asked = build_asker(viewer, env), request.query_params
        today = env.local(now).date()
        chooser = read_chooser(asked, today=today)
        other = chooser.other
        by_time = asked.get("by") == "time"
        with context.database.read_copy() as session:
            above = list_areas(session, asker, asked.get("area", ""))
            scope = _find_scope(session, asker, above)
            stretches = comparison.split_period(chooser.period) if by_time else [chooser.period]
            cube = comparison.build_cube(session, env, scope, stretches, other, now=now)
            hours = comparison.count_hours(session, env, scope, chooser.period, now=now)
            broken = {
                each: breakdown.count_rows(session, env, scope, each, chooser.period, other, now=now)
                for each in Dimension
            }
            occupations = breakdown.count_occupations(session, env, scope, chooser.period, now=now)
            money = comparison.sum_money(session, env, scope, chooser.period, now=now)
            places = comparison.list_repeat_places(session, env, scope, chooser.period, now=now)
        columns = _list_stretches(stretches) if by_time else _list_area_columns(scope)
        kept = {
            "from": chooser.period.first,
            "to": chooser.period.last,
            "from2": other.first,
            "to2": other.last,
        }
        narrowed = {"area": scope.area.code} if scope.narrowed else {}
        return pages.render(
            request,
            "figures/insights.html",
            scope=scope,
            above=above[:-1],
            chooser=chooser,
            other=other,
            total=sum(row.count for row in cube),
            total_before=sum(row.other for row in cube),
            areas=_sum_lines(cube, lambda row: row.area, _name_areas(scope), "area"),
            table=_build_table(env, cube, columns, by_time=by_time),
            by="time" if by_time else "area",
            hours=hours,
            places=places,
            dimensions=_list_dimensions(broken),
            occupations=occupations,
            least_told=breakdown.LEAST_TOLD,
            names=say.FIGURES,
            money=[("类别", "class", money[0]), ("单位", "office", money[1])],
            format_money=format_money,
            nobody=NOBODY,
            address=lambda **changes: f"/insights?{urlencode({**narrowed, **kept, **changes})}",
            listed=lambda period, **more: _link_to(period, {**narrowed, **more}),
            figure=comparison.FIGURE,
        )


def _list_dimensions(
    broken: Mapping[Dimension, Sequence[BreakdownRow]],
) -> Sequence[tuple[str, Sequence[tuple[str, Mapping[str, str], BreakdownRow]]]]:
    """For each its title, and its rows by name, with the filters of their lists."""
    names: Mapping[Dimension, Callable[[str], str]] = {
        Dimension.SOURCE: source_name,
        Dimension.FAMILY: standing.family_name,
        Dimension.STEP: standing.step_name,
    }
    found = []
    for each, rows in broken.items():
        name = names.get(each, str)
        # A source is a filter of the list itself, and goes by its name there.
        keyed = [(row, name(row.key) if each is Dimension.SOURCE else row.key or NOBODY) for row in rows]
        found.append(
            (standing.DIMENSIONS[each], [(name(row.key), {each.value: key}, row) for row, key in keyed])
        )
    return found


def _ends(period: Period) -> Sequence[tuple[str, date]]:
    return ("from", period.first), ("to", period.last)


def _link_to(period: Period, more: Mapping[str, str]) -> str:
    return f"/cases?{urlencode({'figure': comparison.FIGURE, **dict(_ends(period)), **more})}"


def _find_scope(session: Session, asker: Asker, above: Sequence[Unit]) -> Scope:
    unit, area = cohort.find_table_unit(session, asker), above[-1]
    return Scope(
        None if is_at_top(session, asker) else unit,
        area,
        tuple(outlines.find_parts(session, area)),
        narrowed=len(above) > 1,
    )


def _name_areas(scope: Scope) -> Mapping[str, str]:
    """The names of all areas that a row may lie in, in the order in which they are shown."""
    own, name = scope.area.code, scope.area.display_name
    parts = {part.code: part.name for part in scope.parts}
    return {**parts, f"={own}": say.lies_in(name, "=") if parts else name, f"!{own}": say.lies_in(name, "!")}


def _sum_lines(
    cube: Sequence[CubeRow], key: Callable[[CubeRow], str], names: Mapping[str, str], field: str
) -> Sequence[ComparedLine]:
    """A line for each, the most frequent first."""
    counts: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for row in cube:
        counts[key(row)] += row.count
        others[key(row)] += row.other
    lines = [ComparedLine(one, names.get(one, one), counts[one], others[one], {field: one}) for one in counts]
    return sorted(lines, key=lambda line: (-line.count, -line.other, line.key))


def _list_area_columns(scope: Scope) -> Sequence[TableColumn]:
    return [TableColumn(name, {"area": code}) for code, name in _name_areas(scope).items()]


def _list_stretches(stretches: Sequence[Period]) -> Sequence[TableColumn]:
    return [
        TableColumn(say.stretch(each.first, each.last), {"from": f"{each.first}", "to": f"{each.last}"})
        for each in stretches
    ]


def _build_table(
    env: Environment, cube: Sequence[CubeRow], columns: Sequence[TableColumn], *, by_time: bool
) -> Table:
    """The most frequent classes by the columns in which there is anything."""
    names = {info.id: info.name for info in env.classes.values()}
    lines = [line for line in _sum_lines(cube, lambda row: row.class_id, names, "class") if line.key in names]
    cells: Counter[tuple[str, int]] = Counter()
    places = {column.fields.get("area"): at for at, column in enumerate(columns)}
    for row in cube:
        shares = enumerate(row.counts) if by_time else [(places[row.area], row.count)]
        for at, count in shares:
            cells[row.class_id, at] += count
    used = [at for at in range(len(columns)) if any(cells[line.key, at] for line in lines)]
    rows = [(line, [cells[line.key, at] for at in used]) for line in lines[:_MOST_ROWS]]
    return Table([columns[at] for at in used], rows, max(cells.values(), default=0))
