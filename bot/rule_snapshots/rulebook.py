"""The rules and time limits in force, exchanged while the program runs when their files change."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from bot.config import settings
from bot.rule_snapshots.file_watch import Stamp, Unusable, Watched, stamp
from handlers.environment.limit_table import LimitsError, LimitTable
from handlers.triage import engine
from handlers.triage.evaluation import rule_lint
from handlers.triage.rules import pack_source
from handlers.triage.rules.pack_files import files_of
from handlers.triage.rules.packs import Pack, PackError, load_pack

_MOST = 3
"""Mistakes told in one line; `gridbot rules check` tells the rest."""

_STUMBLED = (OSError, LookupError, TypeError, ValueError, AttributeError, yaml.YAMLError)
"""A file may change between its two readings, or hold YAML that only one of them understands."""


def checked(paths: Sequence[Path]) -> Pack:
    """The pack in these files; Unusable where it cannot be read, or has a grave mistake."""
    try:
        pack = load_pack(paths)
        engine.require_unknown(pack)
        findings = rule_lint.check(pack, pack_source.read(paths))
    except PackError as error:
        raise Unusable(str(error)) from error
    except _STUMBLED as error:
        raise Unusable(f"{type(error).__name__}: {error}") from error
    if grave := [str(finding) for finding in findings if finding.grave]:
        raise Unusable("；".join(grave[:_MOST]))
    return pack


@lru_cache(maxsize=2)
def _pack(paths: Sequence[Path], _stamp: Stamp) -> Pack:
    """The pack in these files as they are now."""
    return load_pack(paths)


class Rulebook:
    """What `Office` is built from beside the database."""

    def __init__(self, rules: settings.Rules) -> None:
        pack = _pack(tuple(rules.packs), stamp(files_of(rules.packs)))
        self._packs = Watched(
            "packs",
            first=(pack, pack.files),
            load=lambda: checked(rules.packs),
            files=lambda: files_of(rules.packs),
        )
        self._limits = Watched(
            "limits",
            first=(LimitTable.load(rules.limits), (rules.limits,)),
            load=lambda: _limits(rules.limits),
            files=lambda: (rules.limits,),
        )

    @property
    def pack(self) -> Pack:
        return self._packs.value

    @property
    def limits(self) -> LimitTable:
        return self._limits.value

    @property
    def refused(self) -> Mapping[str, str | None]:
        """Why the newest files are not in force, by what they are; None where they are."""
        return {each.name: each.refused for each in (self._packs, self._limits)}

    def look(self) -> None:
        """Cheap where nothing changed: a few sizes and times."""
        self._packs.look()
        self._limits.look()


def _limits(path: Path) -> LimitTable:
    try:
        return LimitTable.load(path)
    except LimitsError as error:
        raise Unusable(str(error)) from error
