"""Import of an organisation into the database: an upsert by code, in bulk statements, all or nothing.

Rows that the bot created by itself are taken over: a group that wrote to it before anybody bound
the group, a person it met before anybody entered them. Rows of the database that the file does not
name stay, because cases point at them, and are reported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem
from bot.imports import org_references
from bot.imports.org_file import OrganisationError
from bot.imports.org_rows import ChatRow, Organisation, PersonRow, UnitRow
from bot.imports.people import posts
from bot.imports.people.departed import withhold_rights
from models.cases import increment_counter
from models.organisation import Account, Chat, ChatUse, Person, Unit
from models.personal_data import ERASED

Values = dict[str, Any]
"""Column to value; rows read from the database have their id too."""

_BOT_MADE = (ChatUse.DIRECT, ChatUse.UNBOUND, ChatUse.SUBSCRIBER)


@dataclass(slots=True)
class ImportReport:
    """What an import did; each row is named as `units/HM-CG`, in the order of the file."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    """Rows in the database that the file does not name; left as they are."""
    details: dict[str, list[tuple[str, Any, Any]]] = field(default_factory=dict)
    """Of each changed row its columns that change, with what stands there and what will."""
    warnings: list[ConfigProblem] = field(default_factory=list)
    """Problems that do not stop the import; a person should look at them."""


def import_org(session: Session, organisation: Organisation, *, now: datetime | None = None) -> ImportReport:
    """Upsert units, people, accounts and chats of the file. `now`: when; None: this moment.

    Raises OrganisationError with every dangling reference; nothing is written then.
    """
    units, people = _load_rows(session, Unit), _load_rows(session, Person)
    code_of = {unit["id"]: unit["code"] for unit in units}
    known = org_references.StoredOrganisation(
        parents={unit["code"]: code_of.get(unit["parent_id"]) for unit in units},
        people={person["code"] for person in people},
        names={
            unit["code"]: {name for name in (unit["name"], unit["short"], *unit["aliases"]) if name}
            for unit in units
        },
    )
    organisation = org_references.resolve_unit_names(organisation, known)
    if problems := org_references.find_errors(organisation, known):
        raise OrganisationError(problems)
    report = ImportReport(warnings=org_references.find_warnings(organisation, known))
    organisation, departed = withhold_rights(session, organisation)
    report.warnings += departed
    unit_ids = _import_units(session, organisation, known, units, report)
    _import_people(session, organisation, people, unit_ids, report, now=now or datetime.now(UTC))
    _import_chats(session, organisation.chats, unit_ids, report)
    # Running processes rebuild their environment when the counter moves.
    if report.added or report.changed:
        increment_counter(session, "organisation")
    session.expire_all()  # bulk statements do not update objects the session has loaded
    return report


def _load_rows(session: Session, model: type[Unit | Person | Account | Chat]) -> list[Values]:
    return [dict(row) for row in session.execute(select(model.__table__)).mappings()]


def _upsert(
    session: Session,
    model: type[Unit | Person | Chat],
    wanted: Iterable[tuple[Values, Values | None]],
    report: ImportReport,
    *,
    touched: frozenset[str] = frozenset(),
) -> None:
    """Insert or update; `wanted` pairs each row with the stored row it replaces, None for a new one.

    `touched`: codes of rows that count as changed because rows of another table changed.
    """
    new: list[Values] = []
    moved: list[Values] = []
    for row, stored in wanted:
        name = f"{model.__tablename__}/{row['code']}"
        if stored is None:
            new.append(row)
            report.added.append(name)
        elif changes := [
            (column, stored[column], value) for column, value in row.items() if stored[column] != value
        ]:
            moved.append({"id": stored["id"], **row})
            report.changed.append(name)
            report.details[name] = changes
        else:
            (report.changed if row["code"] in touched else report.unchanged).append(name)
    if moved:
        session.execute(update(model), moved)
    if new:
        session.execute(insert(model), new)


# Units -----------------------------------------------------------------------------------------


def _import_units(
    session: Session,
    organisation: Organisation,
    known: org_references.StoredOrganisation,
    stored: list[Values],
    report: ImportReport,
) -> dict[str, int]:
    """Import the units; unit code to id, for all units in the database."""
    parents = org_references.merge_parents(organisation, known)
    paths = org_references.build_paths(parents)
    by_code = {unit["code"]: unit for unit in stored}
    wanted = [(_unit_values(unit, paths), by_code.get(unit.code)) for unit in organisation.units]
    _upsert(session, Unit, wanted, report)
    named = {unit.code for unit in organisation.units}
    report.orphaned += [f"units/{code}" for code in by_code if code not in named]
    ids = {code: number for number, code in session.execute(select(Unit.id, Unit.code))}
    # Where the path changed, the parent may have changed; a unit outside the file moves with its parent.
    moved = [code for code in parents if code not in by_code or by_code[code]["path"] != paths[code]]
    if moved:
        rows = [
            {"id": ids[code], "parent_id": ids.get(parents[code] or ""), "path": paths[code]}
            for code in moved
        ]
        session.execute(update(Unit), rows)
    return ids


def _unit_values(unit: UnitRow, paths: Mapping[str, str]) -> Values:
    return {
        "code": unit.code,
        "name": unit.name,
        "short": unit.short or "",
        "kind": str(unit.kind),
        "path": paths[unit.code],
        "lead": unit.lead,
        "deputy": unit.deputy,
        "aliases": list(unit.aliases),
        "places": list(unit.places),
        "keywords": list(unit.keywords),
        "polygon": unit.outline,
    }


# People and their accounts ---------------------------------------------------------------------


def _import_people(
    session: Session,
    organisation: Organisation,
    stored: list[Values],
    unit_ids: Mapping[str, int],
    report: ImportReport,
    *,
    now: datetime,
) -> None:
    people = organisation.people
    accounts = _load_rows(session, Account)
    holders = {(account["provider"], account["user_id"]): account["person_id"] for account in accounts}
    matches = _match_people(people, stored, holders)
    report.warnings += posts.find_refused(organisation, matches)
    touched = {
        person.id
        for person in people
        if (match := matches.get(person.id))
        and any(holders.get(account) != match["id"] for account in person.accounts.items())
    }
    touched |= posts.find_changed(session, people, matches, unit_ids)
    wanted = [
        (_person_values(person, unit_ids) | posts.settle_participation(person, match, now=now), match)
        for person in people
        for match in [matches.get(person.id)]
    ]
    _upsert(session, Person, wanted, report, touched=frozenset(touched))
    posts.store_posts(session, people, unit_ids)
    posts.record_participation(session, people, matches, now=now)
    kept = {match["id"] for match in matches.values()}
    met = {f"{provider}:{user}" for provider, user in holders}
    report.orphaned += [
        f"people/{person['code']}"
        for person in stored
        if person["id"] not in kept and person["code"] not in met and not person["code"].startswith(ERASED)
    ]
    _import_accounts(session, people, accounts)


def _match_people(
    people: tuple[PersonRow, ...], stored: list[Values], holders: Mapping[tuple[str, str], int]
) -> dict[str, Values]:
    """Person code to stored row: the row with that code, else the row the bot made for an account."""
    by_code = {person["code"]: person for person in stored}
    by_id = {person["id"]: person for person in stored}
    found: dict[str, Values] = {}
    taken: set[int] = set()
    for person in people:
        match = by_code.get(person.id)
        for provider, user in () if match else person.accounts.items():
            holder = by_id.get(holders.get((provider, user), 0))
            # `handlers.environment.people.senders` gives an unknown sender such a code.
            if holder and holder["code"] == f"{provider}:{user}" and holder["id"] not in taken:
                match = holder
                break
        if match:
            found[person.id] = match
            taken.add(match["id"])
    return found


def _person_values(person: PersonRow, unit_ids: Mapping[str, int]) -> Values:
    return {
        "code": person.id,
        "name": person.name,
        "role": str(person.role),
        "unit_id": unit_ids[person.unit] if person.unit else None,
        "occupation": person.occupation,
        "duties": list(person.duties),
        "skills": list(person.skills),
    }


def _import_accounts(session: Session, people: tuple[PersonRow, ...], stored: list[Values]) -> None:
    """An account moves to the person who names it; accounts of that person on the same provider that the
    file no longer names are deleted.
    """
    ids = {code: number for number, code in session.execute(select(Person.id, Person.code))}
    by_account = {(account["provider"], account["user_id"]): account for account in stored}
    wanted = {
        (provider, user): ids[person.id] for person in people for provider, user in person.accounts.items()
    }
    providers = {(holder, provider) for (provider, _), holder in wanted.items()}
    former = [
        account["id"]
        for key, account in by_account.items()
        if key not in wanted and (account["person_id"], account["provider"]) in providers
    ]
    moved = [
        {"id": by_account[key]["id"], "person_id": holder}
        for key, holder in wanted.items()
        if key in by_account and by_account[key]["person_id"] != holder
    ]
    new = [
        {"provider": provider, "user_id": user, "person_id": holder}
        for (provider, user), holder in wanted.items()
        if (provider, user) not in by_account
    ]
    if former:
        session.execute(delete(Account).where(Account.id.in_(former)))
    if moved:
        session.execute(update(Account), moved)
    if new:
        session.execute(insert(Account), new)


# Chats -----------------------------------------------------------------------------------------


def _import_chats(
    session: Session, chats: tuple[ChatRow, ...], unit_ids: Mapping[str, int], report: ImportReport
) -> None:
    stored = _load_rows(session, Chat)
    matches = _match_chats(chats, stored)
    kept = {match["id"] for match in matches.values()}
    left = [chat for chat in stored if chat["id"] not in kept]
    report.orphaned += [f"chats/{chat['code']}" for chat in left if chat["use"] not in _BOT_MADE]
    _free_codes(session, matches, left)
    wanted = [(_chat_values(chat, unit_ids), matches.get(chat.code)) for chat in chats]
    _upsert(session, Chat, wanted, report)


def _match_chats(chats: tuple[ChatRow, ...], stored: list[Values]) -> dict[str, Values]:
    """Chat code to stored row: the row of the same group, else the row with the same code."""
    by_group = {(chat["channel"], chat["chat_id"]): chat for chat in stored}
    by_code = {chat["code"]: chat for chat in stored}
    matches = {
        chat.code: group
        for chat in chats
        if (group := by_group.get((chat.channel, chat.chat_id))) is not None
    }
    taken = {match["id"] for match in matches.values()}
    for chat in chats:
        same = by_code.get(chat.code)
        if chat.code not in matches and same and same["id"] not in taken:
            matches[chat.code] = same
    return matches


def _free_codes(session: Session, matches: Mapping[str, Values], left: list[Values]) -> None:
    """Free the codes that the file gives to other groups: a group that lost its code becomes unbound, and
    groups that swap codes get temporary ones first.
    """
    moving = [chat["id"] for code, chat in matches.items() if chat["code"] != code]
    if moving:
        session.execute(update(Chat), [{"id": number, "code": f"moving:{number}"} for number in moving])
    lost = [chat for chat in left if chat["code"] in matches]
    if lost:
        rows = [
            {
                "id": chat["id"],
                "code": f"{chat['channel']}:{chat['chat_id']}",
                "use": str(ChatUse.UNBOUND),
                "unit_id": None,
            }
            for chat in lost
        ]
        session.execute(update(Chat), rows)


def _chat_values(chat: ChatRow, unit_ids: Mapping[str, int]) -> Values:
    quiet_from, _, quiet_to = (chat.quiet or "").partition("-")
    return {
        "code": chat.code,
        "name": chat.name,
        "use": str(chat.use),
        "unit_id": unit_ids[chat.unit],
        "person_id": None,
        "channel": chat.channel,
        "chat_id": chat.chat_id,
        "webhook_channel": chat.webhook.channel if chat.webhook else None,
        "webhook_key": chat.webhook.key if chat.webhook else None,
        "archive_channel": chat.archive.channel if chat.archive else None,
        "archive_room_id": chat.archive.room_id if chat.archive else None,
        "quiet_from": quiet_from or None,
        "quiet_to": quiet_to or None,
        "tags": list(chat.tags),
    }
