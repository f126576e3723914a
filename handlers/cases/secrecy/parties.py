"""Whom a case concerns beside its reporter, and what of them may be said."""

import re
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from handlers.environment.session_cache import get_cache
from models.cases import Case
from models.parties import Party, PartySide

_ACCUSED = re.compile(
    r"(?:被(?:反映|投诉|举报|控告|告)(?:人|方|单位|商家)?|对方(?:当事人)?|老板|雇主|店主|商家|商户|经营者|房东|工头|包工头|"
    r"责任(?:人|方|单位)|肇事(?:者|人|方)|欠(?:薪|款)(?:人|方|单位)|用人单位|施工方)"
)
_OF_CASE = select(Party).where(Party.case_id == bindparam("case_id")).order_by(Party.id)


def find_side(relation: str) -> PartySide:
    """Accused where the word says so and nothing else; whoever it is else is protected."""
    return PartySide.ACCUSED if _ACCUSED.fullmatch(relation) else PartySide.WRONGED


def list_parties(session: Session, case: Case, side: PartySide | None = None) -> Sequence[Party]:
    """Those of a case, of one side or of both, as they were told.

    Asked of the database once a transaction, until the case is locked or one is told (`forget_parties`).
    """
    known = get_cache(session).parties
    if case.id not in known:
        known[case.id] = session.scalars(_OF_CASE, {"case_id": case.id}).all()
    return [party for party in known[case.id] if side is None or party.side == side]


def forget_parties(session: Session, case: Case) -> None:
    """Somebody was told, or may have been by somebody else: ask anew."""
    get_cache(session).parties.pop(case.id, None)


def list_wronged_names(session: Session, case: Case) -> tuple[str, ...]:
    """The names of the wronged of a case, which nobody reads who may not read a reporter's."""
    return tuple(party.name for party in list_parties(session, case, PartySide.WRONGED) if party.name)


def load_wronged_names(session: Session, case_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """As `list_wronged_names`, of many cases at once, by case."""
    wronged = select(Party.case_id, Party.name).where(
        Party.case_id.in_(case_ids), Party.side == PartySide.WRONGED, Party.name != ""
    )
    found: dict[int, tuple[str, ...]] = {}
    for case_id, name in session.execute(wronged.order_by(Party.id)):
        found[case_id] = (*found.get(case_id, ()), name)
    return found
