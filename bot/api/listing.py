"""`/api/v1/cases`: filters and cursors of a request, handed to the one query that lists cases."""

import base64
import binascii
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api.bodies import CaseFilters
from bot.api.grants import Grant
from bot.api.problems import FieldError, InvalidRequest
from handlers.cases import queries
from handlers.cases.queries import CaseFilter
from models.cases import Case
from models.organisation import Unit


def list_page(session: Session, filters: CaseFilters, grant: Grant) -> tuple[Sequence[Case], str | None]:
    """The cases of one page, newest first, and the cursor of the next page, None on the last one.

    Cases that the token may not read are left out. Raises InvalidRequest for a cursor that `encode_cursor`
    did not make and for a unit code that no unit has.
    """
    before = decode_cursor(filters.after) if filters.after is not None else None
    wanted = CaseFilter(
        status=filters.status,
        class_id=filters.class_,
        unit=_find_unit(session, filters.unit) if filters.unit else None,
        urgent=filters.urgent,
        opened_from=filters.opened_from,
        opened_to=filters.opened_to,
        number=filters.q,
        within=grant.find_unit_ids(session),
    )
    cases, following = queries.list_filtered(session, grant.asker, wanted, limit=filters.limit, before=before)
    return cases, encode_cursor(following) if following is not None else None


def encode_cursor(case_id: int) -> str:
    """An opaque cursor for the page that follows the case with this id."""
    return base64.urlsafe_b64encode(f"case:{case_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The case id in a cursor of `encode_cursor`. Raises InvalidRequest for any other text."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        kind, _, digits = text.partition(":")
        if kind != "case" or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise ValueError("not a cursor")
        return int(digits)
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest(FieldError(path="query.after", problem="不是上一页的 next")) from error


def _find_unit(session: Session, code: str) -> Unit:
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise InvalidRequest(FieldError(path="query.unit", problem=f"没有代码为 {code} 的单位"))
    return unit
