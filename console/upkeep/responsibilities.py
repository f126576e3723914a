"""`/responsibilities`: the list searched, what is wrong with it, what was returned, and rulings on that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.posting import Posted, PostedForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import TypedForm, go_to
from console.upkeep.organisation import list_unit_names, require_unit
from handlers.cases import queries
from handlers.cases.lists import bounces
from handlers.environment.units import find_named_unit
from handlers.environment.upkeep import proposals, responsibilities, rulings
from handlers.environment.upkeep.completeness import Gap
from handlers.environment.upkeep.rulings import DraftRuling
from handlers.errors import NotFound, Refused
from handlers.wording import responsibilities as say
from models.cases import Case
from models.organisation import OVERSEERS
from models.proposals import Proposal
from models.workflow import Status

_PAGE = 50
_MOST_BOUNCED = 40
_MOST_VERSIONS = 10
_LOOK_BACK = timedelta(days=90)
_LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class _BouncedLine:
    """A case that was returned: what it is about, by whom, the items of its class, the ruling on it."""

    number: str
    class_name: str
    status: str
    units: Sequence[str]
    items: Sequence[str]
    """Numbers of the items of its class, to choose from."""
    ruling: Proposal | None


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the page of the list and the form of a ruling to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    page = _ListPage(context, pages)

    @router.get("/responsibilities")
    def show_list(request: Request, viewer: reader, say: str = "", page_number: int = 1) -> Response:
        return page.show(request, viewer, say[:_LONGEST_SEARCH], page_number)

    @router.post("/responsibilities/rulings")
    def propose_ruling(request: Request, viewer: author, posted: Posted) -> Response:
        try:
            number = page.propose(viewer, posted)
        except Refused as refused:
            sheet = TypedForm(posted.texts, refused.sentence, refused.status)
            return page.show(request, viewer, "", 1, sheet=sheet)
        return go_to(f"/rules/proposals/{number}")


class _ListPage:
    """The list for all staff; what was returned for those who look after an area."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(
        self,
        request: Request,
        viewer: Viewer,
        sought: str,
        page_number: int,
        *,
        sheet: TypedForm | None = None,
    ) -> Response:
        """A page of what fits the words; `sheet`: a ruling that was refused."""
        env, now = self._context.env(), self._context.clock()
        oversees = viewer.person.find_post(OVERSEERS) is not None
        page_number = min(max(page_number, 1), 10_000)
        gaps: Mapping[str, Gap] = {}
        bounced: Sequence[_BouncedLine] = ()
        with self._context.database.read() as session:
            own = require_unit(session, viewer)
            items, total = responsibilities.search_items(
                session, sought.split(), env.classes, page=page_number, size=_PAGE
            )
            versions = responsibilities.list_versions(session, _MOST_VERSIONS)
            if oversees:
                gaps = responsibilities.find_list_gaps(session, env.classes) if versions else {}
                bounced = self._list_bounced(session, viewer)
            may_rule = proposals.is_at_top(session, viewer.person)
            names = list_unit_names(session, own) if may_rule else []
        return self._pages.render(
            request,
            "upkeep/responsibilities.html",
            status=sheet.status if sheet else 200,
            sheet=sheet or TypedForm(),
            sought=sought,
            items=items,
            total=total,
            page_number=page_number,
            page_count=-(-total // _PAGE),
            classes=env.classes,
            versions=versions,
            gaps={key: gap for key, gap in gaps.items() if gap.count},
            gap_names=say.GAPS,
            bounced=bounced,
            is_overseer=oversees,
            may_rule=may_rule,
            unit_names=names,
            local=env.local,
            now=env.local(now),
        )

    def _list_bounced(self, session: Session, viewer: Viewer) -> Sequence[_BouncedLine]:
        env = self._context.env()
        asker = build_asker(viewer, env)
        since = self._context.clock() - _LOOK_BACK
        known = rulings.list_rulings(session)
        return [
            _BouncedLine(
                each.case.number,
                env.class_info(each.case.class_id).name,
                Status(each.case.status).chinese,
                each.units,
                responsibilities.list_numbers(session, each.case.class_id),
                known.get(each.case.number),
            )
            for each in bounces.list_bounced(session, asker, since=since, limit=_MOST_BOUNCED)
        ]

    def propose(self, viewer: Viewer, posted: PostedForm) -> int:
        """Propose whose an item is; the number of the proposal. Raises Refused."""
        with self._context.database.write() as session:
            case = self._find_case(session, viewer, posted.text("case"))
            unit = find_named_unit(session, posted.text("unit"))
            if unit is None:
                raise NotFound(say.no_such_unit(posted.text("unit")))
            ruling = DraftRuling(
                number=posted.text("number"),
                unit=unit,
                reason=posted.text("reason"),
                name=posted.text("name"),
                law=posted.text("law"),
                class_id=case.class_id if case is not None else None,
                case=case.number if case is not None else "",
            )
            return rulings.propose_ruling(session, ruling, viewer.person, now=self._context.clock()).id

    def _find_case(self, session: Session, viewer: Viewer, number: str) -> Case | None:
        """The case that was returned. Raises NotFound for one that is not theirs to read."""
        if not number:
            return None
        return queries.find_case(session, build_asker(viewer, self._context.env()), number)
