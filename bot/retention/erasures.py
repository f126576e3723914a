"""Does the erasures and exports that two people agreed to: where rows and files meet."""

import json
import os
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.media.stores import MediaStore, StoreUnreachable
from bot.ops.private_files import make_private_folder
from bot.retention import files
from handlers.commands.personal_data import requests
from handlers.commands.personal_data.collection import collect_person
from handlers.commands.personal_data.erasure import ForgottenFiles, erase_person
from handlers.commands.personal_data.identity import find_identity
from handlers.commands.personal_data.traces import Traces, find_traces
from handlers.errors import Refused
from models.database import Database
from models.organisation import Person
from models.personal_data import IS_TO_DO, DataRequest, DataRequestKind
from models.pushes import Push, is_live
from models.reports import Media

log = structlog.get_logger()


def erase_approved(database: Database, store: MediaStore, *, now: datetime) -> int:
    """Erase everybody whose erasure is agreed to, one transaction each; how many.

    `now`: aware UTC. Somebody who has an open case again is left until it ends, and all are left while the
    store of the files does not answer.
    """
    with database.read() as session:
        agreed = select(DataRequest.id).where(IS_TO_DO, DataRequest.kind == DataRequestKind.ERASE)
        ids = list(session.scalars(agreed.order_by(DataRequest.id)))
    if not ids or not _answers(store):
        return 0
    return sum(_erase(database, store, number, now) for number in ids)


def _answers(store: MediaStore) -> bool:
    try:
        store.check()
    except StoreUnreachable as error:
        log.warning("personal_data.waits_for_store", reason=error.slug)
        return False
    return True


def _erase(database: Database, store: MediaStore, number: int, now: datetime) -> bool:
    with database.read() as session:
        request = session.get_one(DataRequest, number)
        person = session.get_one(Person, request.person_id)
        identity = find_identity(session, person)
    # What is still handled while the traces are looked for is found the second time: by then the account
    # is nobody's, and nothing new is theirs.
    counts: dict[str, int] | None = None
    for is_last in (False, True):
        with database.read() as session:
            traces = find_traces(session, identity)
        counts = counts or traces.count()
        with database.write() as session:
            if not _is_still_due(session, number, traces):
                return False
            gone = erase_person(session, identity, traces, now=now)
            if is_last:
                done = session.get_one(DataRequest, number)
                done.done_at, done.counts = now, counts
        _delete_files(database, store, gone)
    log.info("personal_data.erased", request=request.number, **(counts or {}))
    return True


def _is_still_due(session: Session, number: int, traces: Traces) -> bool:
    """Whether it is to be done now, and by this process: the request is locked until the transaction ends.

    What is still to be sent to them, or of their cases, is sent first: no words are left behind in it.
    """
    to_do = select(DataRequest).where(DataRequest.id == number, IS_TO_DO).with_for_update(skip_locked=True)
    request = session.scalars(to_do).one_or_none()
    if request is None:
        return False
    of_them = or_(Push.case_id.in_(traces.cases), Push.chat_id.in_(traces.chats))
    if session.scalar(select(Push.id).where(of_them, is_live()).limit(1)) is not None:
        log.info("personal_data.waits_for_pushes", request=request.number)
        return False
    try:
        requests.check_erasable(session, session.get_one(Person, request.person_id))
    except Refused as refused:
        log.warning("personal_data.not_erased_yet", request=request.number, reason=refused.slug)
        return False
    return True


def _delete_files(database: Database, store: MediaStore, gone: ForgottenFiles) -> None:
    """What a crash or a silent store leaves here is found as strays later (`bot.retention.expiry`)."""
    try:
        files.delete_unnamed(database, store, gone.hashes)
        store.delete(gone.originals)
    except StoreUnreachable as error:
        log.error("personal_data.files_left", reason=error.slug)


def export_person(database: Database, number: str, store: MediaStore, target: Path, *, now: datetime) -> None:
    """Write what is stored of the person of a request to a zip that its owner alone can read, once.

    `data.json`, and their files under `files/`. Raises NotFound and WrongState for what two people did not
    agree to, FileExistsError: nothing is overwritten; StoreUnreachable.
    """
    with database.read() as session:
        request = requests.find_exportable(session, number)
        identity = find_identity(session, session.get_one(Person, request.person_id))
        traces = find_traces(session, identity)
        data = collect_person(session, identity, traces)
        files_of_person = session.scalars(select(Media).where(Media.id.in_(traces.media))).all()
    make_private_folder(target.parent)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=str))
        for media in files_of_person:
            with suppress(FileNotFoundError), store.open_file(media.path) as source:
                archive.write(source, f"files/{media.id}{source.suffix}")
    with database.write() as session:
        done = requests.find_exportable(session, number)
        done.done_at, done.counts = now, traces.count()
    log.info("personal_data.exported", request=request.number, **traces.count())
