"""A residents' group that the message archive reads as well: what is said without a mention is heard too."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.demo import build_channels, prepare_database
from models.database import Database
from models.inbox import InboxRow
from models.organisation import Chat
from sandbox.archive.library import ArchiveBook, compile_library
from sandbox.archive.recording import ArchiveRecorder
from sandbox.server import SandboxServer
from tests.stories.town import WORLD, StoryHarness, build_settings, make_photo, serve_gridbot

GROUP, ROOM = "wrRESIDENTS", "wrROOM1"


@dataclass
class ArchivedTown:
    people: StoryHarness
    recorder: ArchiveRecorder
    book: ArchiveBook
    database: Database

    def wait_for_result(self, message_id: str, channel: str) -> str:
        """What came of a message that this channel brought."""
        found: list[str] = []

        def look() -> bool:
            mine = InboxRow.channel == channel, InboxRow.message_id == message_id
            with self.database.read() as session:
                found.extend(filter(None, session.scalars(select(InboxRow.result).where(*mine))))
            return bool(found)

        self.people.wait_until(look, f"what {channel} made of {message_id}")
        return found[0]

    def find_bots_result(self) -> str | None:
        """What came of the newest message that the bot itself brought."""
        newest = select(InboxRow.result).where(InboxRow.channel == "grid").order_by(InboxRow.id.desc())
        with self.database.read() as session:
            return session.scalar(newest.limit(1))


@pytest.fixture
def town(sqlite_database: Database, tmp_path: Path) -> Iterator[ArchivedTown]:
    library = compile_library(tmp_path / "archive", slice_bytes=4096)
    book = ArchiveBook(tmp_path / "archive")
    key = book.add_key(1)
    with SandboxServer(WORLD, card_window=60.0) as box:
        box.world.groups[GROUP].room_id = ROOM
        recorder = ArchiveRecorder(box.world, book)
        rooms = {
            "kind": "archive", "corp_id": "wwSANDBOX1", "secret": "archive-secret", "library": library,
            "private_keys": {"1": key}, "poll": "PT0.05S", "api_base": box.url,
        }  # fmt: skip
        channels = {**build_channels(box), "rooms": rooms}
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)
        with sqlite_database.write() as session:
            chat = session.scalars(select(Chat).where(Chat.chat_id == GROUP)).one()
            chat.archive_channel, chat.archive_room_id = "rooms", ROOM
        # Both channels tell the time of a message by the sandbox's clock.
        with (
            serve_gridbot(settings, lambda: datetime.now(UTC)) as url,
            closing(StoryHarness(box, url, lambda: datetime.now(UTC))) as people,
        ):
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield ArchivedTown(people, recorder, book, sqlite_database)


def test_the_group_is_heard_whole_each_message_once(town: ArchivedTown) -> None:
    people = town.people
    chatter = people.box.say(GROUP, "chendy", "今天晚上吃什么")
    assert town.wait_for_result(chatter["id"], "rooms") == "talk.chatter"

    # Nobody mentions the bot: the archive brings words and photo, and the answer comes by the bot.
    people.box.say(GROUP, "chendy", "解放新村3幢楼下路灯不亮", photos=[make_photo()])
    people.wait_for_message(GROUP, "已收到", "路灯不亮")
    [case] = people.cases()
    number = case["number"]
    people.wait_for_card("wrDUTY", number)
    people.wait_until(lambda: people.count_photos("wrDUTY") == 1, "the photo at the desk")
    assert len(town.book.list_slices()) > 1

    # The bot is mentioned: it brings the message itself, and the archive's copy is dropped.
    people.say(GROUP, "chendy", f"/查 {number[-4:]}")
    people.wait_for_message(GROUP, number, "待受理")
    asked = next(message for message in reversed(people.box.messages(GROUP)) if message["at_bot"])
    results = {town.wait_for_result(asked["id"], "rooms"), town.find_bots_result()}
    assert results == {"copy", "command.show"}

    # Taken back by whoever sent it.
    mine = next(message for message in people.box.messages(GROUP) if "路灯" in (message["text"] or ""))
    town.recorder.recall(mine["id"])
    people.wait_for_message("wrDUTY", number, "撤回")
    assert "路灯" not in people.case(number)["text"]
