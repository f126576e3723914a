"""Work on rules that takes seconds, in a process of its own: it holds up no message and no page.

Everything it needs comes along; it knows no database.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.config import rule_files
from handlers.triage import engine
from handlers.triage.evaluation import pack_changes, rule_lint
from handlers.triage.evaluation.pack_changes import PackChange
from handlers.triage.evaluation.rule_lint import Finding
from handlers.triage.learning import rule_suggestions
from handlers.triage.learning.rule_candidates import Proposer
from handlers.triage.learning.rule_suggestions import PastMessage, Suggestion
from handlers.triage.rules import pack_source
from handlers.triage.rules.data_files import DataFileError
from handlers.triage.rules.packs import Pack
from handlers.triage.text import common_words
from handlers.triage.types import PlaceFact, UnitFact

P = ParamSpec("P")
T = TypeVar("T")
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = "from bot.rule_snapshots import workbench; workbench.answer_job()"
_PATIENCE = 600.0
"""Seconds for one job; the longest, suggestions from 2,000 cases, takes a minute or two."""


@dataclass(frozen=True, slots=True)
class CheckedPack:
    """What is wrong with a pack: sentences where it cannot be used, else findings with their lines."""

    problems: tuple[str, ...] = ()
    findings: tuple[tuple[Finding, str], ...] = ()
    """Each with the text of its line."""

    def list_grave(self) -> tuple[str, ...]:
        """What keeps the pack from being used: what cannot be read, and rules without effect."""
        return self.problems + tuple(str(finding) for finding, _ in self.findings if finding.grave)


def run_apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function of this module in a process of its own and wait for it.

    Raises CalledProcessError where it failed, TimeoutExpired after `_PATIENCE`.
    """
    # Not multiprocessing: that would import the program that runs here once more.
    done = subprocess.run(  # noqa: S603 - our own module, in our own interpreter
        [sys.executable, "-c", _PROGRAM],
        input=pickle.dumps((function.__name__, args, kwargs)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        timeout=_PATIENCE,
        check=True,
    )
    result: T = pickle.loads(done.stdout)  # noqa: S301 - written by our own process
    return result


def answer_job() -> None:
    """In the process of its own: do the job on standard input and write what came of it."""
    name, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own process
    answer = pickle.dumps(globals()[name](*args, **kwargs))
    sys.stdout.buffer.write(answer)


def check_pack(paths: Sequence[Path]) -> CheckedPack:
    """Everything that is wrong with the pack in these files."""
    try:
        pack = rule_files.load_triage_pack(paths)
    except DataFileError as error:
        return CheckedPack(tuple(error.sentences))
    found = rule_lint.check(pack, pack_source.read_sources(paths))
    lines = {
        file: Path(file).read_text(encoding="utf-8").splitlines() for file in {each.file for each in found}
    }
    return CheckedPack(findings=tuple((each, _read_line(lines[each.file], each.line)) for each in found))


def _read_line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""


def compare_packs(
    before: Sequence[Path],
    after: Sequence[Path],
    units: Sequence[UnitFact],
    places: Sequence[PlaceFact],
    texts: Sequence[str],
) -> tuple[tuple[str, ...], list[PackChange]]:
    """What is gravely wrong with the second pack; where nothing is, what it changes of these messages."""
    if problems := check_pack(after).list_grave():
        return problems, []

    def build(pack: Pack) -> engine.Classifier:
        return engine.build_classifier(pack, units, places, common=common_words.load_short_words)

    old, new = (build(rule_files.load_triage_pack(paths)) for paths in (before, after))
    return (), pack_changes.find_changes(old, new, texts)


def suggest_rules(
    paths: Sequence[Path],
    units: Sequence[UnitFact],
    past: Sequence[PastMessage],
    names: frozenset[str],
) -> list[Suggestion]:
    """Suggestions learned from the desk's corrections, measured on all of these past messages."""
    if not any(each.corrected for each in past):
        return []
    pack = rule_files.load_triage_pack(paths)
    return rule_suggestions.suggest(pack, units, past, Proposer(set(names)))
