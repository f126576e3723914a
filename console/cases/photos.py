"""`/photos/{id}`: pictures and voices of cases, to whoever may read the case, kept by no browser.

`/photos/{id}/thumb` is small, `/photos/{id}/voice` is the copy that the duty desk plays.
"""

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import FileResponse, Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from handlers.cases import permissions
from handlers.cases.queries import Asker
from handlers.errors import NotFound
from handlers.wording import pages as say
from models.cases import Case
from models.messages import PartKind
from models.reports import CONFIDED, Media
from models.workflow import CaseRelation

Copy = Literal["whole", "thumb", "voice"]
_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_KINDS = {".jpg": "image/jpeg", ".webp": "image/webp", ".mp3": "audio/mpeg"}


def add_routes(router: APIRouter, context: ConsoleContext, guards: Guards) -> None:
    """Add the route of files to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/photos/{media_id}")
    @router.get("/photos/{media_id}/{copy}")
    def send_file(media_id: int, viewer: reader, copy: Copy = "whole") -> Response:
        with context.database.read() as session:
            asker = build_asker(viewer, context.env())
            name = find_copy(session, asker, media_id, copy)
        path = context.find_file(name) if name else None
        if path is None or path.suffix not in _KINDS:
            raise NotFound(say.no_such_file())
        return FileResponse(path, media_type=_KINDS[Path(path).suffix], headers=_HEADERS)


def find_copy(session: Session, asker: Asker, media_id: int, copy: Copy) -> str | None:
    """Path of this copy below the media folder; None where there is none that the asker may see or hear.

    Only clean copies leave, and only to who reads the case as a whole; a voice only to the desk.
    """
    media = session.get(Media, media_id) if media_id < 2**63 else None
    case = session.get(Case, media.case_id) if media is not None and media.case_id is not None else None
    if media is None or case is None or not may_see_files(session, asker, case):
        return None
    if media.role == CONFIDED and not permissions.hears_of_handling(session, asker.actor, case):
        return None
    if copy == "voice":
        return media.play_path if may_hear(session, asker, case) else None
    if copy == "thumb":
        return media.thumb_path
    return media.clean_path if media.kind == PartKind.PHOTO else media.poster_path


def may_see_files(session: Session, asker: Asker, case: Case) -> bool:
    """Whether pictures of the case are shown to the asker: to who reads all of it."""
    reading = asker.reading(session, case)
    return reading is not None and reading.is_whole


def may_hear(session: Session, asker: Asker, case: Case) -> bool:
    """Whether voices are played to the asker: to the desk alone, since people know a voice."""
    return permissions.has_relation(session, CaseRelation.DUTY, asker.actor, case)
