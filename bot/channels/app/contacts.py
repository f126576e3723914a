"""The corporation's list of members as an app may read it (wecom-app.md §2 change_contact, §7).

    event ────────────────────────> one change
    departments and members, read ─> what differs from what was heard last, as a payload for the inbox

An app sees its visible range only. So nobody has left because they are not in the list: each is asked for by
name, and has left where the platform knows them no more.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import httpx
import structlog
from sqlalchemy import select

from bot.channels import http
from bot.channels.base import DirectoryRefused, Envelope
from bot.channels.wecom.interfaces import CorpInterfaces
from bot.channels.xml_callback import Fields, get_text
from models.account_ids import WECOM, spell_account
from models.contacts import Contact, ContactChange, ContactChangeKind, Department
from models.database import Database

log = structlog.get_logger()

SYSTEM = "sys"
"""Who sends the events of the list."""
_NO_MEMBER = 60111
_OUT_OF_RANGE = frozenset({50002, 60011})
_NO_DETAILS = frozenset({48002, 48009, 60011})
"""The interface with details is closed to this app; the simple one may not be."""
_HAS_LEFT = 5
_LONGEST_NUMBER = 11
_MEMBERS = frozenset({"create_user", "update_user"})
_PARTIES = frozenset({"create_party", "update_party"})


def read_change(fields: Fields) -> ContactChange | None:
    """What a change_contact event says; None where it is of no member and no department."""
    kind, name = get_text(fields, "ChangeType"), get_text(fields, "Name") or None
    user_id, number = get_text(fields, "UserID"), get_text(fields, "Id")
    if kind in _MEMBERS and user_id:
        if get_text(fields, "Status") == str(_HAS_LEFT):
            return ContactChange(ContactChangeKind.MEMBER_LEFT, user_id)
        said = get_text(fields, "Department", limit=4096)
        departments = tuple(int(one) for one in said.split(",") if _is_number(one.strip()))
        return ContactChange(
            ContactChangeKind.MEMBER,
            user_id,
            name=name,
            departments=departments if said else None,
            new_id=get_text(fields, "NewUserID"),
        )
    if kind == "delete_user" and user_id:
        return ContactChange(ContactChangeKind.MEMBER_LEFT, user_id)
    if kind in _PARTIES and _is_number(number):
        said = get_text(fields, "ParentId")
        parent = int(said) if _is_number(said) else None
        return ContactChange(ContactChangeKind.DEPARTMENT, number, name=name, parent=parent)
    if kind == "delete_party" and _is_number(number):
        return ContactChange(ContactChangeKind.DEPARTMENT_LEFT, number)
    return None


def _is_number(said: str) -> bool:
    """Whether it is the number of a department: the platform's have 32 bits."""
    return said.isascii() and said.isdecimal() and len(said) < _LONGEST_NUMBER


def _write_changes(changes: Iterable[ContactChange], *, key: str) -> Envelope:
    """The changes as a payload of our own, which no platform sends: it is no XML. One of a key is stored."""
    raw = json.dumps({"contacts": [asdict(change) for change in changes]}, ensure_ascii=False)
    return Envelope(message_id=f"contacts:{key}", chat_id=SYSTEM, sender=SYSTEM, raw=raw)


def read_payload(raw: str) -> tuple[ContactChange, ...] | None:
    """The changes of such a payload; None where it is the platform's."""
    if not raw.startswith("{"):
        return None
    return tuple(_read_one(one) for one in json.loads(raw)["contacts"])


def _read_one(data: Mapping[str, Any]) -> ContactChange:
    departments = data["departments"]
    return ContactChange(
        kind=ContactChangeKind(data["kind"]),
        id=data["id"],
        name=data["name"],
        departments=tuple(departments) if departments is not None else None,
        new_id=data["new_id"],
        parent=data["parent"],
    )


class AppDirectory:
    """What the app may read of the list."""

    def __init__(self, api: CorpInterfaces, database: Database, client: httpx.AsyncClient) -> None:
        self._api = api
        self._database = database
        self._client = client

    async def read_changes(self, key: str) -> Envelope | None:
        """What differs, as a payload for the inbox; None: nothing does. Raises DirectoryRefused."""
        changes = await self._find_changes()
        return _write_changes(changes, key=key) if changes else None

    async def _find_changes(self) -> list[ContactChange]:
        """What differs from what was heard last. Raises DirectoryRefused."""
        departments = await self._list_departments()
        members = await self._list_members([int(one.id) for one in departments])
        known, known_departments = self._load_known()
        changes = [one for one in departments if known_departments.get(int(one.id)) != (one.name, one.parent)]
        there = {int(one.id) for one in departments}
        # Out of sight is not gone: a department that others name as theirs stays known by name.
        changes += [
            ContactChange(ContactChangeKind.DEPARTMENT_LEFT, str(number))
            for number in known_departments.keys() - there
            if await self._is_gone(number)
        ]
        changes += [one for user_id, one in members.items() if known.get(user_id) != _describe(one)]
        changes += [
            ContactChange(ContactChangeKind.MEMBER_LEFT, user_id)
            for user_id in sorted(known.keys() - members.keys())
            if await self._has_left(user_id)
        ]
        log.info("contacts.read", members=len(members), departments=len(departments), changes=len(changes))
        return changes

    def _load_known(
        self,
    ) -> tuple[dict[str, tuple[str, tuple[int, ...]]], dict[int, tuple[str | None, int | None]]]:
        with self._database.read() as session:
            of_corp = select(Contact).where(Contact.provider == WECOM, Contact.has_left.is_(False))
            members = {one.user_id: (one.name, tuple(one.departments)) for one in session.scalars(of_corp)}
            named = select(Department).where(Department.provider == WECOM)
            return members, {one.number: (one.name, one.parent) for one in session.scalars(named)}

    async def _list_departments(self) -> list[ContactChange]:
        answer = await self._get("department/list")
        return [
            ContactChange(
                ContactChangeKind.DEPARTMENT,
                str(int(one["id"])),
                name=str(one.get("name") or ""),
                parent=int(one.get("parentid") or 0),
            )
            for one in _list_items(answer, "department")
        ]

    async def _list_members(self, departments: Sequence[int]) -> dict[str, ContactChange]:
        found: dict[str, ContactChange] = {}
        path = "user/list"
        for number in departments:
            try:
                answer = await self._get(path, department_id=str(number))
            except DirectoryRefused as refused:
                if path == "user/simplelist" or _read_code(refused) not in _NO_DETAILS:
                    raise
                path = "user/simplelist"
                answer = await self._get(path, department_id=str(number))
            for one in _list_items(answer, "userlist"):
                user_id = spell_account(WECOM, str(one["userid"]))
                if one.get("status") == _HAS_LEFT:
                    continue
                found[user_id] = ContactChange(
                    ContactChangeKind.MEMBER,
                    user_id,
                    name=str(one.get("name") or ""),
                    departments=tuple(int(each) for each in one.get("department") or (number,)),
                )
        return found

    async def _has_left(self, user_id: str) -> bool:
        try:
            answer = await self._get("user/get", userid=user_id)
        except DirectoryRefused as refused:
            code = _read_code(refused)
            if code == _NO_MEMBER:
                return True
            if code in _OUT_OF_RANGE:
                return False
            raise
        return answer.get("status") == _HAS_LEFT

    async def _is_gone(self, number: int) -> bool:
        try:
            await self._get("department/get", id=str(number))
        except DirectoryRefused as refused:
            return _read_code(refused) == _NO_DEPARTMENT
        return False

    async def _get(self, path: str, **query: str) -> Mapping[str, Any]:
        answer = await self._api.get(self._client, path, **query)
        if not isinstance(answer, Mapping):
            raise DirectoryRefused(getattr(answer, "reason", "no_answer"))
        if code := http.errcode(answer):
            raise DirectoryRefused(f"errcode_{code}")
        return answer


_NO_DEPARTMENT = 60123


def _describe(member: ContactChange) -> tuple[str, tuple[int, ...]]:
    return member.name or "", member.departments or ()


def _read_code(refused: DirectoryRefused) -> int:
    number = str(refused).removeprefix("errcode_")
    return int(number) if number.lstrip("-").isdecimal() else 0


def _list_items(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    items = answer.get(name)
    return [one for one in items if isinstance(one, Mapping)] if isinstance(items, list) else []
