"""Words that count when they stand together: a `near` rule finds both of its sides close by."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Span = tuple[int, int]
Hit = tuple[int, int, int]
SENTENCE_END = frozenset("。！？!?；;\n")
COMMAS, COMMA_WORTH = "，,、 ", 3
_FEW = 8


@dataclass(frozen=True, slots=True)
class WordPair:
    """A compiled `near` rule: the parts of both sides, one bit each."""

    side: str
    first_parts: tuple[int, ...]
    second_parts: tuple[int, ...]
    within: int
    weight: int
    second_mask: int
    """All parts of the other side: one `&` tells whether any of them stands in a text."""


PartHit = tuple[int, tuple[WordPair, ...], Span]
"""A word of pairs: its parts, its pairs and where it stands."""


def find_closest_pairs(
    text: str, parts: Sequence[PartHit], cancels: Mapping[str, Sequence[Span]]
) -> dict[str, list[Hit]]:
    """By side, the closest occurrence of every pair in the text; cancelled spans are left out."""
    present = 0
    for part, _, _ in parts:
        present |= part
    pairs = [pair for _, pairs, _ in parts for pair in pairs if pair.second_mask & present]
    best: dict[str, list[Hit]] = {}
    if not pairs:
        return best
    anywhere = cancels.get("*", ())
    spans = [(of, span) for of, _, span in parts if not is_inside(span, anywhere)]
    for pair in {id(pair): pair for pair in pairs}.values():
        if span := _find_closest(text, pair, spans, cancels.get(pair.side, ())):
            best.setdefault(pair.side, []).append((*span, pair.weight))
    return best


def is_inside(span: Sequence[int], others: Iterable[Span]) -> bool:
    """Whether one of the other spans contains this one."""
    left, right = span[0], span[1]
    for start, end in others:  # noqa: SIM110  # asked for every word: a generator costs three times as much
        if start <= left and right <= end:
            return True
    return False


def _find_closest(
    text: str, pair: WordPair, spans: Sequence[tuple[int, Span]], cancelled: Sequence[Span]
) -> Span | None:
    best: Span | None = None
    rights = [span for part in pair.second_parts for of, span in spans if of & part]
    list_near = _index_spans(rights, pair.within) if len(rights) > _FEW else None
    for left in [span for part in pair.first_parts for of, span in spans if of & part]:
        if cancelled and is_inside(left, cancelled):
            continue
        for right in rights if list_near is None else list_near(left):
            gap = right[0] - left[1] if right[0] >= left[0] else left[0] - right[1]
            if (
                not 0 <= gap <= pair.within
                or not _is_near(text, left, right, pair.within)
                or (cancelled and is_inside(right, cancelled))
            ):
                continue
            span = (min(left[0], right[0]), max(left[1], right[1]))
            if best is None or span[1] - span[0] < best[1] - best[0]:
                best = span
    return best


def _index_spans(spans: Sequence[Span], within: int) -> Callable[[Span], Iterable[Span]]:
    """What lists those of these spans that begin near enough to another, in their order here.

    A text may hold a thousand of both sides of a pair; to index a few takes longer than to measure them all.
    """
    order = sorted(range(len(spans)), key=lambda number: spans[number][0])
    starts = [spans[number][0] for number in order]
    longest = max(end - start for start, end in spans)

    def list_near(other: Span) -> Iterable[Span]:
        begin = bisect_left(starts, other[0] - within - longest)
        upto = bisect_right(starts, other[1] + within)
        return [spans[number] for number in sorted(order[begin:upto])]

    return list_near


def _is_near(text: str, left: Span, right: Span, within: int) -> bool:
    """Whether two words count together: not in two sentences, and commas count as some characters.

    The distance between them has been checked already.
    """
    start, end = (left[1], right[0]) if left[0] <= right[0] else (right[1], left[0])
    between = text[start:end]
    if not between or between.isalnum():
        return True
    if not SENTENCE_END.isdisjoint(between):
        return False
    return end - start + COMMA_WORTH * sum([between.count(sign) for sign in COMMAS]) <= within
