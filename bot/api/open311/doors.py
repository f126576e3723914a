"""The addresses of GeoReport v2, and how a request to one of them may end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from bot.api import gate
from bot.api.bodies import MAX_PHOTOS
from bot.api.context import Context
from bot.api.grants import Grant
from bot.api.open311 import cases, intake
from bot.api.open311.rendering import AnswerFormat, render
from bot.api.people import build_origin
from bot.api.photo_links import PhotoLinks
from bot.api.problems import FieldError, InvalidRequest, Unauthorized
from bot.config.settings import ApiScope
from handlers.errors import Refused
from handlers.wording import open311 as say

ROOT = "/open311/v2"
_SERVICES, _DEFINITION = ("services", "service"), ("service_definitions", "service_definition")
_REQUESTS, _ERRORS = ("service_requests", "request"), ("errors", "error")
_MOST_FIELDS = 100
_LONGEST_KEY = 200

Given = Mapping[str, str]


class _Door:
    """Reads who asks and what for, and answers everything in the format of the address."""

    def __init__(self, context: Context, links: PhotoLinks, wanted: AnswerFormat) -> None:
        self._context = context
        self._links = links
        self._wanted = wanted

    async def list_services(self, request: Request) -> Response:
        def list_them(_grant: Grant) -> Response:
            return self._render(cases.list_services(self._context.env()), _SERVICES)

        return await self._answer(request, list_them)

    async def describe_service(self, request: Request) -> Response:
        def describe(_grant: Grant) -> Response:
            found = cases.describe_service(self._context.env(), request.path_params["code"])
            return self._render([found], _DEFINITION)

        return await self._answer(request, describe)

    async def list_requests(self, request: Request) -> Response:
        def list_them(grant: Grant) -> Response:
            given = dict(request.query_params)
            page = cases.list_requests(self._context, grant, self._links, given, now=self._context.clock())
            return self._render(page.rows, _REQUESTS, headers=_link_next(request, page.after))

        return await self._answer(request, list_them)

    async def show_request(self, request: Request) -> Response:
        def show(grant: Grant) -> Response:
            found = cases.show_request(self._context, grant, self._links, request.path_params["number"])
            return self._render([found], _REQUESTS)

        return await self._answer(request, show)

    async def receive_request(self, request: Request) -> Response:
        async def receive() -> Response:
            given, photos = await _read_form(request)
            grant = self._find_grant(request, {**request.query_params, **given}, "report")
            origin = build_origin(grant.name, _read_key(request))
            number = await run_in_threadpool(
                intake.receive_request, self._context, grant, given, photos, origin=origin
            )
            row = {"service_request_id": number, "service_notice": say.RECEIVED, "account_id": ""}
            return self._render([row], _REQUESTS, status=201)

        return await self._catch(receive)

    async def _answer(self, request: Request, find: Callable[[Grant], Response]) -> Response:
        async def read() -> Response:
            grant = self._find_grant(request, request.query_params, "read")
            return await run_in_threadpool(find, grant)

        return await self._catch(read)

    def _render(self, rows: Sequence[Mapping[str, Any]], names: tuple[str, str], **more: Any) -> Response:
        return render(rows, names=names, wanted=self._wanted, **more)

    def _find_grant(self, request: Request, given: Given, scope: ApiScope) -> Grant:
        """What the token allows, without what this door never shows: who reported, and what is restricted."""
        credentials = gate.read_bearer(request) or given.get("api_key", "").encode()
        grant = gate.find_grant(self._context.settings.api.tokens, credentials)
        if grant is None:
            raise Unauthorized
        grant.require_scope(scope)
        return replace(grant, token=grant.token.model_copy(update={"restricted": False, "reveal": False}))

    async def _catch(self, answer: Callable[[], Awaitable[Response]]) -> Response:
        try:
            return await answer()
        except Refused as refused:
            slug, status, words = refused.slug, refused.status, refused.sentence
        except Exception as error:  # noqa: BLE001 - the outermost frame of a request, as in `gate`
            problem = gate.to_problem(error, None)
            slug, status, words = problem.slug, problem.status, problem.detail
        self._context.metrics.inputs_refused.labels(slug).inc()
        # The standard knows no 422: what is missing or wrong is 400.
        status = 400 if status == InvalidRequest.status else status
        row = {"code": status, "description": words}
        return self._render([row], _ERRORS, status=status)


async def _read_form(request: Request) -> tuple[Given, Sequence[bytes]]:
    """Fields and photos of a posted form. Raises TooLarge, TooSlow, InvalidRequest."""
    replayed = gate.replay_body(request, await gate.read_body(request))
    try:
        form = await replayed.form(max_files=MAX_PHOTOS, max_fields=_MOST_FIELDS, max_part_size=gate.MAX_BODY)
    except HTTPException as error:
        raise InvalidRequest(FieldError(path="body", problem="不是正确的表单")) from error
    fields: dict[str, str] = {}
    photos: list[bytes] = []
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                photos.append(await value.read())
            elif "\0" not in value:
                fields[name] = value
    finally:
        await form.close()
    return fields, [photo for photo in photos if photo]


def _read_key(request: Request) -> str | None:
    """What tells a repetition, where the other system sends it."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (key.isascii() and key.isprintable() and 1 <= len(key) <= _LONGEST_KEY):
        problem = f"应当是 1 到 {_LONGEST_KEY} 个字母、数字或符号"
        raise InvalidRequest(FieldError(path="header.Idempotency-Key", problem=problem))
    return key


def _link_next(request: Request, after: str | None) -> Mapping[str, str]:
    """The header that names the next page; the token is none of its business."""
    if after is None:
        return {}
    rest = {name: value for name, value in request.query_params.items() if name not in ("after", "api_key")}
    return {"Link": f'<{request.url.path}?{urlencode({**rest, "after": after})}>; rel="next"'}


def add_routes(router: APIRouter, context: Context, links: PhotoLinks) -> None:
    """Add the addresses of GeoReport v2 to the router."""
    for wanted in AnswerFormat:
        door = _Door(context, links, wanted)
        for method, path, endpoint in (
            ("GET", "services", door.list_services),
            ("GET", "services/{code}", door.describe_service),
            ("GET", "requests", door.list_requests),
            ("POST", "requests", door.receive_request),
            ("GET", "requests/{number}", door.show_request),
        ):
            router.add_route(f"{ROOT}/{path}.{wanted}", endpoint, methods=[method])
