"""`/`: what waits, in fixed folders with their counts, and what can be done at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases import possible_acts, queries
from handlers.cases.lists import folders
from handlers.cases.lists.folders import Folder, PageEnd
from handlers.cases.lists.rows import load_rows
from handlers.cases.queries import Asker
from handlers.errors import NotFound
from handlers.wording import pages as say
from models.case_numbers import WHOLE
from models.cases import Case, Event
from models.organisation import Unit
from models.workflow import ACTS, UNDO_WITHIN, Act

PAGE = 30


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add `GET /` to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/")
    def show_folders(
        request: Request, viewer: reader, folder: str = "", after: str = "", did: str = ""
    ) -> Response:
        env, now = context.env(), context.clock()
        asker = build_asker(viewer, env)
        with context.database.read() as session:
            counts = folders.count_folders(session, asker, now=now)
            chosen = _choose_folder(folder, counts)
            cases, following = folders.list_folder(
                session, asker, chosen, now=now, size=PAGE, after=_read_place(after)
            )
            rows = load_rows(session, asker, cases, env)
            done = find_done(session, asker, did, now=now)
        here = f"/?{urlencode({'folder': chosen})}"
        return pages.render(
            request,
            "cases/todo.html",
            folders=[(one, say.FOLDERS[one], min(counts[one], queries.MOST_COUNTED)) for one in Folder],
            most=queries.MOST_COUNTED,
            chosen=chosen,
            rows=rows,
            here=here,
            following=f"{here}&{urlencode({'after': _write_place(following)})}" if following else "",
            done=done,
            now=env.local(now),
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What was done a moment ago, and how it is taken back."""

    number: str
    version: int
    verb: str
    unit: str
    back: Act | None
    """The act that takes it back; None: none does any more."""
    minutes: int
    """How long that is possible."""


def find_done(session: Session, asker: Asker, did: str, *, now: datetime) -> Done | None:
    """The act that `did` names (`WG261121-0031.5`), if the asker may read of it and it was just done."""
    number, _, event_number = did.partition(".")
    if not (WHOLE.fullmatch(number) and event_number.isdecimal() and len(event_number) < 10):
        return None
    case = session.scalar(select(Case).where(Case.number == number))
    if case is None or asker.reading(session, case) is None:
        return None
    mine = (Event.case_id == case.id, Event.number == int(event_number), Event.actor_id == asker.actor.id)
    event = session.scalar(select(Event).where(*mine))
    if event is None or now - event.at > UNDO_WITHIN:
        return None
    unit = session.get(Unit, case.unit_id) if case.unit_id is not None else None
    back = possible_acts.find_way_back(session, asker.actor, case, event)
    return Done(
        number=case.number,
        version=case.version,
        verb=ACTS[event.act].verb,
        unit=unit.display_name if unit is not None and "unit_id" in event.fields else "",
        back=back,
        minutes=max(1, int((UNDO_WITHIN - (now - event.at)).total_seconds() // 60)),
    )


def _choose_folder(asked: str, counts: Mapping[Folder, int]) -> Folder:
    """The folder that was asked for, else the first in which something waits. Raises NotFound."""
    if not asked:
        return next((folder for folder in Folder if counts[folder]), Folder.NEW)
    if asked not in set(Folder):
        raise NotFound(say.no_such_page())
    return Folder(asked)


def _write_place(place: PageEnd) -> str:
    moment = place.due_at.isoformat() if place.due_at is not None else ""
    return f"{place.case_id}.{moment}"


def _read_place(text: str) -> PageEnd | None:
    """Where the last page ended; the first page where the address was written by hand."""
    case_id, _, moment = text.partition(".")
    if not (case_id.isdecimal() and len(case_id) <= 18):
        return None
    try:
        due_at = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
    return PageEnd(due_at, int(case_id)) if due_at is None or due_at.tzinfo is not None else None
