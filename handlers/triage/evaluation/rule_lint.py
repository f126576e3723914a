"""Findings in rules that load but do not work as meant: `gridbot rules check`.

`load_pack` refuses what cannot be read. These findings are about rules that can be read and do not
do what their author meant, each with its file and line:

- duplicate: the same key or the same word twice
- contradictory: one word with two weights on one side, or both counted and cancelled
- unreachable: a word, a pair or a class that can never count
- uncoded: a class without a code in a complete national or provincial list, and without a reason
- stale: hints that were learned from other examples than the pack has now
- shadowed: a longer word that takes the place of a shorter one and gives less, a later file's rule

A finding is grave where a rule is silently without effect; the others are hints.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from handlers.triage.classify.word_pairs import SENTENCE_END
from handlers.triage.rules.examples import fingerprint
from handlers.triage.rules.pack_source import RuleKey, RuleSource, RuleWord
from handlers.triage.rules.packs import Pack
from handlers.triage.text.normalize import fold

GRAVE = frozenset({"contradictory", "unreachable"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding with its file and line."""

    kind: str
    grave: bool
    file: str
    line: int
    side: str
    message: str

    def to_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.side}: {self.message}"


def check(pack: Pack, sources: Sequence[RuleSource]) -> list[Finding]:
    """Every finding in a pack, in the order of files and lines; `sources` are the files it was read from."""
    words = [word for source in sources for word in source.words]
    found = [
        *(finding for source in sources for finding in _find_duplicate_keys(source.keys)),
        *_find_replaced_rules(sources),
        *_find_repeated_words(words),
        *_find_conflicting_weights(words),
        *_find_cancelled_words(words),
        *_find_unmatchable_words(words),
        *_find_unused_words(words),
        *_find_silent_classes(pack, sources, words),
        *_find_shadowed_words(words),
        *_find_uncoded_classes(pack),
        *_find_stale_hints(pack, sources),
    ]
    return sorted(found, key=lambda each: (each.file, each.line, each.message))


def _build_finding(kind: str, at: RuleWord | RuleKey, message: str, *, grave: bool | None = None) -> Finding:
    heavy = kind in GRAVE if grave is None else grave
    return Finding(kind, heavy, str(at.file), at.line, at.side, message)


def _find_duplicate_keys(keys: Sequence[RuleKey]) -> Iterator[Finding]:
    """YAML keeps the last of two equal keys without a warning."""
    seen: dict[tuple[int, str, str], RuleKey] = {}
    for key in keys:
        if first := seen.get((key.mapping_start, key.side, key.name)):
            message = f"「{key.name}」写了两次，第 {first.line} 行的那一份不起作用"
            yield _build_finding("duplicate", key, message, grave=True)
        seen[key.mapping_start, key.side, key.name] = key


def _find_replaced_rules(sources: Sequence[RuleSource]) -> Iterator[Finding]:
    """A later file's rule replaces an earlier one: intended, but worth a hint."""
    seen: dict[tuple[str, str], RuleKey] = {}
    for source in sources:
        for key in {(key.side, key.name): key for key in source.keys if key.is_replaceable}.values():
            first = seen.setdefault((key.side, key.name), key)
            if first.file != key.file:
                yield _build_finding(
                    "shadowed", first, f"「{key.name}」被 {key.file}:{key.line} 的同名规则整个取代"
                )
                seen[key.side, key.name] = key


def _find_repeated_words(words: Iterable[RuleWord]) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], RuleWord] = {}
    for word in words:
        first = seen.setdefault((word.file, word.list_start, fold(word.text)), word)
        if first is not word:
            yield _build_finding("duplicate", word, f"「{word.text}」已经写在第 {first.line} 行")


def _find_conflicting_weights(words: Iterable[RuleWord]) -> Iterator[Finding]:
    """Of two weights for one word the last one counts."""
    seen: dict[tuple[object, ...], RuleWord] = {}
    for word in (each for each in words if each.part == "words" and not each.is_group):
        first = seen.setdefault((word.file, word.side, fold(word.text)), word)
        if first.weight != word.weight:
            message = f"「{word.text}」在第 {first.line} 行是 {first.weight} 分，这里是 {word.weight} 分"
            yield _build_finding("contradictory", word, message)


def _find_cancelled_words(words: Sequence[RuleWord]) -> Iterator[Finding]:
    """A word never counts where it is itself a phrase that cancels."""
    idioms = {fold(each.text): each for each in words if each.part == "idioms"}
    ours = {(each.side, fold(each.text)): each for each in words if each.part == "not"}
    for word in (each for each in words if each.part in ("words", "near", "groups")):
        if cancel := ours.get((word.side, fold(word.text))):
            yield _build_finding(
                "contradictory", word, f"「{word.text}」又在第 {cancel.line} 行的 not 里，永远不算"
            )
        elif idiom := idioms.get(fold(word.text)):
            where = f"{idiom.file.name}:{idiom.line}"
            yield _build_finding("unreachable", word, f"「{word.text}」又在 {where} 的 idioms 里，永远不算")


def _find_unmatchable_words(words: Iterable[RuleWord]) -> Iterator[Finding]:
    for word in words:
        if word.part == "words" and word.weight == 0:
            yield _build_finding("unreachable", word, f"「{word.text}」是 0 分，写了等于没写")
        elif word.part == "near" and word.weight == 0:
            yield _build_finding("unreachable", word, f"「{word.text}」所在的 near 是 0 分")
        elif word.part == "near" and not SENTENCE_END.isdisjoint(word.text):
            yield _build_finding("shadowed", word, f"「{word.text}」带着句末标点，near 不会跨过它")


def _find_unused_words(words: Sequence[RuleWord]) -> Iterator[Finding]:
    """Groups that no rule names, and things that no rule contains."""
    named = {word.text[1:] for word in words if word.is_group}
    known = {fold(word.text) for word in words if word.part not in ("things", "idioms")}
    reported: set[str] = set()
    for word in words:
        group = word.side.removeprefix("groups.")
        if word.part == "groups" and group not in named and group not in reported:
            reported.add(group)
            yield _build_finding("unreachable", word, f"没有规则用到词组 ${group}", grave=False)
        elif word.part == "things" and fold(word.text) not in known:
            yield _build_finding("unreachable", word, f"「{word.text}」不在任何规则里", grave=False)


def _find_silent_classes(
    pack: Pack, sources: Sequence[RuleSource], words: Sequence[RuleWord]
) -> Iterator[Finding]:
    """Classes whose words together do not reach the least score of a class, or that have none."""
    least = pack.limits.get("min_class", 2)
    reach: dict[str, int] = defaultdict(int)
    for word in words:
        if word.part in ("words", "near"):
            reach[word.side] += max(0, word.weight)
    for source in sources:
        for key in source.keys:
            if key.side == "rules" and reach[key.name] < least:
                message = f"「{key.name}」的词全加起来也到不了 {least} 分，这一类永远听不出来"
                yield _build_finding("unreachable", key, message)


def _find_uncoded_classes(pack: Pack) -> Iterator[Finding]:
    for gap in pack.codes.gaps:
        yield Finding("uncoded", False, str(gap.file), gap.line, gap.class_id, gap.message)


def _find_shadowed_words(words: Iterable[RuleWord]) -> Iterator[Finding]:
    """Of overlapping words the longest counts, so a longer word must not give less."""
    sides: Mapping[str, dict[str, RuleWord]] = defaultdict(dict)
    for word in words:
        if word.part == "words" and not word.is_group and not word.may_overlap:
            sides[word.side][fold(word.text)] = word
    for known in sides.values():
        for text, word in known.items():
            for inner in _list_substrings(text):
                short = known.get(inner)
                if short and 0 < word.weight < short.weight:
                    message = (
                        f"「{short.text}」（第 {short.line} 行，{short.weight} 分）"
                        f"遇到更长的「{word.text}」只得 {word.weight} 分"
                    )
                    yield _build_finding("shadowed", word, message)


def _list_substrings(text: str) -> set[str]:
    size = len(text)
    return {text[i:j] for i in range(size) for j in range(i + 1, size + 1) if j - i < size}


def _find_stale_hints(pack: Pack, sources: Sequence[RuleSource]) -> Iterator[Finding]:
    """Examples were changed after the hints were learned."""
    if pack.hints is None or not pack.examples or pack.hints.of == fingerprint(pack.examples):
        return
    keys = (key for source in reversed(sources) for key in source.keys)
    at = next(key for key in keys if (key.side, key.name) == ("", "hints"))
    yield _build_finding("stale", at, "例句改过了，字眼还是从原来的例句学的；请运行 gridbot rules hints")
