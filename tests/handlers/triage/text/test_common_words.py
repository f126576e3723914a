"""Words of the language as the dictionary has them, whichever way it is read."""

from collections.abc import Iterator

import pytest

from handlers.triage.text import common_words

Entry = tuple[str, int, str]


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    def read() -> Iterator[Entry]:
        import jieba

        with jieba.get_dict_file() as file:
            for line in file:
                word, seen, tag = line.decode().split()
                yield word, int(seen), tag

    return list(read())


def test_words_that_name_no_place_are_all_in_the_dictionary_but_names(entries: list[Entry]) -> None:
    expected = {word for word, _, tag in entries if not tag.startswith(("ns", "nt", "nz", "nr"))}
    assert common_words.load_words() == expected


def test_pieces_are_words_of_two_that_are_no_slips_and_sayings_of_four(entries: list[Entry]) -> None:
    pairs = {word for word, seen, _ in entries if len(word) == 2 and seen >= 4}
    sayings = {word for word, _, tag in entries if len(word) == 4 and tag in ("i", "l")}
    assert common_words.load_short_words() == pairs | sayings
