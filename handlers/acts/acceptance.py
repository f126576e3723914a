"""Coming in: accepting, refusing, correcting class and place, having somebody look."""

from datetime import timedelta

from sqlalchemy import select

from handlers.cases.context import ColumnChanges, ActContext, attach, plain
from handlers.clocks import case_clocks
from handlers.errors import NotFound, WrongState
from handlers.wording import refusals as say
from models.organisation import Person, Role, Unit
from models.site_checks import Survey

_LOOK_WITHIN = timedelta(hours=4)
_MOST_SURVEYORS = 5


def _add(scene: ActContext) -> ColumnChanges:
    attach(scene, "process")
    return {}


def _classify(scene: ActContext) -> ColumnChanges:
    """The limit follows the class; the clock goes on from where it began."""
    info = scene.office.understanding.pack.classes.get(scene.given.class_id or "")
    if info is None:
        raise NotFound(say.no_such_class(scene.given.class_id or ""))
    urgent = scene.case.urgent or info.urgent
    due = case_clocks.relimit(scene, class_id=info.id, nature=info.nature, urgent=urgent)
    changes = {"class_id": info.id, "nature": info.nature, "due_at": due, "urgent": urgent}
    return changes if info.id == scene.case.class_id else changes | {"stage": 0}


def _place(scene: ActContext) -> ColumnChanges:
    return {"place": scene.given.place or scene.given.text}


def _survey(scene: ActContext) -> ColumnChanges:
    """Ask the informants of the grid, or the people named, to go and see (requirements A16)."""
    people = scene.given.people or _nearby(scene)
    if not people:
        raise NotFound(say.nobody_to_survey(scene.case.number))
    scene.session.add_all(
        Survey(
            case_id=scene.case.id,
            person_id=person.id,
            asked_at=scene.now,
            due_at=scene.now + _LOOK_WITHIN,
            text=scene.given.text,
        )
        for person in people
    )
    return {}


def _nearby(scene: ActContext) -> tuple[Person, ...]:
    """Informants and grid officers of the finest area around the case that has any; never who reported it.

    The whole district is no area to send somebody through.
    """
    area = scene.session.get(Unit, scene.case.area_id) if scene.case.area_id else None
    while area is not None and area.parent_id is not None:
        if found := _eyes(scene, area):
            return found
        area = scene.session.get(Unit, area.parent_id)
    return ()


def _eyes(scene: ActContext, area: Unit) -> tuple[Person, ...]:
    beneath = select(Unit.id).where(Unit.path.startswith(area.path, autoescape=True))
    found = scene.session.scalars(
        select(Person)
        .where(
            Person.role.in_((Role.INFORMANT, Role.GRID)),
            Person.unit_id.in_(beneath),
            Person.id != (scene.case.reporter_id or 0),
        )
        .order_by(Person.id)
        .limit(_MOST_SURVEYORS)
    )
    return tuple(found)


def _survey_report(scene: ActContext) -> ColumnChanges:
    _asked(scene).answered_at = scene.now
    attach(scene, "process")
    return {}


def _survey_decline(scene: ActContext) -> ColumnChanges:
    survey = _asked(scene)
    survey.answered_at, survey.declined = scene.now, True
    return {}


def _asked(scene: ActContext) -> Survey:
    survey = scene.session.scalar(
        select(Survey)
        .where(
            Survey.case_id == scene.case.id, Survey.person_id == scene.actor.id, Survey.answered_at.is_(None)
        )
        .order_by(Survey.id)
        .limit(1)
    )
    if survey is None:
        raise WrongState(say.not_asked_to_survey(scene.case.number))
    return survey


EFFECTS = {
    "add": _add,
    "accept": plain,
    "reject": plain,
    "classify": _classify,
    "place": _place,
    "survey": _survey,
    "survey_report": _survey_report,
    "survey_decline": _survey_decline,
}
