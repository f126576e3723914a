"""Keeping people's contacts and names out of what others read (standards §13)."""

from functools import lru_cache

from handlers.cases.privacy.matter import NO_MATTER, Matter
from handlers.cases.privacy.names import REPORTER, SOMEBODY_CONCERNED, hide_names, mask_names
from handlers.cases.privacy.rooms import mask_rooms
from models.cases import Case, Event
from models.workflow import ACTS, CaseRelation

_AS_REPORTER = frozenset(
    {
        CaseRelation.ANYONE,
        CaseRelation.REPORTER,
        CaseRelation.CHECKER,
        CaseRelation.SURVEYOR,
        CaseRelation.LAST,
    }
)
"""How a reporter may stand to their own case: they check it, look at it and take back, too."""


@lru_cache(maxsize=4096)
def mask(
    text: str, *names: str, wronged: tuple[str, ...] = (), rooms: bool = False, matter: Matter = NO_MATTER
) -> str:
    """Mask telephone numbers (138****1234), identity, card and plate numbers, accounts, rooms and names.

    Names are those given here, of reporters and of the `wronged`, and what people call themselves (我叫…,
    联系人…). `rooms`: whoever reads it may know behind which door (`secrecy.disclosure`). `matter`: what
    belongs to what is reported, and stays.
    """
    named = hide_names(mask_names(matter.mask_contacts(text), names), wronged, SOMEBODY_CONCERNED)
    masked = matter.mask_plates(named)
    return masked if rooms else mask_rooms(masked)


def display_actor(event: Event, case: Case) -> str:
    """The name of whoever acted, as others may read it; whoever acted as the reporter stays unnamed."""
    as_reporter = event.actor_id is not None and event.actor_id == case.reporter_id
    return REPORTER if as_reporter and _AS_REPORTER & set(ACTS[event.act].relations) else event.actor_name
