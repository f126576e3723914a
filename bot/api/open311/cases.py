"""Cases as GeoReport v2 describes requests: open or closed, and a note that says more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.api import showing
from bot.api.bodies import CaseResponse
from bot.api.context import Context
from bot.api.grants import Grant
from bot.api.listing import decode_place, encode_place
from bot.api.open311.values import read_count, read_list, read_time
from bot.api.photo_links import BuildLink, PhotoLinks
from bot.api.problems import FieldError, InvalidRequest
from handlers.cases.lists.opened import OpenedFilter, list_opened
from handlers.environment.snapshot import Environment
from handlers.errors import NotFound
from models.cases import Case
from models.workflow import OPEN

MOST = 1000
"""Requests of one answer, and days of its span: as the standard says."""
_LONGEST = timedelta(days=90)
_STATES = {"open": True, "closed": False}


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Requests, and the `after` of the next page; None: there is none."""

    rows: Sequence[Mapping[str, Any]]
    after: str | None = None


def list_services(env: Environment) -> list[Mapping[str, Any]]:
    """The classes that somebody may report."""
    return [
        {
            "service_code": one.id,
            "service_name": one.name,
            "description": one.name,
            "metadata": False,
            "type": "realtime",
            "keywords": "",
            "group": one.nature,
        }
        for one in env.classes.values()
    ]


def describe_service(env: Environment, code: str) -> Mapping[str, Any]:
    """The definition of a service: nothing is asked beside what every request says. Raises NotFound."""
    return {"service_code": env.find_class(code).id, "attributes": []}


def list_requests(
    context: Context, grant: Grant, links: PhotoLinks, given: Mapping[str, str], *, now: datetime
) -> RequestPage:
    """The requests that fit, newest first. Raises InvalidRequest."""
    build_link = links.build_for(grant)
    with context.database.read() as session:
        if numbers := read_list(given, "service_request_id"):
            named = [_find_visible(session, number, grant) for number in numbers[:MOST]]
            known = [case for case in named if case is not None]
            return RequestPage(_show(context, session, known, grant, build_link))
        after = decode_place(given["after"]) if given.get("after") else None
        cases, last = list_opened(
            session,
            grant.asker,
            _read_filter(session, given, grant, now=now),
            limit=read_count(given, "page_size", most=MOST),
            after=after,
        )
        rows = _show(context, session, cases, grant, build_link)
        return RequestPage(rows, encode_place(last) if last is not None else None)


def show_request(context: Context, grant: Grant, links: PhotoLinks, number: str) -> Mapping[str, Any]:
    """One request. Raises NotFound."""
    build_link = links.build_for(grant)
    with context.database.read() as session:
        case = showing.find_visible_case(session, number, grant)
        return _show(context, session, [case], grant, build_link)[0]


def _find_visible(session: Session, number: str, grant: Grant) -> Case | None:
    try:
        return showing.find_visible_case(session, number, grant)
    except NotFound:
        return None  # Among several, those that exist are answered.


def _read_filter(session: Session, given: Mapping[str, str], grant: Grant, *, now: datetime) -> OpenedFilter:
    until = read_time(given, "end_date") or now
    since = read_time(given, "start_date") or until - _LONGEST
    if until - since > _LONGEST:
        since = until - _LONGEST
    states = {_read_state(one) for one in read_list(given, "status")}
    return OpenedFilter(
        since=since,
        until=until,
        is_open=states.pop() if len(states) == 1 else None,
        classes=tuple(read_list(given, "service_code")),
        within=grant.find_unit_ids(session),
    )


def _read_state(word: str) -> bool:
    if word not in _STATES:
        raise InvalidRequest(FieldError(path="status", problem="应当是 open 或 closed"))
    return _STATES[word]


def _show(
    context: Context, session: Session, cases: Sequence[Case], grant: Grant, build_link: BuildLink
) -> list[Mapping[str, Any]]:
    shown = showing.show_cases(session, cases, context.env(), grant, build_link=build_link)
    return [_describe(case) for case in shown]


def _describe(case: CaseResponse) -> Mapping[str, Any]:
    return {
        "service_request_id": case.number,
        "status": "open" if case.status in OPEN else "closed",
        "status_notes": case.status_name,
        "service_name": case.class_name,
        "service_code": case.class_,
        "description": case.text,
        "agency_responsible": case.unit_name or "",
        "service_notice": "",
        "requested_datetime": case.opened_at.isoformat(),
        "updated_datetime": case.updated_at.isoformat(),
        "expected_datetime": case.due_at.isoformat() if case.due_at is not None else "",
        "address": case.place,
        "address_id": "",
        "zipcode": "",
        "lat": case.lat,
        "long": case.lon,
        "media_url": case.photos[0].link if case.photos else "",
    }
