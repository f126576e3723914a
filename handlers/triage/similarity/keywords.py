"""The words that distinguish a group of reports from all reports, for people to read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import log

from handlers.triage.similarity.score import PreparedReport

SHOWN = 5
LONGEST = 4
MOST = 0.5
"""Share of the group's reports that must contain a word."""
FIRM = 0.8
"""广场 becomes 广场舞 where this share of the reports with the one contains the other."""
VOICES = 3
UNHEARD = 0.3


def choose_phrases(
    group: Sequence[PreparedReport], total_counts: Mapping[str, int], *, size: int
) -> tuple[str, ...]:
    """At most five words, the most telling first.

    `total_counts` tells in how many of all `size` reports each bigram occurs.
    """
    texts = {report.words for report in group}
    group_counts = Counter(pair for report in group for pair in report.pairs)

    def worth(pair: str) -> float:
        telling = group_counts[pair] / len(group) * log(1 + size / total_counts[pair])
        # Copies of one text share every bigram; a real word occurs elsewhere too.
        return (
            telling if len(texts) >= VOICES or total_counts[pair] > group_counts[pair] else telling * UNHEARD
        )

    common = [
        pair
        for pair, count in group_counts.items()
        if count >= max(2, MOST * len(group)) and not any(map(str.isdigit, pair))
    ]
    chosen: list[str] = []
    for pair in sorted(common, key=lambda each: (-worth(each), each)):
        if len(chosen) < SHOWN and not any(set(pair) & set(word) for word in chosen):
            chosen.append(_grow_word(pair, texts) if len(texts) >= VOICES else pair)
    return tuple(chosen)


def _grow_word(pair: str, texts: set[str]) -> str:
    word = pair
    while len(word) < LONGEST:
        holders = [text for text in texts if word in text]
        longer = Counter(each for text in holders for each in _extend_word(word, text))
        best = min(longer, key=lambda each: (-longer[each], each), default=word)
        if longer[best] < FIRM * len(holders):
            break
        word = best
    return word


def _extend_word(word: str, text: str) -> Iterator[str]:
    """The word with one more character of the text, before or behind."""
    at = text.find(word)
    if at > 0:
        yield text[at - 1] + word
    if at + len(word) < len(text):
        yield word + text[at + len(word)]
