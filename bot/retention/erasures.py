"""Does the erasures and exports that two people agreed to: where rows and files meet."""

import json
import os
import zipfile
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ops.private_files import make_private_folder
from bot.retention import files
from handlers.errors import Refused
from handlers.personal_data import requests
from handlers.personal_data.collection import collect_person
from handlers.personal_data.erasure import ForgottenFiles, erase_person
from handlers.personal_data.identity import find_identity
from handlers.personal_data.traces import find_traces
from models.database import Database
from models.organisation import Person
from models.personal_data import IS_TO_DO, DataRequest, DataRequestKind
from models.reports import Media

log = structlog.get_logger()


def erase_approved(database: Database, folder: Path, *, now: datetime) -> int:
    """Erase everybody whose erasure is agreed to, one transaction each; how many.

    `folder`: of the media files; `now`: aware UTC. Somebody who has an open case again is left until it ends.
    """
    with database.read() as session:
        agreed = select(DataRequest.id).where(IS_TO_DO, DataRequest.kind == DataRequestKind.ERASE)
        ids = list(session.scalars(agreed.order_by(DataRequest.id)))
    return sum(_erase(database, folder, number, now) for number in ids)


def _erase(database: Database, folder: Path, number: int, now: datetime) -> bool:
    with database.read() as session:
        request = session.get_one(DataRequest, number)
        person = session.get_one(Person, request.person_id)
        identity = find_identity(session, person)
    # What is still handled while the traces are looked for is found the second time: by then the account
    # is nobody's, and nothing new is theirs.
    counts: dict[str, int] | None = None
    for is_last in (False, True):
        with database.read() as session:
            traces = find_traces(session, person, identity.user_ids)
        counts = counts or traces.count()
        with database.write() as session:
            if not _is_still_due(session, number):
                return False
            gone = erase_person(session, identity, traces, now=now)
            if is_last:
                done = session.get_one(DataRequest, number)
                done.done_at, done.counts = now, counts
        _delete_files(database, folder, gone)
    log.info("personal_data.erased", request=request.number, **(counts or {}))
    return True


def _is_still_due(session: Session, number: int) -> bool:
    """Whether it is to be done, and by this process: the request is locked until the transaction ends."""
    to_do = select(DataRequest).where(DataRequest.id == number, IS_TO_DO).with_for_update(skip_locked=True)
    request = session.scalars(to_do).one_or_none()
    if request is None:
        return False
    try:
        requests.check_erasable(session, session.get_one(Person, request.person_id))
    except Refused as refused:
        log.warning("personal_data.not_erased_yet", request=request.number, reason=refused.slug)
        return False
    return True


def _delete_files(database: Database, folder: Path, gone: ForgottenFiles) -> None:
    """What a crash leaves here is found as strays later (`bot.retention.expiry`)."""
    files.delete_unnamed(database, folder, gone.hashes)
    for path in gone.originals:
        (folder / path).unlink(missing_ok=True)


def export_person(
    session: Session, request: DataRequest, folder: Path, target: Path, *, now: datetime
) -> None:
    """Write what is stored of the person of an agreed request to a zip that its owner alone can read.

    `data.json`, and their files under `files/`. Raises FileExistsError; nothing is overwritten.
    """
    person = session.get_one(Person, request.person_id)
    identity = find_identity(session, person)
    traces = find_traces(session, person, identity.user_ids)
    data = collect_person(session, identity, traces)
    make_private_folder(target.parent)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=str))
        for media in session.scalars(select(Media).where(Media.id.in_(traces.media))):
            source = folder / media.path
            if source.is_file():
                archive.write(source, f"files/{media.id}{source.suffix}")
    request.done_at, request.counts = now, traces.count()
    log.info("personal_data.exported", request=request.number, **traces.count())
