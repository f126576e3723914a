"""What was sent in a month, counted."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.environment.units import select_subtree
from handlers.wording import notices as say
from models.notices import Notice
from models.organisation import Unit


def describe_month(session: Session, unit: Unit, env: Environment, *, at: datetime) -> str:
    """What the unit and all beneath it sent in the month of this moment (local), by theme or tag."""
    begins = datetime(at.year, at.month, 1, tzinfo=env.zone)
    ends = (begins + timedelta(days=32)).replace(day=1)
    found = session.execute(
        select(Notice.theme, Notice.item_tag, Notice.reached).where(
            Notice.unit_id.in_(select_subtree(unit)),
            Notice.sent_at >= begins.astimezone(UTC),
            Notice.sent_at < ends.astimezone(UTC),
        )
    ).all()
    themes = Counter(row.item_tag or row.theme or say.NO_THEME for row in found)
    reached = sum(row.reached for row in found)
    from_library = sum(row.item_tag is not None for row in found)
    name = unit.display_name
    return say.month_totals(name, at.year, at.month, len(found), reached, from_library, themes.most_common())
