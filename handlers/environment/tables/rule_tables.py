"""Tables of rules/ that an office edits: read whole from a YAML file, or refused with every mistake in it."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers.triage.rules import value_errors
from handlers.triage.rules.data_files import DataFileError, UnreadableFile, YAMLDocument


class StrictRow(BaseModel):
    """Immutable, and refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class TableError(DataFileError):
    """The file cannot be used; one Chinese sentence a mistake, with file, line and path."""


class RuleTable(StrictRow):
    """A whole file."""

    version: str

    @classmethod
    def load(cls, path: Path) -> Self:
        """The table in a YAML file. Raises TableError with every mistake in it."""
        try:
            document = YAMLDocument.read(path)
            value = document.value
        except UnreadableFile as error:
            raise TableError(*error.sentences) from error
        try:
            return cls.model_validate({} if value is None else value)
        except ValidationError as error:
            raise TableError(*value_errors.describe_errors(document, error, cls)) from error
