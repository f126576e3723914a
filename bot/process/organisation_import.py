"""A file of the organisation that was posted on a page: imported, and what it changes in plain words."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.imports import OrganisationError, import_org, parse_organisation
from bot.imports.organisation import ImportReport
from console.context import OrganisationChanges, RowChange, UnusableFile
from handlers.environment.units import split_path
from handlers.wording import labels, upkeep
from handlers.wording.participation import PARTICIPATION_NAMES
from models.organisation import Role, Unit

_WORKBOOK = b"PK"
"""How every .xlsx begins, being a ZIP."""
_SECRET = frozenset({"webhook_key"})
_SHAPES = frozenset({"polygon"})


class PostedOrganisation:
    """A file of the organisation that was posted; `console.context.OrganisationFile`."""

    def __init__(self, content: bytes) -> None:
        """Read it. Raises UnusableFile with every mistake in it."""
        suffix = ".xlsx" if content.startswith(_WORKBOOK) else ".yaml"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"组织{suffix}"
            path.write_bytes(content)
            try:
                self._organisation = parse_organisation(path)
            except OrganisationError as error:
                sentences = [str(problem).replace(f"{folder}/", "") for problem in error.problems]
                raise UnusableFile(sentences) from error

    def import_rows(self, session: Session) -> OrganisationChanges:
        """Import it and flush. Raises UnusableFile."""
        try:
            report = import_org(session, self._organisation)
        except OrganisationError as error:
            raise UnusableFile([str(problem) for problem in error.problems]) from error
        session.flush()
        units = {unit.id: unit.display_name for unit in session.scalars(select(Unit))}
        return OrganisationChanges(
            added=report.added,
            changed=[_describe_row(name, report, units) for name in report.changed],
            unchanged=len(report.unchanged),
            orphaned=report.orphaned,
            notes=[str(note) for note in (*report.warnings, *self._organisation.notes)],
        )


def _describe_row(name: str, report: ImportReport, units: Mapping[int, str]) -> RowChange:
    # A row without a column of its own that changes has other accounts now.
    details = report.details.get(name, [("accounts", "", "")])
    return RowChange(name, [(column, *_describe(column, pair, units)) for column, *pair in details])


def _describe(column: str, pair: list[Any], units: Mapping[int, str]) -> tuple[str, str]:
    """What stands there and what will; of secrets and shapes only whether there is one."""
    before, after = (_format(column, value, units) for value in pair)
    return before, after


def _format(column: str, value: Any, units: Mapping[int, str]) -> str:
    match column, value:
        case _, None | "" | []:
            return ""
        case "unit_id", _:
            return units.get(value, "")
        case "path", str():
            return " › ".join(split_path(value)[:-1])
        case "role", str():
            return labels.ROLE_NAMES[Role(value)]
        case "participation", str():
            return PARTICIPATION_NAMES[value]
        case "use", str():
            return upkeep.CHAT_USES[value]
        case "kind", str():
            return upkeep.UNIT_KINDS[value]
        case _ if column in _SECRET | _SHAPES:
            return "（有）"
        case _, list():
            return "、".join(map(str, value))
    return str(value)
