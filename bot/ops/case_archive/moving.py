"""Moves whole cases that ended long ago out of the database into a file, and brings them back.

A case goes with everything that was joined to it, or stays: while one of them is open, was touched since,
or is restricted; while a topic, a public page or a provable draw speaks of it; where its history does not
add up.
The history is proved before it leaves and again when it is back.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.ops.case_archive.archive_file import ArchiveRefused, CaseArchive
from bot.ops.case_archive.case_rows import (
    ANCHORS,
    CASES,
    FamilyRows,
    Row,
    delete_rows,
    find_shared,
    insert_rows,
    list_stored_files,
    load_families,
)
from handlers.cases import event_log
from handlers.cases.lists import word_index
from handlers.cases.privacy import mask
from handlers.insight.counts import folding
from models.case_archive import ArchivedCase, ArchivedFile
from models.cases import Case, Event
from models.database import Database
from models.organisation import Unit
from models.workflow import OPEN

_AT_ONCE = 50
"""Families of one transaction: some third of a second in which others wait to write."""

RESTRICTED, SPOKEN_OF, SHARED, UNPROVED, NEWEST = "restricted", "spoken_of", "shared", "unproved", "newest"
"""Why a family stays although it ended long ago."""


@dataclass(slots=True)
class ArchiveSummary:
    """What was moved, and what stays although it ended long ago."""

    cases: int = 0
    left: Counter[str] = field(default_factory=Counter)
    """Number of families by the reason."""


def archive_cases(
    database: Database,
    archive: CaseArchive | None,
    *,
    before: datetime,
    zone: ZoneInfo,
    name_class: Callable[[str], str],
    now: datetime,
) -> ArchiveSummary:
    """Move the families that ended before that time and were not touched since, some at a time.

    Without a file nothing is moved, only counted. `zone`: whose days are written; `name_class`: id of a class
    to its name. A run that was interrupted is gone on with by the next. Raises ArchiveRefused where the file
    does not keep what is written.
    """
    summary, last = ArchiveSummary(), 0
    while roots := _list_roots(database, last, before):
        last = roots[-1]
        with database.write() as session:
            ready = _select_ready(session, roots, before, summary)
            summary.cases += sum(len(tables[CASES.name]) for tables in ready)
            if archive is not None and ready:
                essentials = _Essentials(session, archive.path.name, zone, name_class, now)
                _move(session, archive, ready, essentials)
    return summary


def _list_roots(database: Database, after: int, before: datetime) -> list[int]:
    """Ids of the next cases that were joined to none and ended, a lot at a time."""
    ended = and_(Case.parent_id.is_(None), Case.status.not_in(OPEN), Case.opened_at < before)
    with database.read() as session:
        found = select(Case.id).where(ended, Case.id > after).order_by(Case.id).limit(_AT_ONCE)
        return list(session.scalars(found))


def _select_ready(
    session: Session, roots: Sequence[int], before: datetime, summary: ArchiveSummary
) -> list[FamilyRows]:
    families = _find_families(session, roots)
    cases = {case.id: case for case in _lock_cases(session, list(families))}
    active = {families[case.id] for case in cases.values() if case.status in OPEN}
    touched = select(Event.case_id).where(Event.case_id.in_(families), Event.at >= before).distinct()
    active |= {families[case_id] for case_id in session.scalars(touched)}
    ended = {case_id: root for case_id, root in families.items() if root not in active}
    rows = load_families(session, ended)
    shared, newest = find_shared(rows), session.scalar(select(func.max(Case.id)))
    ready: list[FamilyRows] = []
    for root, tables in rows.items():
        own = [cases[row["id"]] for row in tables[CASES.name]]
        if reason := _find_obstacle(session, tables, own, is_shared=root in shared, newest=newest):
            summary.left[reason] += 1
        else:
            ready.append(tables)
    return ready


def _find_families(session: Session, roots: Sequence[int]) -> dict[int, int]:
    """Every case of these families, by id: the one that all others of its family were joined to."""
    families = {root: root for root in roots}
    parents = list(roots)
    while parents:
        joined = session.execute(select(Case.id, Case.parent_id).where(Case.parent_id.in_(parents))).all()
        families |= {row.id: families[row.parent_id] for row in joined}
        parents = [row.id for row in joined]
    return families


def _lock_cases(session: Session, ids: Sequence[int]) -> Sequence[Case]:
    """Nobody reopens them while they are moved."""
    return session.scalars(select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update()).all()


def _find_obstacle(
    session: Session, tables: FamilyRows, cases: Sequence[Case], *, is_shared: bool, newest: int | None
) -> str:
    if any(case.restricted for case in cases):
        return RESTRICTED
    if any(case.id == newest for case in cases):
        # SQLite gives the highest id again once its row is gone.
        return NEWEST
    if not ANCHORS.isdisjoint(tables):
        return SPOKEN_OF
    if is_shared:
        return SHARED
    return UNPROVED if any(event_log.find_drift(session, case) for case in cases) else ""


@dataclass(frozen=True, slots=True)
class _Essentials:
    """Writes what stays of a case when its rows go."""

    session: Session
    file: str
    zone: ZoneInfo
    name_class: Callable[[str], str]
    now: datetime

    def build_rows(self, tables: FamilyRows, digest: str) -> Iterator[Row]:
        for row in tables[CASES.name]:
            ended = max(event["at"] for event in tables["events"] if event["case_id"] == row["id"])
            unit = self.session.get(Unit, row["unit_id"]) if row["unit_id"] is not None else None
            kept = {key: row[key] for key in _KEPT}
            yield kept | {
                "case_id": row["id"],
                "class_name": self.name_class(row["class_id"]),
                "place": mask(row["place"]),
                "unit_name": unit.display_name if unit is not None else "",
                "opened_on": self._to_day(row["opened_at"]),
                "ended_on": self._to_day(row["closed_at"] or ended),
                "archived_on": self._to_day(self.now),
                "file": self.file,
                "digest": digest,
                "is_counted": True,
            }

    def _to_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


_KEPT = (
    "number", "tail", "status", "class_id", "nature", "area_id", "unit_id", "chat_id", "reporter_id",
    "handler_id", "source", "external_number", "opened_at",
)  # fmt: skip
"""Columns of a case that an archived one has as well."""


def _move(
    session: Session, archive: CaseArchive, families: Sequence[FamilyRows], essentials: _Essentials
) -> None:
    """The file first: whatever happens in between, a case is in one of the two."""
    digests = archive.store(families)
    ids = [row["id"] for tables in families for row in tables[CASES.name]]
    folding.move(session, essentials.zone, ids, ids, now=essentials.now)
    word_index.forget(session, ids)
    session.expunge_all()
    for tables, digest in zip(families, digests, strict=True):
        delete_rows(session, tables)
        session.execute(insert(ArchivedCase), list(essentials.build_rows(tables, digest)))
        files = list_stored_files(tables)
        root = tables[CASES.name][0]["id"]
        for path, sha256 in files.items():
            session.execute(insert(ArchivedFile).values(case_id=root, path=path, sha256=sha256))


# And back ------------------------------------------------------------------------------------


def restore_cases(
    database: Database, archive: CaseArchive, numbers: Sequence[str], *, zone: ZoneInfo, now: datetime
) -> list[str]:
    """Bring these cases back, each with its family, some at a time; the numbers of all that came, in order.
    `zone`: whose days figures are kept by.

    A family comes whole or not at all, and where one is refused those of its lot stay as well. Raises
    ArchiveRefused where one is not archived, its text is not what was archived, it does not fit any more, or
    its history does not add up once it is back.
    """
    restored: dict[str, None] = {}
    for begin in range(0, len(numbers), _AT_ONCE):
        try:
            with database.write() as session:
                for number in numbers[begin : begin + _AT_ONCE]:
                    if number not in restored:
                        restored |= dict.fromkeys(_restore_family(session, archive, number, zone, now))
        except IntegrityError as error:
            raise ArchiveRefused(f"有内容放不回去：{str(error.orig).splitlines()[0]}") from None
    return list(restored)


def list_archived(database: Database, archive: CaseArchive) -> list[str]:
    """The numbers in the file whose cases are not in the database."""
    with database.read() as session:
        away = set(session.scalars(select(ArchivedCase.number).where(ArchivedCase.file == archive.path.name)))
    return [number for number in archive.list_numbers() if number in away]


def _restore_family(
    session: Session, archive: CaseArchive, number: str, zone: ZoneInfo, now: datetime
) -> list[str]:
    digest, tables = archive.load(number)
    known = _load_archived(session, [row["id"] for row in tables[CASES.name]])
    for row in tables[CASES.name]:
        archived = known.get(row["number"])
        if archived is None:
            raise ArchiveRefused(f"{row['number']} 不在档案里，它在数据库里")
        if archived.digest != digest:
            raise ArchiveRefused(f"{archive.path} 里 {row['number']} 的内容和归档时不一样")
    ids = [row["id"] for row in tables[CASES.name]]
    counted = [row.case_id for row in known.values() if row.is_counted]
    session.execute(delete(ArchivedFile).where(ArchivedFile.case_id.in_(ids)))
    session.execute(delete(ArchivedCase).where(ArchivedCase.case_id.in_(ids)))
    insert_rows(session, tables)
    for case in session.scalars(select(Case).where(Case.id.in_(ids))):
        if event_log.find_drift(session, case):
            raise ArchiveRefused(f"{case.number} 取回后和流水对不上，没有取回")
    folding.move(session, zone, ids, counted, now=now, back=True)
    word_index.add(session, ids)
    return [row["number"] for row in tables[CASES.name]]


def _load_archived(session: Session, ids: Sequence[int]) -> Mapping[str, ArchivedCase]:
    found = session.scalars(select(ArchivedCase).where(ArchivedCase.case_id.in_(ids)))
    return {row.number: row for row in found}
