"""Acts requested by another system; they go through the same `acts.perform` as acts from a group."""

from collections.abc import Mapping
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api import photos, showing
from bot.api.bodies import ActChoice, ActRequest
from bot.api.context import Context
from bot.api.grants import Grant
from bot.api.people import find_person
from bot.api.problems import KeyReused, NoSuchAct
from bot.media import StoredMedia
from handlers import acts
from handlers.cases import merged, permissions, possible_acts, readers
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput, PartyContact
from handlers.environment.levels import heads
from handlers.environment.people import leaders, staffing
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import NotFound
from handlers.wording import refusals as say
from models.cases import Case, Event
from models.organisation import Person
from models.time_limits import TimeLimit
from models.workflow import ACTS, BY_WORD, Act, ActField


def find_act(word: str) -> Act:
    """The act with this key (`pass-on` or `pass_on`), Chinese verb or alias.

    Raises NoSuchAct, with the nearest word as a suggestion; also for `report`, which has its own address.
    """
    act = BY_WORD.get(word) or BY_WORD.get(word.lower())
    if act is None:
        near = get_close_matches(word, list(BY_WORD), n=1)
        perhaps = f"，是不是 {near[0]}？" if near else ""
        raise NoSuchAct(f"没有「{word}」这个动作{perhaps}")
    if act.opens_case:
        raise NoSuchAct(f"{act.verb}请用 POST /api/v1/reports")
    return act


def list_possible_acts(
    session: Session, case: Case, person: Person, grant: Grant, env: Environment
) -> list[ActChoice]:
    """The acts this person may do with the case now. What they give with the act may still be refused.

    Raises NotFound where the case does not exist for them.
    """
    actor = Actor(person)
    reading = readers.find_reading(session, actor, case, env.restricted_to)
    if reading is None:
        raise NotFound(say.no_such_case(case.number))
    return [
        ActChoice(
            act=act.key.replace("_", "-"),
            verb=act.verb,
            about=act.about,
            usage=act.usage,
            needs=[_FIELDS[need] for need in act.required_fields],
            danger=act.needs_confirmation,
        )
        for act in possible_acts.available_acts(session, actor, case)
        if grant.allows(act)
        and not (reading.is_redacted and not permissions.may_rescue(session, act, actor, case))
    ]


_FIELDS: Mapping[ActField, str] = {
    ActField.TEXT: "text",
    ActField.REASON: "reason",
    ActField.DECISIONS: "text",
    ActField.UNIT: "unit",
    ActField.UNITS: "units",
    ActField.CLASS: "class",
    ActField.PLACE: "place",
    ActField.PARENT: "parent",
    ActField.LENGTH: "limit",
    ActField.EVIDENCE: "text|photos",
    ActField.VERDICT: "passed",
    ActField.SIGNATURE: "passed",
    ActField.LEVEL: "level",
    ActField.ANSWER: "solved",
    ActField.CALL: "reached",
    ActField.MONEY: "recovered_fen",
    ActField.AMOUNT: "asked_fen",
    ActField.PARTY: "party",
    ActField.ADOPTION: "adoption",
    ActField.UNTIL: "until",
    ActField.LIMIT: "limit",
    ActField.LEADER: "leader",
    ActField.SUGGESTED_UNIT: "unit",
}
"""The field of `ActRequest` in which each needed value is given."""


def perform(
    context: Context, number: str, act: Act, request: ActRequest, grant: Grant, *, origin: str
) -> None:
    """Do the act on the case with this number, and commit.

    Does nothing where the case already has this act under this `origin`. Raises Refused as the group
    command would, InvalidRequest for unknown people or broken photos, KeyReused where the origin
    was used for another act.
    """
    env = context.env()
    grant.require_act(act)
    with context.database.read() as session:
        if _is_done(session, showing.find_visible_case(session, number, grant), act, origin):
            return
        grant.require_person(session, find_person(session, request.actor, path="body.actor"))
    files = photos.store_photos(request.photos, settings=context.settings.media, zone=env.zone)
    with context.database.write() as session:
        case = showing.find_visible_case(session, number, grant)
        _perform(session, case, act, request, grant, files, context=context, env=env, origin=origin)
    context.wake()


def _is_done(session: Session, case: Case, act: Act, origin: str) -> bool:
    done = session.scalar(select(Event.act).where(Event.case_id == case.id, Event.origin == origin))
    if done is not None and not _may_mean(act, done):
        raise KeyReused(f"这个 Idempotency-Key 已用于这件事的{ACTS[done].verb}")
    return done is not None


def _perform(
    session: Session,
    case: Case,
    act: Act,
    request: ActRequest,
    grant: Grant,
    files: list[StoredMedia],
    *,
    context: Context,
    env: Environment,
    origin: str,
) -> None:
    now = context.clock()
    person = find_person(session, request.actor, path="body.actor")
    actor = Actor(staffing.enter_capacities(session, person, env.local(now).date()))
    media = photos.add_media_rows(session, files, env=env, now=now)
    act_input = _build_act_input(session, request, grant, env, media=media)
    case = merged.target_case(session, act, actor, case) if act.own_number_only else case
    event = acts.perform(session, act.key, case, actor, act_input, env=env, now=now, origin=origin)
    if not _may_mean(act, event.act):
        raise KeyReused


def _may_mean(act: Act, key: str) -> bool:
    """Whether the act of this key can have come of this one."""
    if key == act.key:
        return True
    return act.becomes is not None and _may_mean(ACTS[act.becomes[1]], key)


def _build_act_input(
    session: Session, request: ActRequest, grant: Grant, env: Environment, *, media: tuple[int, ...]
) -> ActInput:
    party = request.party
    return ActInput(
        text=party.relation if party else "\n".join(part for part in (request.text, request.reason) if part),
        adoption=request.adoption,
        contact=PartyContact(party.name or "", party.phone or "") if party else None,
        unit=find_unit(session, request.unit) if request.unit else None,
        units=tuple(find_unit(session, name) for name in request.units),
        people=(leaders.find_leader(session, request.leader),) if request.leader else (),
        parent=showing.find_visible_case(session, request.parent, grant) if request.parent else None,
        until=request.until,
        fen=request.recovered_fen if request.asked_fen is None else request.asked_fen,
        class_id=env.find_class(request.class_).id if request.class_ else None,
        place=request.place,
        limit=TimeLimit.parse(request.limit) if request.limit else None,
        level=heads.find_level(request.level) if request.level else None,
        passed=request.passed,
        reached=request.reached,
        solved=request.solved,
        satisfied=request.satisfied,
        media=media,
    )
