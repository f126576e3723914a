"""`gridbot check` and the organisation file: groups that a message archive reads."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import imports
from bot.config import loader, preflight
from bot.imports.org_file import OrganisationError
from models.archive import ArchiveCursor, UndecryptedMessage
from models.database import Database
from models.organisation import Chat, ChatUse
from tests.bot.config.test_preflight import CHANNELS, sample, settings_for
from tests.conftest import NOON

ROW = "use: residents, unit: HM-HM-JF-1, channel: grid, chat_id: wrRESIDENTS"
BINDING = "archive: {channel: rooms, room_id: wrROOM}"


def build_archive(folder: Path, **more: Any) -> dict[str, Any]:
    plain = {"kind": "archive", "corp_id": "ww1", "secret": "s", "library": str(folder / "none.so")}
    return {**CHANNELS, "rooms": {**plain, "private_keys": {"1": str(folder / "none.pem")}, **more}}


def list_problems(database: Database, folder: Path, *prefixes: str) -> list[tuple[str, str, bool]]:
    settings = settings_for(database, folder, channels=build_archive(folder))
    found = preflight.check_settings(settings)
    return [(each.path, each.message, each.grave) for each in found if each.path.startswith(prefixes)]


def test_a_library_or_key_that_is_not_there_is_grave_and_says_what_to_do(
    sqlite_database: Database, tmp_path: Path
) -> None:
    found = list_problems(sqlite_database, tmp_path, "channels.rooms")
    assert [(path, grave) for path, _, grave in found] == [
        ("channels.rooms.library", True), ("channels.rooms.private_keys.1", True),
    ]  # fmt: skip
    assert "下载会话内容存档 SDK" in found[0][1]


def test_a_key_that_others_can_read_or_that_is_none_is_said(
    sqlite_database: Database, tmp_path: Path
) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    [found] = list_problems(sqlite_database, tmp_path, "channels.rooms.private_keys")
    assert found[2]
    assert "不是 PEM 格式的私钥" in found[1]


def test_relative_paths_are_counted_from_the_config_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    keys = 'private_keys: {"1": keys/archive-1.pem}'
    path.write_text(
        f"channels: {{rooms: {{kind: archive, corp_id: ww1, secret: s, library: sdk.so, {keys}}}}}",
        encoding="utf-8",
    )
    rooms: Any = loader.load(path, environ={}).channels["rooms"]
    assert (rooms.library, rooms.private_keys) == (
        tmp_path / "sdk.so",
        {1: tmp_path / "keys" / "archive-1.pem"},
    )


@pytest.mark.parametrize(
    ("new", "path", "grave"),
    [
        (f"{ROW}, archive: {{channel: grid, room_id: wr9}}", "chats/jfxc.archive.channel", True),
        (ROW.replace("grid", "rooms"), None, None),
    ],
    ids=["no archive", "archive and webhook"],
)
def test_a_group_bound_wrongly_is_said(
    sqlite_database: Database, tmp_path: Path, new: str, path: str | None, grave: bool | None
) -> None:
    sample(sqlite_database, old=ROW, new=new, folder=tmp_path)
    found = list_problems(sqlite_database, tmp_path, "chats/jfxc")
    assert [each[::2] for each in found] == ([(path, grave)] if path else [])


def test_a_group_that_nobody_can_speak_in_is_grave_where_work_is_handed_out(
    sqlite_database: Database, tmp_path: Path
) -> None:
    old = "channel: grid, chat_id: wrCG, webhook: {channel: rings, key: key-cg}"
    sample(sqlite_database, old=old, new="channel: rooms, chat_id: wrCG", folder=tmp_path)
    found = list_problems(sqlite_database, tmp_path, "chats/cg.channel")
    assert [(path, grave) for path, _, grave in found] == [("chats/cg.channel", True)]
    assert "收不到交办" in found[0][1]


def test_the_binding_stands_in_the_database_and_a_second_one_is_refused(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sample(sqlite_database, old=ROW, new=f"{ROW}, {BINDING}", folder=tmp_path)
    with sqlite_database.read() as session:
        chat = session.scalars(select(Chat).where(Chat.code == "jfxc")).one()
    assert (chat.archive_channel, chat.archive_room_id) == ("rooms", "wrROOM")
    text = (tmp_path / "org.yaml").read_text(encoding="utf-8")
    twice = text.replace("chat_id: wrDUTY", f"chat_id: wrDUTY, {BINDING}")
    (tmp_path / "org.yaml").write_text(twice, encoding="utf-8")
    with pytest.raises(OrganisationError) as refused:
        imports.parse_organisation(tmp_path / "org.yaml")
    assert [problem.path for problem in refused.value.problems] == ["chats[2].archive.room_id"]


def test_unbound_rooms_missing_keys_and_gaps_are_said(sqlite_database: Database, tmp_path: Path) -> None:
    sample(sqlite_database, folder=tmp_path)
    with sqlite_database.write() as session:
        session.add(Chat(code="r", name="", use=ChatUse.UNBOUND, channel="rooms", chat_id="wrSTRANGE"))
        session.add(ArchiveCursor(channel="rooms", seq=9, moved_at=NOON, gap_at=NOON - timedelta(hours=1)))
        waits = {"random_key": "", "ciphertext": "", "problem": "no_key", "at": NOON}
        for seq in (7, 8):
            row = UndecryptedMessage(channel="rooms", seq=seq, message_id=f"M{seq}", key_version=3, **waits)
            session.add(row)
    found = list_problems(sqlite_database, tmp_path, "channels.rooms")
    said = [message for path, message, grave in found if not grave]
    assert said == [
        "这些群读得到、还没有登记，里面的话一句也没有存：wrSTRANGE",
        "2 条消息要用第 3 版私钥才能读；加上以后自动补读",
        "2026-11-21 11:00 以前有消息没来得及读，平台已经删了",
    ]
