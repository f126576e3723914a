"""Who reads restricted cases: those the configuration names, else whoever stands at the top."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account_ids import WECOM
from models.organisation import Chat, Person, Role, Unit, has_post


def find_readers(session: Session, listed: Collection[str]) -> frozenset[str]:
    """Codes of the people who read restricted cases.

    The listed ones whom the organisation knows. Where it knows none of them: the lead of the top unit,
    else its leaders, else the administrators. Empty: nobody would ever read one.
    """
    known = frozenset(session.scalars(select(Person.code).where(Person.code.in_(listed)))) if listed else None
    return known or _find_default_readers(session)


def _find_default_readers(session: Session) -> frozenset[str]:
    tops = list(session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id)))
    leads = {unit.lead for unit in tops if unit.lead}
    ids = [unit.id for unit in tops]
    for condition in (
        Person.code.in_(leads),
        has_post(lambda role, unit_id: unit_id.in_(ids) & (role == Role.LEADER)),
        has_post(lambda role, _unit_id: role == Role.ADMIN),
    ):
        if found := frozenset(session.scalars(select(Person.code).where(condition))):
            return found
    return frozenset()


def find_unknown(session: Session, listed: Sequence[str]) -> list[str]:
    """The listed codes that no person has, in their order."""
    known = set(session.scalars(select(Person.code).where(Person.code.in_(listed))))
    return [code for code in listed if code not in known]


def find_unreachable(session: Session, codes: Collection[str]) -> list[Person]:
    """Those of these people whom the bot cannot write to: they have not spoken to it in private yet."""
    reached = select(Chat.person_id).where(
        Chat.person_id.is_not(None), Chat.gone_at.is_(None), Chat.provider == WECOM
    )
    found = session.scalars(
        select(Person).where(Person.code.in_(codes), Person.id.not_in(reached)).order_by(Person.id)
    )
    return list(found)
