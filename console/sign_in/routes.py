"""`/login` and `/logout`."""

import ipaddress
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote, urlsplit

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from console.context import AccountUnknown, ConsoleContext, ProviderSignIn
from console.posting import Posted, PostedFields, PostedForm
from console.problems import PageProblem
from console.sign_in import attempts, passwords, round_trip, sessions
from console.sign_in.round_trip import keep_inside
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards, give_cookie, take_cookie
from console.templating import Pages
from handlers.errors import NotFound
from handlers.wording import labels
from handlers.wording import pages as say
from models.console import ConsolePassword
from models.organisation import OUTSIDERS, UNIT_NAME, Account, Person, Role, Unit
from models.personal_data import ERASED

log = structlog.get_logger()

_WAY_IN = "/login"
_PLATFORM_BROWSER = "wxwork"
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})


class SignInFailed(PageProblem):
    """Nobody is signed in; the page of /login says why."""

    slug, status = "sign_in_failed", 403


class TooManyTries(SignInFailed):
    """Too many failed tries on this name or from this address."""

    slug, status = "too_many_tries", 429


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of signing in and out to the router."""
    door = _Door(context, pages)

    @router.get("/login")
    def show_ways(request: Request, next: str = "/") -> Response:  # noqa: A002 - its name in addresses
        if context.find_sign_in() is not None and _is_platform_browser(request):
            return RedirectResponse(f"/login/platform?next={quote(keep_inside(next))}", 303)
        return door.show(request, keep_inside(next))

    @router.get("/login/platform")
    def leave_for_platform(request: Request, next: str = "/") -> Response:  # noqa: A002
        return door.send_to_platform(request, keep_inside(next))

    @router.get("/login/back")
    async def come_back(request: Request, code: str = "", state: str = "") -> Response:
        answer = await door.take_return(request, code, state)
        return round_trip.finish(answer, way=_WAY_IN, secure=context.settings.is_secure)

    @router.get("/login/oidc")
    async def leave_for_provider(request: Request, next: str = "/") -> Response:  # noqa: A002
        return await door.send_to_provider(request, keep_inside(next))

    @router.get("/login/oidc/back")
    async def come_back_from_provider(
        request: Request, code: str = "", state: str = "", iss: str = ""
    ) -> Response:
        answer = await door.take_return(request, code, state, issuer=iss, is_provider=True)
        return round_trip.finish(answer, way=_WAY_IN, secure=context.settings.is_secure)

    @router.post("/login/{way}")
    def enter(way: str, request: Request, posted: PostedFields) -> Response:
        """By `password`, or by choice in the `demo`."""
        return door.enter(request, way, posted)

    @router.post("/logout")
    def leave(viewer: Annotated[Viewer, Depends(guards.author)], posted: Posted) -> Response:
        """With `everywhere`, on all browsers."""
        door.end_session(viewer, everywhere=bool(posted.text("everywhere")))
        answer = RedirectResponse(_WAY_IN, 303)
        take_cookie(answer, context.settings)
        return answer


class _Door:
    """The ways in that this installation has."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show(self, request: Request, wanted: str, failed: SignInFailed | None = None) -> Response:
        """The page with the ways in; `failed`: why the last one did not lead in."""
        choices: Sequence[tuple[str, Sequence[tuple[str, str, str]]]] = ()
        if self._may_choose(request):
            with self._context.database.read() as session:
                choices = _list_staff(session)
        return self._pages.render(
            request,
            "sign_in/login.html",
            status=failed.status if failed else 200,
            failure=failed.sentence if failed else "",
            next=wanted,
            platform=self._context.find_sign_in() is not None,
            provider=provider.name if (provider := self._context.find_provider()) is not None else "",
            passwords=self._context.settings.passwords,
            choices=choices,
        )

    def enter(self, request: Request, way: str, posted: PostedForm) -> Response:
        """Sign in by a form of the page of /login; the page again where that does not lead in."""
        wanted = keep_inside(posted.text("next"))
        try:
            if way == "password":
                return self._take_password(request, posted.text("name"), posted.text("password"), wanted)
            if way == "demo":
                return self._take_choice(request, posted.text("person"), wanted)
        except SignInFailed as failed:
            return self.show(request, wanted, failed)
        raise NotFound(say.no_such_page())

    def end_session(self, viewer: Viewer, *, everywhere: bool) -> None:
        """Sign out in this browser, or `everywhere`."""
        with self._context.database.write() as session:
            if everywhere:
                sessions.revoke_person(session, viewer.person.id, now=self._context.clock())
            else:
                sessions.revoke_session(session, viewer.session_id, now=self._context.clock())

    def send_to_platform(self, request: Request, wanted: str) -> Response:
        """To the platform, which sends the browser back with a code and this state."""
        platform = self._context.find_sign_in()
        if platform is None:
            raise SignInFailed(say.no_platform())
        settings, state = self._context.settings, round_trip.new_state()
        url = platform.build_url(
            redirect_to=f"{settings.base_url}/login/back",
            state=state,
            inside=_is_platform_browser(request),
        )
        return self._send_away(url, state, wanted)

    async def send_to_provider(self, request: Request, wanted: str) -> Response:
        """To the provider of single sign-on, likewise."""
        state = round_trip.new_state()
        try:
            url = await self._require_provider().build_url(redirect_to=self._name_return(), state=state)
        except AccountUnknown as unknown:
            failed = SignInFailed(say.account_unknown(unknown.slug, by=self._require_provider().name))
            return await run_in_threadpool(self.show, request, wanted, failed)
        return self._send_away(url, state, wanted)

    def _send_away(self, url: str, state: str, wanted: str) -> Response:
        return round_trip.send_away(url, state, wanted, way=_WAY_IN, secure=self._context.settings.is_secure)

    def _require_provider(self) -> ProviderSignIn:
        provider = self._context.find_provider()
        if provider is None:
            raise NotFound(say.no_such_page())
        return provider

    def _name_return(self) -> str:
        return f"{self._context.settings.base_url}/login/oidc/back"

    async def take_return(
        self, request: Request, code: str, state: str, *, issuer: str = "", is_provider: bool = False
    ) -> Response:
        """Sign in whoever comes back from where this browser was sent: the platform, or the provider."""
        wanted, is_ours = round_trip.read_return(request, state)
        try:
            if not is_ours:
                raise SignInFailed(say.sign_in_over())
            if is_provider:
                return await self._take_user(code, state, issuer, wanted)
            return await self._take_account(code, wanted)
        except SignInFailed as failed:
            return await run_in_threadpool(self.show, request, wanted, failed)

    async def _take_account(self, code: str, wanted: str) -> Response:
        """Sign in whoever the platform says came back with this code. Raises SignInFailed."""
        platform = self._context.find_sign_in()
        if platform is None:
            raise SignInFailed(say.no_platform())
        try:
            user_id = await platform.find_account(code)
        except AccountUnknown as unknown:
            log.info("console.account_unknown", slug=unknown.slug)
            raise SignInFailed(say.account_unknown(unknown.slug)) from unknown
        return await run_in_threadpool(self._admit_account, platform.provider, user_id, wanted)

    async def _take_user(self, code: str, state: str, issuer: str, wanted: str) -> Response:
        """Sign in whoever the provider says came back with this code. Raises SignInFailed."""
        provider = self._require_provider()
        try:
            user = await provider.find_user(code, redirect_to=self._name_return(), state=state, issuer=issuer)
        except AccountUnknown as unknown:
            log.info("console.account_unknown", slug=unknown.slug)
            raise SignInFailed(say.account_unknown(unknown.slug, by=provider.name)) from unknown
        if provider.matches == "code":
            return await run_in_threadpool(self._admit_code, user, wanted)
        return await run_in_threadpool(self._admit_account, provider.matches, user, wanted)

    def _admit_code(self, code: str, wanted: str) -> Response:
        with self._context.database.write() as session:
            person = session.scalar(select(Person).where(Person.code == code))
            return self._admit(session, person, "oidc", wanted)

    def _admit_account(self, provider: str, user_id: str, wanted: str) -> Response:
        with self._context.database.write() as session:
            account = (Account.provider == provider, Account.user_id == user_id)
            person = session.scalar(select(Person).join(Account).where(*account))
            return self._admit(session, person, provider, wanted)

    def _take_password(self, request: Request, name: str, password: str, wanted: str) -> Response:
        """Sign in by password. Raises SignInFailed, the same for a wrong name and a wrong password."""
        if not self._context.settings.passwords:
            raise SignInFailed(say.no_passwords())
        now, address = self._context.clock(), _find_address(request)
        with self._context.database.read() as session:
            if attempts.is_held(session, name, address, now=now):
                raise TooManyTries(say.too_many_tries())
            person = session.scalar(select(Person).where(Person.code == name))
            stored = session.get(ConsolePassword, person.id) if person is not None else None
        is_right = passwords.check_password(password, stored.hash if stored is not None else None)
        with self._context.database.write() as session:
            if not is_right:
                attempts.note_failure(session, name, address, now=now)
            else:
                attempts.forget_failures(session, name)
                return self._admit(session, person, "password", wanted)
        log.info("console.wrong_password")
        raise SignInFailed(say.wrong_password())

    def _take_choice(self, request: Request, code: str, wanted: str) -> Response:
        """In the demo, on this machine: whoever was chosen."""
        if not self._may_choose(request):
            raise SignInFailed(say.only_in_demo())
        with self._context.database.write() as session:
            person = session.scalar(select(Person).where(Person.code == code))
            return self._admit(session, person, "demo", wanted)

    def _admit(self, session: Session, person: Person | None, door: str, wanted: str) -> Response:
        if person is None or not sessions.may_enter(person):
            raise SignInFailed(say.not_staff())
        settings, now = self._context.settings, self._context.clock()
        token = sessions.open_session(session, person, door, now=now, lasts=settings.session)
        log.info("console.signed_in", door=door, role=person.role)
        answer = RedirectResponse(wanted, 303, {"Cache-Control": "no-store"})
        give_cookie(answer, settings, token)
        return answer

    def _may_choose(self, request: Request) -> bool:
        """In the demo, for a browser on this very machine that asked for it by this machine's name."""
        if not self._context.settings.is_demo or request.client is None:
            return False
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
        return _is_loopback(request.client.host) and host in _LOOPBACK_NAMES


def _is_platform_browser(request: Request) -> bool:
    return _PLATFORM_BROWSER in request.headers.get("User-Agent", "").lower()


def _list_staff(session: Session) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Everybody who may enter, by unit: code, name and what they are."""
    rows = session.execute(
        select(Person, UNIT_NAME)
        .outerjoin(Unit, Unit.id == Person.unit_id)
        .where(Person.role.not_in(OUTSIDERS), Person.code.not_like(f"{ERASED}%"))
        .order_by(Unit.path, Person.id)
    ).all()
    units: dict[str, list[tuple[str, str, str]]] = {}
    for person, name in rows:
        units.setdefault(name, []).append((person.code, person.name, labels.ROLE_NAMES[Role(person.role)]))
    return list(units.items())


def _find_address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
