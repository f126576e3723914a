"""The office's own rule files as its pages read, check and replace them.

A file that came with the program is not changed: the office names one of its own in the configuration.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import structlog

from bot.config import rule_files
from bot.config.loader import PACKAGE_ROOT
from bot.config.settings import RulesSettings
from bot.rule_snapshots import drafts, workbench
from console.context import CheckedRules, RuleFile, RuleJob, UnusableFile
from handlers.environment.limit_table import LimitTable
from handlers.environment.tables.rule_tables import TableError
from handlers.triage.evaluation.pack_changes import PackChange
from handlers.triage.learning import local_pack
from handlers.triage.learning.rule_suggestions import PastMessage, Suggestion
from handlers.triage.rules.data_files import UnreadableFile, YAMLDocument
from handlers.triage.types import PlaceFact, UnitFact
from handlers.wording import upkeep as say
from models.proposals import ProposalSubject

log = structlog.get_logger()

_CHECK, _SUGGEST = "check", "suggest"
_NAMING = ("include", "classes", "examples", "codes")
"""Keys of a pack that name other files."""


class RuleEditor:
    """The `console.context.OfficeRules` of one process."""

    def __init__(self, rules: RulesSettings, *, list_refused: Callable[[], Mapping[str, str | None]]) -> None:
        self._rules = rules
        self._list_refused = list_refused
        self._jobs: dict[str, RuleJob[Any]] = {}
        self._lock = threading.Lock()

    def list_packs(self) -> Sequence[str]:
        """The packs in their order, as people find them."""
        return [_display_path(path) for path in self._rules.packs]

    def list_refused(self) -> Mapping[str, str]:
        """Why the newest content of packs or limits is not in force, by `rules` and `limits`."""
        found = self._list_refused()
        names = {"packs": ProposalSubject.RULES, "limits": ProposalSubject.LIMITS}
        return {names[key]: why for key, why in found.items() if why is not None and key in names}

    def read(self, subject: ProposalSubject) -> RuleFile:
        """The office's own file of this subject, or that there is none."""
        path = self._find_own(subject)
        if path is None:
            shipped = self._rules.limits if subject == ProposalSubject.LIMITS else self._rules.packs[0]
            line = (
                "limits: rules/limits.yaml"
                if subject == ProposalSubject.LIMITS
                else f"packs: [{', '.join(self.list_packs())}, rules/{rule_files.LOCAL_PACK}]"
            )
            content = shipped.read_bytes() if subject == ProposalSubject.LIMITS else b""
            return RuleFile(_display_path(shipped), content, is_ours=False, hint=say.configure_rules(line))
        return RuleFile(
            _display_path(path), path.read_bytes() if path.exists() else b"", is_ours=True, hint=""
        )

    def _find_own(self, subject: ProposalSubject) -> Path | None:
        if subject == ProposalSubject.LIMITS:
            return None if self._rules.limits.is_relative_to(PACKAGE_ROOT) else self._rules.limits
        return next((path for path in self._rules.packs if path.name == rule_files.LOCAL_PACK), None)

    def _require_own(self, subject: ProposalSubject) -> Path:
        path = self._find_own(subject)
        if path is None:
            raise UnusableFile([say.not_ours(self.read(subject).path)])
        return path

    # Trying and writing --------------------------------------------------------------------------

    def measure(
        self, content: bytes, units: Sequence[UnitFact], places: Sequence[PlaceFact], texts: Sequence[str]
    ) -> Sequence[PackChange]:
        """What the own pack with this content changes of these messages. Slow. Raises UnusableFile."""
        path = self._require_own(ProposalSubject.RULES)
        self._require_same_files(content)
        with _draft_of(path, content) as draft:
            problems, changes = workbench.run_apart(
                workbench.compare_packs, self._rules.packs, self._replace(path, draft), units, places, texts
            )
        if problems:
            raise UnusableFile([_hide_draft(problem, draft, path) for problem in problems])
        return changes

    @contextmanager
    def prepare(self, subject: ProposalSubject, content: bytes) -> Iterator[Callable[[], None]]:
        """Check this content outside any transaction; what the block gets puts it in its place.

        Slow. Raises UnusableFile with every mistake and its line.
        """
        path = self._require_own(subject)
        if subject == ProposalSubject.RULES:
            self._require_same_files(content)
        with _draft_of(path, content) as draft:
            if problems := self._check(subject, path, draft):
                raise UnusableFile([_hide_draft(problem, draft, path) for problem in problems])
            yield lambda: drafts.put_draft(draft, path)

    def _check(self, subject: ProposalSubject, path: Path, draft: Path) -> Sequence[str]:
        if subject == ProposalSubject.LIMITS:
            try:
                LimitTable.load(draft)
            except TableError as error:
                return error.sentences
            return ()
        return workbench.run_apart(workbench.check_pack, self._replace(path, draft)).list_grave()

    def _require_same_files(self, content: bytes) -> None:
        """What was posted names no other files than the own pack does: pages read no files of the machine."""
        old, new = (_list_named_files(each) for each in (self.read(ProposalSubject.RULES).content, content))
        if old != new:
            raise UnusableFile([say.names_other_files()])

    def _replace(self, path: Path, draft: Path) -> Sequence[Path]:
        return [draft if each == path else each for each in self._rules.packs]

    # Checking and suggesting, behind a page that waits -------------------------------------------

    def start_check(self) -> None:
        """Check the packs in the background, unless that runs already."""
        self._start(_CHECK, lambda: workbench.run_apart(workbench.check_pack, self._rules.packs))

    def find_check(self) -> "RuleJob[CheckedRules] | None":
        """The check that runs or ran last in this process; None: none was asked for."""
        return self._jobs.get(_CHECK)

    def start_suggesting(
        self, units: Sequence[UnitFact], past: Sequence[PastMessage], names: frozenset[str]
    ) -> None:
        """Learn suggestions in the background, unless that runs already."""
        packs = self._rules.packs
        self._start(_SUGGEST, lambda: workbench.run_apart(workbench.suggest_rules, packs, units, past, names))

    def find_suggestions(self) -> "RuleJob[Sequence[Suggestion]] | None":
        """The suggestions that are learned or were learned last in this process."""
        return self._jobs.get(_SUGGEST)

    def add_suggestion(self, suggestion: Suggestion, *, by: str, on: date) -> bytes:
        """The content of the own pack with this suggestion. Raises UnusableFile where it must be by hand."""
        content = self.read(ProposalSubject.RULES).content.decode("utf-8")
        self._require_own(ProposalSubject.RULES)
        try:
            return local_pack.append_suggestion(content, suggestion, by=by, on=on).encode()
        except (local_pack.NotWritable, UnreadableFile) as error:
            raise UnusableFile([str(error)]) from error

    def _start(self, name: str, work: Callable[[], Any]) -> None:
        with self._lock:
            running = self._jobs.get(name)
            if running is not None and running.is_running:
                return
            job = self._jobs[name] = RuleJob()
        threading.Thread(target=_run, args=(job, work), name=f"rules-{name}", daemon=True).start()


def _run(job: "RuleJob[Any]", work: Callable[[], Any]) -> None:
    try:
        job.result = work()
    except Exception as error:  # noqa: BLE001 - whatever it is, the page that waits has to hear of it
        log.error("rules.job_failed", error=type(error).__name__)
        job.failed = True
    finally:
        job.is_running = False


@contextmanager
def _draft_of(path: Path, content: bytes) -> Iterator[Path]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnusableFile([str(error)]) from error
    try:
        with drafts.write_draft(path, text) as draft:
            yield draft
    except OSError as error:
        raise UnusableFile([say.not_writable(_display_path(path))]) from error


def _list_named_files(content: bytes) -> Mapping[str, Any]:
    """What a pack says of other files. Raises UnusableFile for a text that is no YAML."""
    try:
        document = YAMLDocument(Path(rule_files.LOCAL_PACK), content.decode("utf-8"), repeated_keys=True)
        data = document.value
    except UnicodeDecodeError as error:
        raise UnusableFile([str(error)]) from error
    except UnreadableFile as error:
        raise UnusableFile(error.sentences) from error
    return {key: data[key] for key in _NAMING if key in data} if isinstance(data, dict) else {}


def _hide_draft(sentence: str, draft: Path, path: Path) -> str:
    return sentence.replace(str(draft), path.name).replace(draft.name, path.name)


def _display_path(path: Path) -> str:
    """As the configuration writes it; pages say nothing of the machine's folders."""
    return f"{path.parent.name}/{path.name}"
