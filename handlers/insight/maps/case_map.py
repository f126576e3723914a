"""Where one case lies, with those that may be the same: at its place, within a few steps, joined to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from handlers.cases import queries
from handlers.cases.queries import Asker
from handlers.environment.areas import Areas
from handlers.insight.maps.frames import Frame
from handlers.insight.maps.outlines import Surroundings, draw_surroundings
from models.cases import HAS_POINT, IS_OPEN, Case

_STEPS = 300.0
"""Metres within which another case may be about the same."""
_SEEN = 450.0
"""Metres from the case to the eastern edge of its sheet."""
_MOST = 8


@dataclass(frozen=True, slots=True)
class CaseMap:
    """The sheet around a case, whose own point is in the middle."""

    frame: Frame
    around: Surroundings
    own: tuple[float, float]
    others: Sequence[tuple[float, float] | None]
    """Of each other case; None: nobody knows."""


def list_related(session: Session, asker: Asker, case: Case) -> Sequence[Case]:
    """Other cases that may be about the same, of those that concern the asker, the newest first.

    Open ones at this very place or close by; what it was joined to, and what was joined to it.
    """
    branches = [select(Case.id).where(Case.parent_id == case.id)]
    if case.parent_id is not None:
        branches.append(select(Case.id).where(Case.id == case.parent_id))
    if case.place:
        branches.append(select(Case.id).where(IS_OPEN, Case.place == case.place))
    if case.lat is not None and case.lon is not None:
        south, west, north, east = Frame.around((case.lat, case.lon), _STEPS).bounds
        near = Case.lat.between(south, north), Case.lon.between(west, east)
        branches.append(select(Case.id).where(IS_OPEN, HAS_POINT, *near))
    # Each by its own index.
    found = select(Case).where(Case.id.in_(union_all(*branches)), Case.id != case.id)
    shown = found.where(queries.is_visible(asker), queries.is_concern(session, asker))
    return session.scalars(shown.order_by(Case.id.desc()).limit(_MOST)).all()


def draw_case(session: Session, areas: Areas, case: Case, others: Sequence[Case]) -> CaseMap | None:
    """The sheet around the case; None where nobody knows its point."""
    if case.lat is None or case.lon is None:
        return None
    frame = Frame.around((case.lat, case.lon), _SEEN, height=0.6)
    return CaseMap(
        frame,
        draw_surroundings(session, areas, frame),
        frame.locate(case.lat, case.lon),
        [_locate(frame, other) for other in others],
    )


def _locate(frame: Frame, case: Case) -> tuple[float, float] | None:
    return frame.locate(case.lat, case.lon) if case.lat is not None and case.lon is not None else None
