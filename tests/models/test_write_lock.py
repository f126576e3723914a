"""Who writes next to SQLite: what is acknowledged after it is stored goes before what is handled later."""

import threading
from collections.abc import Callable

from models.database import Database


def _start(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to that")


def test_who_goes_first_goes_before_all_that_wait_and_then_one_of_those(sqlite_database: Database) -> None:
    order: list[str] = []
    ready = threading.Barrier(6, timeout=60)

    def write(name: str, *, first: bool) -> Callable[[], None]:
        def work() -> None:
            ready.wait()
            with sqlite_database.write(first=first):
                order.append(name)

        return work

    with sqlite_database.write():
        threads = [_start(write("handled", first=False)) for _ in range(3)]
        threads += [_start(write("stored", first=True)) for _ in range(2)]
        ready.wait()
        _wait_until(lambda: sqlite_database.is_first_waiting)
        threading.Event().wait(0.1)
        assert order == []
    for thread in threads:
        thread.join(60)
    assert order == ["stored", "handled", "stored", "handled", "handled"]


def test_nobody_waits_on_postgres(postgres_database: Database) -> None:
    with postgres_database.write():
        done = _start(lambda: postgres_database.write(first=True).__enter__().close())
        done.join(60)
        assert not done.is_alive()
        assert not postgres_database.is_first_waiting
