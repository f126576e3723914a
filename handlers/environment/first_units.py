"""The units a case goes to by itself, before anybody decides: who handles it, and who saves people."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.levels.call_outs import CallOutRule
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_named_unit, find_units
from handlers.triage.types import Triage
from models.cases import BY_PAGE, Assignment, Case
from models.organisation import Chat, Unit

_CONFIDENT = 0.8
"""Share of the score that the class must have before `auto_dispatch: confident` trusts it."""


def find_lead(session: Session, case: Case, triage: Triage, env: Environment) -> Unit | None:
    """The unit that gets the case without the duty desk's decision, where the settings allow it; else None.

    The duty desk's card then waits until it can say which unit has the case. What nobody knows who sent goes
    nowhere by itself, but for danger.
    """
    match env.auto_dispatch:
        case "urgent":
            goes = triage.urgent
        case "confident":
            trusted = triage.confidence >= _CONFIDENT and case.source != BY_PAGE
            goes = triage.urgent or trusted
        case _:
            goes = False
    return session.get(Unit, case.suggested_unit_id) if goes and case.suggested_unit_id else None


def find_companions(session: Session, case: Case, env: Environment) -> list[Unit]:
    """The units that the rules call together with the one that has the case; none that was called before."""
    rule = find_call_out(case, env)
    if rule is None:
        return []
    named = [find_named_unit(session, name) for name in rule.units]
    busy = set(session.scalars(select(Assignment.unit_id).where(Assignment.case_id == case.id)))
    return [unit for unit in named if unit is not None and unit.id not in busy]


def find_call_out(case: Case, env: Environment) -> CallOutRule | None:
    """The first rule of joint calls that is for this case; a restricted one is nobody else's."""
    if case.restricted:
        return None
    return next((rule for rule in env.limits.call_outs if rule.applies_to(case)), None)


def find_rescuers(
    session: Session, case: Case, chat: Chat | None, lead: Unit | None, env: Environment
) -> list[Unit]:
    """The units that save people, beside the one that has or gets the case; none unless it is urgent.

    `chat`: where it was reported; `lead`: the unit that has it; None: the one that is suggested leads.
    """
    if not case.urgent:
        return []
    ids = (case.area_id, chat.unit_id if chat else None, case.suggested_unit_id)
    near = [unit.code for unit_id in ids if unit_id and (unit := session.get(Unit, unit_id))]
    codes = env.classifier.find_rescuers(case.text, case.class_id, near=near)
    found = find_units(session, codes)
    leading = lead.id if lead is not None else case.suggested_unit_id
    return [unit for unit in found if unit.id != leading]
