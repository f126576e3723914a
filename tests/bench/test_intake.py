"""The intake bench on a tiny size: every key is there, and what was acknowledged is stored."""

import shutil

import pytest

from bench import intake, load
from bench.callbacks import CHANNEL, Callbacks


@pytest.mark.slow
def test_the_bench_tells_the_ratio_and_proves_that_nothing_acknowledged_is_lost() -> None:
    numbers = intake.measure(seconds=0.2, connections=4, rounds=1, own_client=True)
    assert set(numbers) >= {"durable_per_s", "floor_per_s", "ratio", "p50_ms", "p99_ms"}
    assert numbers["client"] == "own"
    assert numbers["stored"] == numbers["acknowledged"] > 0


@pytest.mark.slow
def test_the_bench_says_who_asked() -> None:
    numbers = intake.measure(seconds=0.2, connections=4, rounds=1)
    assert numbers["client"] == ("wrk" if shutil.which("wrk") else "own")
    assert numbers["stored"] >= numbers["acknowledged"] > 0
    assert numbers["p99_ms"] >= numbers["p50_ms"] > 0


def test_no_two_requests_carry_the_same_message() -> None:
    callbacks = Callbacks()
    requests = [*callbacks.make(20), *callbacks.make(20)]
    assert len(set(requests)) == 40
    assert all(request.startswith(f"POST /callback/{CHANNEL}?".encode()) for request in requests)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 3.0), (0.99, 5.0), (1.0, 5.0)])
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    assert load.percentile([5.0, 3.0, 1.0, 2.0, 4.0], share) == value


def test_the_percentile_of_nothing_is_nothing() -> None:
    assert load.percentile([], 0.99) == 0.0
