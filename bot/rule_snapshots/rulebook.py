"""The rules and time limits in force, exchanged while the program runs when their files change."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from bot.config import settings
from bot.rule_snapshots.file_watch import ReloadedFile, Stamp, UnusableRules, stamp_files
from handlers.environment.limit_table import LimitsError, LimitTable
from handlers.triage import engine
from handlers.triage.evaluation import rule_lint
from handlers.triage.rules import pack_source
from handlers.triage.rules.pack_files import list_pack_files
from handlers.triage.rules.packs import Pack, PackError, load_pack

_MOST = 3
"""Mistakes told in one line; `gridbot rules check` tells the rest."""

_READ_ERRORS = (OSError, LookupError, TypeError, ValueError, AttributeError, yaml.YAMLError)
"""A file may change between its two readings, or hold YAML that only one of them understands."""


def load_checked_pack(paths: Sequence[Path]) -> Pack:
    """The pack in these files; Unusable where it cannot be read, or has a grave mistake."""
    try:
        pack = load_pack(paths)
        engine.require_unknown(pack)
        findings = rule_lint.check(pack, pack_source.read_sources(paths))
    except PackError as error:
        raise UnusableRules(str(error)) from error
    except _READ_ERRORS as error:
        raise UnusableRules(f"{type(error).__name__}: {error}") from error
    if grave := [str(finding) for finding in findings if finding.grave]:
        raise UnusableRules("；".join(grave[:_MOST]))
    return pack


@lru_cache(maxsize=2)
def _load_cached_pack(paths: Sequence[Path], _stamp: Stamp) -> Pack:
    """The pack in these files as they are now."""
    return load_pack(paths)


class Rulebook:
    """What `Office` is built from beside the database."""

    def __init__(self, rules: settings.RulesSettings) -> None:
        pack = _load_cached_pack(tuple(rules.packs), stamp_files(list_pack_files(rules.packs)))
        self._packs = ReloadedFile(
            "packs",
            initial=(pack, pack.files),
            load=lambda: load_checked_pack(rules.packs),
            list_files=lambda: list_pack_files(rules.packs),
        )
        self._limits = ReloadedFile(
            "limits",
            initial=(LimitTable.load(rules.limits), (rules.limits,)),
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
