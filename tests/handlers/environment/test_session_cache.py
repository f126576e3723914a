"""One transaction asks once, and never goes on with an answer that was undone."""

from contextlib import suppress

import pytest

from handlers.environment.session_cache import cached_in_session, clear_cache, get_cache
from models.database import Database


def test_a_question_is_asked_once_a_transaction(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        assert cached_in_session(session, "desk", lambda: 1) == 1
        assert cached_in_session(session, "desk", lambda: 2) == 1
    with sqlite_database.write() as session:
        assert cached_in_session(session, "desk", lambda: 3) == 3


def test_a_changed_organisation_is_asked_anew(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        cached_in_session(session, "desk", lambda: 1)
        get_cache(session).open_reports[1, 1] = None
        clear_cache(session)
        assert cached_in_session(session, "desk", lambda: 2) == 2
        assert get_cache(session).open_reports == {}


@pytest.mark.parametrize("fails", [True, False])
def test_what_was_looked_up_in_a_savepoint_is_forgotten_with_it(database: Database, *, fails: bool) -> None:
    with database.write() as session:
        with suppress(ZeroDivisionError), session.begin_nested():
            cached_in_session(session, "desk", lambda: "as bound just now")
            if fails:
                raise ZeroDivisionError
        found = cached_in_session(session, "desk", lambda: "as it was")
        assert found == ("as it was" if fails else "as bound just now")
