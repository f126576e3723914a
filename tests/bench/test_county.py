"""The counters of the county's day: each of them tells when what it counts has happened."""

from collections.abc import Sequence

import pytest

from bench.county import paper, processes
from bench.county.counts import (
    Repeats,
    count_disorder,
    count_lost,
    count_order_breaks,
    count_repeats,
    count_surplus,
    find_place,
)
from bench.county.plan import (
    DEEP_SPEAKER,
    MATTER_PLACE,
    CountyDay,
    list_deep,
    list_others,
    scale_day,
)

READING = """\
# HELP gridbot_claim_seconds Time one look for work took
# TYPE gridbot_claim_seconds histogram
gridbot_claim_seconds_bucket{box="inbox",le="0.001"} 5.0
gridbot_claim_seconds_bucket{box="inbox",le="0.01"} 98.0
gridbot_claim_seconds_bucket{box="inbox",le="+Inf"} 100.0
gridbot_claim_seconds_count{box="inbox"} 100.0
gridbot_claim_seconds_sum{box="inbox"} 0.5
# HELP process_resident_memory_bytes Resident memory size in bytes.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 1.5e+08
"""


def test_a_message_that_was_answered_and_is_not_stored_is_lost() -> None:
    assert count_lost(["a", "b", "c"], ["a", "c", "d"]) == 1


def test_what_is_there_three_times_is_two_too_many() -> None:
    assert count_surplus(["长江路1号", "长江路2号", "长江路1号", "长江路1号"]) == 2


@pytest.mark.parametrize(
    ("rows", "breaks"),
    [
        ([("x", 1), ("x", 2), ("y", 1), ("x", 2)], 0),
        ([("x", 2), ("y", 5), ("x", 1)], 1),
    ],
)
def test_order_is_kept_within_a_lane_and_not_between_lanes(
    rows: Sequence[tuple[str, int]], breaks: int
) -> None:
    assert count_disorder(rows) == breaks


def test_a_copy_breaks_no_order_and_what_overtakes_does() -> None:
    said = ["a", "b", "c"]
    assert count_order_breaks(said, ["a", "b", "a", "c"]) == 0
    assert count_order_breaks(said, ["a", "c"]) == 0
    assert count_order_breaks(said, ["a", "c", "b"]) == 1


def test_a_push_seen_twice_says_that_it_is_sent_again_or_is_counted_as_doubled() -> None:
    again = "长江路7号：已立案\n（补发，如已收到请忽略）"
    shown = [("g", "长江路7号：已立案"), ("g", again), ("h", "长江路7号：已立案")]
    assert count_repeats(shown) == Repeats(marked=1, unmarked=0)
    assert count_repeats([*shown, ("h", "长江路7号：已立案")]) == Repeats(marked=1, unmarked=1)


def test_two_pushes_that_say_the_same_are_no_push_seen_twice() -> None:
    """Each piece that somebody adds to a case is answered in the same words."""
    said = ("g", "长江路7号：已补充")
    assert count_repeats([said, said], {said: 2}).unmarked == 0
    assert count_repeats([said, said, said], {said: 2}).unmarked == 1


def test_a_day_has_as_many_messages_as_it_is_asked_for_each_where_its_speaker_is() -> None:
    day = scale_day(1_000, 30, 60.0, 5.0)
    deep, others = list_deep(day), list(list_others(day))
    assert len(deep) + len(others) == 1_000
    assert (day.deep, day.joins, day.factor) == (50, 5, 1440.0)
    assert sum(MATTER_PLACE in one.text for one in others) == day.joins
    assert {one.user for one in deep} == {DEEP_SPEAKER}
    assert len({one.user for one in others}) == len(others), "a second message would be a piece of the first"
    places = [place for one in (*deep, *others) if (place := find_place(one.text))]
    assert len(places) == len(set(places)) > day.deep


def test_the_whole_day_is_that_of_the_county() -> None:
    day = scale_day(100_000, 3_000, 3_600.0, 5.0)
    assert day == CountyDay()
    assert (day.members, day.deep, day.joins) == (200_000, 5_000, 500)


def test_of_claims_the_bound_is_told_that_so_many_did_not_exceed() -> None:
    reading = processes.parse_reading(READING)
    assert reading["process_resident_memory_bytes"] == 1.5e8
    assert (reading["claim:inbox:sum"], reading["claim:inbox:count"]) == (0.5, 100.0)
    assert processes.find_claim_bound([reading], "inbox", 0.95) == 0.01
    assert processes.find_claim_bound([reading, reading], "inbox", 0.99) == float("inf")
    assert processes.find_claim_bound([reading], "outbox", 0.99) == 0.0


def test_the_first_wall_on_paper_is_what_fewest_counties_reach() -> None:
    """100,000 messages a day are 3.47 a second in a busiest hour of three times the average."""
    taken = paper.Taken(
        rows=10.0, disk=10_000.0, cpu=0.0288, database=0.0144, claim=0.00288, connections=40.0, desk=0.1
    )
    walls = paper.list_walls(taken, cores=2, writers=1)
    assert [round(wall.counties, 1) for wall in walls] == [2.5, 20.0, 20.0, 100.0]
    assert "connections" in walls[0].name
    foreseen = paper.foresee(taken, cores=2, writers=1)
    assert foreseen["rows a day"] == 30_000_000
    assert foreseen["disk GB a day"] == 30.0
    assert foreseen["cores in the busiest hour"] == pytest.approx(3.0)
    assert foreseen["share of the busiest chat's hour, each county"] == pytest.approx(1.25)
