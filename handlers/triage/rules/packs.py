"""Reads keyword packs (YAML) and the class table (CSV) into one checked, frozen `Pack`.

Every mistake is told with its file, its line and its path inside the file, in Chinese: the people who
edit packs are not the people who read tracebacks.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from handlers.triage.rules import additions, pack_cache, value_errors
from handlers.triage.rules.class_codes import CodeBook
from handlers.triage.rules.class_table import (
    MEANINGS,
    ClassInfo,
    SpecialClasses,
    build_class,
    read_class_rows,
)
from handlers.triage.rules.code_tables import CodeError, TableRow
from handlers.triage.rules.data_files import DataFileError, UnreadableFile, YAMLDocument, read_text
from handlers.triage.rules.examples import Example, ExampleError, parse_examples
from handlers.triage.rules.schema import (
    AlarmRules,
    ClassRule,
    DangerRule,
    DialogueRules,
    HarmlessRule,
    HintRules,
    LabelRule,
    PackFile,
    PartRules,
    PlaceWords,
    Rescue,
    Rule,
    SayingRules,
    Score,
)
from handlers.triage.types import NATURES

_Steps = tuple[str | int, ...]
"""The path of a value inside a file."""


class PackError(DataFileError):
    """A rule pack that cannot be used; one Chinese sentence a mistake, with file, line and path."""


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
    alarm: AlarmRules | None = None
    """What the marks of a line with words of danger lean to, learned from lines of danger and of talk."""
    sayings: SayingRules | None = None
    """What the pieces of a sentence tell that no written sign tells, learned from what people say next."""
    spots: PartRules | None = None
    """Where the places in the examples begin and end."""
    danger: Mapping[str, DangerRule] = field(default_factory=dict)
    harmless: Mapping[str, HarmlessRule] = field(default_factory=dict)
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By class, those that labels made before it was there have in its place."""
    codes: CodeBook = field(default_factory=CodeBook)
    """What the classes are called in the systems of others."""
    secrecy: Mapping[str, Rule] = field(default_factory=dict)
    """Words of who asks not to be named, and of who accuses officials or staff."""
    rescue: tuple[Rescue, ...] = ()
    """Who is called to what is urgent, in the order written."""
    special: SpecialClasses = field(default_factory=SpecialClasses)
    """Which classes play a part of their own."""
    dialogue: DialogueRules = field(default_factory=DialogueRules)
    """How a sentence is read in the situation it is said in."""


@dataclass(frozen=True, slots=True)
class _RuleFile:
    """One YAML file of a pack: as written, and as checked."""

    document: YAMLDocument
    content: PackFile

    def beside(self, name: str) -> Path:
        return self.document.file.parent / name


def load_pack(paths: Sequence[Path]) -> Pack:
    """One pack out of YAML files and class tables; a later file adds to and overrides an earlier one.

    Raises PackError with everything that is wrong in the first stage that finds something: reading the
    files, the class table, what refers to it, the codes.
    """
    files: dict[Path, _RuleFile] = {}
    tables: dict[Path, None] = {}
    for path in paths:
        _collect_files(Path(path), files, tables)
    rows = _read_class_tables(tables)
    classes = {class_id: build_class(row) for class_id, row in rows.items()}
    if not classes and not any(file.content.labels or file.content.parts for file in files.values()):
        raise PackError(f"{paths[0] if paths else 'packs'}: 没有类别表；请写 classes: classes.csv")
    if wrong := list(_find_unknown_references(files.values(), classes)):
        raise PackError(*wrong)
    texts = {file.beside(file.content.examples): None for file in files.values() if file.content.examples}
    examples = _read_examples(texts, classes)
    folders = dict.fromkeys(file.beside(file.content.codes) for file in files.values() if file.content.codes)
    codes = _read_codes(folders, list(rows.values()))
    read = (*files, *tables, *texts, *(table for folder in folders for table in sorted(folder.glob("*.csv"))))
    contents = [file.content for file in files.values()]
    declared = next((content.version for content in contents if content.version), "0")
    merged = _merge(contents, classes, f"{declared}+{_digest(read)}")
    return replace(merged, examples=examples, codes=codes, files=read)


def require_special_classes(pack: Pack) -> None:
    """PackError where a pack is to be triaged with and does not say which classes play a part of their own.

    A pack of learned labels, of address parts or of additional words has none to name.
    """
    file = pack.files[0] if pack.files else "packs"
    if not pack.classes:
        raise PackError(f"{file}: 没有类别表；请写 classes: classes.csv")
    if missing := pack.special.list_missing():
        raise PackError(*(f"{file}: {key}: 没有写明{MEANINGS[key]}" for key in missing))


def _collect_files(path: Path, files: dict[Path, _RuleFile], tables: dict[Path, None]) -> None:
    if path.suffix == ".csv":
        tables[path] = None
    elif path not in files:
        file = files[path] = _read_rule_file(path)
        if file.content.classes:
            tables[file.beside(file.content.classes)] = None
        for name in file.content.include:
            _collect_files(file.beside(name), files, tables)


def _read_rule_file(path: Path) -> _RuleFile:
    try:
        document = YAMLDocument.read(path, repeated_keys=True)
        if (kept := pack_cache.load(document.text)) is not None:
            return _RuleFile(document, kept)
        value = document.value
    except UnreadableFile as error:
        raise PackError(*error.sentences) from error
    try:
        content = PackFile.model_validate({} if value is None else value)
        pack_cache.keep(document.text, content)
        return _RuleFile(document, content)
    except ValidationError as error:
        raise PackError(*value_errors.describe_errors(document, error, PackFile)) from error


def _read_class_tables(tables: Iterable[Path]) -> dict[str, TableRow]:
    """The rows of all tables by class id, those of a later table in the place of earlier ones."""
    found: dict[str, TableRow] = {}
    wrong: list[str] = []
    for table in tables:
        try:
            rows, mistakes = read_class_rows(table)
        except CodeError as error:
            raise PackError(*error.sentences) from error
        wrong += mistakes
        found |= {row["id"]: row for row in rows}
    if wrong:
        raise PackError(*wrong)
    return found


def _read_codes(folders: Iterable[Path], classes: Sequence[TableRow]) -> CodeBook:
    try:
        return CodeBook.load(*folders).bind(classes)
    except CodeError as error:
        raise PackError(*error.sentences) from error


def _read_examples(paths: Iterable[Path], classes: Mapping[str, ClassInfo]) -> dict[str, tuple[Example, ...]]:
    examples: dict[str, tuple[Example, ...]] = {}
    for path in paths:
        try:
            found = parse_examples(read_text(path).splitlines(), classes)
        except UnreadableFile as error:
            raise PackError(*error.sentences) from error
        except ExampleError as error:
            raise PackError(f"{path}:{error}") from error
        for class_id, several in found.items():
            examples[class_id] = (*examples.get(class_id, ()), *several)
    return examples


def _digest(files: Iterable[Path]) -> str:
    try:
        return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:8]
    except OSError as error:  # it was there a moment ago
        raise PackError(f"{error.filename}: 读不到这个文件（{error.strerror}）") from error


def _find_unknown_references(files: Iterable[_RuleFile], classes: Mapping[str, ClassInfo]) -> Iterator[str]:
    """Classes, natures, dangers and word groups that a file names and nobody has written."""
    files = list(files)
    groups = {name for file in files for name in file.content.groups}
    dangers = {name for file in files for name in file.content.danger}
    for file in files:
        for steps, class_id in _iter_class_references(file.content):
            if class_id not in classes:
                near = value_errors.format_suggestion(class_id, list(classes))
                yield file.document.describe(steps, f"类别表里没有 {class_id}{near}")
        for steps, nature in _iter_natures(file.content):
            if nature not in NATURES:
                yield file.document.describe(steps, f"性质只能是 {'、'.join(NATURES)}")
        yield from _find_unknown_dangers(file, sorted(dangers))
        for steps, word in _iter_group_references(file.content):
            if word[1:] not in groups:
                near = value_errors.format_suggestion(word[1:], sorted(groups))
                yield file.document.describe(steps, f"没有词组 {word}{near}")


def _find_unknown_dangers(file: _RuleFile, dangers: Sequence[str]) -> Iterator[str]:
    for sign, rule in file.content.harmless.items():
        for name in rule.of:
            if name not in dangers:
                near = value_errors.format_suggestion(name, dangers)
                yield file.document.describe(("harmless", sign, "of"), f"没有这种危险 {name}{near}")


def _iter_class_references(file: PackFile) -> Iterator[tuple[_Steps, str]]:
    yield from ((("rules", class_id), class_id) for class_id in file.rules)
    yield from ((("add", number, "class"), each.class_id) for number, each in enumerate(file.add))
    yield from (
        (("danger", name, "class"), rule.class_id) for name, rule in file.danger.items() if rule.class_id
    )
    for class_id, rule in file.rules.items():
        if rule.cause is not None:
            yield from ((("rules", class_id, "cause", "of"), each) for each in rule.cause.of)
    for class_id, others in file.also.items():
        yield from ((("also", class_id), each) for each in (class_id, *others))
    for key in ("fallback_class", "risk_class", "rumour_class"):
        if class_id := getattr(file, key):
            yield (key,), class_id
    for key in (
        "restricted_classes",
        "written_classes",
        "plate_classes",
        "person_classes",
        "home_classes",
        "number_classes",
    ):
        for number, class_id in enumerate(getattr(file, key) or ()):
            yield (key, number), class_id
    for number, rescue in enumerate(file.rescue):
        yield from ((("rescue", number, "classes"), class_id) for class_id in rescue.classes)


def _iter_natures(file: PackFile) -> Iterator[tuple[_Steps, str]]:
    yield from ((("natures", nature), nature) for nature in file.natures)
    for class_id, rule in file.rules.items():
        yield from ((("rules", class_id, "nature", nature), nature) for nature in rule.nature)


def iter_rules(file: PackFile | Pack) -> Iterator[tuple[str, Rule]]:
    """Every rule with the side it speaks for (a class id, `nature:投诉`, a class id with `/urgent`)."""
    for class_id, rule in file.rules.items():
        for steps, words in _iter_class_rule(rule):
            yield "/".join([class_id, ":".join(steps)] if steps else [class_id]), words
    for prefix, table in (
        ("nature", file.natures), ("risk", file.risk), ("secrecy", file.secrecy), ("talk", file.talk),
        ("harmless", file.harmless),
    ):  # fmt: skip
        for name, words in table.items():
            yield f"{prefix}:{name}", words
    for name, kind in file.danger.items():
        yield f"danger:{name}", kind
        yield f"danger:{name}/alone", Rule(words={1: kind.alone})


def _iter_class_rule(rule: ClassRule) -> Iterator[tuple[tuple[str, ...], Rule]]:
    """A class's own words and all that stands below them, each with its path from there."""
    yield (), rule
    for nature, words in rule.nature.items():
        yield ("nature", nature), words
    for part in ("urgent", "urgent_only", "calm", "cause"):
        if (extra := getattr(rule, part)) is not None:
            yield (part,), extra


def _iter_written_rules(file: PackFile) -> Iterator[tuple[_Steps, Rule]]:
    for class_id, rule in file.rules.items():
        yield from ((("rules", class_id, *steps), words) for steps, words in _iter_class_rule(rule))
    for name, table in (
        ("natures", file.natures), ("risk", file.risk), ("secrecy", file.secrecy), ("talk", file.talk),
        ("danger", file.danger), ("harmless", file.harmless),
    ):  # fmt: skip
        yield from (((name, each), words) for each, words in table.items())
    yield from ((("add", number), each) for number, each in enumerate(file.add))


def _iter_group_references(file: PackFile) -> Iterator[tuple[_Steps, str]]:
    """Where a file names a group of words, `$` before its name: hundreds of its ten thousand words."""
    for steps, words in _iter_word_lists(file):
        yield from ((steps, word) for word in words if word[:1] == "$")


def _iter_word_lists(file: PackFile) -> Iterator[tuple[_Steps, Iterable[str]]]:
    for steps, rule in _iter_written_rules(file):
        yield from (((*steps, "words", weight), words) for weight, words in rule.words.items())
        for number, near in enumerate(rule.near):
            yield (*steps, "near", number, "of"), near.of
            yield (*steps, "near", number, "with"), near.with_
    yield from ((("rescue", number, "words"), rescue.words) for number, rescue in enumerate(file.rescue))
    for table, signs in (("danger", file.danger), ("harmless", file.harmless)):
        yield from (((table, name, "sign"), rule.sign) for name, rule in signs.items())
    if file.alarm is not None:
        for weight, names in file.alarm.groups.items():
            yield ("alarm", "groups", weight), [f"${name}" for name in names]


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
        secrecy={name: rule for file in files for name, rule in file.secrecy.items()},
        danger={name: rule for file in files for name, rule in file.danger.items()},
        harmless={name: rule for file in files for name, rule in file.harmless.items()},
        also={name: words for file in files for name, words in file.also.items()},
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
        alarm=next((file.alarm for file in reversed(files) if file.alarm), None),
        sayings=next((file.sayings for file in reversed(files) if file.sayings), None),
        spots=next((file.spots for file in reversed(files) if file.spots), None),
        rescue=tuple(rescue for file in files for rescue in file.rescue),
        special=_merge_special_classes(files),
        dialogue=next((file.dialogue for file in reversed(files) if file.dialogue), DialogueRules()),
    )


def _merge_special_classes(files: Sequence[PackFile]) -> SpecialClasses:
    """The last file that names one counts; restricted classes add up, so that no file lays one open."""
    restricted = [file.restricted_classes for file in files if file.restricted_classes is not None]
    return SpecialClasses(
        fallback_class=next((file.fallback_class for file in reversed(files) if file.fallback_class), ""),
        risk_class=next((file.risk_class for file in reversed(files) if file.risk_class), ""),
        rumour_class=next((file.rumour_class for file in reversed(files) if file.rumour_class), ""),
        restricted_classes=tuple(each for several in restricted for each in several) if restricted else None,
        written_classes=tuple(each for file in files for each in file.written_classes),
        plate_classes=tuple(each for file in files for each in file.plate_classes),
        person_classes=tuple(each for file in files for each in file.person_classes),
        home_classes=tuple(each for file in files for each in file.home_classes),
        number_classes=tuple(each for file in files for each in file.number_classes),
        their_numbers=tuple(each for file in files for each in file.their_numbers),
        their_people=tuple(each for file in files for each in file.their_people),
        own_numbers=tuple(each for file in files for each in file.own_numbers),
    )
