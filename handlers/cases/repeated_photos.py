"""Whether the photos of a result are what they should show, or an earlier photo of the case."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.triage.similarity.photo_hash import is_one_picture, parse_hash
from models.cases import Case, Event
from models.messages import PartKind
from models.reports import Media
from models.workflow import ACTS, Status

_SUBMITTING = [act.key for act in ACTS.values() if Status.SUBMITTED in act.to_states]


def repeats_earlier_photo(session: Session, case: Case) -> bool:
    """Whether a photo of the result came with the report, or with a result that was refused.

    Whoever sent it on the way already, without a result before, sends it as the result rightly.
    """
    found = session.execute(
        select(Media.role, Media.phash).where(
            Media.case_id == case.id, Media.kind == PartKind.PHOTO, Media.phash.is_not(None)
        )
    ).all()
    hashes = {
        role: [number for other, text in found if other == role and (number := parse_hash(text or ""))]
        for role in ("before", "process", "after")
    }
    if _share_picture(hashes["after"], hashes["before"]):
        return True
    return _share_picture(hashes["after"], hashes["process"]) and _was_submitted_before(session, case)


def _share_picture(some: Iterable[int], others: Iterable[int]) -> bool:
    return any(is_one_picture(one, other) for one in some for other in others)


def _was_submitted_before(session: Session, case: Case) -> bool:
    count = select(func.count()).where(Event.case_id == case.id, Event.act.in_(_SUBMITTING))
    return (session.scalar(count) or 0) > 1
