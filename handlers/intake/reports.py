"""Several messages become one report, and a report becomes a case.

piece ──> open report of this person in this chat? ──no──> start one, if it is a report at all
                    │ yes
                    └──> join; another problem at another place starts a report of its own
report complete (what, where), or urgent ──> case at once; later pieces join the case
incomplete ──> asked once after `ask_after`; still silent ──> case as it stands
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.acts.effects import ActInput
from handlers.cases.views import view
from handlers.chat import smalltalk
from handlers.chat.inbound import Arrival
from handlers.environment.snapshot import Environment
from handlers.intake.case_opening import open_case
from handlers.intake.open_reports import remember, waiting
from handlers.notifications import pushes
from handlers.triage.classify import intent
from handlers.triage.text.numbers import in_figures
from handlers.triage.types import Place, Triage
from handlers.wording import talk
from models.cases import Case
from models.messages import TextPush
from models.organisation import Chat, Person
from models.reports import Media, Report
from models.workflow import OPEN

_SURE_PLACE = 0.2
"""A town that only the group supplies is less certain than this, and is asked for."""
_PLAIN_PLACE = 0.58
"""A place that only its position in the sentence makes one is less certain than this."""
_FOR_A_REPORT = frozenset({"talk:asks", "talk:heat", "talk:trouble"})
_SWEEP = 200
"""Reports that one tick looks at; the next tick takes the rest."""


def receive(arrival: Arrival, *, explicit: bool = False) -> str:
    """Take one message that is neither command nor follow-up. Answers with a slug of what came of it.

    `explicit`: the person said that this is a report, so it is one.
    """
    if arrival.lost and not arrival.said and not arrival.attachments:
        return "media.lost"
    facts = replace(arrival.facts(), addressed=True) if explicit else arrival.facts()
    own = arrival.office.understanding.triage(arrival.said, facts=facts)
    if explicit or _plainly_meant(arrival, own):
        own = replace(own, report=True, kind="report", missing=own.missing or _where(own))
    heard = own.report or bool(arrival.attachments) or arrival.incoming.point is not None
    if not heard and own.kind != "chatter":
        return smalltalk.answer(arrival, own.kind)
    report = _open_report(arrival)
    if not heard and report is None:
        return smalltalk.answer(arrival, own.kind)
    if report is not None and _is_another(report, own):
        _settle(arrival.session, report, arrival.office, now=arrival.now)
        arrival.session.flush()
        report = None
    if report is None:
        return _start(arrival, own)
    return _join(arrival, report)


def _plainly_meant(arrival: Arrival, own: Triage) -> bool:
    """Said to the bot, with a matter and a plain place in the words: the desk decides, nothing is dropped.

    The rules weigh every word against talk; whoever mentions the bot, names a place and says nothing
    that speaks against it means it.
    """
    spoken_to = arrival.incoming.addressed or arrival.incoming.direct
    matter = any(reason.side in (own.class_id, f"nature:{own.nature}") for reason in own.reasons)
    if not (spoken_to and own.kind == "chatter" and matter):
        return False
    against = any(r.side.startswith("talk:") and r.side not in _FOR_A_REPORT for r in own.reasons)
    place = own.place
    plain = place is not None and _said(place) and place.confidence >= _PLAIN_PLACE
    return plain and not against and not intent.mood(arrival.said)


def _where(own: Triage) -> tuple[str, ...]:
    return () if own.place is not None and own.place.confidence >= _SURE_PLACE else ("place",)


def _open_report(arrival: Arrival) -> Report | None:
    report = waiting(arrival.session, arrival.chat, arrival.person)
    if report is not None and (arrival.now > report.closes_at or _is_over(arrival.session, report)):
        _settle(arrival.session, report, arrival.office, now=arrival.now)
        arrival.session.flush()
        return None
    return report


def _is_over(session: Session, report: Report) -> bool:
    """Its case was refused or finished before the last piece came."""
    case = session.get(Case, report.case_id) if report.case_id else None
    return case is not None and case.status not in OPEN


def _is_another(report: Report, own: Triage) -> bool:
    """A complete problem of its own is not a piece of the one before; nor is danger, nor a secret.

    A matter that is complete by a place that only the group supplied is left as it is by the next
    one whose words name both. What waits for its place may still be told it in any words.
    """
    if report.triage is None or not own.report or "what" in own.missing:
        return False
    before = Triage.from_json(report.triage)
    if _is_danger(report, before, own):
        return True
    if own.secret and not before.secret and report.case_id is not None:
        # What is told in confidence must not stand in a case that everybody sees.
        return True
    if not _said(own.place):
        return False
    if not _said(before.place):
        return report.case_id is not None and own.class_id != before.class_id
    return in_figures(before.place.text) != in_figures(own.place.text)  # type: ignore[union-attr]


def _is_danger(report: Report, before: Triage, own: Triage) -> bool:
    """Danger is never a supplement to a case that is none, and a life at risk stands by itself."""
    if own.risk is not None and own.risk != before.risk:
        return True
    return own.urgent and not before.urgent and report.case_id is not None


def _said(place: Place | None) -> bool:
    """The place stands in the words, and was not supplied by group or sender."""
    return place is not None and place.end > place.start


def _start(arrival: Arrival, own: Triage) -> str:
    report = Report(
        chat_id=arrival.chat.id,
        person_id=arrival.person.id,
        text="",
        opened_at=arrival.now,
        closes_at=arrival.now,
        due_at=arrival.now,
    )
    _remember_point(arrival, report)
    remember(arrival.session, report)
    if arrival.attachments:
        _store(arrival.session, report)
        arrival.keep(report_id=report.id)
        return _understand(arrival, report, arrival.said, own)
    result = _understand(arrival, report, arrival.said, own)
    if report.case_id is None:
        _store(arrival.session, report)
    arrival.keep(report_id=report.id, case_id=report.case_id)
    return result


def _store(session: Session, report: Report) -> None:
    session.add(report)
    session.flush()


def _join(arrival: Arrival, report: Report) -> str:
    if report.case_id is not None:
        return _add_to_case(arrival, report, report.case_id)
    arrival.keep(report_id=report.id)
    text = "\n".join(part for part in (report.text, arrival.said) if part)
    _remember_point(arrival, report)
    facts = replace(arrival.facts(), has_media=True)
    if report.lat is not None and report.lon is not None:
        facts = replace(facts, point_unit=arrival.office.areas.locate(report.lat, report.lon))
    return _understand(arrival, report, text, arrival.office.understanding.triage(text, facts=facts))


def _understand(arrival: Arrival, report: Report, text: str, triage: Triage) -> str:
    """Open the case if the report says enough by now; otherwise wait for the rest."""
    if triage.missing and report.lat is not None:
        triage = replace(triage, missing=tuple(need for need in triage.missing if need != "place"))
    report.text, report.triage = text, triage.to_json()
    if triage.report and (triage.urgent or not triage.missing):
        case = _open(
            arrival.session, report, triage, arrival.office,
            now=arrival.now, origin=arrival.origin("report"), inbox_id=arrival.inbox_id,
        )  # fmt: skip
        if triage.missing:
            _ask_at_once(arrival, report, case, triage)
        return "case.opened"
    report.due_at = arrival.now + arrival.office.ask_after
    report.closes_at = max(report.due_at, arrival.now + arrival.office.join_within)
    if report.asked_at is not None:
        report.due_at = report.closes_at = arrival.now + arrival.office.settle_after
    return "report.waiting"


def _remember_point(arrival: Arrival, report: Report) -> None:
    """A location that was sent outweighs where a photo was taken."""
    point = arrival.incoming.point or (arrival.point if report.lat is None else None)
    if point is not None:
        report.lat, report.lon = point


def _ask_at_once(arrival: Arrival, report: Report, case: Case, triage: Triage) -> None:
    """Danger does not wait for an answer: the case is open, and what is missing joins it."""
    question = talk.IN_DANGER if triage.risk else talk.ask(triage.missing)
    arrival.answer(question, case=case, part="ask")
    report.asked_at = arrival.now
    report.due_at = report.closes_at = arrival.now + arrival.office.settle_after


def _add_to_case(arrival: Arrival, report: Report, case_id: int) -> str:
    case = arrival.session.get_one(Case, case_id)
    media = arrival.keep(report_id=report.id, case_id=case.id)
    report.closes_at = report.due_at = max(report.closes_at, arrival.now + arrival.office.join_within)
    add = ActInput(text=arrival.said, media=media)
    acts.perform(
        arrival.session, "add", case, arrival.actor, add,
        office=arrival.office, now=arrival.now, origin=arrival.origin("add"), inbox_id=arrival.inbox_id,
    )  # fmt: skip
    _as_before(arrival.session, media)
    if case.lat is None and arrival.point is not None:
        case.lat, case.lon = arrival.point
    arrival.answer(talk.joined(view(arrival.session, case, arrival.office, now=arrival.now)), case=case)
    return "case.added"


def _as_before(session: Session, media: tuple[int, ...]) -> None:
    """What the reporter sends right after the report still shows the problem."""
    for row in session.scalars(select(Media).where(Media.id.in_(media))):
        row.role = "before"


def _open(
    session: Session,
    report: Report,
    triage: Triage,
    office: Environment,
    *,
    now: datetime,
    origin: str | None,
    inbox_id: int | None = None,
) -> Case:
    report.closes_at = report.due_at = now + office.join_within
    return open_case(
        session,
        text=report.text,
        triage=triage,
        person=session.get_one(Person, report.person_id),
        chat=session.get_one(Chat, report.chat_id),
        office=office,
        now=now,
        origin=origin,
        report=report,
        inbox_id=inbox_id,
    )


def due(session: Session, office: Environment, *, now: datetime) -> int:
    """Do what time asks of waiting reports: ask once, open as it stands, close. How many were due."""
    found = session.scalars(
        select(Report)
        .where(Report.closed_at.is_(None), Report.due_at <= now)
        .order_by(Report.due_at)
        .limit(_SWEEP)
        .with_for_update(skip_locked=True)
    )
    reports = list(found)
    for report in reports:
        if report.case_id is None and report.asked_at is None:
            _ask(session, report, office, now=now)
        else:
            _settle(session, report, office, now=now)
    return len(reports)


def _ask(session: Session, report: Report, office: Environment, *, now: datetime) -> None:
    missing = Triage.from_json(report.triage).missing if report.triage else ()
    report.asked_at = now
    report.due_at = report.closes_at = now + office.settle_after
    chat = session.get_one(Chat, report.chat_id)
    question = TextPush(talk.ask(missing))
    key = f"report:{report.id}:ask"
    pushes.write(session, pushes.row(chat, question, key=key, office=office, now=now))


def _settle(session: Session, report: Report, office: Environment, *, now: datetime) -> None:
    """Nothing more will come: what never became a case becomes one now, as it stands."""
    if report.case_id is None:
        if report.triage is None:
            raise ValueError("a report is understood before it becomes a case")
        triage = Triage.from_json(report.triage)
        _open(session, report, triage, office, now=now, origin=f"report:{report.id}")
    report.closed_at = now
