"""The warning that the program drafts for everybody around a case; a person lets it go out."""

from datetime import timedelta

from sqlalchemy import exists, select

from handlers.cases.context import ActContext
from handlers.environment.first_units import find_call_out
from handlers.environment.units import find_top_unit, split_path
from handlers.errors import NotFound
from handlers.notifications import notices
from handlers.notifications.notices import NoticeDraft
from handlers.notifications.publishing import drafts
from models.notices import Notice
from models.organisation import REPORTING, ChatUse, Unit, UnitKind

_AGAIN_AFTER = timedelta(days=7)
"""Ten reports of the same swindle are one warning."""
_USES = tuple(use for use in ChatUse if use in REPORTING)


def draft_warning(context: ActContext) -> None:
    """Draft the warning of the case's rule for the groups of its town; once a week."""
    rule = find_call_out(context.case, context.env)
    if rule is None or not rule.warning:
        return
    session, env, now = context.session, context.env, context.now
    unit = _find_town(context)
    known = (Notice.text == rule.warning, Notice.unit_id == unit.id, Notice.made_at > now - _AGAIN_AFTER)
    if session.scalar(select(exists().where(Notice.made_by.is_(None), *known))):
        return
    notice = notices.store_draft(session, NoticeDraft(rule.warning, unit, now, _USES), None, env=env, now=now)
    try:
        reach = notices.describe_reach(session, notice, now=now)
    except NotFound:
        # Nobody could hear it: the case goes on without.
        session.delete(notice)
        return
    drafts.show_to_desk(session, notice, reach, env=env, now=now)


def _find_town(context: ActContext) -> Unit:
    """The town in which the case lies; where nobody knows, everything."""
    session = context.session
    area = session.get(Unit, context.case.area_id) if context.case.area_id is not None else None
    above = select(Unit).where(
        Unit.code.in_(split_path(area.path) if area else ()), Unit.kind == UnitKind.TOWN
    )
    return session.scalars(above).first() or find_top_unit(session)
