"""The rule packs and time limits in force, reloaded while the program runs when their files change."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from bot.config import rule_files, settings
from bot.config.problems import ConfigProblemsFound
from bot.rule_snapshots.file_watch import ReloadedFile, UnusableRules
from handlers.environment.limit_table import LimitTable
from handlers.environment.tables.rule_tables import RuleTable, TableError
from handlers.environment.tables.spot_check_rules import SpotCheckRules
from handlers.triage.evaluation import rule_lint
from handlers.triage.rules import pack_source
from handlers.triage.rules.data_files import DataFileError
from handlers.triage.rules.pack_files import list_pack_files
from handlers.triage.rules.packs import Pack

T = TypeVar("T", bound=RuleTable)

_MOST = 3
"""Findings named in one log line; `gridbot rules check` lists all."""

_READ_ERRORS = (OSError, LookupError, TypeError, ValueError, AttributeError)
"""A file may change between its two readings."""


def load_checked_pack(paths: Sequence[Path]) -> Pack:
    """The pack in these files, checked by `rule_lint`.

    Raises UnusableRules where the files cannot be read or have a grave finding.
    """
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


class Rulebook:
    """The part of the environment that is read from files: rule packs, time limits, spot checks.

    Raises ConfigProblemsFound where they cannot be used at the start; later the newest usable ones stay
    in force.
    """

    def __init__(self, rules: settings.RulesSettings) -> None:
        files = rule_files.read_rule_files(rules)
        if files.pack is None or files.limits is None or files.spot_checks is None:
            raise ConfigProblemsFound(files.problems)
        self._packs = ReloadedFile(
            "packs",
            initial=(files.pack, files.pack.files),
            load=lambda: load_checked_pack(rules.packs),
            list_files=lambda: list_pack_files(rules.packs),
        )
        self._limits = _watch_table("limits", files.limits, rules.limits)
        self._spot_checks = _watch_table("spot_checks", files.spot_checks, rules.spot_checks)

    @property
    def pack(self) -> Pack:
        """The newest usable pack."""
        return self._packs.value

    @property
    def limits(self) -> LimitTable:
        """The newest usable table of time limits."""
        return self._limits.value

    @property
    def spot_checks(self) -> SpotCheckRules:
        """The newest usable shares of spot checks."""
        return self._spot_checks.value

    @property
    def refused_rules(self) -> Mapping[str, str | None]:
        """`packs`, `limits`, `spot_checks`, each with why its newest files are not in force, or None."""
        return {each.name: each.refusal for each in (self._packs, self._limits, self._spot_checks)}

    def reload_if_changed(self) -> None:
        """Reload what changed. Cheap where nothing did: it looks at sizes and times only."""
        self._packs.reload_if_changed()
        self._limits.reload_if_changed()
        self._spot_checks.reload_if_changed()


def _watch_table(name: str, table: T, path: Path) -> ReloadedFile[T]:
    return ReloadedFile(
        name,
        initial=(table, (path,)),
        load=lambda: _load_table(type(table), path),
        list_files=lambda: (path,),
    )


def _load_table(table: type[T], path: Path) -> T:
    try:
        return table.load(path)
    except TableError as error:
        raise UnusableRules(str(error)) from error
