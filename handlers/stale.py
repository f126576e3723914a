"""Rule files that cannot be used, told to the duty desk once a day for as long as they lie there.

The day is part of the push's key, so any number of processes may tell.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from handlers import pushing
from handlers.office import Office
from handlers.wording import nightly as say
from models.messages import TextPush


def tell(session: Session, office: Office, refused: Iterable[str], *, now: datetime) -> int:
    """`refused`: what of the rules is not in force, `packs` or `limits`; how many pushes were queued."""
    day, told = office.local(now).date().isoformat(), 0
    for what in refused:
        for chat in pushing.duty_chats(session, None):
            key = f"stale:{what}:{day}:{chat.id}"
            if not pushing.written(session, [key]):
                words = TextPush(say.STALE[what])
                pushing.write(session, pushing.row(chat, words, key=key, office=office, now=now))
                told += 1
    return told
