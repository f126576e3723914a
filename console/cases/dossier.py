"""All that a page shows of one case, as far as whoever asks may read it; all times are local."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.cases.photos import may_hear
from handlers.cases import assignments, merged, permissions, possible_acts
from handlers.cases.lists.history import list_readable_events
from handlers.cases.lists.rows import CaseRow, load_rows
from handlers.cases.privacy import display_actor, mask
from handlers.cases.queries import Asker
from handlers.cases.readers import Reading
from handlers.cases.secrecy import parties
from handlers.cases.secrecy.disclosure import disclose_to_person
from handlers.cases.secrecy.redaction import redact_view
from handlers.cases.views import build_view, build_words_mask
from handlers.clocks.deadlines import pause_spans
from handlers.environment.levels import heads
from handlers.environment.snapshot import Environment
from handlers.insight.maps import case_map
from handlers.insight.maps.case_map import CaseMap
from handlers.insight.papers.meeting import list_meetings
from handlers.insight.papers.order import list_orders
from handlers.triage.types import Triage
from handlers.wording.adoption import milestone_line
from handlers.wording.case_view import CaseView
from handlers.wording.levels import describe_head
from handlers.wording.parties import one_party
from models.cases import Case, Event
from models.clocks import ClockRow
from models.messages import PartKind
from models.organisation import UNIT_NAME, Person, Unit
from models.parties import PartySide
from models.reports import CONFIDED, IS_PICTURE, IS_SHOWN, Media, Report
from models.suggestions import Milestone
from models.time_limits import TimeLimit
from models.workflow import ACTS, Act, ActField, Audience, Status, Step

_STEPS = (
    Status.NEW, Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS, Status.SUBMITTED, Status.CLOSED,
)  # fmt: skip
_STANDS_AT: Mapping[Status, int] = {
    **{status: at for at, status in enumerate(_STEPS)},
    Status.SUSPENDED: _STEPS.index(Status.IN_PROGRESS),
    Status.CALLBACK: _STEPS.index(Status.SUBMITTED),
}
_TIMES = frozenset({"due_at", "resume_at", "complex"})
"""Columns that say by when something is to be done."""
_SPANS = frozenset({ActField.LENGTH, ActField.UNTIL})


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline."""

    number: int
    at: datetime
    who: str
    act: Act
    text: str
    status: str
    """The state it led to; "" where the state stayed."""
    due: datetime | None
    """The due time it set."""
    is_reply: bool
    """Its reporter says it or is told of it."""
    is_time: bool
    """It changes by when something is to be done, or asks for that."""


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One of the six steps of the progress bar."""

    status: Status
    at: datetime | None
    state: str
    """done, now or ahead."""


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One time limit, running or over."""

    step: str
    label: str
    unit: str
    """Who owes it; "" for the desk."""
    limit: str
    extras: Sequence[str]
    started: datetime
    target: datetime
    stopped: datetime | None
    pauses: Sequence[tuple[datetime, datetime]]
    is_paused: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Why the rules chose what they chose."""

    class_name: str
    runner_up: str
    unit: str
    confidence: int
    """Per cent."""
    words: Sequence[tuple[str, str, str]]
    """Each word that counted, what it counted for, and the name of that: a class, a unit, or ""."""


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """A voice of the report."""

    media_id: int
    seconds: int
    text: str
    is_playable: bool


@dataclass(frozen=True, slots=True)
class PhotoWords:
    """What an engine read on a photo; `taken_at` (local) and `place`: of its watermark, if it has one."""

    text: str
    taken_at: datetime | None
    place: str


@dataclass(frozen=True, slots=True)
class HeadLine:
    """Who answers for one level; `is_now`: the one it was raised to."""

    words: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that cannot be done now, and why."""

    act: Act
    why: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One case for one reader at one moment."""

    number: str
    version: int
    """Number of its last event."""
    view: CaseView
    text: str
    place: str
    source_url: str
    """Where its source shows it, and perhaps who reported it: for who may know that; else ""."""
    milestones: Sequence[str]
    """The steps towards what was suggested, by their day."""
    accused: Sequence[str]
    """How to reach whom it is about, for who leads it."""
    is_whole: bool
    until: datetime | None
    """The reader took part until then; None: they still do."""
    steps: Sequence[ProgressStep]
    entries: Sequence[TimelineEntry]
    clocks: Sequence[ClockLine]
    pictures: Mapping[str, Sequence[int]]
    """Ids of the pictures by what they show: before, process, after."""
    photo_words: Mapping[int, PhotoWords]
    """What stands on those of them that were read, by id."""
    voices: Sequence[SpokenPart]
    choice: Choice | None
    joined: Sequence[str]
    """Numbers of the cases that were joined to it."""
    heads: Sequence[HeadLine]
    """Who answers for it, from its village up to the county."""
    orders: Sequence[str]
    """Numbers of its supervision orders, whose papers may be had."""
    meetings: Sequence[tuple[int, datetime]]
    """Of its meetings, whose records may be had: number of the event, and when; local."""
    near: Sequence[CaseRow]
    """Other cases that may be about the same."""
    first_receiver: str
    """首接: the unit that received it first, and who of it; "" while none did."""
    sheet: CaseMap | None
    """Where it lies, with these; None where nobody knows."""
    possible: Sequence[Act]
    """What leads on comes first, of that what a list offers by one press."""
    others: Sequence[Act]
    """What may be done besides."""
    refused: Sequence[Refusal]


def load_dossier(
    session: Session, asker: Asker, case: Case, reading: Reading, env: Environment, *, now: datetime
) -> Dossier:
    """Everything of the case that this asker may read now; `reading` says how much that is."""
    events = list_readable_events(session, asker, case, reading)
    view = build_view(session, case, env, now=now)
    redacted = asker.must_redact(session, case)
    if redacted:
        view = redact_view(session, case, view, env, None)
    disclosure = disclose_to_person(session, case, asker.actor)
    actors = {event.actor_name for event in events}
    write = build_words_mask(session, case, env, actors=actors, disclosure=disclosure)
    whole = reading.is_whole
    possible, refused = _sort_acts(session, asker, case, reading)
    may_have_papers = whole and not case.restricted and reading.until is None
    near = case_map.list_related(session, asker, case) if whole else ()
    return Dossier(
        number=case.number,
        version=case.version,
        view=view,
        text=view.text if redacted or not case.text else write(case.text),
        place=view.place if redacted else write(case.place),
        source_url=(case.source_url or "") if disclosure.source and not redacted else "",
        milestones=_list_milestones(session, case, write, env) if whole else (),
        accused=_list_accused(session, case) if whole and disclosure.matter else (),
        is_whole=whole,
        until=env.local(reading.until) if reading.until is not None else None,
        steps=_list_steps(case, events, env),
        entries=[_build_entry(session, asker, case, event, env, write, now=now) for event in events],
        clocks=_list_clocks(session, case, env, now) if whole else (),
        pictures=_list_pictures(session, case) if whole else {},
        photo_words=_list_photo_words(session, case, write, env) if whole else {},
        voices=_list_voices(session, asker, case, write) if whole else (),
        choice=_explain_choice(session, case, env) if whole and asker.oversees_area else None,
        joined=[child.number for child in merged.find_followers(session, case)] if whole else (),
        heads=_list_heads(session, case) if whole and not asker.is_outsider else (),
        orders=list_orders(session, case) if may_have_papers else (),
        meetings=list_meetings(session, case, env) if may_have_papers and not asker.is_outsider else (),
        near=load_rows(session, asker, near, env, with_acts=False),
        first_receiver=_describe_first_receiver(session, case) if whole else "",
        sheet=case_map.draw_case(session, env.areas, case, near) if whole else None,
        possible=[act for act in possible if act.to_states or act.grants is not None],
        others=[act for act in possible if not act.to_states and act.grants is None],
        refused=refused,
    )


def _describe_first_receiver(session: Session, case: Case) -> str:
    first = assignments.find_first_receipt(session, case)
    if first is None:
        return ""
    person = session.get(Person, first.signed_by) if first.signed_by is not None else None
    return f"{session.get_one(Unit, first.unit_id).display_name} {person.name if person else ''}".rstrip()


def _list_milestones(
    session: Session, case: Case, write: Callable[[str], str], env: Environment
) -> Sequence[str]:
    mine = select(Milestone).where(Milestone.case_id == case.id).order_by(Milestone.due, Milestone.id)
    return [
        milestone_line(one.due, write(one.text), env.local(one.done_at).date() if one.done_at else None)
        for one in session.scalars(mine)
    ]


def _list_accused(session: Session, case: Case) -> Sequence[str]:
    known = parties.list_parties(session, case, PartySide.ACCUSED)
    return [one_party(party.relation, party.name, party.phone) for party in known]


def _sort_acts(
    session: Session, asker: Asker, case: Case, reading: Reading
) -> tuple[list[Act], list[Refusal]]:
    """The acts that the asker could do now, what leads on first; and why not the others."""
    possible, refused, order = [], [], list(ACTS.values())
    for act in order:
        if act.opens_case or not _is_theirs(session, act, asker, case, reading):
            continue
        why = possible_acts.explain_refusal(session, act, asker.actor, case)
        if why:
            refused.append(Refusal(act, why))
        else:
            possible.append(act)
    possible.sort(key=lambda act: (not _leads_on(act, case), not act.bulk, -order.index(act)))
    return possible, refused


def _leads_on(act: Act, case: Case) -> bool:
    """Whether the act brings the case nearer to its end."""
    way = list(Status)
    ahead = set(way[way.index(Status(case.status)) + 1 : way.index(Status.CLOSED) + 1])
    return not act.may_stay and not ahead.isdisjoint(act.to_states)


def _is_theirs(session: Session, act: Act, asker: Asker, case: Case, reading: Reading) -> bool:
    """Whether the act is worth a word: of a case that is over for them, or that they only rescue, few are."""
    if reading.until is not None:
        return False
    return not reading.is_redacted or permissions.may_rescue(session, act, asker.actor, case)


def _list_heads(session: Session, case: Case) -> list[HeadLine]:
    return [
        HeadLine(
            describe_head(head.unit.display_name, head.person.name if head.person is not None else ""),
            case.level > 0 and head.level == case.level,
        )
        for head in heads.list_heads(session, case)
    ]


def _list_steps(case: Case, events: Sequence[Event], env: Environment) -> list[ProgressStep]:
    stands_at = _STANDS_AT.get(Status(case.status), -1)
    came = {event.status_to: env.local(event.at) for event in events if event.status_from != event.status_to}
    return [
        ProgressStep(
            status,
            came.get(status) if at <= stands_at else None,
            _name_state(at, stands_at, is_closed=case.status == Status.CLOSED),
        )
        for at, status in enumerate(_STEPS)
    ]


def _name_state(at: int, stands_at: int, *, is_closed: bool) -> str:
    if at < stands_at or is_closed:
        return "done"
    return "now" if at == stands_at else "ahead"


def _build_entry(
    session: Session,
    asker: Asker,
    case: Case,
    event: Event,
    env: Environment,
    write: Callable[[str], str],
    *,
    now: datetime,
) -> TimelineEntry:
    act = ACTS[event.act]
    who, text = display_actor(event, case), write(event.text)
    if asker.must_redact(session, case):
        seen = redact_view(session, case, build_view(session, case, env, now=now, event=event), env, event)
        who, text = seen.actor, seen.act_text
    due = event.fields.get("due_at")
    return TimelineEntry(
        number=event.number,
        at=env.local(event.at),
        who=who,
        act=act,
        text="" if act.opens_case else text,
        status=Status(event.status_to).chinese if event.status_from != event.status_to else "",
        due=env.local(datetime.fromisoformat(due)) if due else None,
        is_reply=Audience.REPORTER in act.audiences or act.own_word or event.actor_id == case.reporter_id,
        is_time=not _TIMES.isdisjoint(event.fields) or not _SPANS.isdisjoint(act.fields),
    )


def _list_clocks(session: Session, case: Case, env: Environment, now: datetime) -> list[ClockLine]:
    rows = select(ClockRow, UNIT_NAME).outerjoin(Unit, Unit.id == ClockRow.unit_id)
    running_first = (ClockRow.stopped_at.is_not(None), ClockRow.target_at, ClockRow.id)
    found = session.execute(rows.where(ClockRow.case_id == case.id).order_by(*running_first)).all()
    return [
        ClockLine(
            step=Step(clock.step).chinese,
            label=clock.label,
            unit=unit,
            limit=TimeLimit.parse(clock.limit).chinese,
            extras=[TimeLimit.parse(extra).chinese for extra in clock.extras],
            started=env.local(clock.started_at),
            target=env.local(clock.target_at),
            stopped=env.local(clock.stopped_at) if clock.stopped_at is not None else None,
            pauses=[(env.local(begin), env.local(end)) for begin, end in pause_spans(clock, now)],
            is_paused=clock.stopped_at is None and bool(clock.pauses) and clock.pauses[-1][1] is None,
            is_late=(clock.stopped_at or now) > clock.target_at,
        )
        for clock, unit in found
    ]


def _list_pictures(session: Session, case: Case) -> dict[str, list[int]]:
    shown = select(Media.role, Media.id).where(Media.case_id == case.id, IS_PICTURE, Media.role != CONFIDED)
    found: dict[str, list[int]] = {"before": [], "process": [], "after": []}
    for role, media_id in session.execute(shown.where(Media.clean_path.is_not(None)).order_by(Media.id)):
        found.setdefault(role, []).append(media_id)
    return found


def _list_photo_words(
    session: Session, case: Case, write: Callable[[str], str], env: Environment
) -> dict[int, PhotoWords]:
    """What stands on the photos of the case, by the id of the photo."""
    is_written = Media.text != "", Media.kind == PartKind.PHOTO
    found = session.scalars(select(Media).where(Media.case_id == case.id, *is_written, IS_SHOWN))
    return {
        media.id: PhotoWords(
            write(media.text),
            env.local(media.stamped_at) if media.stamped_at is not None else None,
            write(media.stamped_place),
        )
        for media in found
    }


def _list_voices(session: Session, asker: Asker, case: Case, write: Callable[[str], str]) -> list[SpokenPart]:
    spoken = select(Media).where(Media.case_id == case.id, Media.kind == PartKind.VOICE)
    plays = may_hear(session, asker, case)
    return [
        SpokenPart(
            media.id,
            max(round(media.duration or 0), 1),
            write(media.text),
            plays and media.play_path is not None,
        )
        for media in session.scalars(spoken.where(Media.role != CONFIDED).order_by(Media.id))
    ]


def _explain_choice(session: Session, case: Case, env: Environment) -> Choice | None:
    """What the rules made of the first report of the case; None where none is stored."""
    stored = select(Report.triage).where(Report.case_id == case.id, Report.triage.is_not(None))
    found = session.scalar(stored.order_by(Report.id).limit(1))
    if not found:
        return None
    triage = Triage.from_json(found)
    names = {row.code: row.name for row in session.execute(select(Unit.code, Unit.name))}
    words = (_name_reason(mask(one.word), one.side, env, names) for one in triage.reasons)
    return Choice(
        class_name=env.class_info(triage.class_id).name,
        runner_up=env.class_info(triage.runner_up).name if triage.runner_up else "",
        unit=names.get(triage.unit or "", ""),
        confidence=round(triage.confidence * 100),
        words=list(dict.fromkeys(words)),
    )


def _name_reason(word: str, side: str, env: Environment, units: Mapping[str, str]) -> tuple[str, str, str]:
    kind, _, value = side.partition(":")
    if side in env.classes:
        return word, "class", env.class_info(side).name
    return word, kind, units.get(value, value)
