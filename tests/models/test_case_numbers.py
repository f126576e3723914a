"""Serials of cases: they run on through the year, and nobody waits for one or gets one twice."""

from concurrent.futures import ThreadPoolExecutor

from models.case_numbers import format_number, next_serial, serial_of, year_of
from models.database import Database


def test_a_number_is_read_as_it_is_written() -> None:
    assert format_number("WG", "261121", 31) == "WG261121-0031"
    assert format_number("WG", "261121", 10031) == "WG261121-10031"
    assert (serial_of("WG261121-10031"), year_of("WG261121-10031")) == ("10031", 2026)


def test_each_year_counts_by_itself(database: Database) -> None:
    with database.write() as session:
        assert [next_serial(session, 2026), next_serial(session, 2026), next_serial(session, 2027)] == [
            1,
            2,
            1,
        ]
    with database.write() as session:
        assert next_serial(session, 2026) == 3


def test_many_at_once_get_serials_of_their_own(database: Database) -> None:
    def take(_: int) -> int:
        with database.write() as session:
            return next_serial(session, 2026)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(40)))
    assert sorted(taken) == list(range(1, 41))


def test_nobody_waits_for_a_case_that_is_still_being_opened(postgres_database: Database) -> None:
    """Two workers that each hold what the other asks for next came to a deadlock over the number's row."""
    with postgres_database.write() as slow:
        first = next_serial(slow, 2026)
        with postgres_database.write() as quick:
            assert next_serial(quick, 2026) == first + 1
