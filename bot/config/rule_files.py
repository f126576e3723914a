"""The rule packs, the class table and the time limits that the configuration names, as `serve` reads them.

`gridbot check`, `gridbot serve` and whatever reloads rules while the program runs refuse the same files with
the same sentences: they all come through here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.config.problems import ConfigProblem
from handlers.environment.limit_table import LimitTable
from handlers.environment.tables.rule_tables import RuleTable, TableError
from handlers.environment.tables.spot_check_rules import SpotCheckRules
from handlers.triage.rules.data_files import DataFileError, YAMLDocument
from handlers.triage.rules.pack_files import Stamp, list_pack_files, stamp_files
from handlers.triage.rules.packs import Pack, PackError, load_pack, require_special_classes
from models.time_limits import TimeLimit

if TYPE_CHECKING:
    # Only for its name: the settings know every channel, and whoever only reads rules need not load those.
    from bot.config.settings import RulesSettings

T = TypeVar("T", bound=RuleTable)

LOCAL_PACK = "local.yaml"
"""The authority's own rules are the pack of this name."""
_PACKS, _LIMITS, _SPOT_CHECKS = "rules.packs", "rules.limits", "rules.spot_checks"


def load_triage_pack(paths: Sequence[Path]) -> Pack:
    """The pack in these files, fit to triage with. Raises PackError with everything that is wrong in it.

    Read once, as long as no file changes: a start looks for mistakes in it first, and then works with it.
    """
    return _load_unchanged_pack(tuple(paths), stamp_files(list_pack_files(paths)))


@lru_cache(maxsize=1)
def _load_unchanged_pack(paths: Sequence[Path], _stamp: Stamp) -> Pack:
    pack = load_pack(paths)
    require_triage_pack(pack)
    return pack


def require_triage_pack(pack: Pack) -> None:
    """Raise PackError where a readable pack lacks classes or limits that triage and the clocks need."""
    require_special_classes(pack)
    if wrong := list(_find_wrong_limits(pack)):
        raise PackError(*wrong)


def _find_wrong_limits(pack: Pack) -> Iterator[str]:
    for info in pack.classes.values():
        try:
            TimeLimit.parse(info.limit)
        except ValueError:
            yield f"{info.source}: {info.id}: limit 应当是时限，如 4h、3d、1wd、4wh"


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """The pack and the tables, each None where it cannot be used, and what is wrong with them."""

    pack: Pack | None
    limits: LimitTable | None
    spot_checks: SpotCheckRules | None
    problems: tuple[ConfigProblem, ...]


def read_rule_files(rules: "RulesSettings") -> RuleFiles:
    """Read packs and tables, with all that is wrong in any."""
    pack: Pack | None = None
    problems: list[ConfigProblem] = []
    try:
        pack = load_triage_pack(rules.packs)
    except DataFileError as error:
        problems += _describe_refusal(_PACKS, error)
    limits = _read_table(LimitTable, rules.limits, _LIMITS, problems)
    spot_checks = _read_table(SpotCheckRules, rules.spot_checks, _SPOT_CHECKS, problems)
    return RuleFiles(pack, limits, spot_checks, tuple(problems))


def _read_table(table: type[T], path: Path, key: str, problems: list[ConfigProblem]) -> T | None:
    try:
        return table.load(path)
    except TableError as error:
        problems += _describe_refusal(key, error)
        return None


def _describe_refusal(path: str, error: DataFileError, *, grave: bool = True) -> Iterator[ConfigProblem]:
    return (ConfigProblem(path, sentence, grave=grave) for sentence in error.sentences)


def check_rule_files(rules: "RulesSettings") -> tuple[Pack | None, list[ConfigProblem]]:
    """The pack, None where it cannot be used, and everything that is wrong with packs and tables."""
    files = read_rule_files(rules)
    gaps = files.pack.codes.gaps if files.pack else ()
    found = [*files.problems, *(ConfigProblem(_PACKS, str(gap), grave=False) for gap in gaps)]
    if files.pack is not None and files.limits is not None:
        unknown = files.limits.find_unknown_classes(files.pack.classes)
        found += _name_unknown_classes(_LIMITS, rules.limits, unknown)
        found += _name_unknown_calls(files.limits, files.pack)
    if files.pack is not None and files.spot_checks is not None:
        unknown = files.spot_checks.find_unknown_classes(files.pack.classes)
        found += _name_unknown_classes(_SPOT_CHECKS, rules.spot_checks, unknown)
    return files.pack, found


def _name_unknown_classes(
    key: str, path: Path, unknown: Sequence[tuple[str, int, str]]
) -> Iterator[ConfigProblem]:
    """Rows of a table for classes that there are not; `unknown`: list, index of the row, class id."""
    document = YAMLDocument.read(path) if unknown else None
    for table, number, class_id in unknown:
        if document is not None:
            sentence = document.describe((table, number, "class"), f"类别表里没有 {class_id}，这一条不起作用")
            yield ConfigProblem(key, sentence, grave=False)


def _name_unknown_calls(limits: LimitTable, pack: Pack) -> Iterator[ConfigProblem]:
    for class_id in limits.find_unknown_calls(pack.classes):
        yield ConfigProblem(_LIMITS, f"round_the_clock：类别表里没有 {class_id}，不起作用", grave=False)


def find_local_pack(packs: Iterable[Path], config_folder: Path) -> Path:
    """The file of the authority's own rules: as configured, else `rules/local.yaml` by the configuration."""
    return next((pack for pack in packs if pack.name == LOCAL_PACK), config_folder / "rules" / LOCAL_PACK)


def check_local_pack(packs: Sequence[Path], config_folder: Path) -> Iterator[ConfigProblem]:
    """What is wrong with a file of own rules that is there and is not yet named in the configuration.

    Only `gridbot rules suggest` and `adopt` read it then, so that nothing of it is grave.
    """
    path = find_local_pack(packs, config_folder)
    if path in packs or not path.exists():
        return
    try:
        load_pack([*packs, path])
    except PackError as error:
        yield from _describe_refusal(_PACKS, error, grave=False)
    else:
        yield ConfigProblem(_PACKS, f"{path} 没有写在 packs 里，不起作用", grave=False)
