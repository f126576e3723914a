"""An office's filled database is brought up to date without loss, and its cases go on.

`data/filled-0004.sql` holds every row of the sample district of examples/haimen (invented people) after
two days of acts, as the last version with the schema 0004 left it: cases in every state, orders that were
answered and that lapsed, limits replaced and taken back, and acts of one instant.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import MetaData, func, select, text
from sqlalchemy.engine import Connection

from handlers.environment.snapshot import Environment
from models import schema
from models.database import Database
from models.workflow import Status, Step
from tests.district import District
from tests.models.conftest import copy_office, list_columns, read_rows

LATER = datetime(2026, 3, 31, 11, 46, tzinfo=UTC)
"""Within the five minutes in which the last acts can be taken back."""
ROSTER_CODE = "zhangsf"
WHISTLED, DISPATCHED, REFUSED = "WG260331-0002", "WG260331-0003", "WG260331-0001"
"""Whistled for and given another class in one instant; waiting to be signed for; accepted and refused."""


def test_nothing_is_lost_and_the_schema_is_that_of_the_models(office: Database) -> None:
    columns = list_columns(office)
    before = read_rows(office, columns)
    assert schema.read_state(office) is schema.SchemaState.OUTDATED
    schema.upgrade(office)
    assert schema.read_state(office) is schema.SchemaState.CURRENT
    assert schema.list_differences(office) == []
    after = read_rows(office, columns)
    assert {table: len(rows) for table, rows in after.items()} == {
        table: len(rows) for table, rows in before.items()
    }
    assert after == before
    assert len(before["cases"]) == 12
    for table in ("assignments", "clocks", "orders", "surveys", "events", "pushes"):
        assert before[table]


def test_one_person_in_two_spellings_becomes_one_and_keeps_what_they_reported(office: Database) -> None:
    """The roster has `zhangsf`; the bot had met `ZhangSF`, who is the same."""
    statements = (
        "UPDATE accounts SET user_id = 'Li' WHERE id = (SELECT min(id) FROM accounts WHERE user_id = 'cg1')",
        "INSERT INTO people (id, code, name, role, occupation) VALUES (9001, 'wecom:ZhangSF', '', 'resident', '')",
        "INSERT INTO accounts (id, person_id, provider, user_id) VALUES (9001, 9001, 'wecom', 'ZhangSF')",
        (
            "INSERT INTO chats (id, code, name, use, person_id, channel, chat_id)"
            " VALUES (9001, 'grid:ZhangSF', '', 'direct', 9001, 'grid', 'ZhangSF'),"
            " (9003, 'grid:Li', '', 'direct', 9001, 'grid', 'Li'),"
            " (9002, 'grid:wrABC', '', 'unbound', NULL, 'grid', 'wrABC')"
        ),
        "UPDATE cases SET reporter_id = 9001 WHERE id = (SELECT min(id) FROM cases)",
        "UPDATE inbox SET lane = 'grid:ZhangSF:ZhangSF', raw = '{}' WHERE id = (SELECT min(id) FROM inbox)",
    )
    counted = "SELECT count(*) FROM cases UNION ALL SELECT count(*) FROM people UNION ALL SELECT count(*) FROM chats"
    with office.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        counts = connection.exec_driver_sql(counted).all()
    schema.upgrade(office)
    with office.engine.connect() as connection:
        assert connection.exec_driver_sql(counted).all() == counts
        accounts = connection.exec_driver_sql(
            "SELECT a.user_id, p.code FROM accounts AS a JOIN people AS p ON p.id = a.person_id"
            " WHERE a.user_id IN ('zhangsf', 'ZhangSF', 'li', 'Li') ORDER BY a.user_id"
        ).all()
        assert [tuple(row) for row in accounts] == [("li", "cg1"), ("zhangsf", ROSTER_CODE)]
        reporter = (
            "SELECT p.code FROM cases AS c JOIN people AS p ON p.id = c.reporter_id ORDER BY c.id LIMIT 1"
        )
        assert connection.exec_driver_sql(reporter).scalar() == ROSTER_CODE
        # One that has a twin stays as it is: WeCom delivers to either.
        chats = "SELECT chat_id FROM chats WHERE id > 9000 ORDER BY id"
        assert connection.exec_driver_sql(chats).scalars().all() == ["ZhangSF", "wrABC", "li"]
        senders = connection.exec_driver_sql("SELECT sender FROM inbox ORDER BY id").scalars().all()
        assert senders[0] == "zhangsf"
        assert "" not in senders


@pytest.mark.parametrize("words", ["举报城管一号收红包", "举报海门区城市管理局收红包", "城管局收红包"])
def test_whom_a_restricted_case_names_reads_it_no_longer_and_one_level_up_does(
    office: Database, env: Environment, words: str
) -> None:
    with office.engine.begin() as connection:
        case = connection.execute(text("SELECT min(id) FROM cases")).scalar_one()
        connection.execute(
            text("UPDATE cases SET restricted = TRUE, text = :words WHERE id = :id"),
            {"words": words, "id": case},
        )
    schema.upgrade(office)
    with office.engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT p.code, r.granted FROM reading_rights AS r JOIN people AS p ON p.id = r.person_id"
                " WHERE r.case_id = :id"
            ),
            {"id": case},
        )
        rights = {code: bool(granted) for code, granted in found}
    assert rights["cg1"] is False
    assert rights["leader1"] is True
    assert set(rights) <= {"cg1", "cg2", "leader1"}


@pytest.fixture(scope="module")
def kept_upgraded(kept_office: Database) -> Iterator[Database]:
    """The office brought up to date, to be copied."""
    with copy_office(kept_office, "upgraded") as office:
        schema.upgrade(office)
        yield office


@pytest.fixture
def upgraded(kept_upgraded: Database, env: Environment) -> Iterator[District]:
    """The office goes on, a few minutes later."""
    with copy_office(kept_upgraded, "going_on") as office:
        district = District(office, env, now=LATER)
        district.message_count = 1_000
        yield district


REFERENCES = (
    ("assignments", "event_number", "dispatched_at"),
    ("assignments", "arrived_event_number", "arrived_at"),
    ("surveys", "event_number", "asked_at"),
    ("clocks", "stopped_event_number", "stopped_at"),
    ("orders", "event_number", "issued_at"),
    ("orders", "replied_event_number", "replied_at"),
)


def count_references(connection: Connection, table: str, column: str, time: str) -> tuple[int, int, int]:
    """How many rows have the time, how many name an event, and how many one of that very time."""
    metadata = MetaData()
    metadata.reflect(connection, only=[table, "events"])
    rows, events = metadata.tables[table], metadata.tables["events"]
    named = (events.c.case_id == rows.c.case_id) & (events.c.number == rows.c[column])
    counted = select(func.count(rows.c[time]), func.count(rows.c[column]), func.count(events.c.id))
    together = rows.outerjoin(events, named & (events.c.at == rows.c[time]))
    timed, naming, same = connection.execute(counted.select_from(together)).one()
    return timed, naming, same


def test_every_row_names_an_event_of_its_time(upgraded: District) -> None:
    with upgraded.database.engine.connect() as connection:
        for reference in REFERENCES:
            timed, naming, same = count_references(connection, *reference)
            assert timed == naming == same > 0, reference
        assert connection.scalar(text("SELECT count(*) FROM clocks WHERE event_number IS NULL")) == 0


def acts_of_clocks(district: District, number: str, step: Step) -> list[tuple[str, str | None]]:
    """The acts that began and stopped the clocks of this step, oldest first."""
    case = district.case(number)
    acts: dict[int | None, str | None] = {event.number: event.act for event in district.events(case)}
    return [
        (acts[clock.event_number] or "", acts.get(clock.stopped_event_number))
        for clock in district.clocks()
        if clock.case_id == case.id and clock.step == step
    ]


def test_a_row_names_the_act_that_does_such_a_thing(upgraded: District) -> None:
    of = acts_of_clocks
    # With the act that begins its step.
    assert of(upgraded, "WG260330-0002", Step.PROGRESS) == [("sign", "progress"), ("progress", None)]
    assert of(upgraded, "WG260330-0002", Step.ARRIVE) == [("whistle", "check_in")]
    assert of(upgraded, "WG260330-0002", Step.ORDER) == [("supervise", "answer_order"), ("supervise", None)]
    assert of(upgraded, "WG260330-0007", Step.SIGN) == [("assign", None)]
    assert of(upgraded, "WG260330-0008", Step.FINISH)[-1] == ("reopen", None)
    assert of(upgraded, "WG260330-0009", Step.STAGE) == [("sign", "stage"), ("stage", None)]
    # The older version took it up again, when an act of the same instant as the acceptance was undone.
    assert of(upgraded, "WG260330-0003", Step.ACCEPT) == [("report", "undo")]
    # One that goes on in the place of another: with what stopped that, or later, taken out of a merger.
    assert of(upgraded, "WG260330-0003", Step.FINISH) == [
        ("report", "classify"),
        ("classify", "undo"),
        ("classify", None),
    ]
    assert of(upgraded, "WG260330-0004", Step.FINISH) == [("report", "assign"), ("assign", None)]
    assert of(upgraded, "WG260330-0006", Step.FINISH) == [("report", "merge"), ("split", None)]
    assert of(upgraded, WHISTLED, Step.FINISH) == [("report", "classify"), ("classify", None)]
    # Units called in one instant, each by its own act.
    case = upgraded.case("WG260330-0002")
    acts = {event.number: event.act for event in upgraded.events(case)}
    called = {
        share.unit_id: acts[share.event_number or 0]
        for share in upgraded.assignments()
        if share.case_id == case.id and share.role == "assist"
    }
    assert called == {upgraded.unit("HM-ZJ").id: "whistle", upgraded.unit("HM-GA").id: "assist"}


def test_what_was_done_before_the_upgrade_is_taken_back_after_it(upgraded: District) -> None:
    for number in (WHISTLED, REFUSED):
        assert upgraded.say("wrDUTY", "duty1", f"/撤销 {number}") == "act.undo"
    running = {
        number: {
            clock.step
            for clock in upgraded.clocks()
            if clock.case_id == upgraded.case(number).id and clock.stopped_at is None
        }
        for number in (WHISTLED, REFUSED)
    }
    assert running == {
        WHISTLED: {Step.ACCEPT, Step.FINISH, Step.ARRIVE},
        REFUSED: {Step.FINISH, Step.ORDER},
    }
    assert upgraded.case(WHISTLED).class_id == "env.rubble"
    assert upgraded.say("wrDUTY", "duty1", f"/督办 {REFUSED} 再快点") == "refused.wrong_state"
    assert upgraded.find_drift() == {}


def test_a_case_goes_on_to_its_end_after_the_upgrade(upgraded: District) -> None:
    said = (
        ("wrCG", "cg1", "/签收", 0),
        ("wrCG", "cg1", "/反馈", 1),
        ("wrDUTY", "duty2", "/核查", 0),
        ("wrDUTY", "duty2", "/结案", 0),
    )
    rest = {"/反馈": "已清运", "/核查": "通过"}
    for chat, user, verb, photos in said:
        slug = upgraded.say(chat, user, f"{verb} {DISPATCHED} {rest.get(verb, '')}", photos=photos)
        assert slug.startswith("act."), slug
        upgraded.deliver_results()
    assert upgraded.case(DISPATCHED).status == Status.CLOSED
    assert upgraded.say("wrINTAKE", "zhangsf", "长江路9号路灯不亮") == "case.opened"
    assert upgraded.find_drift() == {}


def test_what_was_of_unknown_fate_before_is_neither_sent_again_nor_news(office: Database) -> None:
    with office.engine.begin() as connection:
        connection.execute(text("UPDATE pushes SET state = 'unknown' WHERE id % 2 = 0"))
    schema.upgrade(office)
    with office.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pushes WHERE state = 'unknown'"))
        in_doubt = "state = 'unknown' AND doubt_settled_at IS NULL"
        assert connection.scalar(text(f"SELECT count(*) FROM pushes WHERE {in_doubt}")) == 0  # noqa: S608 - a constant
        answering = "SELECT DISTINCT purpose FROM pushes WHERE answers IS NOT NULL AND kind <> 'card_update'"
        assert connection.scalars(text(answering)).all() == ["receipt"]
        assert connection.scalar(text("SELECT count(*) FROM pushes WHERE purpose = 'notice'"))
