"""The office's own rules: where their file is, and adding one: checked first, then written whole.

The file is the pack called `local.yaml` among `rules.packs`; where none is configured, it is
`rules/local.yaml` beside the configuration, which takes effect only once it is configured.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from bot.config import rule_files
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import Settings
from bot.rule_snapshots import drafts, rulebook
from bot.rule_snapshots.file_watch import UnusableRules
from handlers.triage.learning import local_pack
from handlers.triage.learning.rule_suggestions import Suggestion
from handlers.triage.rules.data_files import read_text


@dataclass(frozen=True, slots=True)
class LocalRules:
    """The file of local rules, and its place among the configured packs."""

    path: Path
    is_configured: bool
    """Whether the configuration names the file; else its rules have no effect."""
    packs_before: tuple[Path, ...]
    """Configured packs before the local one, in order."""
    packs_after: tuple[Path, ...]
    """Configured packs after the local one, in order."""
    config: Path

    @classmethod
    def from_settings(cls, settings: Settings, config: Path) -> Self:
        """The file of local rules by the settings; `config` is the path of the configuration file."""
        packs, folder = settings.rules.packs, config.absolute().parent
        path = rule_files.find_local_pack(packs, folder)
        if path not in packs:
            return cls(path, False, packs, (), folder)
        at = packs.index(path)
        return cls(path, True, packs[:at], packs[at + 1 :], folder)

    @property
    def packs(self) -> tuple[Path, ...]:
        """All packs in order, the local file among them where it exists, even where it is not configured."""
        return self._packs_with(self.path) if self.path.exists() else (*self.packs_before, *self.packs_after)

    def adopt(self, suggestion: Suggestion, *, by: str, on: date) -> None:
        """Write the suggestion to the end of the local file; `by` is the person and `on` the local date.

        Raises UnusableRules where the rules would no longer load, UnreadableFile where the file is no YAML,
        NotWritable where its layout has no place for an entry; nothing is written then.
        """
        old = read_text(self.path) if self.path.exists() else ""
        text = local_pack.append_suggestion(old, suggestion, by=by, on=on)
        with drafts.write_draft(self.path, text) as draft:
            self._check(draft)
            drafts.put_draft(draft, self.path)

    def config_line(self) -> str:
        """The line that has to stand in the configuration for the local file to take effect."""
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
