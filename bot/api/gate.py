"""The entrance of every route of the API: checks that come before a request is parsed.

token ─> size ─> content type ─> the route itself ─> every error as problem+json
"""

import asyncio
import hashlib
import hmac
import traceback
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, cast

import structlog
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import ErrorDetails
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from bot.api import problems
from bot.api.context import Context
from bot.api.grants import Grant
from bot.api.problems import (
    Disconnected,
    FieldError,
    InternalError,
    InvalidRequest,
    MalformedJSON,
    NoSuchAddress,
    NotJSON,
    Problem,
    ServiceUnavailable,
    TooLarge,
    TooSlow,
    Unauthorized,
)
from bot.config.settings import ApiToken, find_scope
from handlers.errors import Refused
from handlers.triage.rules import value_errors

log = structlog.get_logger()

MAX_BODY = 15 * 1024 * 1024
BODY_WITHIN = 60.0
"""Seconds for a whole request body, however slowly it trickles."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_PROBLEMS = {
    "extra_forbidden": "不认识的名称",
    "string_too_long": "最多 {max_length} 个字",
    "string_unicode": "含有不完整的字符",
    "too_long": "最多 {max_length} 项",
}
"""Errors that only a request can have; `validation_errors` describes all others."""
_METHODS_OF_ROUTES = frozenset({"GET", "POST"})
_TIME_EXAMPLE = "2026-11-21T00:00:00+08:00"


async def _get_caller(request: Request) -> str:
    name: str = request.state.caller
    return name


Caller = Annotated[str, Depends(_get_caller)]
"""The name of the token that the request came with."""


def build_guarded_route(context: Context, *, token: bool = True) -> type[APIRoute]:
    """A FastAPI route class that checks token, size and content type, and answers errors as problem+json.

    `token=False` leaves out the token check, for the OpenAPI document.
    """
    tokens = context.settings.api.tokens

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()
            body = self.body_field.field_info.annotation if self.body_field else None

            async def handle(request: Request) -> Response:
                request.state.caller = ""
                try:
                    admit(request, tokens, token=token)
                    if token and request.method in _METHODS_OF_ROUTES and "{rest" not in self.path:
                        request.state.grant.require_scope(find_scope(self.path, request.method))
                    return await inner(await read_request(request) if body else request)
                except Refused as refused:
                    response, slug = problems.build_refusal_response(refused), refused.slug
                except Exception as error:  # noqa: BLE001 - the outermost frame of a request: an
                    # error left to the server would be printed with what people wrote.
                    problem = to_problem(error, body)
                    response, slug = problems.build_problem_response(problem), problem.slug
                context.metrics.inputs_refused.labels(slug).inc()
                log.info("api.refused", slug=slug, status=response.status_code, caller=request.state.caller)
                return response

            return handle

    return GuardedRoute


def admit(request: Request, tokens: Mapping[str, ApiToken], *, token: bool) -> None:
    """Put the name of the caller's token into `request.state.caller`, its rights into `request.state.grant`.

    Raises NoSuchAddress where no tokens are configured (the API is then switched off), and Unauthorized
    for a missing or unknown token unless `token` is False.
    """
    grant = find_grant(tokens, read_bearer(request))
    if grant is not None:
        request.state.caller = grant.name
        request.state.grant = grant
    elif token:
        raise Unauthorized


def read_bearer(request: Request) -> bytes:
    """The bearer token that a request came with; empty where there is none."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip().encode("latin-1") if scheme.lower() == "bearer" else b""


def find_grant(tokens: Mapping[str, ApiToken], credentials: bytes) -> Grant | None:
    """The rights of the token that these bytes are; None where there is no such token.

    Raises NoSuchAddress where no tokens are configured.
    """
    if not tokens:
        raise NoSuchAddress("对接接口没有开通：请在 config.yaml 的 api.tokens 里写上名字和口令")
    # Every token is compared, as digests of one length: the time taken tells nothing about a token.
    digest = _hash_token(credentials)
    matching = [
        name
        for name, each in tokens.items()
        if hmac.compare_digest(_hash_token(each.secret.get_secret_value().encode()), digest)
    ]
    return Grant(matching[0], tokens[matching[0]]) if matching else None


def _hash_token(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


async def read_request(request: Request, *, within: float = BODY_WITHIN) -> Request:
    """The same request with its body read, which is JSON.

    Raises TooLarge as soon as the body exceeds MAX_BODY bytes, TooSlow after `within` seconds, NotJSON for
    another Content-Type.
    """
    body = await read_body(request, within=within)
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if body and not (kind == "application/json" or kind.endswith("+json")):
        raise NotJSON
    return replay_body(request, body)


async def read_body(request: Request, *, within: float = BODY_WITHIN) -> bytes:
    """The body of a request. Raises TooLarge beyond MAX_BODY bytes, TooSlow after `within` seconds."""
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > MAX_BODY:
        raise TooLarge(f"请求体最大 {MAX_BODY // 1024 // 1024} MB")
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise TooLarge(f"请求体最大 {MAX_BODY // 1024 // 1024} MB")
    except TimeoutError as error:
        raise TooSlow from error
    return bytes(body)


def replay_body(request: Request, body: bytes) -> Request:
    """The same request, whose body was read before."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else await request.receive()

    return Request(request.scope, receive)


def to_problem(error: Exception, body: Any) -> Problem:
    """How any error below a route is answered; a defect is logged by its place, without what people wrote.

    `body`: the model that the request's body had to be; None where it was none.
    """
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _to_invalid(error, body)
        case HTTPException(status_code=400):
            return MalformedJSON()
        case ClientDisconnect():
            return Disconnected()
        case OperationalError():
            log.error("api.no_database", error=type(error).__name__)
            return ServiceUnavailable()
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
    log.error("api.failed", error=type(error).__name__, place=place)
    return InternalError()


def _to_invalid(error: RequestValidationError, body: Any) -> Problem:
    details = cast("list[ErrorDetails]", error.errors())
    broken = next((each for each in details if each["type"] == "json_invalid"), None)
    if broken is not None:
        return MalformedJSON(f"请求体不是正确的 JSON，错在第 {int(broken['loc'][-1]) + 1} 个字符")
    return InvalidRequest(*(_to_field_error(each, body) for each in details))


def _to_field_error(details: ErrorDetails, body: Any) -> FieldError:
    path = ".".join(str(step) for step in details["loc"])
    kind = details["type"]
    if kind.startswith(("date", "timezone")):
        return FieldError(path=path, problem="应当是带时区的时间", example=_TIME_EXAMPLE)
    if kind in _PROBLEMS:
        return FieldError(path=path, problem=_PROBLEMS[kind].format(**details.get("ctx", {})))
    example = _find_example(details["loc"], body) if details["loc"][0] == "body" else None
    return FieldError(path=path, problem=value_errors.describe_problem(details), example=example)


def _find_example(loc: tuple[int | str, ...], body: Any) -> Any:
    """The documented example of the wrong field; where the whole body is wrong, of each required field."""
    if not (isinstance(body, type) and issubclass(body, BaseModel)):
        return None
    fields = {field.alias or name: field for name, field in body.model_fields.items()}
    if len(loc) == 1:
        return {name: (field.examples or [None])[0] for name, field in fields.items() if field.is_required()}
    field = fields.get(str(loc[1]))
    return field.examples[0] if field is not None and field.examples else None
