"""Reads keyword packs (YAML) and the class table (CSV) into one checked, frozen `Pack`.

A mistake is told with its file, its path inside the file and, for YAML, its line, because
the people who edit packs are not the people who read tracebacks.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from handlers.triage.rules import additions
from handlers.triage.rules.class_codes import CodeBook
from handlers.triage.rules.code_tables import KINDS, CodeError, TableRow
from handlers.triage.rules.examples import Example, ExampleError, parse_examples
from handlers.triage.rules.schema import (
    ClassRule,
    HintRules,
    LabelRule,
    PackFile,
    PartRules,
    PlaceWords,
    Rule,
    Score,
)
from handlers.triage.types import NATURES

# libyaml where PyYAML was built with it: learned weights are read ten times as fast.
LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
COLUMNS = (
    "id", "name", "group", "event_code", "hotline_code", "nature", "unit", "limit", "urgent", "covers",
)  # fmt: skip


class PackError(Exception):
    """A rule pack that cannot be used; the message names the file, the path and the line."""


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One row of the class table."""

    id: str
    name: str
    group: str
    event_code: str
    hotline_code: str
    nature: str
    unit: str
    limit: str
    urgent: bool
    covers: str
    kind: str = ""
    """part 部件 | event 事件 | appeal neither; empty where the table has no such column."""


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """All rules and classes of one installation, in the order they were written."""

    classes: Mapping[str, ClassInfo]
    groups: Mapping[str, tuple[str, ...]]
    idioms: tuple[str, ...]
    things: frozenset[str]
    rules: Mapping[str, ClassRule]
    natures: Mapping[str, Rule]
    risk: Mapping[str, Rule]
    talk: Mapping[str, Rule]
    limits: Mapping[str, int]
    places: PlaceWords
    version: str
    examples: Mapping[str, Sequence[Example]] = field(default_factory=dict)
    score: Score = field(default_factory=Score)
    misheard: Mapping[str, str] = field(default_factory=dict)
    """What speech and thumbs write, with the word that is meant."""
    files: tuple[Path, ...] = ()
    """What it was read from."""
    labels: Mapping[str, LabelRule] = field(default_factory=dict)
    """A labelling of its own beside the classes, or in their place: what `rules learn` writes."""
    parts: PartRules | None = None
    """How the parts of addresses are read, learned too."""
    hints: HintRules | None = None
    """What the pieces of the examples lean to, learned as well."""
    spots: PartRules | None = None
    """Where the places in the examples begin and end."""
    codes: CodeBook = field(default_factory=CodeBook)
    """What the classes are called in the systems of others."""

    def find_class(self, class_id: str) -> ClassInfo:
        """The class of this id; KeyError where the table has none."""
        return self.classes[class_id]


def load_pack(paths: Sequence[Path]) -> Pack:
    """One pack out of YAML files and class tables; a later file adds to and overrides an earlier one."""
    files: dict[Path, PackFile] = {}
    tables: dict[Path, None] = {}
    for path in paths:
        _collect_files(Path(path), files, tables)
    rows = {row["id"]: row for table in tables for row in _class_rows(table)}
    classes = {class_id: _class_info(row) for class_id, row in rows.items()}
    if not classes and not any(file.labels or file.parts for file in files.values()):
        raise PackError(f"{paths[0] if paths else 'packs'}: no class table; say `classes: classes.csv`")
    _check_references(files, classes)
    texts = {path.parent / file.examples: None for path, file in files.items() if file.examples}
    examples = _read_examples(texts, classes)
    declared = next((file.version for file in files.values() if file.version), "0")
    folders = dict.fromkeys(path.parent / file.codes for path, file in files.items() if file.codes)
    read = (*files, *tables, *texts, *(table for folder in folders for table in sorted(folder.glob("*.csv"))))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in read))
    version = f"{declared}+{digest.hexdigest()[:8]}"
    merged = _merge(list(files.values()), classes, version)
    codes = _read_codes(folders, list(rows.values()))
    return replace(merged, examples=examples, codes=codes, files=read)


def _collect_files(path: Path, files: dict[Path, PackFile], tables: dict[Path, None]) -> None:
    if path.suffix == ".csv":
        tables[path] = None
    elif path not in files:
        file = files[path] = _read_yaml(path)
        if file.classes:
            tables[path.parent / file.classes] = None
        for name in file.include:
            _collect_files(path.parent / name, files, tables)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}: cannot be read: {error}") from error


def _read_yaml(path: Path) -> PackFile:
    text = _read_text(path)
    try:
        data = yaml.load(text, Loader=LOADER)  # noqa: S506  # safe, both of them
    except yaml.YAMLError as error:
        raise PackError(f"{path}: not YAML: {error}") from error
    try:
        return PackFile.model_validate(data or {})
    except ValidationError as error:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raise PackError("\n".join(_format_error(path, root, each) for each in error.errors())) from error


def _format_error(path: Path, root: yaml.Node | None, error: Any) -> str:
    where = ".".join(str(step) for step in error["loc"])
    return f"{path}:{_find_line(root, error['loc'])}: {where}: {error['msg']}"


def _find_line(node: yaml.Node | None, steps: Sequence[Any]) -> int:
    """The line of the deepest node these steps lead to (1 where there is none)."""
    line = node.start_mark.line + 1 if node else 1
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _class_rows(path: Path) -> Iterator[TableRow]:
    rows = csv.DictReader(_read_text(path).splitlines())
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise PackError(f"{path}:1: missing columns: {', '.join(missing)}")
    seen: set[str] = set()
    for cells in rows:
        row = TableRow(path, rows.line_num, cells)
        if not row["id"] or row["id"] in seen:
            raise PackError(row.format_error(f"{row['id']}: id is empty or written twice"))
        if row["nature"] not in NATURES:
            raise PackError(
                row.format_error(f"{row['id']}: nature {row['nature']!r} is none of {'、'.join(NATURES)}")
            )
        if row["urgent"] not in ("yes", "no"):
            raise PackError(row.format_error(f"{row['id']}: urgent must be yes or no"))
        if cells.get("kind", "") not in ("", *KINDS):
            raise PackError(
                row.format_error(f"{row['id']}: kind {row['kind']!r} is none of {', '.join(KINDS)}")
            )
        seen.add(row["id"])
        yield row


def _class_info(row: TableRow) -> ClassInfo:
    cells = {**{column: row[column] for column in COLUMNS}, "kind": row.cells.get("kind", "")}
    return ClassInfo(**{**cells, "urgent": row["urgent"] == "yes"})  # type: ignore[arg-type]


def _read_codes(folders: Iterable[Path], classes: Sequence[TableRow]) -> CodeBook:
    try:
        return CodeBook.load(*folders).bind(classes)
    except CodeError as error:
        raise PackError(str(error)) from error


def _read_examples(paths: Iterable[Path], classes: Mapping[str, ClassInfo]) -> dict[str, tuple[Example, ...]]:
    examples: dict[str, tuple[Example, ...]] = {}
    for path in paths:
        try:
            found = parse_examples(_read_text(path).splitlines(), classes)
        except ExampleError as error:
            raise PackError(f"{path}:{error}") from error
        for class_id, several in found.items():
            examples[class_id] = (*examples.get(class_id, ()), *several)
    return examples


def _check_references(files: Mapping[Path, PackFile], classes: Mapping[str, ClassInfo]) -> None:
    groups = {name for file in files.values() for name in file.groups}
    for path, file in files.items():
        for class_id, rule in file.rules.items():
            if class_id not in classes:
                raise PackError(f"{path}: rules.{class_id}: no such class in the class table")
            for nature in rule.nature:
                _check_nature(nature, f"{path}: rules.{class_id}.nature")
        for number, addition in enumerate(file.add):
            if addition.class_id not in classes:
                raise PackError(
                    f"{path}: add.{number}.class: no class {addition.class_id} in the class table"
                )
        for nature in file.natures:
            _check_nature(nature, f"{path}: natures")
        for where, word in _iter_words(file):
            if word.startswith("$") and word[1:] not in groups:
                raise PackError(f"{path}: {where}: no word group {word}")


def _check_nature(nature: str, where: str) -> None:
    if nature not in NATURES:
        raise PackError(f"{where}.{nature}: is none of {'、'.join(NATURES)}")


def iter_rules(file: PackFile | Pack) -> Iterator[tuple[str, Rule]]:
    """Every rule with the side it speaks for (`env.rubbish`, `nature:投诉`, `env.burn/urgent`)."""
    for class_id, rule in file.rules.items():
        yield class_id, rule
        for nature, words in rule.nature.items():
            yield f"{class_id}/nature:{nature}", words
        for part in ("urgent", "urgent_only", "calm"):
            if (extra := getattr(rule, part)) is not None:
                yield f"{class_id}/{part}", extra
    for prefix, table in (("nature", file.natures), ("risk", file.risk), ("talk", file.talk)):
        for name, words in table.items():
            yield f"{prefix}:{name}", words


def _iter_words(file: PackFile) -> Iterator[tuple[str, str]]:
    added = ((f"add.{number}", each) for number, each in enumerate(file.add))
    for side, rule in (*iter_rules(file), *added):
        for weight, words in rule.words.items():
            yield from ((f"{side}.words.{weight}", word) for word in words)
        for near in rule.near:
            yield from ((f"{side}.near", word) for word in (*near.of, *near.with_))


def _merge(files: Sequence[PackFile], classes: Mapping[str, ClassInfo], version: str) -> Pack:
    rules = {name: rule for file in files for name, rule in file.rules.items()}
    return Pack(
        classes=classes,
        groups={name: words for file in files for name, words in file.groups.items()},
        idioms=tuple(word for file in files for word in file.idioms),
        things=frozenset(word for file in files for word in file.things),
        rules=additions.apply_additions(rules, [each for file in files for each in file.add]),
        natures={name: rule for file in files for name, rule in file.natures.items()},
        risk={name: rule for file in files for name, rule in file.risk.items()},
        talk={name: rule for file in files for name, rule in file.talk.items()},
        limits={name: value for file in files for name, value in file.limits.items()},
        places=next((file.places for file in reversed(files) if file.places), PlaceWords()),
        version=version,
        score=next((file.score for file in reversed(files) if file.score), Score()),
        misheard={wrong: right for file in files for right, ws in file.misheard.items() for wrong in ws},
        labels={name: rule for file in files for name, rule in file.labels.items()},
        # Weights of two learnings do not add up: the last file gives them all.
        parts=next((file.parts for file in reversed(files) if file.parts), None),
        hints=next((file.hints for file in reversed(files) if file.hints), None),
        spots=next((file.spots for file in reversed(files) if file.spots), None),
    )
