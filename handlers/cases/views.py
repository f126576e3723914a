"""A case as words need it: names instead of ids, local times instead of instants."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import assignments, event_log, links, open_items
from handlers.cases.act_details import load_details
from handlers.cases.ending import sign_offs
from handlers.cases.privacy import display_actor, mask
from handlers.cases.privacy.matter import NO_MATTER, Matter
from handlers.cases.privacy.source import hide_source
from handlers.cases.queries import Asker
from handlers.cases.secrecy.disclosure import NOTHING, Disclosure, disclose_to_chat
from handlers.cases.secrecy.parties import list_wronged_names
from handlers.cases.secrecy.redaction import redact_view
from handlers.environment.levels import heads
from handlers.environment.people import doors, skills
from handlers.environment.snapshot import Environment
from handlers.triage.rules.class_table import DISPUTES
from handlers.wording import labels, sources
from handlers.wording import levels as say_levels
from handlers.wording.case_view import ActDetails, CaseView
from handlers.wording.formats import format_money
from handlers.wording.markup import escape_words
from handlers.wording.responsibilities import ground as describe_ground
from handlers.wording.voices import stand_in
from models.cases import BY_PAGE, IN_CHAT, Case, Event, Rating
from models.messages import PartKind
from models.organisation import Person, Unit
from models.reports import Media
from models.responsibilities import Responsibility
from models.suggestions import Adoption
from models.voices import Voice, VoiceState
from models.workflow import ACTS, OPEN, ActField, Status


def build_view(
    session: Session,
    case: Case,
    env: Environment,
    *,
    now: datetime,
    event: Event | None = None,
    disclosure: Disclosure = NOTHING,
) -> CaseView:
    """The case for the wording: local times, names masked; `event` adds who did what just now.

    `disclosure`: what whoever reads it may read besides.
    """
    unit, suggested = _unit_name(session, case.unit_id), _unit_name(session, case.suggested_unit_id)
    reporter = session.get(Person, case.reporter_id) if case.reporter_id else None
    name = reporter.name if reporter else ""
    rates = event is not None and ActField.ANSWER in ACTS[event.act].required_fields
    rating = _last_rating(session, case) if rates else None
    words = _write_words(session, case, env, event, disclosure)
    stamp = _find_stamped_photo(session, case) if env.reads_photos else None
    return CaseView(
        number=case.number,
        status=Status(case.status),
        class_name=env.class_info(case.class_id).name,
        nature=case.nature,
        place=words.place,
        text=words.text,
        unit=unit,
        suggested=suggested,
        urgent=case.urgent,
        risk=case.risk or "",
        in_grid=case.in_grid,
        opened=env.local(case.opened_at),
        due=env.local(case.due_at) if case.due_at else None,
        submitted=env.local(case.submitted_at) if case.submitted_at else None,
        now=env.local(now),
        reporter=escape_words(name),
        actor=escape_words(display_actor(event, case)) if event else "",
        act_text=words.act_text,
        act=event.act if event else "",
        acted_at=env.local(event.at) if event else None,
        has_request=case.requested is not None,
        arbitration=case.arbitration,
        returnable=assignments.may_return(session, case),
        restricted=case.restricted,
        is_unverified=case.source == BY_PAGE,
        source=_name_source(case),
        is_answered=case.replied_at is not None,
        is_unreached=case.unreached_at is not None,
        withdrawal=case.withdrawal,
        nudges=case.nudges,
        resumes=env.local(case.resume_at) if case.resume_at is not None else None,
        leader=_leader_name(session, case),
        level=heads.LEVELS[case.level],
        is_raised=case.level > 0,
        level_head=_describe_head(session, case) if case.level else "",
        mediators=_list_mediators(session, case, env, now),
        raise_proposed=case.raise_proposed_at is not None,
        signers=sign_offs.name_signers(session, case) if case.signoff_asked_at is not None else "",
        to_recheck=case.recheck_at is not None,
        in_meeting=case.meeting_asked_at is not None,
        adoption=Adoption(case.adoption).chinese if case.adoption else "",
        asked=format_money(case.asked_fen),
        recovered=format_money(case.recovered_fen),
        parent=_case_number(session, case.parent_id),
        details=load_details(session, case, event, env) if event else ActDetails(),
        solved=rating.solved if rating else None,
        satisfied=rating.satisfied if rating else None,
        ground=_describe_ground(session, case),
        stamped_at=env.local(stamp.stamped_at) if stamp is not None and stamp.stamped_at else None,
        stamped_place=escape_words(mask_case_words(session, case, stamp.stamped_place, env)) if stamp else "",
    )


def _leader_name(session: Session, case: Case) -> str:
    leader = open_items.find_leader(session, case) if case.charged_at is not None else None
    return leader.name if leader is not None else ""


def _name_source(case: Case) -> str:
    if case.source in (IN_CHAT, BY_PAGE):
        return ""
    return escape_words(sources.origin(case.source, case.external_number))


def _describe_ground(session: Session, case: Case) -> str:
    item = session.get(Responsibility, case.ground_id) if case.ground_id is not None else None
    return describe_ground(item.number, item.name, item.law) if item is not None and case.unit_id else ""


def _find_stamped_photo(session: Session, case: Case) -> Media | None:
    """The newest photo of the problem that a watermark camera wrote on."""
    of_problem = Media.case_id == case.id, Media.role == "before", Media.stamped_at.is_not(None)
    return session.scalar(select(Media).where(*of_problem).order_by(Media.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of people in a view."""

    place: str
    text: str
    act_text: str


def _write_words(
    session: Session, case: Case, env: Environment, event: Event | None, disclosure: Disclosure
) -> _Words:
    mask_words = _build_mask(session, case, env, event, disclosure)

    def write(words: str) -> str:
        return escape_words(mask_words(words))

    text, said = write(case.text) or _describe_voices(session, case), event.text if event else ""
    if event is not None and said and not disclosure.source and ACTS[event.act].calls_unit:
        # What the desk asks of the unit is no confidence: 注意举报人要保密.
        mask_words = _build_mask(session, case, env, event, replace(disclosure, source=True))
    return _Words(write(case.place), text, text if said == case.text else write(said))


def _list_mediators(session: Session, case: Case, env: Environment, now: datetime) -> str:
    """Whom the desk could ask to mediate, where an open dispute wants a skill; of a restricted one nobody."""
    info = env.class_info(case.class_id)
    if case.restricted or not info.skill or info.family != DISPUTES or Status(case.status) not in OPEN:
        return ""
    area = session.get(Unit, case.area_id) if case.area_id is not None else None
    found = skills.find_mediators(session, info.skill, area, env.local(now).date())
    return "、".join(labels.with_skill(one.name, one.skill, one.unit) for one in found)


def _describe_voices(session: Session, case: Case) -> str:
    """What stands for the words of a case that came as a voice, as long as nobody knows them."""
    of_case = Media.case_id == case.id, Media.kind == PartKind.VOICE
    found = session.execute(select(Media.duration, Voice.state).join(Voice).where(*of_case)).all()
    return stand_in([(row.duration, row.state == VoiceState.WAITING) for row in found]) if found else ""


def disclose(
    session: Session,
    case: Case,
    view: CaseView,
    env: Environment,
    *,
    event: Event | None,
    disclosure: Disclosure,
) -> CaseView:
    """`view` of this case with the words of people as these readers may have them."""
    words = _write_words(session, case, env, event, disclosure)
    return replace(view, place=words.place, text=words.text, act_text=words.act_text)


def mask_case_words(
    session: Session,
    case: Case,
    words: str,
    env: Environment,
    *,
    event: Event | None = None,
    disclosure: Disclosure = NOTHING,
) -> str:
    """Words of a case as its readers may have them: without whoever reported it or is only talked of.

    Room numbers, and what belongs to the matter, only by `disclosure`.
    """
    return _build_mask(session, case, env, event, disclosure)(words)


def _build_mask(
    session: Session, case: Case, env: Environment, event: Event | None, disclosure: Disclosure
) -> Callable[[str], str]:
    return build_words_mask(
        session, case, env, actors=[event.actor_name] if event else [], disclosure=disclosure
    )


def build_words_mask(
    session: Session,
    case: Case,
    env: Environment,
    *,
    actors: Collection[str] = (),
    disclosure: Disclosure = NOTHING,
) -> Callable[[str], str]:
    """What masks words of this case; whom it hides is looked up once, however many words there are.

    `actors`: names of whoever acts in what is shown, who are no secret.
    """
    handler = session.get(Person, case.handler_id) if case.handler_id else None
    reporters = _find_reporter_names(session, case)
    on_case = {handler.name if handler else "", *actors} - {*reporters}
    matter = _find_matter(case, env) if disclosure.matter else NO_MATTER
    wronged = list_wronged_names(session, case)

    def mask_words(words: str) -> str:
        said = words if disclosure.source or not words else hide_source(words) or labels.CONFIDED
        masked = mask(said, *reporters, wronged=wronged, rooms=disclosure.rooms, matter=matter)
        return env.roster.mask_people(masked, on_case=on_case)

    return mask_words


def _find_reporter_names(session: Session, case: Case) -> tuple[str, ...]:
    """Names of whoever reported the matter, in this case or in one joined to it."""
    root = links.root_case(session, case)
    ids = dict.fromkeys(one.reporter_id for one in (case, root, *links.find_followers(session, root)))
    people = [session.get(Person, who) for who in ids if who is not None]
    rows = (row for person in people if person is not None for row in doors.list_rows(session, person))
    return tuple(dict.fromkeys(row.name for row in rows))


def _find_matter(case: Case, env: Environment) -> Matter:
    """What belongs to the matter in a case of this class, by the rule pack."""
    special = env.classifier.pack.special
    return Matter(
        plates=case.class_id in special.plate_classes,
        numbers=case.class_id in special.number_classes,
        their_words=special.their_numbers,
        their_people=special.their_people,
        own_words=special.own_numbers,
        known_numbers=env.roster.numbers,
    )


def view_for(
    session: Session,
    asker: Asker,
    case: Case,
    env: Environment,
    *,
    now: datetime,
    event: Event | None = None,
) -> CaseView:
    """The case as it may be read by this asker where they ask; `event` adds who did what just now."""
    disclosure = disclose_to_chat(session, case, asker.chat) if asker.chat is not None else NOTHING
    seen = build_view(session, case, env, now=now, event=event, disclosure=disclosure)
    return redact_view(session, case, seen, env, event) if asker.must_redact(session, case) else seen


def with_last_event(
    session: Session, asker: Asker, case: Case, env: Environment, *, now: datetime, event: Event | None = None
) -> CaseView:
    """The case for this asker with its last event; `event`: the event to show instead of that.

    Others read along: a word on those who handle the case is never its last event.
    """
    shown = event or event_log.latest(session, case, Event.act.not_in(_list_confided_acts()))
    return view_for(session, asker, case, env, now=now, event=shown)


def _list_confided_acts() -> list[str]:
    return [act.key for act in ACTS.values() if act.about_handling]


def as_follower(
    session: Session, seen: CaseView, follower: Case, env: Environment, *, disclosure: Disclosure
) -> CaseView:
    """The view of a case as the reporter of a case joined to it reads it: their number, their words.

    `seen`: the view of the case that is worked on; `follower`: the joined case; `disclosure`: what may be
    read of the joined one where they are told.
    """
    reporter = session.get(Person, follower.reporter_id) if follower.reporter_id else None
    name = reporter.name if reporter else ""
    return replace(
        seen,
        number=follower.number,
        parent=seen.number,
        text=escape_words(mask_case_words(session, follower, follower.text, env, disclosure=disclosure)),
        opened=env.local(follower.opened_at),
        reporter=escape_words(name),
    )


def _unit_name(session: Session, unit_id: int | None) -> str:
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    return unit.display_name if unit else ""


def _describe_head(session: Session, case: Case) -> str:
    """Who answers for the level that the case was raised to."""
    head = heads.find_head(session, case, case.level)
    if head is None:
        return ""
    return say_levels.describe_head(head.unit.display_name, head.person.name if head.person else "")


def _case_number(session: Session, case_id: int | None) -> str:
    case = session.get(Case, case_id) if case_id is not None else None
    return case.number if case else ""


def _last_rating(session: Session, case: Case) -> Rating | None:
    session.flush()
    return session.scalar(select(Rating).where(Rating.case_id == case.id).order_by(Rating.id.desc()).limit(1))
