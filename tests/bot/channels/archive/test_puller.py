"""What is read of the archive: everything once, whatever it is and whenever the reader dies."""

import asyncio
import hashlib
import json
import random
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.archive.library_client import LibraryRefused
from bot.config.loader import PACKAGE_ROOT
from models.archive import ArchiveConsent, ArchiveCursor, ArchiveFile, UndecryptedMessage
from models.database import Database
from models.inbox import InboxState
from models.messages import MediaRef
from models.organisation import Chat, ChatUse
from sandbox.archive.library import ArchiveBook, seal
from scheduler import clock_repair
from tests.bot.channels.archive.reading import (
    NAME,
    NOW,
    ROOM,
    SLICE,
    Reading,
    bind_room,
    build_reading,
    build_text,
)

OUTSIDE = "wmXDDDDAAAAAAAAAAAAAAAAAAAAAAAAA"


def list_ids(reading: Reading) -> list[str]:
    return [row.message_id for row in reading.rows()]


def list_problems(reading: Reading) -> list[tuple[int, int, str]]:
    with reading.database.read() as session:
        rows = session.scalars(select(UndecryptedMessage).order_by(UndecryptedMessage.seq)).all()
    return [(row.seq, row.key_version, row.problem) for row in rows]


def test_messages_are_stored_in_order_and_once_and_the_cursor_moves_with_them(
    reading: Reading, book: ArchiveBook
) -> None:
    for number in range(3):
        book.add(build_text(number))
    reading.pull()
    reading.pull()
    assert list_ids(reading) == ["M0", "M1", "M2"]
    row = reading.rows()[0]
    assert (row.channel, row.sender, row.lane) == (NAME, "zhangsf", f"{NAME}:{ROOM}:zhangsf")
    assert json.loads(row.raw)["text"] == {"content": "路灯不亮"}
    assert reading.storage.read_seq() == 3


def test_two_readers_at_once_store_nothing_twice(reading: Reading, book: ArchiveBook) -> None:
    book.add(build_text(1))
    entries = [reading.puller._open(sealed) for sealed in reading.puller._read_entries(0)]  # noqa: SLF001
    assert reading.storage.store(entries, after=0) is not None
    assert reading.storage.store(entries, after=0) is None
    assert list_ids(reading) == ["M1"]


def test_only_what_is_said_in_bound_groups_is_stored(reading: Reading, book: ArchiveBook) -> None:
    book.add(build_text("private", roomid=""))
    book.add(build_text("strange", roomid="wrSTRANGE"))
    book.add(build_text("robot", **{"from": "wbjc7bDwAAJVylUKpSA3Z5U11tDO4AAA"}))
    book.add({"msgid": "11", "action": "switch", "time": 1767225610000, "user": "zhangsan"})
    book.add(build_text("member", **{"from": "wbzhang"}))
    reading.pull()
    assert list_ids(reading) == ["Mmember"]
    with reading.database.read() as session:
        noted = session.scalars(select(Chat).where(Chat.use == ChatUse.UNBOUND)).all()
    assert [(chat.channel, chat.chat_id) for chat in noted] == [(NAME, "wrSTRANGE")]


def test_who_does_not_consent_is_not_read_until_they_do(reading: Reading, book: ArchiveBook) -> None:
    outside = {"from": OUTSIDE}
    for kind, at in (("disagree", 1767225600000), ("agree", 1767225700000)):
        said: dict[str, Any] = {
            "msgid": kind,
            "msgtype": kind,
            "roomid": ROOM,
            kind: {"userid": OUTSIDE, f"{kind}_time": at},
        }
        book.add(build_text(kind, **outside, **said))
        book.add(build_text(f"after-{kind}", **outside))
    book.add(build_text("late-refusal", msgtype="disagree", msgtime=1767225800000, **outside))
    recall: dict[str, Any] = {
        "action": "recall",
        "msgtype": "revoke",
        "revoke": {"pre_msgid": "Mafter-agree"},
    }
    book.add(build_text("recall", **outside, **recall))
    book.add(build_text("other", **{"from": "wmOTHERAAAAAAAAAAAAAAAAAAAAAAAAA"}))
    reading.pull()
    assert list_ids(reading) == ["Mafter-agree", "recall:Mafter-agree", "Mother"]
    assert reading.rooms == [frozenset({ROOM})]
    with reading.database.read() as session:
        assert [row.agrees for row in session.scalars(select(ArchiveConsent))] == [False]


def test_a_refusal_that_only_the_platform_knows_counts_too(reading: Reading, book: ArchiveBook) -> None:
    reading.storage.note_consents(ROOM, {OUTSIDE: False})
    assert reading.storage.knows_consents(ROOM)
    book.add(build_text(1, **{"from": OUTSIDE}))
    reading.pull()
    assert list_ids(reading) == []


def test_a_message_is_opened_by_the_key_it_was_sealed_for(reading: Reading, book: ArchiveBook) -> None:
    book.add(build_text(1), version=1)
    book.add(build_text(2), version=2)
    reading.pull()
    assert list_ids(reading) == ["M1", "M2"]


def test_what_has_no_key_yet_is_kept_and_read_once_it_is_there(
    reading: Reading, book: ArchiveBook, database: Database
) -> None:
    (book.folder / "private-2.pem").rename(book.folder / "later.pem")
    poor = build_reading(database, book.folder, lambda: NOW)
    book.add(build_text(1), version=2)
    book.add(build_text(2), version=1)
    poor.pull()
    assert (list_ids(poor), list_problems(poor)) == (["M2"], [(1, 2, "no_key")])
    poor.library.close()
    # The fixture's reader has both keys.
    assert reading.puller.retry_undecrypted() == 1
    assert (list_ids(reading), list_problems(reading)) == (["M2", "M1"], [])


def test_malformed_ciphertext_kills_nothing_and_is_kept(reading: Reading, book: ArchiveBook) -> None:
    """The real library aborts its process on fewer than 13 characters; of others it answers 10008."""
    good = book.seal_key("0123456789abcdef")
    for ciphertext in (
        "",
        "short",
        "A" * 12,
        "not base64 at all!",
        "A" * 16,
        seal(json.dumps(build_text(0)), "another key"),
    ):
        book.add_sealed("bad", good, ciphertext)
    book.add_sealed("bad", "AAAA", seal("{}", "k"))
    book.add_sealed("bad", good, seal("no json", "0123456789abcdef"))
    book.add_sealed("bad", good, "R0JYAAAAAAAAAAAA")  # one that the guard lets through, and that aborts
    book.add(build_text(1))
    reading.pull()
    assert list_ids(reading) == ["M1"]
    assert [problem for _, _, problem in list_problems(reading)] == [
        "malformed", "malformed", "malformed", "malformed", "refused_10008", "refused_10008", "key_refused",
        "no_json", "library_died",
    ]  # fmt: skip
    # What killed the library once is not handed to it again.
    assert reading.puller.retry_undecrypted() == 3


def test_errors_of_the_platform_are_told_by_the_state(reading: Reading, book: ArchiveBook) -> None:
    for code, state, is_refused in ((10001, "offline", False), (10009, "ip_refused", True)):
        book.set_fault(code)
        with pytest.raises(LibraryRefused) as refused:
            reading.puller.pull()
        reading.puller._note_failure(refused.value)  # noqa: SLF001
        health = reading.puller.read_health()
        assert (health.ready, health.state, health.is_refused) == (False, state, is_refused)
    book.set_fault(0)
    reading.pull()
    assert reading.puller.read_health().ready


def test_what_the_platform_has_deleted_is_a_gap_that_is_known(reading: Reading, book: ArchiveBook) -> None:
    for number in range(9):
        book.add(build_text(number))
    book.expire(6)
    reading.pull()
    assert list_ids(reading) == ["M6", "M7", "M8"]
    with reading.database.read() as session:
        cursor = session.get_one(ArchiveCursor, NAME)
        assert (cursor.seq, cursor.gap_at) == (9, NOW)


# Files -------------------------------------------------------------------------------------------


def add_photo(book: ArchiveBook, number: int, data: bytes, **wrong: str) -> str:
    named = {**book.add_file(data), **wrong}
    book.add(build_text(number, msgtype="image", image=named))
    return str(named["sdkfileid"])


def read_file(reading: Reading, file_id: str) -> bytes:
    async def read() -> bytes:
        return b"".join([chunk async for chunk in reading.files.stream(MediaRef(file_id), None)])  # type: ignore[arg-type]

    return asyncio.run(read())


def test_a_message_waits_for_its_file_and_the_next_ones_behind_it(
    reading: Reading, book: ArchiveBook
) -> None:
    data = bytes(range(256)) * 10
    file_id = add_photo(book, 1, data)
    while reading.puller.pull():
        pass
    with reading.database.write() as session:
        # It was no clock that was ahead.
        clock_repair.repair_future_rows(session, now=NOW + timedelta(minutes=1))
    assert reading.rows()[0].not_before == NOW + timedelta(minutes=5)
    while reading.files.fetch_slice(reading.library):
        pass
    assert reading.rows()[0].not_before == NOW
    assert read_file(reading, file_id) == data
    assert book.list_slices() == [
        f"{file_id} ",
        f"{file_id} Range:bytes=1000-1999",
        f"{file_id} Range:bytes=2000-2999",
    ]


def test_a_file_goes_on_where_a_killed_reader_left_it(
    reading: Reading, book: ArchiveBook, database: Database
) -> None:
    data = random.Random(4).randbytes(3 * SLICE + 7)
    file_id = add_photo(book, 1, data)
    while reading.puller.pull():
        pass
    reading.files.fetch_slice(reading.library)
    # It died after it had written, before it committed.
    [part] = (book.folder / "media" / "archive").glob("*.part")
    part.write_bytes(part.read_bytes() + b"half a slice")
    again = build_reading(database, book.folder, lambda: NOW)
    while again.files.fetch_slice(again.library):
        pass
    again.library.close()
    assert read_file(reading, file_id) == data
    assert [line.split(" ")[1] for line in book.list_slices()] == [
        "", "Range:bytes=1000-1999", "Range:bytes=2000-2999", "Range:bytes=3000-3999",
    ]  # fmt: skip


def test_a_file_that_is_gone_or_broken_or_huge_holds_up_nobody(
    reading: Reading, book: ArchiveBook, database: Database
) -> None:
    add_photo(book, 1, b"x" * 50, sdkfileid="unknown")
    broken = add_photo(book, 2, b"y" * 50, md5sum="0" * 32)
    small = build_reading(database, book.folder, lambda: NOW, max_file=2 * SLICE)
    huge = add_photo(book, 3, b"z" * 9 * SLICE)
    small.pull()
    small.library.close()
    assert {row.not_before for row in reading.rows()} == {NOW}
    assert [line.split(" ")[0] for line in book.list_slices()] == ["unknown", *[broken] * 3, *[huge] * 3]
    # So much that whoever reads it finds it too large.
    assert len(read_file(reading, huge)) == 3 * SLICE


def test_a_silent_platform_is_asked_for_the_same_slice_again_until_the_message_waits_no_more(
    book: ArchiveBook, database: Database
) -> None:
    now = NOW
    bind_room(database)
    reading = build_reading(database, book.folder, lambda: now)
    add_photo(book, 1, b"x" * 50)
    reading.puller.pull()
    book.set_fault(10001)
    assert reading.files.fetch_slice(reading.library)
    assert not reading.files.fetch_slice(reading.library)
    now = NOW + timedelta(seconds=3)
    assert reading.files.fetch_slice(reading.library)
    now = NOW + timedelta(minutes=6)
    assert not reading.files.fetch_slice(reading.library)
    assert reading.rows()[0].not_before == now
    reading.library.close()


def test_files_of_handled_messages_are_deleted(
    reading: Reading, book: ArchiveBook, database: Database
) -> None:
    data = b"x" * 50
    add_photo(book, 1, data)
    reading.pull()
    folder = book.folder / "media" / "archive"
    assert (reading.files.delete_handled(), len(list(folder.iterdir()))) == (0, 1)
    with database.write() as session:
        session.merge(reading.rows()[0]).state = InboxState.DONE
    assert (reading.files.delete_handled(), list(folder.iterdir())) == (1, [])


# Killed ------------------------------------------------------------------------------------------


def test_killed_at_any_moment_it_neither_skips_nor_repeats(book: ArchiveBook, database: Database) -> None:
    bind_room(database)
    dice = random.Random(5)
    photos = {}
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.bot.channels.archive.reading", url, str(book.folder)]
    for life in range(3):
        for number in range(100):
            book.add(build_text(f"{life}-{number}"))
        data = dice.randbytes(20 * SLICE)
        photos[add_photo(book, life, data)] = data
        reader = subprocess.Popen(
            command, cwd=PACKAGE_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        time.sleep(dice.uniform(0.05, 0.3))
        reader.kill()
        reader.wait(timeout=30)
        reader.stdout.close()
    last = build_reading(database, book.folder, lambda: datetime.now(NOW.tzinfo))
    last.pull()
    expected = [
        name for life in range(3) for name in [*(f"M{life}-{number}" for number in range(100)), f"M{life}"]
    ]
    assert list_ids(last) == expected
    for file_id, data in photos.items():
        name = hashlib.sha256(file_id.encode()).hexdigest()
        assert (book.folder / "media" / "archive" / name).read_bytes() == data
    with database.read() as session:
        assert {file.ended_at is not None for file in session.scalars(select(ArchiveFile))} == {True}
    last.library.close()
