"""`/api/v1/cases` and `/api/v1/reports`: look at cases, act on them, open them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bot.api import acting, listing, reports, showing
from bot.api.bodies import (
    ActsAsked,
    ActSent,
    ActsShown,
    CaseShown,
    CasesShown,
    ListAsked,
    PersonRef,
    ReportSent,
    RestrictedShown,
)
from bot.api.context import Context
from bot.api.gate import Caller
from bot.api.people import IdempotencyKey, origin, person_of
from bot.api.problems import documented
from handlers import acts

CASES = "/api/v1/cases"
Number = Annotated[str, Path(description="事件编号", examples=["WG261121-0031"])]
ActWord = Annotated[
    str, Path(description="动作：键（sign、solve-in-grid）或命令的中文词（签收）", examples=["sign"])
]


def add_routes(router: APIRouter, context: Context) -> None:
    @router.get(CASES, summary="事件列表，新的在前", responses=documented(401, 404, 422, 503))
    def list_cases(asked: Annotated[ListAsked, Query()]) -> CasesShown:
        """不公开的事件（如举报）不在其中。翻页：把 next 作为下一次的 after。"""
        with context.database.read() as session:
            cases, cursor = listing.page(session, asked)
            return CasesShown(cases=showing.show(session, cases, context.env()), next=cursor)

    @router.get(f"{CASES}/{{number}}", summary="一件事", responses=documented(401, 404, 503))
    def one_case(number: Number) -> CaseShown:
        return _one(context, number)

    @router.post(
        "/api/v1/reports",
        summary="报一件事",
        status_code=201,
        responses=documented(400, 401, 404, 413, 415, 422, 503),
    )
    def report(
        sent: ReportSent, response: Response, caller: Caller, key: IdempotencyKey = None
    ) -> CaseShown | RestrictedShown:
        """总会立案：规则认为不是诉求的，归入“其他”。规则判为不公开的（如举报），只回答编号。"""
        number = reports.receive(context, sent, origin=origin(caller, key))
        response.headers["Location"] = f"{CASES}/{number}"
        return _taken(context, number)

    _add_acts(router, context)


def _add_acts(router: APIRouter, context: Context) -> None:
    @router.get(
        f"{CASES}/{{number}}/acts",
        summary="这个人现在能对它做什么",
        responses=documented(401, 404, 422, 503),
    )
    def acts_possible(number: Number, asked: Annotated[ActsAsked, Query()]) -> ActsShown:
        """按他的身份和事件现在的状态；给的内容不对，做的时候还会说明。"""
        with context.database.read() as session:
            case = showing.visible(session, number)
            ref = PersonRef(code=asked.actor, account=asked.account)
            person = person_of(session, ref, path="query.actor" if asked.actor else "query.account")
            return ActsShown(acts=acting.possible(session, case, person))

    @router.post(
        f"{CASES}/{{number}}/acts/{{act}}",
        summary="对一件事做一个动作",
        responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503),
    )
    def act_on_case(
        number: Number, act: ActWord, sent: ActSent, caller: Caller, key: IdempotencyKey = None
    ) -> CaseShown:
        """与群里的命令、卡片的按钮是同一个动作：同样的权限，同样的通知。回答做完以后的事件。"""
        acting.perform(context, number, acting.named(act), sent, origin=origin(caller, key))
        return _one(context, number)


def _one(context: Context, number: str) -> CaseShown:
    with context.database.read() as session:
        case = showing.visible(session, number)
        return showing.show(session, [case], context.env())[0]


def _taken(context: Context, number: str) -> CaseShown | RestrictedShown:
    with context.database.read() as session:
        case = acts.find_case(session, number)
        if case.restricted:
            return RestrictedShown(number=number)
        return showing.show(session, [case], context.env())[0]
