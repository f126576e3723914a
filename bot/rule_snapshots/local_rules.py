"""Where the office's own rules lie, and how one is added to them: checked first, then written whole.

They are the pack called `local.yaml` among `rules.packs`; where none is named, `rules/local.yaml`
beside the configuration, which counts only once it is named there.
"""

import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from bot.config import rule_files
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.rule_snapshots import rulebook
from bot.rule_snapshots.file_watch import UnusableRules
from handlers.triage.learning import local_pack
from handlers.triage.learning.rule_suggestions import Suggestion
from handlers.triage.rules.data_files import read_text


@dataclass(frozen=True, slots=True)
class LocalRules:
    path: Path
    is_configured: bool
    """The configuration names it, so that what stands in it counts."""
    packs_before: tuple[Path, ...]
    """The packs before it, in order."""
    packs_after: tuple[Path, ...]
    """The packs after it."""
    config: Path

    @classmethod
    def from_settings(cls, settings: Settings, config: Path) -> Self:
        """Of the configuration that was read from the file `config`."""
        packs, folder = settings.rules.packs, config.absolute().parent
        path = rule_files.find_local_pack(packs, folder)
        if path not in packs:
            return cls(path, False, packs, (), folder)
        at = packs.index(path)
        return cls(path, True, packs[:at], packs[at + 1 :], folder)

    @property
    def packs(self) -> tuple[Path, ...]:
        """All packs, as they would be with everything adopted so far."""
        return self._packs_with(self.path) if self.path.exists() else (*self.packs_before, *self.packs_after)

    def adopt(self, suggestion: Suggestion, *, by: str, on: date) -> None:
        """Write a suggestion down.

        Raises UnusableRules, UnreadableFile or NotWritable where it cannot be; then nothing is written.
        """
        old = read_text(self.path) if self.path.exists() else ""
        text = local_pack.append_suggestion(old, suggestion, by=by, on=on)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the file, so that what it includes is found, and the change of names is one step.
        number, name = tempfile.mkstemp(suffix=f".{rule_files.LOCAL_PACK}", dir=self.path.parent)
        draft = Path(name)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._check(draft)
            draft.chmod(self.path.stat().st_mode & 0o777 if self.path.exists() else 0o644)
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)

    def config_line(self) -> str:
        """What has to stand in the configuration for it to count."""
        return f"packs: [{', '.join(map(self._display_path, self._packs_with(self.path)))}]"

    def _packs_with(self, path: Path) -> tuple[Path, ...]:
        return (*self.packs_before, path, *self.packs_after)

    def _check(self, draft: Path) -> None:
        try:
            rulebook.load_checked_pack(self._packs_with(draft))
        except UnusableRules as error:
            raise UnusableRules(str(error).replace(str(draft), str(self.path))) from error

    def _display_path(self, path: Path) -> str:
        """As the configuration writes it: from its own folder, or as shipped."""
        folder = next((folder for folder in (self.config, PACKAGE_ROOT) if path.is_relative_to(folder)), None)
        return str(path.relative_to(folder)) if folder else str(path)
