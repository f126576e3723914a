"""The facts on place, unit and sender that triage works with."""

from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.triage.types import Facts
from models.organisation import REPORTING, Chat, Person, Unit


def build_facts(
    session: Session,
    env: Environment,
    *,
    chat: Chat | None,
    person: Person,
    addressed: bool,
    has_media: bool,
    spoken: bool,
    point: tuple[float, float] | None,
    scene_unit_id: int | None = None,
) -> Facts:
    """The facts of words that this person said in this chat; `point`: latitude and longitude in WGS-84.

    `addressed`: they are meant for the bot; `spoken`: they were heard, not typed; `scene_unit_id`: the unit
    whose code they scanned, before the one they belong to.
    """
    is_local = chat is not None and chat.use in REPORTING
    place_unit_id = chat.unit_id if chat is not None and is_local else None
    place_unit = session.get(Unit, place_unit_id) if place_unit_id else None
    own_unit_id = scene_unit_id or person.unit_id
    own_unit = session.get(Unit, own_unit_id) if own_unit_id else None
    return Facts(
        chat_unit=place_unit.code if place_unit else None,
        sender_unit=own_unit.code if own_unit else None,
        sender_role=person.role,
        addressed=addressed,
        has_media=has_media,
        point_unit=env.areas.locate(*point) if point else None,
        spoken=spoken,
    )
