"""`/rules`: a sentence tried, what waits for a second person, and what is wrong in the packs.

Whatever is changed is proposed first, and adopted by a second person (`console.upkeep.proposals`).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.context import ConsoleContext
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import go_to
from console.upkeep.organisation import find_people
from handlers.environment.snapshot import load_unit_facts
from handlers.environment.upkeep import proposals
from handlers.errors import NotAllowed
from handlers.triage.types import Facts
from handlers.wording import upkeep as say
from models.organisation import OVERSEERS

_LONGEST_SENTENCE = 500
_MOST_FINDINGS = 100


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the page of rules and that of their mistakes to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    page = _RulesPage(context, pages)

    @router.get("/rules")
    def show_rules(request: Request, viewer: reader, say: str = "") -> Response:
        return page.show_rules(request, viewer, say[:_LONGEST_SENTENCE])

    @router.get("/rules/check")
    def show_check(request: Request, viewer: reader) -> Response:
        return page.show_check(request, viewer)

    @router.post("/rules/check")
    def start_check(viewer: author) -> Response:
        require_overseer(viewer)
        context.rules.start_check()
        return go_to("/rules/check")


class _RulesPage:
    """What the office works by, for whoever looks after an area."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show_rules(self, request: Request, viewer: Viewer, sentence: str) -> Response:
        """The sentence as the rules in force understand it, and what waits for a second person."""
        require_overseer(viewer)
        env, rules = self._context.env(), self._context.rules
        found = env.classifier.triage(sentence, facts=Facts()) if sentence else None
        with self._context.database.read() as session:
            waiting = proposals.list_proposals(session, waiting=True)
            decided = proposals.list_proposals(session, waiting=False)
            people = find_people(session, {each.made_by for each in (*waiting, *decided)})
            units = {unit.code: unit.short or unit.name for unit in load_unit_facts(session)} if found else {}
        now = env.local(self._context.clock())
        return self._pages.render(
            request,
            "upkeep/rules.html",
            sentence=sentence,
            found=found,
            classes=env.classes,
            class_name=lambda class_id: env.class_info(class_id).name,
            units=units,
            version=env.classifier.pack.version,
            packs=rules.list_packs(),
            refused=rules.list_refused(),
            waiting=waiting,
            decided=decided,
            people=people,
            subjects=say.SUBJECTS,
            local=env.local,
            now=now,
        )

    def show_check(self, request: Request, viewer: Viewer) -> Response:
        """What is wrong in the packs, at its lines; while that is looked for, a page that asks again."""
        require_overseer(viewer)
        return self._pages.render(
            request,
            "upkeep/check.html",
            job=self._context.rules.find_check(),
            kinds=say.FINDING_KINDS,
            most=_MOST_FINDINGS,
        )


def require_overseer(viewer: Viewer) -> None:
    """Raise NotAllowed for who looks after no area."""
    if viewer.person.find_post(OVERSEERS) is None:
        raise NotAllowed(say.may_not_read_rules())
