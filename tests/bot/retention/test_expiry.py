"""What was kept for long enough goes, in the night and in batches; nothing that is needed does (issue 10, D21)."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, update

from bot.config.periods import KeepSettings
from bot.config.settings import Settings
from bot.media.stores import FolderStore
from bot.retention.expiry import Retention
from models.cases import Case
from models.database import Database
from models.inbox import InboxRow, InboxState, ReplyHandle
from models.personal_data import DataRequest
from models.pushes import Push, PushState
from models.reports import Media
from models.understandings import Understanding
from tests.district import RUBBLE, District, make_photo

NOW = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
"""3:00 in Shanghai."""
ZONE = ZoneInfo("Asia/Shanghai")


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def make_retention(database: Database, folder: Path, now: datetime = NOW, **keep: timedelta) -> Retention:
    return Retention(database, KeepSettings(**keep), store=FolderStore(folder), zone=ZONE, clock=lambda: now)


def fill_inbox(database: Database, count: int, **columns: object) -> None:
    with database.write() as session:
        first = (session.scalar(select(func.max(InboxRow.id))) or 0) + 1
        rows = [
            {"channel": "grid", "sender": "li", "message_id": f"m{number}", "lane": "l", "raw": "{}",
             "received_at": days_ago(40), "not_before": NOW, "state": InboxState.DONE} | columns
            for number in range(first, first + count)
        ]  # fmt: skip
        session.execute(insert(InboxRow), rows)


def count_payloads(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(InboxRow.raw != "")) or 0


def test_old_payloads_go_and_their_rows_stay(database: Database, tmp_path: Path) -> None:
    fill_inbox(database, 1203)
    fill_inbox(database, 1, state=InboxState.DEAD)
    fill_inbox(database, 1, state=InboxState.READY)
    fill_inbox(database, 7, received_at=days_ago(29))
    kept = make_retention(database, tmp_path)
    assert kept.preview()["payloads"] == 1203
    assert count_payloads(database) == 1212
    assert kept.run()["payloads"] == 1203
    assert count_payloads(database) == 9
    assert kept.preview()["payloads"] == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 1212


def test_messages_that_came_to_nothing_and_pushes_go_where_it_is_said(
    district: District, tmp_path: Path
) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    district.say("wrINTAKE", "zhangsf", "哈哈哈哈")
    with district.database.write() as session:
        session.execute(update(Push).values(state=PushState.SENT))
        session.execute(update(Push).where(Push.id == 1).values(state=PushState.DEAD))
    later = district.now + timedelta(days=61)
    rows = {table: select(func.count()).select_from(table) for table in (InboxRow, Push, Case)}
    left = []
    for keep in (
        {},
        {"inbox": timedelta(days=90)},
        {"inbox": timedelta(days=60), "pushes": timedelta(days=60)},
    ):
        make_retention(district.database, tmp_path, later, **keep).run()
        with district.database.read() as session:
            left.append({table.__name__: session.scalar(count) for table, count in rows.items()})
    assert left[0] == left[1]
    assert left[0]["InboxRow"] == 2
    assert left[2] == {"InboxRow": 1, "Push": 1, "Case": 1}


def test_what_was_made_of_a_message_goes_with_its_payload(district: District, tmp_path: Path) -> None:
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    with district.database.write() as session:
        # What the channel wrote down: here nothing did.
        session.execute(update(InboxRow).values(raw="{}"))
    made = select(func.count()).select_from(Understanding)
    received = district.now
    for days, left in ((29, 1), (31, 0)):
        make_retention(district.database, tmp_path, received + timedelta(days=days)).run()
        with district.database.read() as session:
            assert session.scalar(made) == left
            assert session.scalar(select(func.count()).select_from(InboxRow)) == 1


def test_a_way_to_answer_goes_a_day_after_its_end(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        for number, expires in enumerate((2, 1.1, 0.9, -0.5)):
            session.add(
                ReplyHandle(channel="grid", chat_id="c", message_id=f"m{number}", kind="req_id", value="v",
                            event=False, expires_at=days_ago(expires))
            )  # fmt: skip
    assert make_retention(database, tmp_path).run()["handles"] == 2
    with database.read() as session:
        assert list(session.scalars(select(ReplyHandle.message_id))) == ["m2", "m3"]


def test_it_runs_once_a_night(database: Database, tmp_path: Path) -> None:
    fill_inbox(database, 1)
    make_retention(database, tmp_path, NOW - timedelta(hours=2)).run_nightly()
    assert count_payloads(database) == 1
    nightly = make_retention(database, tmp_path)
    nightly.run_nightly()
    assert count_payloads(database) == 0
    fill_inbox(database, 1)
    nightly.run_nightly()
    assert count_payloads(database) == 1


def write_file(folder: Path, digit: str, *, days: float) -> Path:
    path = folder / (digit * 2) / f"{digit * 64}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    os.utime(path, times=(days_ago(days).timestamp(),) * 2)
    return path


def test_files_that_no_case_has_go_as_payloads_do(district: District, tmp_path: Path) -> None:
    named, stray, young = (write_file(tmp_path, "0", days=40), write_file(tmp_path, "a", days=40),
                           write_file(tmp_path, "b", days=29))  # fmt: skip
    photo = replace(make_photo(0), path=str(named.relative_to(tmp_path)))
    assert district.say("wrINTAKE", "zhangsf", RUBBLE, photos=[photo]) == "case.opened"
    kept = make_retention(district.database, tmp_path)
    assert kept.preview()["files"] == 1
    assert kept.run()["files"] == 1
    assert (named.exists(), stray.exists(), young.exists()) == (True, False, True)


def test_files_of_cases_stay_as_long_as_the_case_unless_it_is_said(
    district: District, tmp_path: Path
) -> None:
    for text in (RUBBLE, "解放路15号路灯不亮"):
        assert district.say("wrINTAKE", "zhangsf", text, photos=[make_photo(0)]) == "case.opened"
    number = district.cases()[0].number
    assert district.say("wrDUTY", "duty1", f"/不予受理 {number} 不属于本区") == "act.reject"
    much_later = district.now + timedelta(days=400)
    assert "media" not in make_retention(district.database, tmp_path, much_later).run()
    yearly = make_retention(district.database, tmp_path, much_later, media=timedelta(days=365))
    assert yearly.run()["media"] == 1
    with district.database.read() as session:
        # Of the case that is still open.
        assert session.scalars(select(Media.case_id)).one() == district.cases()[1].id


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ({}, (30, 1, None, 1095)),
        (
            {"raw": "P7D", "handles": "PT12H", "media": "P3Y", "audit": "P1Y"},
            (7, 0.5, 1095, 365),
        ),
    ],
)
def test_how_long_is_configured(written: dict[str, str], kept: tuple[float | None, ...]) -> None:
    keep = Settings.parse({"keep": written}).keep
    lengths = (keep.raw, keep.handles, keep.media, keep.audit)
    assert tuple(each and each / timedelta(days=1) for each in lengths) == kept


def test_the_record_of_what_was_erased_goes_last(district: District, tmp_path: Path) -> None:
    people = [district.person(code).id for code in ("zhangsf", "duty1", "duty2")]
    with district.database.write() as session:
        for number, days in enumerate((1100, 1000)):
            session.add(
                DataRequest(number=f"GR-{number}", kind="erase", person_id=people[0], reason="申请",
                            asked_by=people[1], asked_at=days_ago(days), approved_by=people[2],
                            approved_at=days_ago(days), done_at=days_ago(days))
            )  # fmt: skip
    assert make_retention(district.database, tmp_path).run()["audit"] == 1
