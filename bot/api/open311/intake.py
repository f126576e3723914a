"""A request as GeoReport v2 posts it, as a report: the same triage and the same rights as any other.

service_code   what they say it is about: its name stands before the words, and the rules decide
account_id     code of who reports it; without one whoever the token reports for, or somebody new
phone, email   masked for everybody but who has the reporter shown
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from bot.api import reports
from bot.api.bodies import MAX_PHOTOS, PhotoUpload, PointField, ReportRequest
from bot.api.context import Context
from bot.api.grants import Grant
from bot.api.open311.values import read_degrees
from bot.api.problems import FieldError, InvalidRequest
from handlers.environment.areas import from_crs
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.triage.rules import value_errors
from handlers.wording import open311 as say
from models.organisation import Person, Role

SOURCE = "open311"
_Model = TypeVar("_Model", bound=BaseModel)
_MOST_OF_NAME = 40


def receive_request(
    context: Context, grant: Grant, given: Mapping[str, str], photos: Sequence[bytes], *, origin: str
) -> str:
    """Open a case and commit it; its number. Raises InvalidRequest, or OutOfScope for the account."""
    env = context.env()
    service = env.find_class(_require(given, "service_code"))
    point = _read_point(given)
    address = given.get("address_string", "").strip()
    if point is None and not address:
        raise InvalidRequest(FieldError(path="lat", problem="lat 和 long，或者 address_string，要有一样"))
    name = "" if service is env.fallback_class else service.name
    text = say.report_words(name, address, given.get("description", "").strip(), _read_contact(given))
    with context.database.read() as session:
        stranger = _find_stranger(session, given, grant, env, point)
    reporter = stranger.code if stranger is not None else given.get("account_id") or grant.token.people[0]
    request = _build_report(text, reporter, point, photos)
    return reports.receive_report(context, request, grant, origin=origin, stranger=stranger)


def _require(given: Mapping[str, str], name: str) -> str:
    if not given.get(name, "").strip():
        raise InvalidRequest(FieldError(path=name, problem="缺少这一项"))
    return given[name].strip()


def _read_point(given: Mapping[str, str]) -> PointField | None:
    lat, lon = read_degrees(given, "lat"), read_degrees(given, "long")
    if lat is None or lon is None:
        return None
    return _validate(PointField, {"lat": lat, "lon": lon})


def _build_report(
    text: str, reporter: str, point: PointField | None, photos: Sequence[bytes]
) -> ReportRequest:
    if len(photos) > MAX_PHOTOS:
        raise InvalidRequest(FieldError(path="media", problem=f"最多 {MAX_PHOTOS} 项"))
    request = _validate(ReportRequest, {"text": text, "reporter": reporter, "source": SOURCE})
    # Neither is text any more, as JSON would have it.
    uploads = tuple(PhotoUpload.model_construct(data=data) for data in photos)
    return request.model_copy(update={"point": point, "photos": uploads})


def _validate(model: type[_Model], values: Mapping[str, Any]) -> _Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidRequest(
            *(
                FieldError(path=".".join(map(str, each["loc"])), problem=value_errors.describe_problem(each))
                for each in error.errors()
            )
        ) from error


def _read_contact(given: Mapping[str, str]) -> str:
    return " ".join(word for name in ("phone", "email") if (word := given.get(name, "").strip()))


def _find_stranger(
    session: Session, given: Mapping[str, str], grant: Grant, env: Environment, point: PointField | None
) -> Person | None:
    """Somebody new, living where it happened as far as that is known; None where somebody on file reports."""
    if given.get("account_id") or len(grant.token.people) == 1:
        return None
    located = env.areas.locate(*from_crs(point.lat, point.lon, crs=point.crs)) if point is not None else None
    code = located or next(iter(grant.token.units), None)
    unit = find_unit(session, code) if code is not None else None
    name = f"{given.get('last_name', '').strip()}{given.get('first_name', '').strip()}"[:_MOST_OF_NAME]
    return Person(
        code=f"{SOURCE}:{secrets.token_hex(16)}", name=name, role=Role.RESIDENT, unit_id=unit and unit.id
    )
