"""The flow bench on a tiny size: every report became a case and was answered, and every key is there."""

import pytest

from bench import district, flow


@pytest.mark.slow
def test_the_bench_tells_how_fast_messages_become_cases_and_receipts() -> None:
    numbers = flow.measure(reports=10, chatter=20, per_second=10, seconds=1)
    assert set(numbers) >= {
        "cases_per_s",
        "chatter_per_s",
        "floor_commits_per_s",
        "triage_per_s",
        "case_share_of_floor",
        "first_receipt_p99_ms",
    }
    assert numbers["cases"] == 10
    assert numbers["first_receipts"] == numbers["reports_said"] == 10


def test_no_two_reports_are_the_same() -> None:
    count = len(district.REPORTERS)
    assert len({district.report_text(number) for number in range(count)}) == count
