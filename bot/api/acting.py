"""An act asked for by another system: the same act, through the same door, as from a group."""

from collections.abc import Mapping
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api import photos, showing
from bot.api.bodies import ActSent, ActShown
from bot.api.context import Context
from bot.api.people import person_of
from bot.api.problems import KeyReused, NoSuchAct
from bot.media import StoredMedia
from handlers import acts
from handlers.acts.effects import ActInput
from handlers.cases import possible_acts
from handlers.cases.actors import Actor
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_unit
from handlers.errors import NotFound
from handlers.wording import refusals as say
from models.cases import Case, Event
from models.organisation import Person
from models.time_limits import TimeLimit
from models.workflow import ACTS, BY_WORD, Act, ActField


def named(word: str) -> Act:
    """The act of a key, in either spelling, or of a Chinese verb or alias."""
    act = BY_WORD.get(word) or BY_WORD.get(word.lower())
    if act is None:
        near = get_close_matches(word, list(BY_WORD), n=1)
        perhaps = f"，是不是 {near[0]}？" if near else ""
        raise NoSuchAct(f"没有「{word}」这个动作{perhaps}")
    if act.key == "report":
        raise NoSuchAct("上报请用 POST /api/v1/reports")
    return act


def possible(session: Session, case: Case, person: Person) -> list[ActShown]:
    """What this person could do with the case now; another refusal may still come of what is given."""
    return [
        ActShown(
            act=act.key.replace("_", "-"),
            verb=act.verb,
            about=act.about,
            usage=act.usage,
            needs=[_FIELDS[need] for need in act.required_fields],
            danger=act.needs_confirmation,
        )
        for act in possible_acts.available_acts(session, Actor(person), case)
    ]


_FIELDS: Mapping[ActField, str] = {
    ActField.TEXT: "text",
    ActField.REASON: "reason",
    ActField.UNIT: "unit",
    ActField.UNITS: "units",
    ActField.CLASS: "class",
    ActField.PLACE: "place",
    ActField.PARENT: "parent",
    ActField.LENGTH: "limit",
    ActField.EVIDENCE: "text|photos",
    ActField.VERDICT: "passed",
    ActField.ANSWER: "solved",
}
"""Where in a request each need is given."""


def perform(context: Context, number: str, act: Act, sent: ActSent, *, origin: str) -> None:
    """Commit the act, or raise Refused. Done before under this origin: nothing happens."""
    env = context.env()
    with context.database.read() as session:
        if _done(session, showing.visible(session, number), act, origin):
            return
    files = photos.keep(sent.photos, settings=context.settings.media, zone=env.zone)
    with context.database.write() as session:
        case = showing.visible(session, number)
        _perform(session, case, act, sent, files, context=context, env=env, origin=origin)
    context.wake()


def _done(session: Session, case: Case, act: Act, origin: str) -> bool:
    done = session.scalar(select(Event.act).where(Event.case_id == case.id, Event.origin == origin))
    if done is not None and done != act.key:
        raise KeyReused(f"这个 Idempotency-Key 已用于这件事的{ACTS[done].verb}")
    return done is not None


def _perform(
    session: Session,
    case: Case,
    act: Act,
    sent: ActSent,
    files: list[StoredMedia],
    *,
    context: Context,
    env: Environment,
    origin: str,
) -> None:
    actor = Actor(person_of(session, sent.actor, path="body.actor"))
    act_input = _given(session, sent, env, media=photos.attach(session, files))
    now = context.clock()
    event = acts.perform(session, act.key, case, actor, act_input, env=env, now=now, origin=origin)
    if event.act != act.key:
        raise KeyReused


def _given(session: Session, sent: ActSent, env: Environment, *, media: tuple[int, ...]) -> ActInput:
    return ActInput(
        text="\n".join(part for part in (sent.text, sent.reason) if part),
        unit=find_unit(session, sent.unit) if sent.unit else None,
        units=tuple(find_unit(session, name) for name in sent.units),
        parent=showing.visible(session, sent.parent) if sent.parent else None,
        until=sent.until,
        fen=sent.recovered_fen,
        class_id=_class_called(sent.class_, env) if sent.class_ else None,
        place=sent.place,
        limit=TimeLimit.parse(sent.limit) if sent.limit else None,
        passed=sent.passed,
        solved=sent.solved,
        satisfied=sent.satisfied,
        media=media,
    )


def _class_called(name: str, env: Environment) -> str:
    """The class of this id or name; NotFound with the nearest names."""
    classes = env.classifier.pack.classes
    by_name = {info.name: info.id for info in classes.values()}
    if name in classes:
        return name
    if name not in by_name:
        near = [known for known in by_name if name in known]
        raise NotFound(
            say.no_such_class(name, near[:3] or get_close_matches(name, list(by_name), cutoff=0.3))
        )
    return by_name[name]
