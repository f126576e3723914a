"""The list as Excel takes no more memory where it is longer."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

from console.cases import workbook
from handlers.cases.lists.rows import CaseRow
from models.workflow import Status

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)


def make_rows(count: int) -> Iterator[CaseRow]:
    for at in range(count):
        yield CaseRow(
            f"WG260330-{at:05d}", 1, Status.NEW, "积存建筑垃圾渣土", f"长江路{at}号门口有建筑垃圾", f"长江路{at}号",
            "城管局", "", "", NOON, NOON, False, False, False, False, False, "", None, (),
        )  # fmt: skip


def measure_peak(count: int) -> int:
    tracemalloc.start()
    workbook.write_rows(make_rows(count)).unlink()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_long_list_is_written_in_the_memory_of_a_short_one() -> None:
    measure_peak(10)  # what is loaded once
    assert measure_peak(3000) < measure_peak(300) + 100_000, (
        "bytes; the longer one's cells alone are millions"
    )
