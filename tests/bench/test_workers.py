"""The benches of the queue on a tiny size: everything was handled, and every key is there."""

import pytest

from bench.hosts import claim, workers


@pytest.mark.slow
def test_the_bench_tells_what_a_second_worker_brings_and_what_it_costs() -> None:
    numbers = workers.measure(messages=16, latency=0.0)
    assert {"speed_up", "cpu_ratio", "database_ratio", "two_lock_wait_share"} <= numbers.keys()
    assert numbers["two_deadlocks"] == 0
    assert numbers["one_round_trips_per_message"] > 5


@pytest.mark.slow
def test_the_bench_tells_what_a_claim_takes() -> None:
    numbers = claim.measure(depths=(10,), rounds=2)
    assert {"sqlite_10_deep_claim_ms", "postgres_10_deep_claim_cpu_ms"} <= numbers.keys()
