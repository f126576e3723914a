"""`/api/v1/cases` and `/api/v1/reports`: list and show cases, act on them, report new ones."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bot.api import acting, listing, reports, showing
from bot.api.bodies import (
    ActChoicesResponse,
    ActFilters,
    ActRequest,
    CaseFilters,
    CasePageResponse,
    CaseResponse,
    PersonRef,
    ReportRequest,
    RestrictedResponse,
)
from bot.api.context import Context
from bot.api.grants import Grant, Rights
from bot.api.people import IdempotencyKey, build_origin, find_person
from bot.api.photo_links import PhotoLinks
from bot.api.problems import OutOfScope, describe_responses
from handlers.environment.people import staffing
from handlers.errors import NotFound

CASES = "/api/v1/cases"
Number = Annotated[str, Path(description="事件编号", examples=["WG261121-0031"])]
ActWord = Annotated[
    str, Path(description="动作：键（sign、solve-in-grid）或命令的中文词（签收）", examples=["sign"])
]


def add_routes(router: APIRouter, context: Context, links: PhotoLinks) -> None:
    """Add the routes for cases, reports and acts to the router."""

    @router.get(
        CASES,
        summary="事件列表，新的在前；带 updated_since 时先变的在前",
        responses=describe_responses(401, 404, 422, 503),
    )
    def list_cases(filters: Annotated[CaseFilters, Query()], rights: Rights) -> CasePageResponse:
        """不公开的事件（如举报）不在其中。翻页：把 next 作为下一次的 after，别的条件不变。"""
        build_link = links.build_for(rights)
        with context.database.read() as session:
            cases, cursor = listing.list_page(session, filters, rights)
            shown = showing.show_cases(session, cases, context.env(), rights, build_link=build_link)
            return CasePageResponse(cases=shown, next=cursor)

    @router.get(f"{CASES}/{{number}}", summary="一件事", responses=describe_responses(401, 404, 503))
    def one_case(number: Number, rights: Rights) -> CaseResponse:
        return _show_case(context, number, rights, links)

    @router.post(
        "/api/v1/reports",
        summary="报一件事",
        status_code=201,
        responses=describe_responses(400, 401, 404, 413, 415, 422, 503),
    )
    def report(
        sent: ReportRequest, response: Response, rights: Rights, key: IdempotencyKey = None
    ) -> CaseResponse | RestrictedResponse:
        """总会立案：规则认为不是诉求的，归入“其他”。规则判为不公开的（如举报），只回答编号。"""
        number = reports.receive_report(context, sent, rights, origin=build_origin(rights.name, key))
        response.headers["Location"] = f"{CASES}/{number}"
        try:
            rights.require_scope("read")
            return _show_case(context, number, rights, links)
        except (NotFound, OutOfScope):  # It was opened just now: it exists, and is not for everybody.
            return RestrictedResponse(number=number)

    _add_acts(router, context, links)


def _add_acts(router: APIRouter, context: Context, links: PhotoLinks) -> None:
    @router.get(
        f"{CASES}/{{number}}/acts",
        summary="这个人现在能对它做什么",
        responses=describe_responses(401, 404, 422, 503),
    )
    def acts_possible(
        number: Number, filters: Annotated[ActFilters, Query()], rights: Rights
    ) -> ActChoicesResponse:
        """按他的身份和事件现在的状态；给的内容不对，做的时候还会说明。"""
        with context.database.read() as session:
            case = showing.find_visible_case(session, number, rights)
            ref = PersonRef(code=filters.actor, account=filters.account)
            person = find_person(session, ref, path="query.actor" if filters.actor else "query.account")
            env = context.env()
            staffing.enter_capacities(session, person, env.local(context.clock()).date())
            choices = acting.list_possible_acts(session, case, person, rights, env)
            return ActChoicesResponse(acts=choices)

    @router.post(
        f"{CASES}/{{number}}/acts/{{act}}",
        summary="对一件事做一个动作",
        responses=describe_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
    )
    def act_on_case(
        number: Number, act: ActWord, sent: ActRequest, rights: Rights, key: IdempotencyKey = None
    ) -> CaseResponse:
        """与群里的命令、卡片的按钮是同一个动作：同样的权限，同样的通知。回答做完以后的事件。"""
        origin = build_origin(rights.name, key)
        acting.perform(context, number, acting.find_act(act), sent, rights, origin=origin)
        return _show_case(context, number, rights, links)


def _show_case(context: Context, number: str, rights: Grant, links: PhotoLinks) -> CaseResponse:
    build_link = links.build_for(rights)
    with context.database.read() as session:
        case = showing.find_visible_case(session, number, rights)
        return showing.show_cases(session, [case], context.env(), rights, build_link=build_link)[0]
