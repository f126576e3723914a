"""`/answers`: the answers that a unit keeps for the forms of its cases."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.cases.acting import read_words
from console.context import ConsoleContext
from console.posting import Posted
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import RowId, TypedForm, go_to
from handlers.environment.upkeep import answers
from handlers.errors import Refused
from handlers.wording import upkeep as say


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the kept answers to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]

    def show(request: Request, viewer: Viewer, sheet: TypedForm) -> Response:
        env = context.env()
        with context.database.read() as session:
            kept = answers.list_answers(session, viewer.person)
        return pages.render(
            request,
            "upkeep/answers.html",
            status=sheet.status,
            sheet=sheet,
            answers=[(each, env.class_info(each.class_id).name if each.class_id else "") for each in kept],
            classes=list(env.classes.values()),
            blanks=say.BLANKS,
            may_keep=answers.may_keep_answers(viewer.person),
            unit_id=viewer.person.unit_id,
            longest=answers.LONGEST_TEXT,
        )

    @router.get("/answers")
    def show_answers(request: Request, viewer: reader) -> Response:
        return show(request, viewer, TypedForm())

    @router.post("/answers")
    def keep_answer(request: Request, viewer: author, posted: Posted) -> Response:
        class_name = posted.text("class")
        try:
            class_id = context.env().find_class(class_name).id if class_name else None
            with context.database.write() as session:
                answers.store_answer(
                    session, viewer.person, posted.text("name"), read_words(posted, "text"),
                    class_id=class_id, now=context.clock(),
                )  # fmt: skip
        except (Refused, WrongForm) as refused:
            return show(request, viewer, TypedForm(posted.texts, refused.sentence, refused.status))
        return go_to("/answers")

    @router.post("/answers/{answer_id}/drop")
    def drop_answer(answer_id: RowId, viewer: author) -> Response:
        with context.database.write() as session:
            answers.drop_answer(session, viewer.person, answer_id)
        return go_to("/answers")
