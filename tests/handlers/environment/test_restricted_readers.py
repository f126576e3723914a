"""Restricted cases always have a reader, or it is known that they have none."""

import pytest
from sqlalchemy import update

from handlers.environment.restricted_readers import find_readers, find_unknown, find_unreachable
from models.organisation import Chat, Person, Role, Unit
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    return sqlite_district


def readers(district: District, *listed: str) -> set[str]:
    with district.database.read() as session:
        return set(find_readers(session, listed))


def change(district: District, role: Role) -> None:
    """The top unit loses its lead; its leader becomes something else."""
    with district.database.write() as session:
        session.execute(update(Unit).where(Unit.code == "HM").values(lead=None))
        session.execute(update(Person).where(Person.code == "leader1").values(role=role))


def test_those_who_are_listed_and_known_read_them(district: District) -> None:
    assert readers(district, "duty2", "nobody") == {"duty2"}


def test_by_default_the_lead_of_the_top_unit_reads_them(district: District) -> None:
    assert readers(district) == {"leader1"}
    assert readers(district, "nobody") == {"leader1"}


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.LEADER, {"leader1"}), (Role.ADMIN, {"leader1"}), (Role.OBSERVER, set())],
)
def test_without_a_lead_its_leaders_else_the_administrators(
    district: District, role: Role, expected: set[str]
) -> None:
    change(district, role)
    assert readers(district) == expected


def test_a_lead_whom_nobody_knows_is_no_reader(district: District) -> None:
    with district.database.write() as session:
        session.execute(update(Unit).where(Unit.code == "HM").values(lead="gone"))
    assert readers(district) == {"leader1"}


def test_who_has_not_spoken_to_the_bot_or_left_it_cannot_be_reached(district: District) -> None:
    district.enter("duty2")
    district.enter("duty1")
    with district.database.write() as session:
        session.execute(update(Chat).where(Chat.chat_id == "duty1").values(gone_at=district.now))
    with district.database.read() as session:
        found = find_unreachable(session, ["duty1", "duty2", "leader1"])
        assert [person.code for person in found] == ["duty1", "leader1"]
        assert find_unknown(session, ["a", "duty1", "b"]) == ["a", "b"]
