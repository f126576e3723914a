"""Keeping people's contacts and names out of what others read (standards §13)."""

import re

from models.cases import Case, Event
from models.workflow import ACTS, Who

REPORTER = "报事人"
_AS_REPORTER = frozenset({Who.ANYONE, Who.REPORTER, Who.CHECKER, Who.SURVEYOR, Who.LAST})
"""How a reporter may stand to their own case: they check it, look at it and take back, too."""

_IDENTITY = re.compile(r"(?<!\d)(\d{2})\d{15}([\dXx])(?!\d)")
_DASH = r"[-－\s]?"
_MOBILE = re.compile(
    rf"(?<!\d)((?:(?:[0０]{{2}})?[8８][6６]{_DASH})?[1１]\d{{2}}){_DASH}\d{{4}}{_DASH}(\d{{4}})(?!\d)"
)


def mask(text: str, *names: str) -> str:
    """Mask telephone numbers (138****1234), identity numbers (first 2, last 1), and these names.

    A name is replaced only where it is long enough to be one: a single character is a word.
    """
    text = _IDENTITY.sub(lambda m: f"{m[1]}{'*' * 15}{m[2]}", text)
    text = _MOBILE.sub(r"\1****\2", text)
    for name in names:
        if len(name) > 1:
            text = text.replace(name, REPORTER)
    return text


def shown_actor(event: Event, case: Case) -> str:
    """Who did it, as others may read it: whoever acted as the reporter stays unnamed."""
    as_reporter = event.actor_id is not None and event.actor_id == case.reporter_id
    return REPORTER if as_reporter and _AS_REPORTER & set(ACTS[event.act].who) else event.actor_name
