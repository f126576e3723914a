"""The mark of a case: written in a push, found again in a quote."""

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.wording import marks

NUMBERS = st.from_regex(r"[A-Z]{1,4}[0-9]{6}-[0-9]{4,6}", fullmatch=True)
WORDS = st.text(alphabet="已清理，。 abc0123-\n")


@settings(deadline=None)
@given(st.lists(NUMBERS, unique=True), WORDS)
def test_every_marked_number_is_found_in_order(numbers: list[str], words: str) -> None:
    assert marks.find_numbers(words.join(marks.case_mark(number) for number in numbers)) == tuple(numbers)


def test_a_number_marked_twice_is_found_once() -> None:
    assert marks.find_numbers("〔WG261121-0031〕…〔WG261121-0031〕") == ("WG261121-0031",)


@settings(deadline=None)
@given(st.text())
def test_looking_for_marks_never_fails(text: str) -> None:
    assert isinstance(marks.find_numbers(text), tuple)


def test_a_bare_number_is_no_mark() -> None:
    assert marks.find_numbers("WG261121-0031") == ()


def test_a_push_sent_again_says_so() -> None:
    assert marks.with_resend_note("已签收").endswith("（补发，如已收到请忽略）")
