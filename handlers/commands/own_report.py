"""/更正 and /另报: what people make of their own report once it is a case.

/更正 0031 长江路99号 ─> the place, where the words are one and they may; else an addition
/另报 0031 ─> the reopening just now is undone, and its words are a report of their own
/立案 with a quote ─> what was quoted is a report of whoever quotes it
"""

import re
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import event_log, possible_acts
from handlers.chat import case_lookup
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.people import doors
from handlers.errors import MissingNeed, Refused, WrongState
from handlers.intake.open_reports import find_open_report
from handlers.intake.reports import messages
from handlers.wording import marks
from handlers.wording import refusals as say
from models.cases import Case, Event
from models.messages import Part, PartKind
from models.organisation import Person
from models.reports import Media
from models.workflow import ACTS, UNDO_WITHIN, Act, ActField, CaseRelation, Reply, find_act_requiring

_LEAD = re.compile(
    r"^(?:(?:正确的?|准确的?)?(?:地点|地址|位置)|应该?|应当|其实|不对)?[，,\s]{0,2}(?:更正为|改成|改为|改到|是|在|为)?[:：\s]{0,2}"
)
_BREAK = re.compile(r"[，。；、,;！!？?\n]")
_MOSTLY = 0.5
"""Share of the words that a place must be, for the words to be one."""
_INBOX = re.compile(r"inbox:(\d{1,19}):")


def find_corrected_case(inbound: InboundMessage, command: Command) -> Case:
    """The case that `/更正` is about: by number, by quote, or the only one that can be added to."""
    if not command.rest and not inbound.attachments:
        raise MissingNeed(say.usage_correction())
    if command.numbers:
        return case_lookup.find_case(inbound, command.numbers[0])
    return case_lookup.the_only_case_for(inbound, _addition(), command.rest)


def choose_correction(inbound: InboundMessage, case: Case, words: str) -> tuple[Act, str]:
    """The act that puts the case right, and the words for it: its place, or an addition."""
    place = _find_place(inbound, words)
    act = find_act_requiring(ActField.PLACE)
    if place and possible_acts.can_mean(inbound.session, act, inbound.actor, case):
        return act, place
    return _addition(), say.correction(words)


def _addition() -> Act:
    return next(act for act in ACTS.values() if act.reply is Reply.OTHER)


def _find_place(inbound: InboundMessage, words: str) -> str:
    """The place that the words are, as it is to be recorded; empty where they are none."""
    said = _LEAD.sub("", words.strip(), count=1).strip(" 。，,！!")
    own = inbound.env.classifier.triage(said, facts=replace(inbound.facts(), addressed=True))
    place = own.place
    if place is None or place.end <= place.start or place.end - place.start < _MOSTLY * len(said):
        return ""
    return place.text if _BREAK.search(said) else said


def report_another(inbound: InboundMessage, command: Command) -> str:
    """`/另报 0031`: undo the reopening, and report its words as another matter. Returns a slug.

    Raises WrongState where the sender did not reopen the case just now.
    """
    numbers = command.numbers or marks.find_numbers(inbound.incoming.quoted_text)
    if not numbers:
        raise MissingNeed(say.no_such_case(""))
    return _report_another(inbound, case_lookup.find_case(inbound, numbers[0]))


def quotes_people(inbound: InboundMessage) -> bool:
    """Whether somebody of the staff quotes what people said, and nothing of the bot's own."""
    quoted = any(part.text.strip() or part.media is not None for part in inbound.incoming.quote)
    return quoted and not inbound.asker.is_outsider and not marks.find_numbers(inbound.incoming.quoted_text)


def report_quoted(inbound: InboundMessage, command: Command) -> str:
    """`/立案` quoting a message of a group: it is a report, and whoever quotes it reports it (E17, E18)."""
    files = tuple(part for part in inbound.incoming.parts if part.media is not None)
    words = (Part(PartKind.TEXT, command.tail),) if command.tail else ()
    said = replace(inbound.incoming, parts=(*words, *files))
    return messages.receive_message(replace(inbound, incoming=said), explicit=True, joins=False)


def handle_press(inbound: InboundMessage, number: str) -> str:
    """The button 另报一件 of the card that follows a reopening. Returns a slug."""
    try:
        return _report_another(inbound, case_lookup.find_case(inbound, number))
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        return f"refused.{refused.slug}"


def _report_another(inbound: InboundMessage, case: Case) -> str:
    reopening = event_log.latest(inbound.session, case)
    if reopening is None or not is_own_reopening(inbound.session, reopening, case, inbound.person):
        raise WrongState(say.no_reopening(case.number))
    if inbound.now - reopening.at > UNDO_WITHIN:
        raise WrongState(say.too_late_for_another(case.number))
    undo = next(act for act in ACTS.values() if CaseRelation.LAST in act.relations)
    with inbound.session.begin_nested():
        acts.perform(
            inbound.session, undo.key, case, inbound.actor, env=inbound.env, now=inbound.now,
            origin=inbound.origin_of(undo.key), inbox_id=inbound.inbox_id,
        )  # fmt: skip
        said = replace(inbound.incoming, click=None, quote=(), parts=(Part(PartKind.TEXT, reopening.text),))
        slug = messages.receive_message(
            replace(inbound, incoming=said, attachments=()), explicit=True, joins=False
        )
        _move_files(inbound, case, reopening)
    return slug


def is_own_reopening(session: Session, event: Event, case: Case, person: Person) -> bool:
    """Whether the event is this person's word, as the reporter, that the case is not solved after all."""
    return (
        ACTS[event.act].reply is Reply.UNSOLVED
        and doors.is_same(session, person, event.actor_id)
        and doors.is_same(session, person, case.reporter_id)
    )


def _move_files(inbound: InboundMessage, case: Case, reopening: Event) -> None:
    """The files that came with the reopening show the other matter."""
    found = _INBOX.match(reopening.origin or "")
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    if found is None or report is None:
        return
    with_it = select(Media).where(Media.inbox_id == int(found[1]), Media.case_id == case.id)
    for media in inbound.session.scalars(with_it):
        media.report_id, media.case_id, media.role = report.id, report.case_id, "before"
