"""The county as the sandbox's world, and as rows in gridbot's database."""

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert, select

from bench.county.plan import DEEP_SPEAKER, CountyDay, group_id, member_id
from bench.month.county import BOT, BOT_NAME, SECRET, build_county
from bot.config.loader import PACKAGE_ROOT
from bot.imports import import_org, parse_organisation
from models import schema
from models.database import Database
from models.organisation import Account, Chat, ChatUse, Person, Role, Unit

LINE, DOOR, RINGS = "grid", "gridcb", "rings"
"""Channels: the long connection, the callback, and the webhooks of the groups that have a callback."""
DOOR_BOT = "AIB2"
_TOWNS, _UNITS = 12, 200
_TOKEN = "county-token"  # noqa: S105 - no secret
_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
_LOT = 10_000


def build_world(day: CountyDay) -> dict[str, Any]:
    """The offices and their groups, and beside them the groups in which people report."""
    world = build_county(_TOWNS, _UNITS).world
    for group in world["groups"]:
        group["bots"] = [BOT]
    members: list[list[str]] = [[] for _ in range(day.groups)]
    for number in range(day.members):
        members[number % day.groups].append(member_id(number))
    members[0].append(DEEP_SPEAKER)
    world["members"] += [{"id": one, "name": one} for group in members for one in group]
    world["bots"].append(
        {"id": DOOR_BOT, "name": BOT_NAME, "mode": "callback", "token": _TOKEN, "aes_key": _KEY}
    )
    world["groups"] += [
        {
            "id": group_id(number),
            "name": group_id(number),
            "members": own,
            "bots": [DOOR_BOT if number % 2 else BOT],
            "spoken": True,
        }
        for number, own in enumerate(members)
    ]
    world["webhooks"] = [
        {"key": f"key-{number}", "chat": group_id(number)} for number in range(1, day.groups, 2)
    ]
    return world


def fill_database(database: Database, day: CountyDay, folder: Path) -> None:
    """An upgraded database with everybody and every group in it."""
    schema.upgrade(database)
    county = build_county(_TOWNS, _UNITS)
    with database.write() as session:
        import_org(session, parse_organisation(county.write(folder)))
    with database.write() as session:
        codes = [town.code for town in county.towns]
        found = session.execute(select(Unit.code, Unit.id).where(Unit.code.in_(codes)))
        towns = [unit for _, unit in sorted(found.tuples())]
        people = [(DEEP_SPEAKER, Role.GRID, towns[0])]
        people += [
            (member_id(number), Role.RESIDENT, towns[number % day.groups % len(towns)])
            for number in range(day.members)
        ]
        for begin in range(0, len(people), _LOT):
            _add_people(session, people[begin : begin + _LOT])
        session.execute(
            insert(Chat),
            [_build_chat(number, towns[number % len(towns)]) for number in range(day.groups)],
        )


def _add_people(session: Any, people: list[tuple[str, Role, int]]) -> None:
    session.execute(
        insert(Person),
        [{"code": code, "name": code, "role": role, "unit_id": unit} for code, role, unit in people],
    )
    codes = [code for code, _, _ in people]
    found = session.execute(select(Person.id, Person.code).where(Person.code.in_(codes)))
    session.execute(
        insert(Account), [{"person_id": id_, "provider": "wecom", "user_id": code} for id_, code in found]
    )


def _build_chat(number: int, unit: int) -> dict[str, Any]:
    by_door = number % 2 == 1
    return {
        "code": group_id(number),
        "name": group_id(number),
        "use": ChatUse.INTAKE,
        "unit_id": unit,
        "channel": DOOR if by_door else LINE,
        "chat_id": group_id(number),
        "webhook_channel": RINGS if by_door else None,
        "webhook_key": f"key-{number}" if by_door else None,
    }


def write_config(
    folder: Path, name: str, *, database_url: str, port: int, sandbox: str, ws_url: str, factor: float
) -> Path:
    """config.yaml of one process; `sandbox`: where the platform is, `factor`: how many times shorter its
    windows are.
    """
    bot = {"kind": "aibot", "bot_name": BOT_NAME, "factor": factor}
    settings = {
        "database": {"url": database_url}
        | ({} if database_url.startswith("sqlite") else {"listen_url": database_url}),
        "server": {"port": port},
        "channels": {
            LINE: {**bot, "bot_id": BOT, "mode": "socket", "secret": SECRET, "ws_url": ws_url},
            DOOR: {**bot, "bot_id": DOOR_BOT, "mode": "callback", "token": _TOKEN, "aes_key": _KEY},
            RINGS: {"kind": "webhook", "api_base": sandbox, "factor": factor},
        },
        "media": {"folder": str(folder / "media"), "hosts": [sandbox.removeprefix("http://")]},
        "rules": {"packs": [str(PACKAGE_ROOT / "rules" / "default.yaml")]},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return path
