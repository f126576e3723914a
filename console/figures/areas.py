"""Which area a page of figures is about: the one in its address, as far as it lies in the asker's own."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases.queries import Asker
from handlers.environment.units import covers, find_top_unit, find_unit, split_path
from handlers.errors import NotFound
from handlers.wording import pages as say
from models.organisation import TERRITORIAL, Unit


def list_areas(session: Session, asker: Asker, code: str) -> Sequence[Unit]:
    """The area that is asked for, and before it those above, from the asker's own on.

    An office's own is the whole district. Raises NotFound for an area of others.
    """
    own = asker.unit(session)
    if own is None or own.kind not in TERRITORIAL:
        own = find_top_unit(session)
    unit = find_unit(session, code) if code else own
    if not covers(own, unit) or unit.kind not in TERRITORIAL:
        raise NotFound(say.no_such_page())
    chain = select(Unit).where(Unit.code.in_(split_path(unit.path))).order_by(Unit.path)
    return [each for each in session.scalars(chain) if covers(own, each)]
