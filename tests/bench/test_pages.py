"""The bench of list pages on a tiny size: each page was answered, and each is told beside the floor."""

import pytest

from bench import pages


@pytest.mark.slow
def test_the_bench_tells_what_a_list_page_costs_beside_one_that_only_renders() -> None:
    numbers = pages.measure(seconds=2, people=4, cases=200, warm_up=1, paths=("/", "/cases?unit=HM-CG"))
    assert numbers["pages"] == 8
    assert numbers["refused"] == 0
    assert numbers["cpu_ms"] > numbers["floor_cpu_ms"] > 0
    assert {"p95_ms", "floors", "cpu_ms /", "cpu_ms /cases?unit=HM-CG"} <= set(numbers)
