"""`/mine`: whoever opens it in WeChat is known by the official account, without being asked, and finds what
they reported. Each case is opened by its link, where all that a reporter may do is done.

/mine ──WeChat's browser──> the platform ──code──> /mine/back ──> /mine ──a case──> /c/{token}
"""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console.context import AccountUnknown, ConsoleContext
from console.posting import PostedFields
from console.problems import PageProblem
from console.resident import public_forms
from console.sign_in import round_trip, sessions
from console.sign_in.viewers import give_cookie, name_cookie
from console.templating import Pages
from handlers.cases.resident import own_list
from handlers.wording import own_cases as say
from models.account_ids import WECHAT
from models.console import RESIDENT_DOOR
from models.organisation import Person

log = structlog.get_logger()
_WAY = "/mine"
_COOKIE = "gridbot_mine"
_LAST_PAGE = 1_000


class NotKnown(PageProblem):
    """Nobody knows who opens the page."""

    slug, status = "not_known", 403


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages) -> None:
    """Add the list, the way to it, and the way from it to a case."""
    door = _OwnDoor(context)

    @router.get(_WAY)
    def show_list(request: Request, page: Annotated[int, Query(ge=1, le=_LAST_PAGE)] = 1) -> Response:
        """To the platform first, where nobody is known yet."""
        token = door.get_token(request)
        with context.database.read() as session:
            person = sessions.find_resident(session, token, now=context.clock())
            if person is not None:
                env, now = context.env(), context.clock()
                found = own_list.list_own_cases(session, person, WECHAT, env, number=page, now=now)
        if person is None:
            return door.send_to_platform(request)
        form = public_forms.sign_form(token)
        return pages.render(request, "resident/own_cases.html", public=True, found=found, form=form)

    @router.get(f"{_WAY}/back")
    async def come_back(request: Request, code: str = "", state: str = "") -> Response:
        answer = await door.take_return(request, code, state)
        return round_trip.finish(answer, way=_WAY, secure=context.settings.is_secure)

    @router.post(f"{_WAY}/{{number}}")
    def open_case(request: Request, number: str, posted: PostedFields) -> Response:
        """A link of their own to the case, and on to its page."""
        token = door.get_token(request)
        with context.database.write() as session:
            person = sessions.find_resident(session, token, now=context.clock())
            if person is None:
                return RedirectResponse(_WAY, 303, {"Cache-Control": "no-store"})
            public_forms.require_own_form(posted, token)
            link = own_list.open_own_case(session, person, WECHAT, number, now=context.clock())
        return RedirectResponse(f"/c/{link}", 303, {"Cache-Control": "no-store"})


def is_offered(context: ConsoleContext, request: Request) -> bool:
    """Whether `/mine` would know whoever looks at this page."""
    return context.find_resident_sign_in() is not None and _is_wechat(request)


def _is_wechat(request: Request) -> bool:
    """Whether it is WeChat's browser; WeCom's says that it is that as well."""
    agent = request.headers.get("User-Agent", "").lower()
    return "micromessenger" in agent and "wxwork" not in agent


class _OwnDoor:
    """How residents are known in one installation."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    def get_token(self, request: Request) -> str:
        return request.cookies.get(name_cookie(self._context.settings, _COOKIE), "")

    def send_to_platform(self, request: Request) -> Response:
        """Raises NotKnown where no platform would know them."""
        platform = self._context.find_resident_sign_in()
        if platform is None:
            raise NotKnown(say.NO_ACCOUNT)
        if not _is_wechat(request):
            raise NotKnown(say.OPEN_IN_WECHAT)
        settings, state = self._context.settings, round_trip.new_state()
        url = platform.build_url(redirect_to=f"{settings.base_url}{_WAY}/back", state=state, inside=True)
        return round_trip.send_away(url, state, _WAY, way=_WAY, secure=settings.is_secure)

    async def take_return(self, request: Request, code: str, state: str) -> Response:
        """Whoever comes back is known from now on. Raises NotKnown."""
        wanted, is_ours = round_trip.read_return(request, state)
        platform = self._context.find_resident_sign_in()
        if platform is None or not is_ours:
            raise NotKnown(say.OPEN_AGAIN)
        try:
            user_id = await platform.find_account(code)
        except AccountUnknown as unknown:
            log.info("console.account_unknown", slug=unknown.slug)
            raise NotKnown(say.account_unknown(unknown.slug)) from unknown
        return await run_in_threadpool(self._admit, platform.provider, user_id, wanted)

    def _admit(self, provider: str, user_id: str, wanted: str) -> Response:
        settings, now = self._context.settings, self._context.clock()
        with self._context.database.write() as session:
            person: Person | None = own_list.find_person(session, provider, user_id)
            if person is None:
                raise NotKnown(say.NOTHING_YET)
            token = sessions.open_session(session, person, RESIDENT_DOOR, now=now, lasts=settings.session)
        answer = RedirectResponse(wanted, 303, {"Cache-Control": "no-store"})
        give_cookie(answer, settings, token, name=_COOKIE)
        return answer
