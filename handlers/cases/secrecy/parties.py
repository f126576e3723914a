"""Whom a case concerns beside its reporter, and what of them may be said."""

import re
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import links
from handlers.environment.session_cache import get_cache
from models.cases import Case
from models.parties import Party, PartySide

_ACCUSED = re.compile(
    r"(?:被(?:反映|投诉|举报|控告|告)(?:人|方|单位|商家)?|对方(?:当事人)?|老板|雇主|店主|商家|商户|经营者|房东|工头|包工头|"
    r"责任(?:人|方|单位)|肇事(?:者|人|方)|欠(?:薪|款)(?:人|方|单位)|用人单位|施工方)"
)


def find_side(relation: str) -> PartySide:
    """Accused where the word says so and nothing else; whoever it is else is protected."""
    return PartySide.ACCUSED if _ACCUSED.fullmatch(relation) else PartySide.WRONGED


def list_parties(session: Session, case: Case, side: PartySide | None = None) -> Sequence[Party]:
    """Those of a case, of one side or of both, as they were told."""
    mine = select(Party).where(Party.case_id == case.id, *([Party.side == side] if side else []))
    return session.scalars(mine.order_by(Party.id)).all()


def load_wronged_names(session: Session, case_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """The names of the wronged by case, which nobody reads who may not read a reporter's."""
    wronged = select(Party.case_id, Party.name).where(
        Party.case_id.in_(case_ids), Party.side == PartySide.WRONGED, Party.name != ""
    )
    found: dict[int, tuple[str, ...]] = {}
    for case_id, name in session.execute(wronged.order_by(Party.id)):
        found[case_id] = (*found.get(case_id, ()), name)
    return found


def list_wronged_names(session: Session, case: Case) -> tuple[str, ...]:
    """Likewise of one case. One that nobody else sees yet has none but who was told in this transaction."""
    if links.is_new(session, case) and case.id not in get_cache(session).concerned:
        return ()
    return load_wronged_names(session, [case.id]).get(case.id, ())
