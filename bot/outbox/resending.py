"""Events of cases that another system wants once more: it lost what it had, or was not there yet."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.pushes import Push, PushPurpose, PushState

_OVER = (PushState.SENT, PushState.DEAD, PushState.UNKNOWN, PushState.MISSED)


def resend_events(session: Session, channel: str, *, since: datetime, now: datetime) -> int:
    """Queue what this channel was told of cases since then (aware) once more, in its order; how many.

    What has become restricted meanwhile is held back as it is sent. Ids stay, so that the receiver knows what
    it has.
    """
    written = Push.channel == channel, Push.purpose == PushPurpose.EVENT, Push.created_at >= since
    queued = session.execute(
        update(Push)
        .where(*written, Push.state.in_(_OVER))
        .values(state=PushState.READY, attempts=0, refused=[], created_at=now, not_before=now)
        .returning(Push.id)
        .execution_options(synchronize_session=False)
    )
    return len(queued.all())
