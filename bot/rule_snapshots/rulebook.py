"""The rules and time limits in force, exchanged while the program runs when their files change."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from bot.config import rule_files, settings
from bot.config.problems import ConfigProblemsFound
from bot.rule_snapshots.file_watch import ReloadedFile, Stamp, UnusableRules, stamp_files
from handlers.environment.limit_table import LimitsError, LimitTable
from handlers.triage.evaluation import rule_lint
from handlers.triage.rules import pack_source
from handlers.triage.rules.data_files import DataFileError
from handlers.triage.rules.pack_files import list_pack_files
from handlers.triage.rules.packs import Pack

_MOST = 3
"""Mistakes told in one line; `gridbot rules check` tells the rest."""

_READ_ERRORS = (OSError, LookupError, TypeError, ValueError, AttributeError)
"""A file may change between its two readings."""


def load_checked_pack(paths: Sequence[Path]) -> Pack:
    """The pack in these files. Raises UnusableRules where it cannot be read, or has a grave mistake."""
    try:
        pack = rule_files.load_triage_pack(paths)
        findings = rule_lint.check(pack, pack_source.read_sources(paths))
    except DataFileError as error:
        raise UnusableRules(str(error)) from error
    except _READ_ERRORS as error:
        raise UnusableRules(f"{type(error).__name__}: {error}") from error
    if grave := [str(finding) for finding in findings if finding.grave]:
        raise UnusableRules("；".join(grave[:_MOST]))
    return pack


@lru_cache(maxsize=2)
def _load_cached_pack(paths: Sequence[Path], _stamp: Stamp) -> Pack:
    """The pack in these files as they are now."""
    return rule_files.load_triage_pack(paths)


class Rulebook:
    """What an `Environment` is built from beside the database.

    Raises ConfigProblemsFound where packs or limits cannot be used at the start; later the newest that can
    be used stay in force.
    """

    def __init__(self, rules: settings.RulesSettings) -> None:
        files = rule_files.read_rule_files(
            rules,
            load=lambda packs: _load_cached_pack(tuple(packs), stamp_files(list_pack_files(packs))),
        )
        if files.pack is None or files.limits is None:
            raise ConfigProblemsFound(files.problems)
        self._packs = ReloadedFile(
            "packs",
            initial=(files.pack, files.pack.files),
            load=lambda: load_checked_pack(rules.packs),
            list_files=lambda: list_pack_files(rules.packs),
        )
        self._limits = ReloadedFile(
            "limits",
            initial=(files.limits, (rules.limits,)),
            load=lambda: _load_limits(rules.limits),
            list_files=lambda: (rules.limits,),
        )

    @property
    def pack(self) -> Pack:
        return self._packs.value

    @property
    def limits(self) -> LimitTable:
        return self._limits.value

    @property
    def refused_rules(self) -> Mapping[str, str | None]:
        """Why the newest files are not in force, by what they are; None where they are."""
        return {each.name: each.refusal for each in (self._packs, self._limits)}

    def reload_if_changed(self) -> None:
        """Cheap where nothing changed: a few sizes and times."""
        self._packs.reload_if_changed()
        self._limits.reload_if_changed()


def _load_limits(path: Path) -> LimitTable:
    try:
        return LimitTable.load(path)
    except LimitsError as error:
        raise UnusableRules(str(error)) from error
