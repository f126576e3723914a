"""`POST /org/import`: first what a file of the organisation changes, then, of the same file, the change."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.context import ConsoleContext, OrganisationChanges, OrganisationFile, UnusableFile
from console.posting import Posted
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import RowId
from handlers.environment.upkeep import proposals
from handlers.wording import upkeep as say

MOST_MEGABYTES = 5
_MOST_SHOWN = 200
"""Rows of a kind that a page names."""


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the import to the router."""
    author = Annotated[Viewer, Depends(guards.author)]

    @router.post("/org/import")
    def preview_file(request: Request, viewer: author, posted: Posted) -> Response:
        content = next(iter(posted.list_files("file")), b"")
        if not content:
            raise WrongForm(say.choose_file())
        if len(content) > MOST_MEGABYTES * 1024 * 1024:
            raise WrongForm(say.file_too_large(MOST_MEGABYTES))
        with context.database.read() as session:
            proposals.require_importer(session, viewer.person)
        try:
            file = context.read_organisation(content)
            with context.database.write() as session:
                changes = _try_import(file, session)
                number = proposals.keep_file(
                    session, say.FILE_OF_PAGE, content, viewer.person, now=context.clock()
                ).id
        except UnusableFile as error:
            return pages.render(
                request, "upkeep/import.html", status=422, problems=error.sentences, most=_MOST_SHOWN
            )
        return pages.render(
            request,
            "upkeep/import.html",
            problems=(),
            changes=changes,
            number=number,
            most=_MOST_SHOWN,
            tables=say.TABLES,
            names=say.FIELDS,
        )

    @router.post("/org/import/{number}")
    def import_file(number: RowId, request: Request, viewer: author) -> Response:
        with context.database.read() as session:
            content = proposals.find_file(session, number, viewer.person, now=context.clock())
        file = context.read_organisation(content)
        with context.database.write() as session:
            proposals.take_file(session, number, viewer.person, now=context.clock())
            changes = file.import_rows(session)
        return pages.render(
            request,
            "upkeep/import.html",
            problems=(),
            changes=changes,
            number=None,
            most=_MOST_SHOWN,
            tables=say.TABLES,
            names=say.FIELDS,
        )


def _try_import(file: OrganisationFile, session: Session) -> OrganisationChanges:
    """What the import would change; nothing stays of it."""
    with session.begin_nested() as trial:
        changes = file.import_rows(session)
        trial.rollback()
    session.expire_all()
    return changes
