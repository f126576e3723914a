"""`/api/v1/cases`: filters and cursors of a request, handed to the queries that list cases."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api.bodies import CaseFilters
from bot.api.grants import Grant
from bot.api.problems import FieldError, InvalidRequest
from handlers.cases import queries
from handlers.cases.lists.changes import TimedRow, list_changed
from handlers.cases.queries import CaseFilter
from models.cases import Case
from models.organisation import Unit

_CASE, _CHANGE = "case", "change"


def list_page(session: Session, filters: CaseFilters, grant: Grant) -> tuple[Sequence[Case], str | None]:
    """The cases of one page, and the cursor of the next page, None on the last one: newest first, or by what
    has changed, the oldest change first.

    Cases that the token may not read are left out. Raises InvalidRequest for a cursor that `encode_cursor` or
    `encode_place` did not make for such a list, and for a unit code that no unit has.
    """
    wanted = CaseFilter(
        status=filters.status,
        class_id=filters.class_,
        unit=_find_unit(session, filters.unit) if filters.unit else None,
        urgent=filters.urgent,
        opened_from=filters.opened_from,
        opened_to=filters.opened_to,
        number=filters.q,
        source=filters.source,
        external_number=filters.external_number,
        within=grant.find_unit_ids(session),
    )
    if filters.updated_since is not None:
        after = decode_place(filters.after) if filters.after is not None else None
        cases, last = list_changed(
            session, grant.asker, wanted, since=filters.updated_since, limit=filters.limit, after=after
        )
        return cases, encode_place(last) if last is not None else None
    before = decode_cursor(filters.after) if filters.after is not None else None
    cases, following = queries.list_filtered(session, grant.asker, wanted, limit=filters.limit, before=before)
    return cases, encode_cursor(following) if following is not None else None


def encode_cursor(case_id: int) -> str:
    """An opaque cursor for the page that follows the case with this id."""
    return _encode(_CASE, str(case_id))


def decode_cursor(cursor: str) -> int:
    """The case id in a cursor of `encode_cursor`. Raises InvalidRequest for any other text."""
    return _parse_id(_decode(_CASE, cursor))


def encode_place(place: TimedRow) -> str:
    """An opaque cursor for the page that begins behind this place."""
    return _encode(_CHANGE, f"{place.row_id} {place.at.isoformat()}")


def decode_place(cursor: str) -> TimedRow:
    """The place in a cursor of `encode_place`. Raises InvalidRequest for any other text."""
    digits, _, written = _decode(_CHANGE, cursor).partition(" ")
    try:
        at = datetime.fromisoformat(written)
        at.astimezone()  # OverflowError at the ends of the calendar
    except (ValueError, OverflowError) as error:
        raise _no_cursor() from error
    if at.tzinfo is None:
        raise _no_cursor()
    return TimedRow(at, _parse_id(digits))


def _encode(kind: str, position: str) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{position}".encode()).decode().rstrip("=")


def _decode(expected: str, cursor: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error) as error:
        raise _no_cursor() from error
    kind, _, position = text.partition(":")
    if kind != expected:
        raise _no_cursor()
    return position


def _parse_id(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise _no_cursor()
    return int(digits)


def _no_cursor() -> InvalidRequest:
    return InvalidRequest(FieldError(path="query.after", problem="不是上一页的 next"))


def _find_unit(session: Session, code: str) -> Unit:
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise InvalidRequest(FieldError(path="query.unit", problem=f"没有代码为 {code} 的单位"))
    return unit
