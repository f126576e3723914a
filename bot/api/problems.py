"""Every way the API refuses, as problem+json (RFC 9457): `type` is a stable slug, `detail` is Chinese.

Problem
├── MalformedJSON 400   Unauthorized 401   OutOfScope, SignatureOver 403
├── NoSuchAddress, NoSuchAct 404           WrongMethod 405
├── TooSlow 408         KeyReused 409      TooLarge 413                   NotJSON 415
├── InvalidRequest 422  Disconnected 400 (seen by nobody)
└── InternalError 500   ServiceUnavailable 503
and `handlers.errors.Refused`, which acts raise.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from handlers.errors import Ambiguous, Archived, MissingNeed, NotAllowed, NotFound, Refused, WrongState

MEDIA_TYPE = "application/problem+json"

_TITLES: Mapping[str, str] = {
    NotFound.slug: "没有找到",
    Archived.slug: "已经归档",
    NotAllowed.slug: "无权这样做",
    WrongState.slug: "事件的状态不允许",
    MissingNeed.slug: "缺少必要的内容",
    Ambiguous.slug: "不止一件符合",
}


class FieldError(BaseModel):
    """One thing to correct in the request."""

    path: str = Field(examples=["body.actor"])
    problem: str = Field(examples=["缺少这一项"])
    example: Any = Field(default=None, description="一个正确的写法", examples=["duty1"])


class ProblemBody(BaseModel):
    """What every error of the API looks like."""

    type: str = Field(description="稳定的名称，程序据此判断", examples=["wrong_state"])
    title: str = Field(examples=["事件的状态不允许"])
    status: int = Field(examples=[409])
    detail: str = Field(description="说给人听的一句话", examples=["城管一号已于 11-21 12:00 签收。"])
    errors: list[FieldError] | None = Field(default=None, description="请求里每一处不对的地方")


class Problem(Exception):
    """A request that the API refuses; raised anywhere below a route and answered as problem+json."""

    slug: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(self.slug)
        self.detail = detail or self.title
        self.errors = tuple(errors)


class MalformedJSON(Problem):
    """The request body is not JSON."""

    slug, status, title = "malformed_json", 400, "请求体不是正确的 JSON"


class Unauthorized(Problem):
    """No bearer token, or one that is not configured."""

    slug, status, title = "unauthorized", 401, "口令不对，或没有带 Authorization: Bearer 口令"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="gridbot"'}


class OutOfScope(Problem):
    """The token does not allow this; `api.tokens` in config.yaml says what it allows."""

    slug, status, title = "out_of_scope", 403, "这个口令没有这项权限"


class SignatureOver(Problem):
    """A signed address is past its time, or was changed on the way."""

    slug, status, title = "link_over", 403, "链接过期了，请重新打开事件"


class NoSuchAddress(Problem):
    """The path does not exist, or the API is switched off because no token is configured."""

    slug, status, title = "no_such_address", 404, "没有这个地址"


class NoSuchAct(Problem):
    """The path names an act that the workflow table does not have."""

    slug, status, title = "no_such_act", 404, "没有这个动作"


class WrongMethod(Problem):
    """The path exists, but not with this HTTP method; `allowed` lists the methods for the Allow header."""

    slug, status, title = "wrong_method", 405, "这个地址不接受这种请求方法"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"这个地址只接受 {'、'.join(allowed)}")
        self.allowed = ", ".join(allowed)


class KeyReused(Problem):
    """The Idempotency-Key was already used for another act on the same case."""

    slug, status, title = "idempotency_key_reused", 409, "这个 Idempotency-Key 已用于这件事的另一个动作"


class TooLarge(Problem):
    """The request body is larger than `gate.MAX_BODY` bytes."""

    slug, status, title = "too_large", 413, "请求太大"


class TooSlow(Problem):
    """The request body took longer than `gate.BODY_WITHIN` seconds."""

    slug, status, title = "too_slow", 408, "请求发得太慢"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class Disconnected(Problem):
    """The other side hung up before its request was complete; nobody reads this answer."""

    slug, status, title = "disconnected", 400, "连接断了"


class NotJSON(Problem):
    """The request body has a Content-Type other than JSON."""

    slug, status, title = "not_json", 415, "请求体应当是 JSON，并写明 Content-Type: application/json"


class InvalidRequest(Problem):
    """The request was understood and its content is wrong; `errors` names every wrong field."""

    slug, status, title = "invalid", 422, "请求的内容不对"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("；".join(_format_error(error) for error in errors), errors=errors)


class InternalError(Problem):
    """A defect of the program; the details are in the log only."""

    slug, status, title = "internal", 500, "服务内部出错，已记入日志"


class ServiceUnavailable(Problem):
    """The database does not answer; the Retry-After header is in seconds."""

    slug, status, title = "unavailable", 503, "数据库暂时不可用，请稍后再试"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "5"}


def _format_error(error: FieldError) -> str:
    example = f"（例：{error.example}）" if error.example is not None else ""
    return f"{error.path} {error.problem}{example}"


def build_problem_response(problem: Problem) -> JSONResponse:
    """A problem as an HTTP response with the problem's status and headers."""
    headers = dict(problem.headers)
    if isinstance(problem, WrongMethod):
        headers["Allow"] = problem.allowed
    errors = list(problem.errors) or None
    return _build_response(problem.slug, problem.title, problem.status, problem.detail, headers, errors)


def build_refusal_response(refused: Refused) -> JSONResponse:
    """The response to an act that the workflow table, the permissions or the state of the case forbid."""
    title = _TITLES.get(refused.slug, "没有办成")
    return _build_response(refused.slug, title, refused.status, refused.sentence, {}, None)


def _build_response(
    slug: str, title: str, status: int, detail: str, headers: dict[str, str], errors: list[FieldError] | None
) -> JSONResponse:
    body = ProblemBody(type=slug, title=title, status=status, detail=detail, errors=errors)
    content = body.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status, headers=headers, media_type=MEDIA_TYPE)


def describe_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` entry: each of these HTTP statuses is answered with a problem."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _DESCRIPTIONS[status], "content": content} for status in statuses}


_DESCRIPTIONS: Mapping[int, str] = {
    400: MalformedJSON.title,
    401: Unauthorized.title,
    403: _TITLES[NotAllowed.slug],
    404: f"{_TITLES[NotFound.slug]}；或接口没有开通",
    409: f"{_TITLES[WrongState.slug]}：谁在什么时候已经做了什么，见 detail",
    413: TooLarge.title,
    415: NotJSON.title,
    422: "缺少内容或内容不对，errors 指出每一处",
    503: ServiceUnavailable.title,
}
