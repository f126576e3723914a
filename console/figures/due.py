"""`/due`: what is late and what falls due today or tomorrow, by unit, and the first of these cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.reading import build_asker
from console.cases.todo import find_done
from console.context import ConsoleContext
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases.lists.rows import load_rows
from handlers.insight import deadlines
from handlers.insight.deadlines import Deadline
from handlers.wording import pages as say
from models.organisation import Unit

MOST_ROWS = 10


@dataclass(frozen=True, slots=True)
class _Line:
    """What one unit has to finish; code and name are empty for what nobody has yet."""

    code: str
    name: str
    counts: Mapping[Deadline, int]


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add `GET /due` to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/due")
    def show_deadlines(request: Request, viewer: reader, did: str = "") -> Response:
        env, now = context.env(), context.clock()
        asker = build_asker(viewer, env)
        with context.database.read() as session:
            lines = _name_lines(session, deadlines.count_deadlines(session, asker, env, now=now))
            cases = {
                end: deadlines.list_deadlines(session, asker, env, end, now=now, most=MOST_ROWS)
                for end in Deadline
            }
            rows = iter(load_rows(session, asker, [*chain.from_iterable(cases.values())], env))
            done = find_done(session, asker, did, now=now)
        return pages.render(
            request,
            "figures/due.html",
            lines=lines,
            totals={end: sum(line.counts[end] for line in lines) for end in Deadline},
            names=say.DEADLINES,
            rows={end: [*islice(rows, len(found))] for end, found in cases.items()},
            done=done,
            now=env.local(now),
        )


def _name_lines(session: Session, counts: Mapping[int | None, Mapping[Deadline, int]]) -> Sequence[_Line]:
    """A line for each unit, whoever has most that is late first."""
    units = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(set(counts) - {None})))}
    lines = [
        _Line(units[unit_id].code, units[unit_id].display_name, numbers)
        if unit_id
        else _Line("", "", numbers)
        for unit_id, numbers in counts.items()
    ]
    return sorted(lines, key=lambda line: (*(-line.counts[end] for end in Deadline), line.code))
