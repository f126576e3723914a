"""Whose an item of the list of responsibilities is, where a unit returned a case as not its own (C23).

One person proposes it, another adopts it; then it is the list's next version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.upkeep import proposals, responsibilities
from handlers.environment.upkeep.proposals import LONGEST_TITLE, DraftChange
from handlers.environment.upkeep.responsibilities import Item
from handlers.errors import MissingNeed
from handlers.wording import responsibilities as say
from models.organisation import Person, Unit
from models.proposals import Proposal, ProposalSubject

_MOST = 500
LONGEST_NUMBER, LONGEST_WORDS = 64, 300


@dataclass(frozen=True, slots=True)
class DraftRuling:
    """Whose an item is to be, and why; of one that is not in the list yet also what it is called."""

    number: str
    unit: Unit
    reason: str
    name: str = ""
    law: str = ""
    class_id: str | None = None
    case: str = ""
    """Number of the case that was returned; "" for none."""


def propose_ruling(session: Session, ruling: DraftRuling, person: Person, *, now: datetime) -> Proposal:
    """Propose whose an item is. Raises as `proposals.store_proposal`, MissingNeed for half a ruling."""
    proposals.require_proposer(session, person)
    if not (ruling.number and ruling.reason):
        raise MissingNeed(say.half_ruling())
    if len(ruling.number) > LONGEST_NUMBER or max(len(ruling.name), len(ruling.law)) > LONGEST_WORDS:
        raise MissingNeed(say.too_long(LONGEST_NUMBER, LONGEST_WORDS))
    standing = responsibilities.find_standing(session, ruling.number)
    if not standing and not ruling.name:
        raise MissingNeed(say.unknown_item(ruling.number))
    first = standing[0] if standing else None
    item = (
        Item(first.number, first.name, first.law, first.level, ruling.unit.id, first.class_id)
        if first is not None
        else Item(ruling.number, ruling.name, ruling.law, "", ruling.unit.id, ruling.class_id)
    )
    if ruling.class_id is not None and item.class_id is None:
        item = replace(item, class_id=ruling.class_id)
    title = say.ruling_title(item.number, item.name, ruling.unit.display_name, ruling.reason)[:LONGEST_TITLE]
    change = DraftChange(
        ProposalSubject.RESPONSIBILITIES,
        title,
        responsibilities.format_item(item.number, [item]),
        responsibilities.dump_item(session, item.number),
        {"case": ruling.case},
    )
    return proposals.store_proposal(session, change, person, now=now)


def list_rulings(session: Session) -> Mapping[str, Proposal]:
    """The newest ruling about each case, by the case's number."""
    about = Proposal.subject == ProposalSubject.RESPONSIBILITIES
    newest = session.scalars(select(Proposal).where(about).order_by(Proposal.id.desc()).limit(_MOST)).all()
    return {case: each for each in reversed(newest) if (case := (each.effect or {}).get("case"))}
