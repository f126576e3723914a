"""What becomes of results on their way to reporters: accepted by a channel, lost, or sent at last."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy import case as choose
from sqlalchemy.orm import Session

from handlers.acts.execution import perform
from handlers.cases import event_log, links
from handlers.cases.actors import PROGRAM
from handlers.cases.context import ActContext, ActInput
from handlers.cases.resident import page
from handlers.cases.views import build_view
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.errors import Refused
from handlers.notifications import alerts, audience_rules, pushes, recipients, relays
from handlers.notifications.notification import Notification
from handlers.wording import groups, labels, reporter, staff
from models.cases import Case, Event
from models.messages import TextPush
from models.organisation import OUTSIDERS, Chat, ChatUse, Person
from models.pushes import BUDGET_OVER, CHAT_GONE, FIXED_FIELDS, RETURNED, Push, PushPurpose, PushState
from models.workflow import ACTS, Audience, Status

log = structlog.get_logger()

_RESULT_STANDS = (Status.SUBMITTED, Status.CALLBACK, Status.CLOSED)


def record_delivery(session: Session, push: Push, env: Environment, *, now: datetime) -> int:
    """A channel accepted this push: whoever it tells the result is answered. How many cases that were.

    Nothing where it tells no result, or one that was taken back meanwhile. Never raises Refused.
    """
    answered = 0
    for case in _list_told(session, push):
        if case.replied_at is not None:
            continue
        try:
            perform(
                session, "deliver_answer", case, PROGRAM, ActInput(text=labels.RESULT_ARRIVED),
                env=env, now=now, origin=f"push:{push.id}",
            )  # fmt: skip
        except Refused as refused:
            log.info("answer.not_recorded", case=case.number, slug=refused.slug)
        else:
            answered += 1
    return answered


def record_opening(session: Session, case: Case, env: Environment, *, now: datetime, origin: str) -> bool:
    """The reporter opened the page of their case: the result that stands there reached them. Whether it did.

    `origin`: names the link that was opened; the same result is recorded once. Never raises Refused.
    """
    event = page.find_result_event(session, case)
    if event is None or case.replied_at is not None:
        return False
    try:
        perform(
            session, "deliver_answer", case, PROGRAM, ActInput(text=labels.RESULT_OPENED),
            env=env, now=now, origin=f"{origin}:{event.number}",
        )  # fmt: skip
    except Refused as refused:
        log.info("answer.not_recorded", case=case.number, slug=refused.slug)
        return False
    return True


def record_carried(
    session: Session,
    chat: Chat,
    person: Person,
    numbers: Sequence[str],
    env: Environment,
    *,
    now: datetime,
) -> str | None:
    """Staff paste what they were asked to carry into a group: whoever waits there for a result is answered.

    `numbers`: of the cases whose marks stand in the words. Returns a slug; None: that is no such thing.
    """
    if not numbers or person.role in OUTSIDERS or not relays.is_mute(chat, env):
        return None
    mine = Case.number.in_(numbers), Case.chat_id == chat.id
    for case in session.scalars(select(Case).where(*mine, Case.status == Status.CALLBACK)):
        if case.replied_at is None:
            perform(
                session, "deliver_answer", case, PROGRAM, ActInput(text=groups.ANSWERED_IN_GROUP),
                env=env, now=now, origin=f"carried:{case.version}",
            )  # fmt: skip
    return "talk.carried"


def report_lost_result(session: Session, push: Push, env: Environment, *, now: datetime) -> bool:
    """Ask the desk to call a reporter whom the result perhaps did not reach. Whether it was asked."""
    asked = False
    for case in _list_told(session, push):
        # Whoever reported a joined case is called about the one that was worked on.
        root = links.root_case(session, case)
        if root.replied_at is None and root.status != Status.CLOSED:
            asked |= ask_to_call(session, root, env, now=now, why=str(push.id))
    return asked


def ask_to_call(session: Session, case: Case, env: Environment, *, now: datetime, why: str) -> bool:
    """Ask the duty desk, of a restricted case its readers, to tell a reporter the result. Whether it was.

    `why`: what it is asked for; the same is asked once.
    """
    context = ActContext(session, ACTS["verify"], case, PROGRAM, ActInput(), env, now)
    words = TextPush(staff.ask_to_call(build_view(session, case, env, now=now)))
    chats = recipients.audience_chats(context, Audience.DUTY)
    rows = [
        pushes.push_row(
            chat, words, key=f"call:{case.number}:{why}:{chat.id}", env=env, now=now,
            purpose=PushPurpose.ORDER, case=case,
        )
        for chat in chats
    ]  # fmt: skip
    queued = pushes.find_queued(session, [row["dedupe_key"] for row in rows])
    new = [row for row in rows if row["dedupe_key"] not in queued]
    pushes.enqueue(session, *new)
    return bool(new)


def send_late_result(session: Session, case: Case, env: Environment, *, now: datetime) -> bool:
    """Tell the reporter the checked result where they opened a conversation since. Whether it was told."""
    event = event_log.latest(session, case, event_log.CHANGES_STATE, Event.status_to == Status.CALLBACK)
    if case.status != Status.CALLBACK or case.replied_at is not None or event is None:
        return False
    context = ActContext(session, ACTS[event.act], case, PROGRAM, ActInput(passed=True), env, now)
    seen = build_view(session, case, env, now=now, event=event)
    notification = Notification(context, event, seen)
    if not notification.chats(Audience.REPORTER):
        return False
    audience_rules.send_answer(notification, reporter.result)
    queued = pushes.find_queued(session, [row["dedupe_key"] for row in notification.rows])
    new = [row for row in notification.rows if row["dedupe_key"] not in queued]
    pushes.enqueue(session, *new)
    return bool(new)


def take_back(session: Session, chat: Chat, push_id: int, env: Environment, *, now: datetime) -> bool:
    """The platform says that this push to the chat, which it had accepted, was not delivered.

    Whether it was one that counted as sent. A result is sent again when the person speaks; till then the desk
    is asked to call.
    """
    mine = Push.id == push_id, Push.chat_id == chat.id, Push.state == PushState.SENT
    push = session.scalar(select(Push).where(*mine).with_for_update())
    if push is None:
        return False
    push.state, push.outcome = PushState.DEAD, RETURNED
    log.error("push.returned", push=push.id, kind=push.kind)
    if push.purpose == PushPurpose.REPLY:
        alerts.alert_unreached_line(session, push, env, now=now)
    for case in _list_told(session, push):
        if case.status != Status.CLOSED:
            ask_to_call(session, links.root_case(session, case), env, now=now, why=f"returned:{push.id}")
    return True


def resend_unreached(session: Session, chat: Chat, person: Person, *, now: datetime) -> int:
    """Whoever could not be told a result, or no more than that there is one, or what the desk answered them,
    is here again: send it now.

    Returns how many pushes that were.
    """
    own = select(Case.id, Case.parent_id, Case.replied_at).where(
        doors.is_one_of(person, Case.reporter_id), Case.status.in_((Status.CALLBACK, Status.DUPLICATE))
    )
    rows = session.execute(own).all()
    ids = {one for row in rows for one in row[:2] if one is not None}
    unanswered = {one for row in rows if row.replied_at is None for one in row[:2] if one is not None}
    awaiting = select(Case.id).where(Case.id.in_(ids), Case.status == Status.CALLBACK)
    theirs = select(Chat.id).where(Chat.use == ChatUse.DIRECT, doors.is_one_of(person, Chat.person_id))
    at_their_doors = Push.chat_id.in_(theirs)
    here = at_their_doors, Push.case_id.in_(awaiting)
    in_fields = Push.state == PushState.SENT, Push.outcome.startswith(FIXED_FIELDS)
    hinted = set(
        session.scalars(select(Push.case_id).where(*here, *in_fields, Push.result_event.is_not(None)))
    )
    unsaid = (
        Push.state == PushState.DEAD,
        or_(Push.result_event.is_not(None), Push.kind == "photo"),
        or_(
            Push.outcome == RETURNED,
            and_(Push.outcome.in_((BUDGET_OVER, CHAT_GONE)), Push.case_id.in_(unanswered | hinted)),
        ),
    )
    of_case = and_(*here, or_(and_(*unsaid), and_(*in_fields, Push.result_event.is_not(None))))
    sent = session.execute(
        update(Push)
        .where(at_their_doors, or_(of_case, _is_unsaid_reply()))
        .values(
            state=PushState.READY,
            attempts=0,
            created_at=now,
            not_before=now,
            refused=[],
            chat_id=chat.id,
            channel=chat.channel,
            lane=choose((Push.urgent, f"{chat.id}!"), else_=str(chat.id)),
        )
        .execution_options(synchronize_session=False)
    )
    return int(cast(CursorResult[Any], sent).rowcount)


def _is_unsaid_reply() -> ColumnElement[bool]:
    """What the desk answers somebody, and they did not get."""
    unreached = Push.outcome.in_((BUDGET_OVER, CHAT_GONE, RETURNED))
    return and_(Push.state == PushState.DEAD, Push.purpose == PushPurpose.REPLY, unreached)


def _list_told(session: Session, push: Push) -> Iterator[Case]:
    """The cases whose reporters this push tells the result, as far as that still stands."""
    case = session.get(Case, push.case_id) if push.case_id is not None else None
    if case is None or push.result_event is None or case.status not in _RESULT_STANDS:
        return
    begun_anew = select(Event.id).where(
        Event.case_id == case.id, Event.number > push.result_event, Event.status_to.not_in(_RESULT_STANDS)
    )
    if session.scalar(begun_anew.limit(1)) is not None:
        return
    chat = session.get_one(Chat, push.chat_id)
    person = session.get(Person, chat.person_id) if chat.person_id is not None else None
    told = [case, *links.find_followers(session, case)]
    yield from (
        one for one in told if chat.id == one.chat_id or doors.is_same(session, person, one.reporter_id)
    )
