"""`POST /cases/bulk`: one act on several cases, each by itself, with a line that says what came of it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.cases import acting
from console.context import ConsoleContext
from console.posting import Posted, PostedForm
from console.problems import WrongForm
from console.sign_in.round_trip import keep_inside
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.errors import Refused
from handlers.wording import pages as say
from models.workflow import Act

MOST_CASES = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the act on one case; `why` is empty where it was done."""

    number: str
    why: str


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the route of acts on several cases to the router."""
    author = Annotated[Viewer, Depends(guards.author)]

    @router.post("/cases/bulk")
    def act_on_cases(request: Request, viewer: author, posted: Posted) -> Response:
        act, numbers = acting.find_act(posted.text("act")), posted.list_texts("case")
        if not act.bulk:
            raise WrongForm(say.not_in_bulk(act.verb))
        if not 0 < len(numbers) <= MOST_CASES:
            raise WrongForm(say.choose_cases(MOST_CASES))
        outcomes = [_act_on_case(context, viewer, number, act, posted) for number in dict.fromkeys(numbers)]
        return pages.render(
            request,
            "cases/bulk.html",
            act=act,
            outcomes=outcomes,
            done=sum(not outcome.why for outcome in outcomes),
            back=keep_inside(posted.text("next")),
        )


def _act_on_case(
    context: ConsoleContext, viewer: Viewer, number: str, act: Act, posted: PostedForm
) -> Outcome:
    try:
        acting.perform_posted(context, viewer, number, act, posted)
    except (Refused, WrongForm) as refused:
        return Outcome(number, refused.sentence)
    return Outcome(number, "")
