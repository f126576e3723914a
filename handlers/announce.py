"""Who hears of an act, and in what words: read from the act table's audiences.

For each audience of an act there is one teller here; `tests/handlers/test_announce.py` checks
that none is missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from handlers import cards, pushing
from handlers.cards import Desk
from handlers.effects import Scene
from handlers.privacy import mask
from handlers.views import View, view
from handlers.wording import labels, reporter, staff
from models.cases import Case, Event
from models.messages import CardPush, Option, PhotoPush, PushBody, TextPush
from models.organisation import Account, Chat, Person, Unit, UnitKind
from models.reports import Media
from models.workflow import Audience, Status

log = structlog.get_logger()

_MAX_OPTIONS = 10
"""Units offered in a card's choice (wecom-aibot.md §7)."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One audience hearing of one event."""

    scene: Scene
    event: Event
    view: View


def tell(scene: Scene, event: Event) -> None:
    """Queue everything that this event makes known."""
    scene.session.flush()
    telling = Telling(scene, event, view(scene.session, scene.case, scene.office, now=scene.now, event=event))
    # Tellers only look up and queue: everything they queue is written at once, after the last of them.
    with scene.session.no_autoflush:
        for audience in scene.act.tells:
            if audience not in scene.quiet_to:
                TELLERS[scene.act.key, audience](telling)


def to_reporter(telling: Telling, body: PushBody, part: str, *, status: bool = False) -> None:
    """Say something where the case was reported. A `status` gives way to a newer one."""
    case = telling.scene.case
    if case.chat_id is None:
        return
    chat = telling.scene.session.get_one(Chat, case.chat_id)
    _queue(telling, chat, body, f"reporter:{part}", merge=f"status:{case.id}" if status else None)


def to_handling(telling: Telling, body: PushBody, part: str) -> None:
    for chat in pushing.handling_chats(telling.scene.session, telling.scene.case.unit_id):
        _queue(telling, chat, body, f"handling:{part}")


def to_duty(telling: Telling, body: PushBody, part: str) -> None:
    for chat in pushing.duty_chats(telling.scene.session, telling.scene.case.area_id):
        _queue(telling, chat, body, f"duty:{part}")


def _queue(telling: Telling, chat: Chat, body: PushBody, part: str, *, merge: str | None = None) -> None:
    scene, event = telling.scene, telling.event
    # The receipt answers the message itself: it may ride on the very request that brought it.
    receipt = scene.act.key == "report" and chat.id == scene.case.chat_id and isinstance(body, TextPush)
    pushing.write(
        scene.session,
        chat,
        body,
        key=f"{scene.case.number}:{event.number}:{part}:{chat.id}",
        office=scene.office,
        now=scene.now,
        case=scene.case,
        merge=merge,
        answers=scene.inbox_id if receipt else None,
        urgent=scene.case.urgent,
    )


def card(telling: Telling, desk: Desk, chat: Chat) -> CardPush:
    scene = telling.scene
    return CardPush(
        cards.draw(
            telling.view,
            desk,
            task_id=f"{scene.case.number}-{telling.event.number}-{desk}-{chat.id}",
            options=unit_options(scene.session, scene.case) if desk is Desk.DUTY else (),
            url=scene.office.base_url,
        )
    )


def unit_options(session: Session, case: Case) -> tuple[Option, ...]:
    """Units to choose from in a duty card: the suggested one first, then its fellow departments.

    Platforms choose the first option by themselves; without a suggestion that must be nobody.
    """
    suggested = case.suggested_unit_id or 0
    nobody = () if suggested else (Option(cards.NO_UNIT, labels.PLEASE_CHOOSE),)
    units = session.scalars(
        select(Unit)
        .where(
            or_(
                Unit.kind.in_((UnitKind.DEPARTMENT, UnitKind.ENTERPRISE, UnitKind.TOWN)), Unit.id == suggested
            )
        )
        .order_by(Unit.id != suggested, Unit.id)
        .limit(_MAX_OPTIONS - len(nobody))
    )
    return (*nobody, *(Option(unit.code, unit.called[:10]) for unit in units))


def _photos(telling: Telling, role: str) -> list[int]:
    found = telling.scene.session.scalars(
        select(Media.id)
        .where(Media.case_id == telling.scene.case.id, Media.role == role, Media.kind == "photo")
        .order_by(Media.id)
    )
    return list(found)


# The tellers -----------------------------------------------------------------------------------


def _says(words: Callable[[View], str], send: Callable[..., None], **how: bool) -> Callable[[Telling], None]:
    return lambda telling: send(telling, TextPush(words(telling.view)), "text", **how)


def received(telling: Telling) -> None:
    words = reporter.received_urgent if telling.view.urgent else reporter.received
    to_reporter(telling, TextPush(words(telling.view)), "text")


def duty_card(telling: Telling) -> None:
    for chat in pushing.duty_chats(telling.scene.session, telling.scene.case.area_id):
        _queue(telling, chat, card(telling, Desk.DUTY, chat), "duty:card")
        for media in _photos(telling, _shown(telling.scene.case)):
            _queue(telling, chat, PhotoPush(media), f"duty:photo{media}")


def _shown(case: Case) -> str:
    """Which photos the desk looks at: the result once there is one, the problem before."""
    return "after" if case.status == Status.SUBMITTED else "before"


def _told_with_card(words: Callable[[View], str]) -> Callable[[Telling], None]:
    def tell_duty(telling: Telling) -> None:
        to_duty(telling, TextPush(words(telling.view)), "text")
        duty_card(telling)

    return tell_duty


def new_task(telling: Telling) -> None:
    """The card, the photos, and a ring for the people responsible, in the unit's own group."""
    scene = telling.scene
    chats = pushing.handling_chats(scene.session, scene.case.unit_id)
    if not chats:
        log.warning("case.unit_without_group", case=scene.case.number)
        to_duty(telling, TextPush(staff.no_group(telling.view)), "no_group")
    for chat in chats:
        _queue(telling, chat, card(telling, Desk.HANDLING, chat), "handling:card")
        for media in _photos(telling, "before"):
            _queue(telling, chat, PhotoPush(media), f"handling:photo{media}")
        ring = TextPush(staff.new_task(telling.view), _responsible(scene))
        _queue(telling, chat, ring, "handling:ring")


def _responsible(scene: Scene) -> tuple[str, ...]:
    """User ids of the unit's lead and deputy."""
    unit = scene.session.get(Unit, scene.case.unit_id)
    codes = [code for code in (unit.lead, unit.deputy) if code] if unit else []
    if not codes:
        return ()
    found = scene.session.execute(
        select(Person.code, Account.user_id).join(Account).where(Person.code.in_(codes))
    )
    accounts = {row.code: row.user_id for row in found}
    return tuple(accounts[code] for code in codes if code in accounts)


def _added(telling: Telling) -> None:
    """A piece that came later: its words and its photos."""
    to_handling(telling, TextPush(staff.added(telling.view)), "text")
    for media in telling.scene.given.media:
        if telling.scene.session.get_one(Media, media).kind == "photo":
            to_handling(telling, PhotoPush(media), f"photo{media}")


def _assigned(telling: Telling) -> None:
    to_reporter(telling, TextPush(reporter.assigned(telling.view)), "text", status=True)
    if telling.scene.actor.person is None:
        to_duty(telling, TextPush(staff.by_system(telling.view)), "text")


def _verified_to_reporter(telling: Telling) -> None:
    if telling.scene.given.passed:
        _answer(telling, reporter.answered)


def _answer(telling: Telling, words: Callable[[View, str, str], str]) -> None:
    """The result: what was done and how long it took, before and after, and the question."""
    before, after = _photos(telling, "before"), _photos(telling, "after")
    # Photos of the problem alone tell the reporter nothing new.
    shown = [*before, *after] if after else []
    follow = reporter.photos_follow(len(before), len(after))
    to_reporter(telling, TextPush(words(telling.view, _result_words(telling.scene), follow)), "text")
    for media in shown:
        to_reporter(telling, PhotoPush(media), f"photo{media}")
    _ask(telling)


def _result_words(scene: Scene) -> str:
    """What the handler said of the result, without anybody's numbers in it."""
    event = scene.session.scalar(
        select(Event)
        .where(Event.case_id == scene.case.id, Event.act.in_(("feedback", "solve_in_grid")))
        .order_by(Event.number.desc())
        .limit(1)
    )
    return mask(event.text) if event else ""


def _ask(telling: Telling) -> None:
    chat_id = telling.scene.case.chat_id
    if chat_id is not None:
        chat = telling.scene.session.get_one(Chat, chat_id)
        to_reporter(telling, card(telling, Desk.REPORTER, chat), "card")


def _verified_to_handling(telling: Telling) -> None:
    words = staff.verified if telling.scene.given.passed else staff.rework
    to_handling(telling, TextPush(words(telling.view)), "text")


def _solved_to_reporter(telling: Telling) -> None:
    _answer(telling, reporter.solved_in_grid)


def _rated_to_duty(telling: Telling) -> None:
    """The desk was asked to check what a grid officer solved: it need not any more."""
    if telling.view.in_grid:
        to_duty(telling, TextPush(staff.rated(telling.view)), "text")


TELLERS: Mapping[tuple[str, Audience], Callable[[Telling], None]] = {
    ("report", Audience.REPORTER): received,
    ("report", Audience.DUTY): duty_card,
    ("add", Audience.HANDLING): _added,
    ("accept", Audience.REPORTER): _says(reporter.accepted, to_reporter, status=True),
    ("reject", Audience.REPORTER): _says(reporter.rejected, to_reporter),
    ("classify", Audience.HANDLING): _says(staff.reclassified, to_handling),
    ("place", Audience.HANDLING): _says(staff.relocated, to_handling),
    ("assign", Audience.REPORTER): _assigned,
    ("assign", Audience.HANDLING): new_task,
    ("pass_on", Audience.REPORTER): _says(reporter.passed_on, to_reporter, status=True),
    ("pass_on", Audience.HANDLING): new_task,
    ("sign", Audience.REPORTER): _says(reporter.signed, to_reporter, status=True),
    ("return", Audience.DUTY): _told_with_card(staff.returned),
    ("progress", Audience.REPORTER): _says(reporter.progressed, to_reporter),
    ("feedback", Audience.DUTY): _told_with_card(staff.submitted),
    ("solve_in_grid", Audience.REPORTER): _solved_to_reporter,
    ("solve_in_grid", Audience.DUTY): _told_with_card(staff.solved_in_grid),
    ("verify", Audience.REPORTER): _verified_to_reporter,
    ("verify", Audience.HANDLING): _verified_to_handling,
    ("rate", Audience.REPORTER): _says(reporter.rated, to_reporter),
    ("rate", Audience.HANDLING): _says(staff.rated, to_handling),
    ("rate", Audience.DUTY): _rated_to_duty,
    ("close", Audience.REPORTER): _says(reporter.closed, to_reporter),
    ("reopen", Audience.REPORTER): _says(reporter.reopened, to_reporter),
    ("reopen", Audience.DUTY): _told_with_card(staff.reopened),
    ("void", Audience.DUTY): _told_with_card(staff.void_asked),
    ("confirm_void", Audience.REPORTER): _says(reporter.voided, to_reporter),
    ("confirm_void", Audience.HANDLING): _says(staff.voided, to_handling),
    ("confirm_void", Audience.DUTY): _says(staff.voided, to_duty),
    ("decline_void", Audience.DUTY): _says(staff.void_declined, to_duty),
}
