"""The photo of a result that was there before is noticed: the unit and the desk read it (issue 12, 8)."""

import pytest

from tests.district import RUBBLE, District, make_photo

HEAP, ROAD = "0f0f3c3c5a5a9999", "f0e1d2c3b4a59687"
HEAP_AGAIN = "0f0f3c3c5a5a999e"
DOUBT = "照片和之前的很像"


def dispatch(district: District, photo: str | None) -> None:
    assert district.say("wrINTAKE", "zhangsf", RUBBLE, photos=[make_photo(0, phash=photo)]) == "case.opened"
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    district.say("wrCG", "cg1", "/签收 0001")


def hand_in(district: District, *photos: str | None) -> None:
    files = [make_photo(at, phash=photo) for at, photo in enumerate(photos, start=5)]
    assert district.say("wrCG", "cg1", "/反馈 0001 已清运", photos=files) == "act.feedback"


def doubts(district: District) -> list[bool]:
    """Whether the unit and the desk read of it."""
    return [DOUBT in district.chat_text(chat) for chat in ("wrCG", "wrDUTY")]


@pytest.mark.parametrize(
    ("before", "after", "noticed"),
    [
        (HEAP, (HEAP,), True), (HEAP, (HEAP_AGAIN,), True), (HEAP, (ROAD, HEAP_AGAIN), True),
        (HEAP, (ROAD,), False), (HEAP, (), False), (None, (ROAD,), False), (HEAP, (None,), False),
        ("0" * 16, ("0" * 16,), False),
    ],
)  # fmt: skip
def test_the_photo_of_the_report_is_no_result(
    sqlite_district: District, before: str | None, after: tuple[str | None, ...], noticed: bool
) -> None:
    dispatch(sqlite_district, before)
    hand_in(sqlite_district, *after)
    assert doubts(sqlite_district) == [noticed, noticed]
    assert DOUBT not in sqlite_district.chat_text("wrINTAKE")


def test_a_photo_that_was_sent_on_the_way_may_be_the_result(sqlite_district: District) -> None:
    dispatch(sqlite_district, HEAP)
    photo = [make_photo(3, phash=ROAD)]
    assert sqlite_district.say("wrCG", "cg1", "/进展 0001 正在清运", photos=photo) == "act.progress"
    hand_in(sqlite_district, ROAD)
    assert doubts(sqlite_district) == [False, False]


def test_neither_is_the_photo_of_a_result_that_was_refused(district: District) -> None:
    dispatch(district, HEAP)
    hand_in(district, ROAD)
    district.say("wrDUTY", "duty1", "/核查 0001 不通过 这是另一条路")
    assert doubts(district) == [False, False]
    hand_in(district, ROAD)
    assert doubts(district) == [True, True]
