"""All checks in the order in which one would look. Another check is a function and a line here."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from bot.process.doctor.diagnoses import Check, Diagnosis, Installation, Level
from bot.process.doctor.machine import check_backup, check_disks, check_rights
from bot.process.doctor.records import check_figures, check_ledger, check_retention
from bot.process.doctor.running import check_processes
from bot.process.doctor.server import check_clock, check_schema, check_version
from models import schema

_OF_MACHINE: tuple[Check, ...] = (check_disks, check_rights, check_backup)
_OF_SERVER: tuple[Check, ...] = (check_version, check_clock, check_schema)
_OF_TABLES: tuple[Check, ...] = (check_processes, check_retention, check_ledger, check_figures)
"""They need tables as this program knows them."""


def examine(installation: Installation) -> Iterator[Diagnosis]:
    """Every diagnosis. What needs the database is left out once it does not answer."""
    for check in _OF_MACHINE:
        yield from _run(check, installation)
    for check in _OF_SERVER:
        found = list(_run(check, installation))
        yield from found
        if any(finding.name == "database" for finding in found):
            return
    if schema.read_state(installation.database).is_usable:
        for check in _OF_TABLES:
            yield from _run(check, installation)


def _run(check: Check, installation: Installation) -> Iterator[Diagnosis]:
    try:
        yield from check(installation)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield Diagnosis("database", Level.BAD, f"数据库用不了：{reason}")
    except OSError as error:
        yield Diagnosis("files", Level.BAD, f"{error.filename} 打不开：{error.strerror}")
