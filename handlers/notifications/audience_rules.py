"""Who hears of an act, and in what words: read from the act table's audiences.

For each audience of an act there is one teller here; `tests/handlers/test_announce.py` checks
that none is missing.
"""

from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import select

from handlers.cards.keys import Desk
from handlers.cases import event_log
from handlers.cases.context import ActContext
from handlers.cases.privacy import mask
from handlers.cases.views import view
from handlers.notifications import followers, pushes
from handlers.notifications.notification import Teller, Telling, next_card, says, says_with_card
from handlers.wording import reporter, staff
from handlers.wording.case_view import View
from models.cases import Case, Event
from models.messages import TextPush
from models.organisation import Unit
from models.workflow import ACTS, Audience, Status

log = structlog.get_logger()

_R, _H, _P, _D, _L, _F, _S = (
    Audience.REPORTER,
    Audience.HANDLING,
    Audience.PARTNERS,
    Audience.DUTY,
    Audience.LEADER,
    Audience.FORMER,
    Audience.SURVEYORS,
)


def tell(scene: ActContext, event: Event) -> None:
    """Queue everything that this event makes known."""
    scene.session.flush()
    telling = Telling(scene, event, view(scene.session, scene.case, scene.office, now=scene.now, event=event))
    alone = scene.fresh or scene.act.key == "report"
    follows = followers.groups(telling) if _R in scene.act.tells and not alone else []
    if follows and follows[0].only is None:
        telling, follows = follows[0], follows[1:]
    # Tellers only look up and queue: everything they queue is written at once, after the last of them.
    with scene.session.no_autoflush:
        for audience in scene.act.tells:
            if audience not in scene.quiet_to:
                TELLERS[scene.act.key, audience](telling)
        for one in follows if _R not in scene.quiet_to else ():
            TELLERS[scene.act.key, _R](one)
        next_card(telling)
    pushes.write(scene.session, *telling.rows)


def _received(telling: Telling) -> None:
    words = reporter.received_urgent if telling.view.urgent else reporter.received
    restricted = telling.scene.case.restricted
    telling.say(_R, reporter.received_restricted(telling.view) if restricted else words(telling.view))


def _duty_card(telling: Telling, *, photos: bool = True) -> None:
    if telling.scene.case.restricted and not telling.chats(_D):
        # Nobody is named to read it: the desk learns that it is there, and nothing of what it says.
        for chat in pushes.duty_chats(telling.scene.session, telling.scene.case.area_id):
            telling.queue(chat, TextPush(staff.restricted(telling.view)), "duty:restricted")
        return
    followers.hinted(telling).card(_D, Desk.DUTY)
    telling.photos(_D, telling.case_photos(_shown(telling.scene.case)) if photos else [])


def _reported(telling: Telling) -> None:
    """Danger that waits for the desk to give it away rings there; what went by itself is told by then."""
    _duty_card(telling)
    if telling.scene.case.urgent:
        telling.say(_D, staff.urgent(telling.view), part="ring", ring=True)


def _shown(case: Case) -> str:
    """Which photos the desk looks at: the result once there is one, the problem before."""
    return "after" if case.status == Status.SUBMITTED else "before"


def _desk(words: Callable[[View], str], *, photos: bool = True) -> Teller:
    def tell_duty(telling: Telling) -> None:
        telling.say(_D, words(telling.view))
        _duty_card(telling, photos=photos)

    return tell_duty


def _new_task(telling: Telling) -> None:
    """The card, the photos, and a ring for the people responsible, in the unit's own group."""
    if not telling.chats(_H):
        log.warning("case.unit_without_group", case=telling.scene.case.number)
        telling.say(_D, staff.no_group(telling.view), part="no_group")
    if not _responsible(telling.scene, telling.scene.case.unit_id):
        log.warning("case.nobody_responsible", case=telling.scene.case.number)
        telling.say(_D, staff.nobody_responsible(telling.view), part="nobody")
    telling.card(_H, Desk.HANDLING)
    telling.photos(_H, telling.case_photos("before"))
    telling.say(_H, staff.new_task(telling.view), part="ring", ring=True)


def _assigned_to_unit(telling: Telling) -> None:
    """The desk sees what went by itself only now: a card of it would have shown a state that is over."""
    _new_task(telling)
    if telling.scene.actor.person is None:
        _duty_card(telling)


def _responsible(scene: ActContext, unit_id: int | None) -> bool:
    unit = scene.session.get(Unit, unit_id) if unit_id else None
    return unit is not None and bool(unit.lead or unit.deputy)


def _called(words: Callable[[View], str]) -> Teller:
    """Units called to help: the card to check in with, the photos, a ring."""

    def tell_partners(telling: Telling) -> None:
        telling.card(_P, Desk.PARTNER)
        telling.photos(_P, telling.case_photos("before"))
        telling.say(_P, words(telling.view), part="ring", ring=True)

    return tell_partners


def _added(telling: Telling) -> None:
    """A piece that came later, to whoever has the case: the unit, or the desk before it has one."""
    audience = _H if telling.scene.case.unit_id is not None else _D
    telling.say(audience, staff.added(telling.view))
    telling.photos(audience, telling.given_photos())


def _surveyed(audience: Audience) -> Teller:
    def tell_result(telling: Telling) -> None:
        telling.say(audience, staff.surveyed(telling.view))
        telling.photos(audience, telling.given_photos())

    return tell_result


def _assigned(telling: Telling) -> None:
    words = reporter.assigned if telling.chats(_H) else reporter.assigned_by_phone
    telling.to(_R, TextPush(words(telling.view)), "text", status=True)
    if telling.scene.actor.person is None:
        telling.say(_D, staff.by_system(telling.view), part="by_system", ring=telling.view.urgent)


def _verified_to_reporter(telling: Telling) -> None:
    if telling.scene.given.passed:
        _answer(telling, reporter.answered)


def _solved_to_reporter(telling: Telling) -> None:
    _answer(telling, reporter.solved_in_grid)


def _answer(telling: Telling, words: Callable[[View, str, str], str]) -> None:
    """The result: what was done and how long it took, before and after, and the question."""
    before, after = telling.case_photos("before"), telling.case_photos("after")
    follow = reporter.photos_follow(len(before), len(after))
    said = _result_words(telling.scene)
    telling.say(_R, words(telling.view, said, follow))
    # Photos of the problem alone tell the reporter nothing new.
    telling.photos(_R, [*before, *after] if after else [])
    telling.card(_R, Desk.REPORTER)


def _result_words(scene: ActContext) -> str:
    """What the handler said of the result, without anybody's numbers in it."""
    event = event_log.newest(scene.session, scene.case, Event.act.in_(("feedback", "solve_in_grid")))
    return mask(event.text) if event else ""


def _verified_to_handling(telling: Telling) -> None:
    words = staff.verified if telling.scene.given.passed else staff.rework
    telling.say(_H, words(telling.view), ring=not telling.scene.given.passed)


def _rated_to_duty(telling: Telling) -> None:
    """The desk was asked to check what a grid officer solved: it need not any more."""
    if telling.view.in_grid:
        telling.say(_D, staff.rated(telling.view))


def _undone_to_reporter(telling: Telling) -> None:
    """Who heard of the act hears that it is taken back."""
    act = telling.scene.session.scalar(
        select(Event.act).where(
            Event.case_id == telling.scene.case.id, Event.number == telling.event.number - 1
        )
    )
    if act is not None and _R in ACTS[act].tells:
        telling.say(_R, reporter.undone(telling.view))


def _decided(audience: Audience, words: Callable[[View], str]) -> Teller:
    """The reporter hears of what was granted only where it changes what they wait for."""

    def tell_decision(telling: Telling) -> None:
        if audience is not _R or telling.event.fields.keys() & {"due_at", "status"}:
            telling.say(audience, words(telling.view))

    return tell_decision


TELLERS: Mapping[tuple[str, Audience], Teller] = {
    ("report", _R): _received,
    ("report", _D): _reported,
    ("add", _H): _added,
    ("accept", _R): says(_R, reporter.accepted, status=True),
    ("reject", _R): says(_R, reporter.rejected),
    ("classify", _H): says(_H, staff.reclassified),
    ("place", _H): says(_H, staff.relocated),
    ("survey", _S): says_with_card(_S, staff.please_look, Desk.SURVEYOR),
    ("survey_report", _D): _surveyed(_D),
    ("survey_report", _H): _surveyed(_H),
    ("survey_decline", _D): says(_D, staff.cannot_look),
    ("assign", _R): _assigned,
    ("assign", _H): _assigned_to_unit,
    ("pass_on", _R): says(_R, reporter.passed_on, status=True),
    ("pass_on", _H): _new_task,
    ("pass_on", _F): says(_F, staff.gone_elsewhere),
    ("arbitrate", _R): says(_R, reporter.assigned, status=True),
    ("arbitrate", _H): _new_task,
    ("arbitrate", _F): says(_F, staff.gone_elsewhere),
    ("assist", _P): _called(staff.please_assist),
    ("assist", _H): says(_H, staff.assisted),
    ("whistle", _P): _called(staff.whistled),
    ("whistle", _H): says(_H, staff.assisted),
    ("whistle", _D): says(_D, staff.whistle_blown),
    ("check_in", _D): says(_D, staff.checked_in),
    ("partner_done", _H): says(_H, staff.partner_done),
    ("meet", _H): says(_H, staff.met),
    ("meet", _D): says(_D, staff.met),
    ("sign", _R): says(_R, reporter.signed, status=True),
    ("unsign", _H): says_with_card(_H, staff.unsigned, Desk.HANDLING),
    ("unsign", _D): says(_D, staff.unsigned),
    ("return", _D): _desk(staff.returned),
    ("progress", _R): says(_R, reporter.progressed),
    ("stage", _R): says(_R, reporter.progressed),
    ("mediate", _D): says(_D, staff.mediated),
    ("feedback", _D): _desk(staff.submitted),
    ("solve_in_grid", _R): _solved_to_reporter,
    ("solve_in_grid", _D): _desk(staff.solved_in_grid),
    ("extend", _D): _desk(staff.asked, photos=False),
    ("ask_suspend", _D): _desk(staff.asked, photos=False),
    ("complicate", _D): _desk(staff.asked, photos=False),
    ("complicate", _L): says_with_card(_L, staff.asked, Desk.LEADER),
    ("void", _D): _desk(staff.asked, photos=False),
    ("suspend", _R): says(_R, reporter.suspended),
    ("suspend", _H): says(_H, staff.suspended),
    ("resume", _R): says(_R, reporter.resumed),
    ("resume", _H): says(_H, staff.resumed),
    ("approve", _R): _decided(_R, reporter.decided),
    ("approve", _H): _decided(_H, staff.approved),
    ("approve", _D): _decided(_D, staff.approved),
    ("decline", _H): says(_H, staff.declined),
    ("decline", _D): says(_D, staff.declined),
    ("nudge", _H): says(_H, staff.nudged, ring=True),
    ("nudge", _D): says(_D, staff.nudged),
    ("supervise", _H): says_with_card(_H, staff.supervised, Desk.HANDLING),
    ("supervise", _D): says(_D, staff.supervised),
    ("answer_order", _D): says(_D, staff.order_answered),
    ("answer_order", _L): says(_L, staff.order_answered),
    ("instruct", _H): says(_H, staff.instructed, ring=True),
    ("instruct", _D): says(_D, staff.instructed),
    ("raise", _D): says(_D, staff.raised),
    ("raise", _L): says_with_card(_L, staff.raised, Desk.LEADER),
    ("verify", _R): _verified_to_reporter,
    ("verify", _H): _verified_to_handling,
    ("rate", _R): says(_R, reporter.rated),
    ("rate", _H): says(_H, staff.rated),
    ("rate", _D): _rated_to_duty,
    ("praise", _H): says(_H, staff.praised),
    ("close", _R): says(_R, reporter.closed),
    ("reopen", _R): says(_R, reporter.reopened),
    ("reopen", _D): _desk(staff.reopened),
    ("merge", _R): followers.joined,
    ("merge", _H): says(_H, staff.merged),
    ("merge", _D): followers.again,
    ("split", _R): says(_R, reporter.split),
    ("split", _D): _desk(staff.split),
    ("undo", _R): _undone_to_reporter,
    ("undo", _H): says(_H, staff.undone),
    ("undo", _D): says(_D, staff.undone),
}
