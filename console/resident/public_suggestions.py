"""`/suggestions`: what became of suggestions, as two people published it, for everybody."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.context import ConsoleContext
from console.templating import Pages
from handlers.cases.lists.published import list_published
from handlers.wording import adoption as say


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages) -> None:
    """Add the page to the router."""

    @router.get("/suggestions")
    def show_suggestions(request: Request) -> Response:
        env = context.env()
        with context.database.read() as session:
            found = list_published(session, env)
        return pages.render(
            request, "resident/suggestions.html", public=True, suggestions=found,
            title=say.PUBLIC_TITLE, nothing=say.NOTHING_PUBLIC,
        )  # fmt: skip
