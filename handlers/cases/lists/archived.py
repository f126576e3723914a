"""Cases in the archive: they cannot be acted on, and whoever could read them is told where they are."""

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.errors import Ambiguous, Archived
from handlers.wording import archived as say
from handlers.wording.markup import escape_words
from models.case_archive import ArchivedCase
from models.case_numbers import has_archived_serial
from models.cases import Case
from models.workflow import Status

if TYPE_CHECKING:
    from handlers.cases.queries import Asker

_MOST = 5
_SHARED = frozenset({
    "number", "tail", "status", "class_id", "nature", "place", "area_id", "unit_id", "chat_id",
    "reporter_id", "handler_id", "source", "external_number", "opened_at",
})  # fmt: skip


def find_archived(session: Session, asker: "Asker", number: str) -> list[ArchivedCase]:
    """Archived cases of a typed number, whole or its serial, that the asker may read; newest first."""
    wanted = (ArchivedCase.number == number.upper(),) if "-" in number else has_archived_serial(number)
    rows = session.scalars(select(ArchivedCase).where(*wanted).order_by(ArchivedCase.case_id.desc()))
    return [row for row in rows if asker.reading(session, as_case(row)) is not None]


def as_case(row: ArchivedCase) -> Case:
    """What is left of it, for the rule of who may read: with its shares gone, never more people."""
    kept = {key: getattr(row, key) for key in _SHARED}
    return Case(id=row.case_id, urgent=False, restricted=False, **kept)


def refuse_archived(session: Session, asker: "Asker", number: str) -> None:
    """Raises Archived where a case of this number is in the archive and the asker may know of it.

    Raises Ambiguous where several are: serials began anew each year.
    """
    found = find_archived(session, asker, number)[:_MOST]
    if len(found) > 1:
        raise Ambiguous(say.several_archived(escape_words(number), [row.number for row in found]))
    for row in found:
        raise Archived(describe(row))


def describe(row: ArchivedCase) -> str:
    """Where it is, and the essentials, in a sentence."""
    return say.archived_case(
        row.number, class_name=row.class_name, place=row.place, unit=row.unit_name,
        status=Status(row.status).chinese, opened_on=row.opened_on, ended_on=row.ended_on,
        archived_on=row.archived_on,
    )  # fmt: skip
