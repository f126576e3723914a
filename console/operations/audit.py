"""`/audit`: the record of what is looked at afterwards."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.cases.reading import build_asker
from console.context import ConsoleContext
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from handlers.errors import NotFound
from handlers.insight import audit
from handlers.insight.audit import AuditKind
from handlers.wording import audit as words
from handlers.wording import pages as say

PAGE = 30


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add `GET /audit` to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]

    @router.get("/audit")
    def show_audit(
        request: Request, viewer: reader, kind: str = AuditKind.REVEALS, before: str = ""
    ) -> Response:
        """Raises NotAllowed, and NotFound for what is not on record."""
        env, now = context.env(), context.clock()
        asker = build_asker(viewer, env)
        if kind not in set(AuditKind):
            raise NotFound(say.no_such_page())
        last = int(before) if before.isascii() and before.isdecimal() and len(before) <= 18 else None
        with context.database.read() as session:
            kinds = audit.list_kinds(session, asker)
            lines, following = audit.list_audit(session, asker, AuditKind(kind), size=PAGE, before=last)
            is_sign_in = kind == AuditKind.SIGN_INS
            failed = audit.count_failed_tries(session, now=now) if is_sign_in else None
        return pages.render(
            request,
            "operations/audit.html",
            kinds=[(one, words.KINDS[one]) for one in kinds],
            chosen=kind,
            lines=[(env.local(line.at), line) for line in lines],
            failed=failed,
            following=f"/audit?{urlencode({'kind': kind, 'before': following})}" if following else "",
            now=env.local(now),
        )
