"""`/rules/proposals/{number}`: what it changes, what it does to the last messages, the decision."""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext, UnusableFile
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import RowId, go_to
from console.upkeep.organisation import find_people
from console.upkeep.rules import require_overseer
from handlers.cases.lists.rows import CaseRow, load_rows
from handlers.cases.queries import Asker, is_visible
from handlers.environment.snapshot import Environment, load_unit_facts
from handlers.environment.upkeep import proposals, responsibilities
from handlers.environment.upkeep.responsibilities import Item
from handlers.errors import NotFound, Refused
from handlers.wording import responsibilities as say_list
from handlers.wording import upkeep as say
from models.cases import Case
from models.organisation import Unit
from models.proposals import Proposal, ProposalSubject
from models.reports import Message, Report

_AROUND = 2
"""Lines shown around a changed one."""
_STEPS = ("adopt", "refuse", "rollback")


@dataclass(frozen=True, slots=True)
class _ChangedMessage:
    """A message that would be understood otherwise, by the case it belongs to."""

    row: CaseRow
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of proposals to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    page = _ProposalPage(context, pages)

    @router.get("/rules/proposals/{number}")
    def show_proposal(number: RowId, request: Request, viewer: reader) -> Response:
        return page.show(request, viewer, number)

    @router.post("/rules/proposals/{number}/{step}")
    def decide_proposal(number: RowId, step: str, request: Request, viewer: author) -> Response:
        return page.decide(request, viewer, number, step)


class _ProposalPage:
    """One proposal, for whoever looks after an area; decided by those at the top."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(
        self,
        request: Request,
        viewer: Viewer,
        number: int,
        *,
        failures: Sequence[str] = (),
        status: int = 200,
    ) -> Response:
        """The proposal; `failures`: why it was not decided. Raises NotFound."""
        require_overseer(viewer)
        env, now = self._context.env(), self._context.clock()
        asker = build_asker(viewer, env)
        with self._context.database.read() as session:
            proposal = _find_shown(session, number)
            changes = _load_changes(session, asker, proposal, env)
            people = find_people(session, {proposal.made_by, proposal.decided_by or 0})
            lines = _compare_texts(session, proposal)
            units = {unit.code: unit.short or unit.name for unit in load_unit_facts(session)}
            may_decide = proposals.is_at_top(session, viewer.person)
        return self._pages.render(
            request,
            "upkeep/proposal.html",
            status=status,
            failures=failures,
            proposal=proposal,
            name=say.SUBJECTS[proposal.subject],
            lines=lines,
            effect=proposal.effect,
            changes=changes,
            people=people,
            units=units,
            class_name=lambda class_id: env.class_info(class_id).name,
            may_decide=may_decide,
            is_mine=proposal.made_by == viewer.person.id,
            can_go_back=bool(proposal.adopted) and self._stands(proposal),
            local=env.local,
            now=env.local(now),
        )

    def _stands(self, proposal: Proposal) -> bool:
        """Whether what was adopted still stands there."""
        if proposal.subject in proposals.STORED:
            with self._context.database.read() as session:
                return proposals.is_standing(session, proposal)
        return self._context.rules.read(ProposalSubject(proposal.subject)).content == proposal.content

    def decide(self, request: Request, viewer: Viewer, number: int, step: str) -> Response:
        """`adopt`, `refuse` or `rollback`; a refusal is said on the page."""
        if step not in _STEPS:
            raise NotFound(say.no_such_proposal())
        try:
            if step == "refuse":
                with self._context.database.write() as session:
                    proposals.refuse(session, number, viewer.person, now=self._context.clock())
            else:
                number = self._put(viewer, number, step)
        except Refused as refused:
            return self.show(request, viewer, number, failures=[refused.sentence], status=refused.status)
        except UnusableFile as error:
            return self.show(request, viewer, number, failures=error.sentences, status=422)
        return go_to(f"/rules/proposals/{number}")

    def _put(self, viewer: Viewer, number: int, step: str) -> int:
        """Let the content of a proposal stand, or what stood before it; the number of what was decided."""
        decide = proposals.adopt if step == "adopt" else proposals.roll_back
        with self._context.database.read() as session:
            proposals.require_proposer(session, viewer.person)
            proposal = _find_shown(session, number)
            content = (proposal.content if step == "adopt" else proposal.replaced) or b""
            subject = ProposalSubject(proposal.subject)
        with self._prepare(subject, content) as put, self._context.database.write() as session:
            is_stored = subject in proposals.STORED
            standing = None if is_stored else self._context.rules.read(subject).content
            decided = decide(session, number, viewer.person, standing=standing, now=self._context.clock())
            # Last: what cannot be written is not decided.
            put()
            return decided.id

    def _prepare(
        self, subject: ProposalSubject, content: bytes
    ) -> AbstractContextManager[Callable[[], None]]:
        if subject in proposals.STORED:
            return nullcontext(lambda: None)
        return self._context.rules.prepare(subject, content)


def _find_shown(session: Session, number: int) -> Proposal:
    proposal = proposals.find_proposal(session, number)
    if proposal.subject == ProposalSubject.ORGANISATION:
        raise NotFound(say.no_such_proposal())
    return proposal


def _load_changes(
    session: Session, asker: Asker, proposal: Proposal, env: Environment
) -> Sequence[_ChangedMessage]:
    """The messages that change, of those whose case the viewer reads."""
    kept = (proposal.effect or {}).get("changes", [])
    ids = [change["message"] for change in kept]
    of_case = func.coalesce(Message.case_id, Report.case_id)
    joined = select(Message.id, of_case).outerjoin(Report, Report.id == Message.report_id)
    cases_of = {row[0]: row[1] for row in session.execute(joined.where(Message.id.in_(ids)))}
    wanted = {*cases_of.values()} - {None}
    found = session.scalars(select(Case).where(Case.id.in_(wanted), is_visible(asker)))
    cases = [case for case in found if asker.reading(session, case) is not None]
    rows = dict(
        zip((case.id for case in cases), load_rows(session, asker, cases, env, with_acts=False), strict=True)
    )
    return [
        _ChangedMessage(rows[case_id], change["before"], change["after"])
        for change in kept
        if (case_id := cases_of.get(change["message"])) in rows
    ]


def _compare_texts(session: Session, proposal: Proposal) -> Sequence[tuple[str, str]]:
    """The lines that change, each with `+`, `-`, `@` between places, or nothing for those around."""
    before, after = (_list_lines(session, proposal, each) for each in (proposal.replaced, proposal.content))
    found = difflib.unified_diff(before, after, lineterm="", n=_AROUND)
    signs = {"+": "+", "-": "-", "@": "@"}
    return [(signs.get(line[:1], ""), line[1:]) for line in found if not line.startswith(("---", "+++"))]


def _list_lines(session: Session, proposal: Proposal, content: bytes | None) -> list[str]:
    if proposal.subject == ProposalSubject.RESPONSIBILITIES:
        return [_describe_item(session, item) for item in responsibilities.read_items(content or b"")]
    text = (content or b"").decode("utf-8", "replace")
    if proposal.subject == ProposalSubject.CALENDAR and text:
        return [say.calendar_line(json.loads(text))]
    return text.splitlines()


def _describe_item(session: Session, item: Item) -> str:
    unit = session.get(Unit, item.unit_id) if item.unit_id is not None else None
    return say_list.proposal_line(item.number, item.name, item.law, unit.display_name if unit else "")
