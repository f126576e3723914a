"""A restricted urgent case as a unit called to it reads it: the danger, without source and accusation."""

from dataclasses import replace

from sqlalchemy.orm import Session

from handlers.cases.secrecy import accused
from handlers.environment.snapshot import Environment
from handlers.wording import labels
from handlers.wording.case_view import CaseView
from models.cases import Case, Event
from models.workflow import ACTS, CaseRelation

_TO_THE_UNIT = frozenset(
    {"assign", "pass_on", "arbitrate", "assist", "whistle", "verify", "supervise", "instruct"}
)
"""What readers of the case say to the unit itself: they know who hears it."""

_OF_UNITS = frozenset({CaseRelation.HANDLER, CaseRelation.PARTNER})


def redact_view(
    session: Session, case: Case, view: CaseView, env: Environment, event: Event | None
) -> CaseView:
    """`view` without who reported the case, whom it accuses and of what; `event`: what the view tells of."""
    names = accused.find_accused_names(session, case)
    info = env.class_info(case.class_id)
    if env.classifier.is_restricted(info.id):
        info = env.classes[env.classifier.pack.special.risk_class]
    hears = event is not None and is_of_unit(event)
    added = env.classifier.extract_danger(view.act_text, avoid=names) or labels.SOMETHING_ADDED
    return replace(
        view,
        class_name=info.name,
        nature=labels.HELP,
        text=env.classifier.extract_danger(view.text, avoid=names) or labels.SOMEBODY_IN_DANGER,
        reporter="",
        source="",
        ground="",
        restricted=False,
        act_text=view.act_text if hears else added if event is not None and event.act == "add" else "",
        actor=view.actor if hears else "",
    )


def is_of_unit(event: Event) -> bool:
    """Whether the event is the unit's own doing, or said to it, so that it may read of it."""
    act = ACTS[event.act]
    if event.act == "add" or act.reveals_reporter or act.names_people:
        return False
    return event.act in _TO_THE_UNIT or not _OF_UNITS.isdisjoint(act.relations)
