"""The rules as they stand in their files: every key and every word with its line.

A loaded `Pack` has forgotten where a word was written, and YAML has dropped the first of two equal
keys; who looks for mistakes needs both.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from handlers.triage.rules.packs import LOADER
from handlers.triage.rules.schema import Near

# Tables whose entries a later file replaces whole.
TABLES = ("groups", "rules", "natures", "risk", "talk", "limits", "labels")
PREFIXES = {"natures": "nature:", "risk": "risk:", "talk": "talk:", "labels": "label:"}
NEAR_WEIGHT: int = Near.model_fields["weight"].default
# What stands around a word on its line: space, and the signs of YAML.
BORDERS = r"[\s,:\[\]{}\"']+"


@dataclass(frozen=True, slots=True)
class Word:
    """One word on one side; `part` is the list it stands in: words, near, not, groups, idioms, things."""

    file: Path
    line: int
    side: str
    part: str
    text: str
    weight: int = 0
    at: int = 0
    """Where its list begins in the file: one list, one number."""

    @property
    def is_group(self) -> bool:
        return self.text.startswith("$")

    @property
    def overlapping(self) -> bool:
        """Words of labels count even inside longer ones, and marks are no words."""
        return self.side.startswith(("label:", "part:"))


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a mapping; `side` is the path of the mapping, `at` where it begins."""

    file: Path
    line: int
    side: str
    name: str
    at: int

    @property
    def replaces(self) -> bool:
        """Whether a later file's entry takes the place of this one whole."""
        return self.side in TABLES


@dataclass(frozen=True, slots=True)
class Source:
    """One rule file as written."""

    file: Path
    keys: tuple[Key, ...]
    words: tuple[Word, ...]


def read(paths: Sequence[Path]) -> list[Source]:
    """These files and all they include, in the order they are merged; they must load already."""
    sources: dict[Path, Source] = {}
    for path in paths:
        _gather(Path(path), sources)
    return list(sources.values())


def _gather(path: Path, sources: dict[Path, Source]) -> None:
    if path.suffix == ".csv" or path in sources:
        return
    text = path.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=LOADER)
    reader = _Reader(path, text.splitlines())
    sources[path] = Source(path, tuple(reader.keys(root, "")), tuple(reader.all_words(root)))
    for name, node in _pairs(root):
        if name == "include" and isinstance(node, yaml.SequenceNode):
            for each in node.value:
                _gather(path.parent / each.value, sources)


def _pairs(node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value]


class _Reader:
    def __init__(self, file: Path, lines: Sequence[str]) -> None:
        self.file = file
        self.lines = lines

    def keys(self, node: yaml.Node | None, path: str) -> Iterator[Key]:
        """Every key of every mapping, however deep."""
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = str(key.value)
                yield Key(self.file, key.start_mark.line + 1, path, name, node.start_mark.index)
                yield from self.keys(value, f"{path}.{name}".removeprefix("."))
        elif isinstance(node, yaml.SequenceNode):
            for number, each in enumerate(node.value):
                yield from self.keys(each, f"{path}.{number}")

    def all_words(self, root: yaml.Node | None) -> Iterator[Word]:
        for table, node in _pairs(root):
            if table in ("idioms", "things"):
                yield from self._list(node, table, table, 0)
            elif table == "groups":
                for name, words in _pairs(node):
                    yield from self._list(words, f"groups.{name}", "groups", 0)
            elif table == "parts":
                yield from self._parts(node)
            elif table == "add" and isinstance(node, yaml.SequenceNode):
                for addition in node.value:
                    yield from self._rule(addition, dict(_pairs(addition))["class"].value)
            elif table in TABLES and table != "limits":
                for name, rule in _pairs(node):
                    yield from self._rule(rule, f"{PREFIXES.get(table, '')}{name}")

    def _parts(self, node: yaml.Node) -> Iterator[Word]:
        for name, rule in _pairs(dict(_pairs(node)).get("types")):
            for role, words in _pairs(rule):
                yield from self._rule(words, f"part:{name}.{role}")

    def _rule(self, rule: yaml.Node, side: str) -> Iterator[Word]:
        for part, node in _pairs(rule):
            if part == "words":
                for weight, words in _pairs(node):
                    yield from self._list(words, side, "words", int(weight))
            elif part == "not":
                yield from self._list(node, side, "not", 0)
            elif part == "near" and isinstance(node, yaml.SequenceNode):
                for near in node.value:
                    yield from self._near(near, side)
            elif part == "nature":
                for nature, inner in _pairs(node):
                    yield from self._rule(inner, f"{side}/nature:{nature}")
            elif part in ("urgent", "urgent_only", "calm"):
                yield from self._rule(node, f"{side}/{part}")

    def _near(self, node: yaml.Node, side: str) -> Iterator[Word]:
        near = dict(_pairs(node))
        weight = int(near["weight"].value) if "weight" in near else NEAR_WEIGHT
        for name in ("of", "with"):
            yield from self._list(near[name], side, "near", weight)

    def _list(self, node: yaml.Node, side: str, part: str, weight: int) -> Iterator[Word]:
        """The words of a list, written as one text or one by one, each with the line it stands on."""
        start = node.start_mark.index
        for scalar in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            line, last = scalar.start_mark.line, min(scalar.end_mark.line, len(self.lines) - 1)
            for word in str(scalar.value).split():
                line = next((at for at in range(line, last + 1) if word in self._words_of(at)), line)
                yield Word(self.file, line + 1, side, part, word, weight, start)

    def _words_of(self, line: int) -> list[str]:
        whole = (word.strip("\"'") for word in self.lines[line].split())
        return [*re.split(BORDERS, self.lines[line]), *whole]
