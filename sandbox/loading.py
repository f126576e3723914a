"""A world from a YAML file or a dict of the same shape; errors name the path of the wrong value."""

from pathlib import Path
from typing import Any

import yaml

from sandbox.wire import Json
from sandbox.world import (
    Bot,
    Group,
    Member,
    MemberApp,
    Mode,
    Phone,
    Poster,
    PublicAccount,
    ServiceAccount,
    Spot,
    Webhook,
    World,
    single_chat_id,
)

# libyaml where PyYAML was built with it: ten times as fast.
_LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class WorldError(ValueError):
    """The description of a world is wrong."""


def load_world(source: World | Json | str | Path) -> World:
    """The world described by a YAML file, a dict, or a finished World. Raises WorldError."""
    if isinstance(source, World):
        return source
    if isinstance(source, dict):
        return _build_world(source)
    text = Path(source).read_text(encoding="utf-8")
    return _build_world(yaml.load(text, _LOADER))  # noqa: S506  # safe, both of them


def load_default_world() -> World:
    """The sample district that ships with the sandbox."""
    return load_world(Path(__file__).with_name("haimen.yaml"))


def _build_world(raw: Json) -> World:
    world = World(name=str(raw.get("name", "")))
    for row in _read_rows(raw, "members", {"id", "name", "title"}):
        world.members[row["id"]] = Member(row["id"], row["name"], row.get("title", ""))
    for row in _read_rows(raw, "bots", _BOT_KEYS):
        world.bots[row["id"]] = _build_bot(row)
        for userid in row.get("known_by", []):
            world.pushable_chats.add((row["id"], single_chat_id(row["id"], userid)))
    _add_doors(world, raw)
    world.spots = [
        Spot(row["name"], float(row["lat"]), float(row["lon"]))
        for row in _read_rows(raw, "spots", {"name", "lat", "lon"}, name="name")
    ]
    for row in _read_rows(raw, "groups", {"id", "name", "members", "bots", "about", "spoken", "room_id"}):
        _add_group(world, row)
    for row in _read_rows(raw, "webhooks", {"key", "chat", "name"}, name="key"):
        if row["chat"] not in world.groups:
            raise WorldError(f"webhooks.{row['key']}.chat: no group {row['chat']}")
        world.webhooks[row["key"]] = Webhook(row["key"], row["chat"], row.get("name", "消息推送"))
    world.stories = [
        _build_story(world, row) for row in _read_rows(raw, "stories", {"title", "steps"}, name="title")
    ]
    return world


def _add_doors(world: World, raw: Json) -> None:
    """Apps, official accounts and customer-service accounts."""
    for row in _read_rows(raw, "apps", _APP_KEYS):
        world.apps[row["id"]] = MemberApp(row["id"], **_without_id(row))
    for row in _read_rows(raw, "accounts", _ACCOUNT_KEYS):
        world.accounts[row["id"]] = PublicAccount(row["id"], **_read_account(row, "accounts"))
    for row in _read_rows(raw, "services", _SERVICE_KEYS):
        if row.get("app_id") not in world.apps:
            raise WorldError(f"services.{row['id']}.app_id: no app {row.get('app_id')}")
        world.services[row["id"]] = ServiceAccount(row["id"], **_read_account(row, "services"))


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def _build_story(world: World, row: Json) -> Json:
    """The steps of a guided tour on the page. Raises WorldError for people or groups that do not exist."""
    phones = {phone.user for phone in world.list_phones()}
    for step in row["steps"]:
        if "phone" in step:
            if step["phone"] not in phones:
                raise WorldError(f"stories.{row['title']}: no telephone {step['phone']}")
        elif step["user"] not in world.members or step["chat"] not in world.groups:
            raise WorldError(f"stories.{row['title']}: no {step['user']} or no {step['chat']}")
    return {"title": row["title"], "steps": row["steps"]}


_APP_KEYS = {"id", "name", "corp_id", "secret", "token", "aes_key", "callback_url", "visible_to"}
_ACCOUNT_KEYS = {
    "id", "name", "original_id", "secret", "token", "aes_key", "callback_url", "encrypted", "templates",
    "subscriptions", "menu", "phones", "posters",
}  # fmt: skip
_SERVICE_KEYS = {
    "id", "name", "app_id", "token", "aes_key", "callback_url", "servicers", "phones", "posters",
}  # fmt: skip
_BOT_KEYS = {"id", "name", "mode", "secret", "token", "aes_key", "callback_url", "known_by"}


def _read_account(row: Json, key: str) -> dict[str, Any]:
    """The fields of an account, with its telephones and posters. Raises WorldError."""
    fields = _without_id(row)
    parts = {"phones": Phone, "posters": Poster}
    try:
        fields |= {name: [kind(**each) for each in row.get(name, [])] for name, kind in parts.items()}
    except TypeError as error:
        raise WorldError(f"{key}.{row['id']}: {error}") from error
    return fields


def _build_bot(row: Json) -> Bot:
    try:
        mode = Mode(row.get("mode", "socket"))
    except ValueError as error:
        raise WorldError(f"bots.{row['id']}.mode: socket or callback") from error
    return Bot(
        row["id"],
        row["name"],
        mode,
        secret=row.get("secret", ""),
        token=row.get("token", ""),
        aes_key=row.get("aes_key", ""),
        callback_url=row.get("callback_url", ""),
    )


def _add_group(world: World, row: Json) -> None:
    where = f"groups.{row['id']}"
    group = Group(
        row["id"],
        row["name"],
        members=list(row.get("members", [])),
        bots=list(row.get("bots", list(world.bots))),
        about=row.get("about", ""),
        room_id=row.get("room_id", ""),
    )
    for userid in group.members:
        if userid not in world.members:
            raise WorldError(f"{where}.members: no member {userid}")
    for bot_id in group.bots:
        if bot_id not in world.bots:
            raise WorldError(f"{where}.bots: no bot {bot_id}")
        if row.get("spoken", False):
            world.pushable_chats.add((bot_id, group.chatid))
    world.groups[group.chatid] = group


def _read_rows(raw: Json, key: str, allowed: set[str], *, name: str = "id") -> list[dict[str, Any]]:
    rows = raw.get(key) or []
    if not isinstance(rows, list):
        raise WorldError(f"{key}: a list is wanted")
    for position, row in enumerate(rows):
        where = f"{key}[{position}]"
        if not isinstance(row, dict) or not isinstance(row.get(name), str):
            raise WorldError(f"{where}.{name}: a text is wanted")
        unknown = set(row) - allowed
        if unknown:
            raise WorldError(f"{where}: unknown {', '.join(sorted(unknown))}")
        row.setdefault("name", row[name])
    return rows
