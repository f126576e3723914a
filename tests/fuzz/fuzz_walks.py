"""Random acts by random people, as the suite plays them, but other walks each time."""

import time
from pathlib import Path

import hypothesis

from tests.district import District
from tests.handlers.test_laws import play_walks

SETTINGS = hypothesis.settings(
    max_examples=3, stateful_step_count=40, deadline=None, database=None, print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip
"""The first walk of each run is the plainest."""


def fuzz_walks(sqlite_district: District, haimen_file: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        play_walks(sqlite_district, haimen_file, SETTINGS)
