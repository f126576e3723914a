"""Coming in: accepting, refusing, correcting class and place, having somebody look."""

from datetime import timedelta

from sqlalchemy import select

from handlers.cases.context import ActContext, ColumnChanges, attach_media, move_to_next_state
from handlers.clocks import case_clocks
from handlers.environment.units import select_subtree
from handlers.errors import NotFound, WrongState
from handlers.wording import refusals as say
from models.organisation import SURVEYORS, Person, Unit
from models.site_checks import IS_UNANSWERED, SiteCheck

_LOOK_WITHIN = timedelta(hours=4)
_MOST_SURVEYORS = 5


def _apply_add(context: ActContext) -> ColumnChanges:
    attach_media(context, "process")
    return {}


def _apply_classify(context: ActContext) -> ColumnChanges:
    """The limit follows the class; the clock goes on from where it began."""
    info = context.env.classifier.pack.classes.get(context.input.class_id or "")
    if info is None:
        raise NotFound(say.no_such_class(context.input.class_id or ""))
    urgent = context.case.urgent or info.urgent
    due = case_clocks.set_finish_limit(context, class_id=info.id, nature=info.nature, urgent=urgent)
    changes = {"class_id": info.id, "nature": info.nature, "due_at": due, "urgent": urgent}
    return changes if info.id == context.case.class_id else changes | {"stage": 0}


def _apply_place(context: ActContext) -> ColumnChanges:
    return {"place": context.input.place or context.input.text}


def _apply_survey(context: ActContext) -> ColumnChanges:
    """Ask the informants of the grid, or the people named, to go and see (requirements A16)."""
    people = context.input.people or _find_nearby_surveyors(context)
    if not people:
        raise NotFound(say.nobody_to_survey(context.case.number))
    context.session.add_all(
        SiteCheck(
            case_id=context.case.id,
            person_id=person.id,
            event_number=context.event_number,
            asked_at=context.now,
            due_at=context.now + _LOOK_WITHIN,
            text=context.input.text,
        )
        for person in people
    )
    return {}


def _find_nearby_surveyors(context: ActContext) -> tuple[Person, ...]:
    """Informants and grid officers of the finest area around the case that has any; never who reported it.

    The whole district is no area to send somebody through.
    """
    area = context.session.get(Unit, context.case.area_id) if context.case.area_id else None
    while area is not None and area.parent_id is not None:
        if found := _find_informants(context, area):
            return found
        area = context.session.get(Unit, area.parent_id)
    return ()


def _find_informants(context: ActContext, area: Unit) -> tuple[Person, ...]:
    found = context.session.scalars(
        select(Person)
        .where(
            Person.role.in_(SURVEYORS),
            Person.unit_id.in_(select_subtree(area)),
            Person.id != (context.case.reporter_id or 0),
        )
        .order_by(Person.id)
        .limit(_MOST_SURVEYORS)
    )
    return tuple(found)


def _apply_survey_report(context: ActContext) -> ColumnChanges:
    _pending_survey(context).answered_at = context.now
    attach_media(context, "process")
    return {}


def _apply_survey_decline(context: ActContext) -> ColumnChanges:
    survey = _pending_survey(context)
    survey.answered_at, survey.declined = context.now, True
    return {}


def _pending_survey(context: ActContext) -> SiteCheck:
    survey = context.session.scalar(
        select(SiteCheck)
        .where(
            SiteCheck.case_id == context.case.id,
            SiteCheck.person_id == context.actor.id,
            IS_UNANSWERED,
        )
        .order_by(SiteCheck.id)
        .limit(1)
    )
    if survey is None:
        raise WrongState(say.not_asked_to_survey(context.case.number))
    return survey


EFFECTS = {
    "add": _apply_add,
    "accept": move_to_next_state,
    "reject": move_to_next_state,
    "classify": _apply_classify,
    "place": _apply_place,
    "survey": _apply_survey,
    "survey_report": _apply_survey_report,
    "survey_decline": _apply_survey_decline,
}
