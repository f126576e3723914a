"""The rules as they stand in their files: every key and every word with its line.

A loaded `Pack` has forgotten where a word was written, and YAML has dropped the first of two equal
keys; who looks for mistakes needs both.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from handlers.triage.rules.data_files import YAMLDocument
from handlers.triage.rules.schema import Near

# Tables whose entries a later file replaces whole.
TABLES = ("groups", "rules", "natures", "risk", "secrecy", "danger", "harmless", "talk", "limits", "labels")
PREFIXES = {
    "natures": "nature:", "risk": "risk:", "secrecy": "secrecy:", "danger": "danger:",
    "harmless": "harmless:", "talk": "talk:", "labels": "label:",
}  # fmt: skip
PLAIN_LISTS = {"not": ("", "not", 0), "alone": ("/alone", "words", 1)}
"""Lists of words below a rule: what they add to its side, the part they are of, and their weight."""
NEAR_WEIGHT: int = Near.model_fields["weight"].default
# What stands around a word on its line: space, and the signs of YAML.
BORDERS = r"[\s,:\[\]{}\"']+"


@dataclass(frozen=True, slots=True)
class RuleWord:
    """One word on one side; `part` is the list it stands in: words, near, not, groups, idioms, things."""

    file: Path
    line: int
    side: str
    part: str
    text: str
    weight: int = 0
    list_start: int = 0
    """Where its list begins in the file: one list, one number."""

    @property
    def is_group(self) -> bool:
        return self.text.startswith("$")

    @property
    def may_overlap(self) -> bool:
        """Words of labels count even inside longer ones, and marks are no words."""
        return self.side.startswith(("label:", "part:"))


@dataclass(frozen=True, slots=True)
class RuleKey:
    """A key of a mapping; `side` is the path of the mapping, `mapping_start` where it begins."""

    file: Path
    line: int
    side: str
    name: str
    mapping_start: int

    @property
    def is_replaceable(self) -> bool:
        """Whether a later file's entry takes the place of this one whole."""
        return self.side in TABLES


@dataclass(frozen=True, slots=True)
class RuleSource:
    """One rule file as written."""

    file: Path
    keys: tuple[RuleKey, ...]
    words: tuple[RuleWord, ...]


def read_sources(paths: Sequence[Path]) -> list[RuleSource]:
    """These files and all they include, in the order they are merged; they must load already.

    Raises UnreadableFile where one has changed since and is no YAML any more.
    """
    sources: dict[Path, RuleSource] = {}
    for path in paths:
        _collect_sources(Path(path), sources)
    return list(sources.values())


def _collect_sources(path: Path, sources: dict[Path, RuleSource]) -> None:
    if path.suffix == ".csv" or path in sources:
        return
    document = YAMLDocument.read(path, repeated_keys=True)
    root = document.root
    reader = _Reader(path, document.text.splitlines())
    sources[path] = RuleSource(path, tuple(reader.iter_keys(root, "")), tuple(reader.iter_words(root)))
    for name, node in _mapping_items(root):
        if name == "include" and isinstance(node, yaml.SequenceNode):
            for each in node.value:
                _collect_sources(path.parent / each.value, sources)


def _mapping_items(node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value]


class _Reader:
    def __init__(self, file: Path, lines: Sequence[str]) -> None:
        self.file = file
        self.lines = lines

    def iter_keys(self, node: yaml.Node | None, path: str) -> Iterator[RuleKey]:
        """Every key of every mapping, however deep."""
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = str(key.value)
                yield RuleKey(self.file, key.start_mark.line + 1, path, name, node.start_mark.index)
                yield from self.iter_keys(value, f"{path}.{name}".removeprefix("."))
        elif isinstance(node, yaml.SequenceNode):
            for number, each in enumerate(node.value):
                yield from self.iter_keys(each, f"{path}.{number}")

    def iter_words(self, root: yaml.Node | None) -> Iterator[RuleWord]:
        for table, node in _mapping_items(root):
            if table in ("idioms", "things"):
                yield from self._iter_list_words(node, table, table, 0)
            elif table == "groups":
                for name, words in _mapping_items(node):
                    yield from self._iter_list_words(words, f"groups.{name}", "groups", 0)
            elif table == "parts":
                yield from self._iter_part_words(node)
            elif table == "add" and isinstance(node, yaml.SequenceNode):
                for addition in node.value:
                    yield from self._iter_rule_words(addition, dict(_mapping_items(addition))["class"].value)
            elif table in TABLES and table != "limits":
                for name, rule in _mapping_items(node):
                    yield from self._iter_rule_words(rule, f"{PREFIXES.get(table, '')}{name}")

    def _iter_part_words(self, node: yaml.Node) -> Iterator[RuleWord]:
        for name, rule in _mapping_items(dict(_mapping_items(node)).get("types")):
            for role, words in _mapping_items(rule):
                yield from self._iter_rule_words(words, f"part:{name}.{role}")

    def _iter_rule_words(self, rule: yaml.Node, side: str) -> Iterator[RuleWord]:
        for part, node in _mapping_items(rule):
            if part == "words":
                for weight, words in _mapping_items(node):
                    yield from self._iter_list_words(words, side, "words", int(weight))
            elif part in PLAIN_LISTS:
                below, kind, points = PLAIN_LISTS[part]
                yield from self._iter_list_words(node, f"{side}{below}", kind, points)
            elif part == "near" and isinstance(node, yaml.SequenceNode):
                for near in node.value:
                    yield from self._iter_near_words(near, side)
            elif part == "nature":
                for nature, inner in _mapping_items(node):
                    yield from self._iter_rule_words(inner, f"{side}/nature:{nature}")
            elif part in ("urgent", "urgent_only", "calm", "cause"):
                yield from self._iter_rule_words(node, f"{side}/{part}")

    def _iter_near_words(self, node: yaml.Node, side: str) -> Iterator[RuleWord]:
        near = dict(_mapping_items(node))
        weight = int(near["weight"].value) if "weight" in near else NEAR_WEIGHT
        for name in ("of", "with"):
            yield from self._iter_list_words(near[name], side, "near", weight)

    def _iter_list_words(self, node: yaml.Node, side: str, part: str, weight: int) -> Iterator[RuleWord]:
        """The words of a list, written as one text or one by one, each with the line it stands on."""
        start = node.start_mark.index
        for scalar in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            line, last = scalar.start_mark.line, min(scalar.end_mark.line, len(self.lines) - 1)
            for word in str(scalar.value).split():
                line = next((at for at in range(line, last + 1) if word in self._split_line(at)), line)
                yield RuleWord(self.file, line + 1, side, part, word, weight, start)

    def _split_line(self, line: int) -> list[str]:
        whole = (word.strip("\"'") for word in self.lines[line].split())
        return [*re.split(BORDERS, self.lines[line]), *whole]
