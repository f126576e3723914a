"""Whole cases in a file: found by number, read by whoever could, brought back with every row."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from bot.config.periods import KeepSettings
from bot.ops.case_archive import (
    ArchiveRefused,
    ArchiveSummary,
    CaseArchive,
    archive_cases,
    list_archived,
    restore_cases,
)
from bot.retention import files
from bot.retention.expiry import Retention
from handlers.cases.lists import archived, word_index
from handlers.cases.queries import PUBLIC, Asker
from handlers.commands.personal_data import requests
from handlers.errors import Archived, WrongState
from handlers.insight.counts import folding
from handlers.insight.monthly_report import compare_periods
from handlers.insight.periods import Period
from handlers.insight.standing.boards import BoardLine, rank_areas
from handlers.intake.case_opening import SourceRecord
from handlers.intake.sources import other_sources
from models.case_archive import ArchivedCase, ArchivedFile
from models.cases import Case, Event
from models.database import Base, Database
from models.figures import MonthlyReport
from models.kept_figures import MOVED, KeptFigures, KeptReceipts
from models.organisation import Person, Role, Unit
from models.personal_data import DataRequestKind
from models.reports import Media
from models.topics import Topic, TopicCase, TopicState
from models.workflow import Status
from tests.district import RUBBLE, District

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
MAY = datetime.fromisoformat("2026-05-01T00:00:00+08:00")


def keep_rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but those of the archive itself, and how often cases were moved."""
    with database.read() as session:
        return {
            table.name: sorted(
                (tuple(row) for row in session.execute(select(table)) if MOVED not in row), key=repr
            )
            for table in Base.metadata.sorted_tables
            if not table.name.startswith("archived_")
        }


@dataclass
class RecordingStore:
    """Has the original of every photo, and beside it a file that nobody names."""

    deleted: list[str] = field(default_factory=list)
    folder: Path = Path()

    def open_file(self, name: str) -> AbstractContextManager[Path]:
        raise FileNotFoundError(name)

    def list_copies(self, sha256: str) -> list[str]:
        path = f"{int(sha256, 16)}.jpg"
        return [path, f"{path}.stray"]

    def iter_old(self, before: datetime) -> Iterator[str]:
        return iter(())

    def delete(self, names: Iterable[str]) -> None:
        self.deleted += names

    def check(self) -> None:
        """It is there."""


@pytest.fixture
def old(district: District) -> District:
    """Of March: one closed with photos, one that followed it, one still open; and one of May."""
    district.reach("old cases", lambda: _play_old_cases(district))
    return district


def _play_old_cases(district: District) -> None:
    closed = district.report_case().number
    district.say("wrINTAKE", "liay", RUBBLE)
    district.tick(district.advance(minutes=2))
    assert district.case().status == Status.DUPLICATE
    assert district.say("wrDUTY", "duty1", f"/交办 {closed} 城管局") == "act.assign"
    assert district.say("wrCG", "cg1", f"/反馈 {closed} 已清运", photos=1) == "act.feedback"
    assert district.say("wrDUTY", "duty1", f"/核查 {closed} 通过") == "act.verify"
    district.deliver_results()
    assert district.say("wrINTAKE", "zhangsf", f"/评价 {closed} 已解决 满意") == "act.rate"
    district.dispatch_case()
    district.advance(days=40)
    district.report_case("江海路9号井盖没了")


def archive(district: District, path: Path, *, before: datetime = MAY) -> ArchiveSummary:
    with CaseArchive(path, create=True) as kept:
        return archive_cases(
            district.database, kept, before=before, zone=district.env.zone, now=district.now,
            name_class=lambda class_id: district.env.class_info(class_id).name,
        )  # fmt: skip


def restore(district: District, kept: CaseArchive, numbers: Sequence[str]) -> list[str]:
    return restore_cases(district.database, kept, numbers, zone=district.env.zone, now=district.now)


def test_a_closed_case_leaves_with_every_row_and_comes_back_as_it_was(old: District, tmp_path: Path) -> None:
    number = old.cases()[0].number
    before = keep_rows(old.database)
    moved = archive(old, tmp_path / "a.db")
    gone = keep_rows(old.database)
    assert (moved.cases, dict(moved.left)) == (2, {})
    assert number not in [case.number for case in old.cases()]
    for table in ("events", "assignments", "clocks", "media", "reports", "messages", "pushes", "ratings"):
        assert len(gone[table]) < len(before[table]), table
    assert len(gone["events"]) > 0, "what goes on stays"

    with CaseArchive(tmp_path / "a.db") as kept:
        assert number in list_archived(old.database, kept)
        assert number in restore(old, kept, kept.list_numbers())
    assert keep_rows(old.database) == before
    assert old.find_drift() == {}
    with old.database.read() as session:
        assert session.scalars(select(ArchivedCase)).all() == []
        assert session.scalars(select(ArchivedFile)).all() == []


def test_who_could_read_it_is_told_that_it_is_in_the_archive(old: District, tmp_path: Path) -> None:
    case = old.cases()[0]
    archive(old, tmp_path / "a.db")
    old.say("wrDUTY", "duty1", f"/查 {case.number}")
    told = old.last_text("wrDUTY")
    assert "在档案里" in told
    assert "积存建筑垃圾渣土" in told
    assert "2026-03-30 上报" in told
    assert "城管局" in told
    assert "张师傅" not in told
    old.say("wrDUTY", "duty1", "/查 0002")
    assert "在档案里" in old.last_text("wrDUTY")
    old.say("wrDUTY", "duty1", f"/催办 {case.number}")
    assert "在档案里" in old.last_text("wrDUTY"), "no act reaches it"
    old.say("zhangsf", "zhangsf", f"/查 {case.number}", direct=True)
    assert "在档案里" in old.last_text("zhangsf"), "it was theirs"


def test_to_everybody_else_an_archived_case_does_not_exist(old: District, tmp_path: Path) -> None:
    number = old.cases()[0].number
    archive(old, tmp_path / "a.db")
    old.say("ga1", "ga1", f"/查 {number}", direct=True)
    assert "没有找到编号" in old.last_text("ga1")


def test_what_is_open_or_was_touched_since_stays(old: District, tmp_path: Path) -> None:
    still = [case.number for case in old.cases() if case.status not in ("CLOSED", "DUPLICATE")]
    moved = archive(old, tmp_path / "a.db", before=old.cases()[0].opened_at)
    assert moved.cases == 0
    archive(old, tmp_path / "a.db")
    assert {case.number for case in old.cases()} >= set(still)


def test_what_a_topic_counts_stays(old: District, tmp_path: Path) -> None:
    closed = old.cases()[0]
    with old.database.write() as session:
        topic = Topic(
            code="T1", title="渣土", state=TopicState.CLOSED, words=[], raised_at=old.now, closed_at=old.now
        )
        session.add(topic)
        session.flush()
        session.add(TopicCase(topic_id=topic.id, case_id=closed.id, at=old.now))
    moved = archive(old, tmp_path / "a.db")
    assert moved.left["spoken_of"] == 1
    assert closed.number in [case.number for case in old.cases()]


def test_its_photos_are_nobodys_to_delete(old: District, tmp_path: Path) -> None:
    [photo] = [row for row in old.media() if row.role == "after"]
    archive(old, tmp_path / "a.db")
    with old.database.read() as session:
        assert session.get(Media, photo.id) is None
    store = RecordingStore()
    assert files.delete_unnamed(old.database, store, [photo.sha256]) == 1
    assert store.deleted == [f"{photo.path}.stray"]


def test_its_photos_are_kept_no_longer_than_those_of_others(old: District, tmp_path: Path) -> None:
    """`keep.media` counts from the end of the case, wherever the case is."""
    ended = old.now - timedelta(days=40)
    archive(old, tmp_path / "a.db")
    keep, store = KeepSettings(media=timedelta(days=3 * 365)), RecordingStore(folder=tmp_path)
    cleaner = Retention(old.database, keep, store=store, zone=old.env.zone, clock=lambda: old.now)
    for days, left in ((3 * 365 - 30, 1), (3 * 365 + 30, 0)):
        old.now = ended + timedelta(days=days)
        cleaner.run()
        with old.database.read() as session:
            assert len(session.scalars(select(ArchivedFile)).all()) == left


def test_a_run_that_was_cut_off_between_file_and_database_is_gone_on_with(
    old: District, tmp_path: Path
) -> None:
    """The file has it, the database too: the next run writes it over, and it is there once."""
    archive(old, tmp_path / "a.db")
    with CaseArchive(tmp_path / "a.db") as kept:
        numbers = kept.list_numbers()
        restore(old, kept, numbers)
    archive(old, tmp_path / "a.db")
    with CaseArchive(tmp_path / "a.db") as kept:
        assert kept.list_numbers() == numbers
        restore(old, kept, numbers)


def test_a_changed_file_is_not_taken_back(old: District, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    archive(old, path)
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE families SET body = replace(body, '长江路', '静海路')")
        file.commit()
    with CaseArchive(path) as kept, pytest.raises(ArchiveRefused, match="改动过"):
        restore(old, kept, kept.list_numbers())


def test_a_case_that_is_there_is_not_brought_back_again(old: District, tmp_path: Path) -> None:
    archive(old, tmp_path / "a.db")
    with CaseArchive(tmp_path / "a.db") as kept:
        restore(old, kept, kept.list_numbers())
        with pytest.raises(ArchiveRefused, match="在数据库里"):
            restore(old, kept, kept.list_numbers())
        assert list_archived(old.database, kept) == []


def test_ids_given_away_meanwhile_are_not_fought_over(old: District, tmp_path: Path) -> None:
    """SQLite gives the highest id of a table again once its row is gone; a photo's reading follows its photo."""
    archive(old, tmp_path / "a.db")
    old.report_case("三星路3号路灯不亮")
    old.close_case()
    count = len(old.ratings())
    with CaseArchive(tmp_path / "a.db") as kept:
        restore(old, kept, kept.list_numbers())
    assert len(old.ratings()) == count + 1
    assert old.find_drift() == {}


def test_nobody_whose_cases_are_archived_is_erased_or_exported_by_halves(
    old: District, tmp_path: Path
) -> None:
    archive(old, tmp_path / "a.db")
    administrator = old.hire("gl1", Role.ADMIN, "HM")
    with old.database.write() as session:
        reporter = old.person("zhangsf")
        admin = session.scalars(select(Person).where(Person.code == administrator)).one()
        for kind in DataRequestKind:
            with pytest.raises(WrongState) as refused:
                requests.store_request(session, kind, reporter, admin, "本人申请", env=old.env, now=old.now)
            assert "restore-archive" in refused.value.sentence


def test_a_number_of_another_office_is_not_opened_again(old: District, tmp_path: Path) -> None:
    with old.database.write() as session:
        closed = session.get_one(Case, old.cases()[0].id)
        closed.source, closed.external_number = "12345", "A-7"
        first = session.scalars(select(Event).where(Event.case_id == closed.id, Event.number == 1)).one()
        first.fields = first.fields | {"source": "12345", "external_number": "A-7"}
    assert archive(old, tmp_path / "a.db").cases
    with old.database.read() as session, pytest.raises(Archived):
        other_sources.find_by_number(session, SourceRecord("12345", "A-7"))


def test_the_api_reads_it_by_the_same_rule(old: District, tmp_path: Path) -> None:
    number = old.cases()[0].number
    archive(old, tmp_path / "a.db")
    with old.database.read() as session:
        assert [row.number for row in archived.find_archived(session, PUBLIC, number)] == [number]
        stranger = Asker(old.person("ga1"), in_private=True)
        assert archived.find_archived(session, stranger, number) == []


def keep_figures(district: District) -> None:
    """As the ticker does, until nothing is left to be kept."""
    while True:
        with district.database.read() as session:
            counted = folding.count_changed(session, district.env.zone, now=district.now)
        if counted is None:
            return
        with district.database.write() as session:
            folding.store(session, counted)


def read_figures(district: District) -> tuple[MonthlyReport, Sequence[BoardLine]]:
    """March as the page shows it, and its areas; a recount finds nothing wrong."""
    env, now = district.env, district.now
    with district.database.read() as session:
        top = session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()
        assert folding.recount(session, env.zone) == {}
        report = compare_periods(session, env, MARCH, top, now=now)
        return report, rank_areas(session, env, top, MARCH, now=now, least=1)


def test_kept_figures_are_the_record_of_what_is_archived(old: District, tmp_path: Path) -> None:
    """Whether the days were kept before or not, and whatever happens to the other cases of the same day."""
    before = read_figures(old)
    assert before[0].total.received > 0
    assert before[0].first_receipts
    archive(old, tmp_path / "a.db")
    assert read_figures(old) == before, "counted, beside the record"
    keep_figures(old)
    assert read_figures(old) == before, "kept, beside the record"
    with CaseArchive(tmp_path / "a.db") as kept:
        restore(old, kept, kept.list_numbers())
        assert read_figures(old) == before, "back, and counted"
        keep_figures(old)
        assert read_figures(old) == before
    with old.database.read() as session:
        assert session.scalars(select(KeptFigures.archived).where(KeptFigures.archived)).all() == []


def test_its_words_leave_the_index_and_come_back(old: District, tmp_path: Path) -> None:
    with old.database.write() as session:
        words = word_index.read_changed(session)
        assert words is not None
        word_index.store(session, words)
    before = keep_rows(old.database)["word_blocks"]
    archive(old, tmp_path / "a.db")
    left = keep_rows(old.database)["word_blocks"]
    assert 0 < len(left) < len(before)
    with CaseArchive(tmp_path / "a.db") as kept:
        restore(old, kept, kept.list_numbers())
    assert keep_rows(old.database)["word_blocks"] == before


def test_what_was_counted_before_cases_moved_is_not_kept(old: District, tmp_path: Path) -> None:
    """The ticker counts without a lock: between that and its writing, the archive may be run."""
    before = read_figures(old)
    with old.database.read() as session:
        counted = folding.count_changed(session, old.env.zone, now=old.now)
    assert counted is not None
    archive(old, tmp_path / "a.db")
    with old.database.write() as session:
        assert folding.store(session, counted) == 0
    assert read_figures(old) == before


def test_a_case_that_an_older_version_archived_is_in_no_record(old: District, tmp_path: Path) -> None:
    """It comes back all the same, and counts again."""
    before = read_figures(old)
    archive(old, tmp_path / "a.db")
    with old.database.write() as session:
        session.execute(update(ArchivedCase).values(is_counted=False))
        session.execute(delete(KeptFigures))
        session.execute(delete(KeptReceipts))
    keep_figures(old)
    assert read_figures(old)[0].total.received < before[0].total.received
    with CaseArchive(tmp_path / "a.db") as kept:
        restore(old, kept, kept.list_numbers())
    assert read_figures(old) == before
