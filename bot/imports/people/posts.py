"""Further posts of people, and how far informants take part, as an organisation file has them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem
from bot.imports.org_rows import Organisation, PersonRow
from models.organisation import FurtherPost, Participation, ParticipationChange, Person, Role

Values = dict[str, Any]

# Posts -----------------------------------------------------------------------------------------


def find_changed(
    session: Session,
    people: Sequence[PersonRow],
    matches: Mapping[str, Values],
    unit_ids: Mapping[str, int],
) -> set[str]:
    """Codes of the people of the file whose stored posts are others; `matches`: code to stored row."""
    stored = _load(session)
    return {
        person.id
        for person in people
        if (match := matches.get(person.id)) and stored.get(match["id"], []) != _list_posts(person, unit_ids)
    }


def store_posts(session: Session, people: Sequence[PersonRow], unit_ids: Mapping[str, int]) -> None:
    """Give the people of the file the posts it names, and no others; those of everybody else stay."""
    stored, ids = _load(session), _load_ids(session)
    wanted = {ids[person.id]: _list_posts(person, unit_ids) for person in people}
    moved = [person_id for person_id, posts in wanted.items() if stored.get(person_id, []) != posts]
    if moved:
        session.execute(delete(FurtherPost).where(FurtherPost.person_id.in_(moved)))
    if new := [{"person_id": person_id, **post} for person_id in moved for post in wanted[person_id]]:
        session.execute(insert(FurtherPost), new)


def _load(session: Session) -> dict[int, list[Values]]:
    found: dict[int, list[Values]] = {}
    for row in session.execute(select(FurtherPost.__table__).order_by(FurtherPost.id)).mappings():
        post = {"unit_id": row["unit_id"], "role": row["role"], "duties": row["duties"]}
        found.setdefault(row["person_id"], []).append(post)
    return found


def _load_ids(session: Session) -> dict[str, int]:
    return {code: number for number, code in session.execute(select(Person.id, Person.code))}


def _list_posts(person: PersonRow, unit_ids: Mapping[str, int]) -> list[Values]:
    return [
        {"unit_id": unit_ids[post.unit], "role": str(post.role), "duties": list(post.duties)}
        for post in person.posts
    ]


# Taking part -----------------------------------------------------------------------------------


def settle_participation(person: PersonRow, stored: Values | None, *, now: datetime) -> Values:
    """The columns that say how somebody takes part, once the file is in.

    Who left by their own word stays so, whatever a file says, unless it suspends them; an answer that was
    given is not made undone by a file that says 在册.
    """
    before = Participation(stored["participation"]) if stored else Participation.ENROLLED
    after = _settle(before, person.participation)
    since = stored["participation_at"] if stored else None
    return {"participation": str(after), "participation_at": since if after == before else now}


def _settle(before: Participation, said: Participation | None) -> Participation:
    if said is None or said == Participation.SUSPENDED:
        return said or before
    if before == Participation.LEFT:
        return before
    if said == Participation.ENROLLED and before in (Participation.UNCONFIRMED, Participation.AGREED):
        return before
    return said


def find_refused(organisation: Organisation, matches: Mapping[str, Values]) -> Iterable[ConfigProblem]:
    """A warning for each informant whom the file has back though they left."""
    for person in organisation.people:
        stored = matches.get(person.id)
        left = stored is not None and stored["participation"] == Participation.LEFT
        if left and person.participation not in (None, Participation.LEFT, Participation.SUSPENDED):
            location = organisation.locations["people", person.id]
            reason = f"{person.name}自己退出了，要本人再同意才算"
            yield ConfigProblem(location.locate("participation"), reason, grave=False)


def record_participation(
    session: Session, people: Sequence[PersonRow], matches: Mapping[str, Values], *, now: datetime
) -> None:
    """Keep on record what the file changed of how informants take part."""
    ids = _load_ids(session)
    changes = []
    for person in people:
        before = matches.get(person.id, {}).get("participation", Participation.ENROLLED)
        after = _settle(Participation(before), person.participation)
        if after != before and person.role == Role.INFORMANT:
            changes.append({"person_id": ids[person.id], "participation": str(after), "changed_at": now})
    if changes:
        session.execute(insert(ParticipationChange), changes)
