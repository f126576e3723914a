"""`/cases`: all cases of whoever asks, filtered by what stands in the address; kept views; Excel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, RedirectResponse, Response

from console.cases import narrowing, workbook
from console.cases.narrowing import Narrowed
from console.cases.reading import build_asker
from console.cases.todo import find_done
from console.context import ConsoleContext
from console.posting import Posted
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.cases.lists.rows import load_rows
from handlers.cases.queries import Asker, CaseFilter
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import Refused
from handlers.insight.case_search import list_matching
from handlers.intake.sources.other_sources import may_register
from handlers.wording import pages as say
from handlers.wording.sources import find_source
from models.case_numbers import WHOLE
from models.console import SavedView
from models.workflow import ACTS, Status

PAGE = 30
_FIELDS = ("q", "status", "class", "unit", "from", "to", "urgent", "own", "source", *narrowing.FIELDS)
_SERIAL = range(4, 7)
_MOST_VIEWS = 20
_LONGEST_NAME = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filters of an address ask for."""

    fields: Mapping[str, str]
    filter: CaseFilter
    words: tuple[str, ...]
    own_only: bool
    narrowed: Narrowed
    """What a figure that was followed asks for."""


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of all cases to the router; before that of one, whose address fits these, too."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    lists = _Lists(context, pages)

    @router.get("/cases")
    def show_cases(request: Request, viewer: reader, before: str = "", did: str = "") -> Response:
        return lists.show(request, viewer, before=before, did=did)

    @router.get("/cases.xlsx")
    def send_workbook(request: Request, viewer: reader) -> Response:
        return lists.send_workbook(request, viewer)

    @router.post("/cases/views")
    def keep_view(viewer: author, posted: Posted) -> Response:
        drop = bool(posted.text("drop"))
        return lists.keep_view(viewer, posted.text("name"), posted.text("query"), drop=drop)


class _Lists:
    """The list of all cases, as a page and as a file."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(self, request: Request, viewer: Viewer, *, before: str, did: str) -> Response:
        """A page of the list; what the filters say wrong is said on it."""
        env, now = self._context.env(), self._context.clock()
        asker = build_asker(viewer, env)
        fields = _read_fields(request.url.query)
        with self._context.database.read_copy() as session:
            failure, rows, following, narrowed = "", [], None, Narrowed()
            try:
                wanted = read_wanted(session, asker, env, fields, now=now)
                narrowed = wanted.narrowed
                cases, following = list_matching(
                    session, asker, env, wanted.filter, wanted.words,
                    limit=PAGE, before=_read_id(before), own_only=wanted.own_only,
                    further=narrowed.conditions,
                )  # fmt: skip
                rows = load_rows(session, asker, cases, env)
            except (Refused, WrongForm) as refused:
                failure, status = refused.sentence, refused.status
            views = session.scalars(_views_of(viewer).order_by(SavedView.id)).all()
            done = find_done(session, asker, did, now=now)
        query = urlencode(fields)
        return self._pages.render(
            request,
            "cases/list.html",
            status=status if failure else 200,
            failure=failure,
            fields={name: fields.get(name, "") for name in _FIELDS},
            narrowed=narrowed,
            rows=rows,
            here=f"/cases?{query}",
            query=query,
            following=f"/cases?{urlencode({**fields, 'before': following})}" if following else "",
            views=[(view.name, view.query) for view in views],
            statuses=list(Status),
            classes=list(env.classes.values()),
            may_register=may_register(viewer.person),
            bulk=[act for act in ACTS.values() if act.bulk],
            done=done,
            now=env.local(now),
        )

    def send_workbook(self, request: Request, viewer: Viewer) -> Response:
        """The list as Excel, whole as far as it may be. Raises Refused, WrongForm."""
        env = self._context.env()
        asker = build_asker(viewer, env)
        with self._context.database.read() as session:
            fields = _read_fields(request.url.query)
            wanted = read_wanted(session, asker, env, fields, now=self._context.clock())
            rows = workbook.iter_rows(
                session, asker, env, wanted.filter, wanted.words,
                own_only=wanted.own_only, further=wanted.narrowed.conditions,
            )  # fmt: skip
            path = workbook.write_rows(rows)
        return FileResponse(
            path,
            media_type=workbook.MEDIA_TYPE,
            filename=say.workbook_name(env.local(self._context.clock()).date()),
            headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
            background=BackgroundTask(path.unlink),
        )

    def keep_view(self, viewer: Viewer, name: str, query: str, *, drop: bool) -> Response:
        """Give the filters of an address a name; an old view of that name goes. Raises WrongForm."""
        fields = _read_fields(query)
        if not 0 < len(name) <= _LONGEST_NAME:
            raise WrongForm(say.unfit_view_name(_LONGEST_NAME))
        with self._context.database.write() as session:
            session.execute(
                delete(SavedView).where(SavedView.person_id == viewer.person.id, SavedView.name == name)
            )
            if not drop:
                if len(session.scalars(_views_of(viewer)).all()) >= _MOST_VIEWS:
                    raise WrongForm(say.too_many_views(_MOST_VIEWS))
                session.add(SavedView(person_id=viewer.person.id, name=name, query=urlencode(fields)))
        return RedirectResponse(f"/cases?{urlencode(fields)}", 303, {"Cache-Control": "no-store"})


def _views_of(viewer: Viewer) -> Select[SavedView]:
    return select(SavedView).where(SavedView.person_id == viewer.person.id)


def _read_fields(query: str) -> dict[str, str]:
    """The filters of an address that say something."""
    return {
        name: value.strip()[:200] for name, value in parse_qsl(query) if name in _FIELDS and value.strip()
    }


def read_wanted(
    session: Session, asker: Asker, env: Environment, fields: Mapping[str, str], *, now: datetime
) -> Wanted:
    """What the filters ask for.

    Raises NotFound for a class, unit or figure nobody knows, WrongForm for a date, NotAllowed for figures
    that are not the asker's.
    """
    said = fields.get("q", "").replace("\0", "")
    number = _find_number(said)
    status = fields.get("status", "")
    return Wanted(
        fields=fields,
        filter=CaseFilter(
            status=status if status in set(Status) else None,
            class_id=env.find_class(fields["class"], by_part_of_name=True).id if "class" in fields else None,
            unit=find_unit(session, fields["unit"]) if "unit" in fields else None,
            urgent=True if "urgent" in fields else None,
            opened_from=_read_day(fields, "from", time.min, env),
            opened_to=_read_day(fields, "to", time.max, env),
            number=number,
            source=find_source(fields["source"]) if "source" in fields else None,
        ),
        words=() if number is not None else tuple(said.split()),
        own_only="own" in fields,
        narrowed=narrowing.read_narrowed(session, asker, env, fields, now=now),
    )


def _find_number(said: str) -> str | None:
    """The number that was typed, whole or its serial; None for words."""
    if WHOLE.fullmatch(said.upper()):
        return said.upper()
    return said if said.isascii() and said.isdecimal() and len(said) in _SERIAL else None


def _read_day(fields: Mapping[str, str], name: str, at: time, env: Environment) -> datetime | None:
    if name not in fields:
        return None
    try:
        return datetime.combine(date.fromisoformat(fields[name]), at, env.zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongForm(say.unreadable_field("until")) from error


def _read_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
