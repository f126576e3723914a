"""Bringing an organisation into the database: upsert by code, all or nothing, on both databases."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from bot.imports import ImportReport, Organisation, OrganisationError, import_org, parse_organisation
from bot.imports.org_rows import ChatRow, PersonRow, RowLocation, UnitRow, YamlLocation
from models.contacts import Contact
from models.database import Base, Database
from models.organisation import Account, Chat, ChatUse, Participation, Person, Unit

DISTRICT = {"code": "HM", "name": "海门区", "kind": "district"}
BUREAU = {"code": "HM-CG", "name": "城管局", "kind": "department", "parent": "HM", "lead": "cg1"}
HANDLER = {"id": "cg1", "name": "城管一号", "role": "handler", "unit": "HM-CG", "accounts": {"wecom": "cg1"}}
GROUP = {
    "code": "cg",
    "name": "城管群",
    "use": "handling",
    "unit": "HM-CG",
    "channel": "grid",
    "chat_id": "wr1",
}
Rows = list[dict[str, Any]]


def org(units: Rows | None = None, people: Rows | None = None, chats: Rows | None = None) -> Organisation:
    unit_rows = tuple(UnitRow.model_validate(row) for row in units or [])
    person_rows = tuple(PersonRow.model_validate(row) for row in people or [])
    chat_rows = tuple(ChatRow.model_validate(row) for row in chats or [])
    where: dict[tuple[str, str], RowLocation] = {
        ("units", row.code): YamlLocation(f"units[{n}]") for n, row in enumerate(unit_rows)
    }
    where |= {("people", row.code): YamlLocation(f"people[{n}]") for n, row in enumerate(person_rows)}
    where |= {("chats", row.code): YamlLocation(f"chats[{n}]") for n, row in enumerate(chat_rows)}
    return Organisation(unit_rows, person_rows, chat_rows, where)


def small(**changes: Rows) -> Organisation:
    rows: dict[str, Rows] = {"units": [DISTRICT, BUREAU], "people": [HANDLER], "chats": [GROUP]}
    return org(**rows | changes)


def bring_in(database: Database, organisation: Organisation) -> ImportReport:
    with database.write() as session:
        return import_org(session, organisation)


def add(database: Database, *rows: Base) -> None:
    with database.write() as session:
        session.add_all(rows)


def one(database: Database, model: type[Any], **where: Any) -> Any:
    with database.read() as session:
        return session.scalars(select(model).filter_by(**where)).one()


def test_a_first_import_adds_everything(database: Database) -> None:
    report = bring_in(database, small())
    assert report.added == ["units/HM", "units/HM-CG", "people/cg1", "chats/cg"]


def test_units_form_a_tree_by_parent_and_by_path(database: Database) -> None:
    bring_in(database, small())
    bureau, district = one(database, Unit, code="HM-CG"), one(database, Unit, code="HM")
    assert (bureau.parent_id, bureau.path) == (district.id, "/HM/HM-CG/")


def test_people_stand_in_their_unit_with_their_accounts(database: Database) -> None:
    bring_in(database, small())
    person = one(database, Person, code="cg1")
    assert person.unit_id == one(database, Unit, code="HM-CG").id
    assert one(database, Account, user_id="cg1").person_id == person.id


def test_a_chats_webhook_and_quiet_hours_are_kept(database: Database) -> None:
    webhook = {"channel": "rings", "key": "k"}
    bring_in(database, small(chats=[{**GROUP, "webhook": webhook, "quiet": "22:00-07:00"}]))
    chat = one(database, Chat, code="cg")
    assert (chat.webhook_channel, chat.webhook_key, chat.quiet_from, chat.quiet_to) == (
        *webhook.values(),
        "22:00",
        "07:00",
    )


def test_a_second_import_changes_nothing(database: Database) -> None:
    bring_in(database, small())
    report = bring_in(database, small())
    assert (report.added, report.changed, len(report.unchanged)) == ([], [], 4)


def test_a_changed_row_keeps_its_identity(database: Database) -> None:
    bring_in(database, small())
    before = one(database, Unit, code="HM-CG").id
    report = bring_in(database, small(units=[DISTRICT, {**BUREAU, "name": "城市管理局"}]))
    assert report.changed == ["units/HM-CG"]
    assert one(database, Unit, name="城市管理局").id == before


def test_what_the_file_leaves_out_stays_and_is_reported(database: Database) -> None:
    bring_in(database, small())
    report = bring_in(database, org(units=[DISTRICT]))
    assert report.orphaned == ["units/HM-CG", "people/cg1", "chats/cg"]
    assert one(database, Unit, code="HM-CG").name == "城管局"


def test_a_file_may_lean_on_what_is_in_the_database(database: Database) -> None:
    bring_in(database, small())
    report = bring_in(database, org(people=[{**HANDLER, "id": "cg2", "accounts": {}}]))
    assert report.added == ["people/cg2"]


def test_a_moved_unit_takes_its_subtree_along_even_outside_the_file(database: Database) -> None:
    team = {"code": "T", "name": "中队", "kind": "team", "parent": "HM-CG"}
    town = {"code": "HM-HM", "name": "海门街道", "kind": "town", "parent": "HM"}
    bring_in(database, small(units=[DISTRICT, BUREAU, team, town]))
    bring_in(database, org(units=[{**BUREAU, "parent": "HM-HM"}]))
    assert one(database, Unit, code="T").path == "/HM/HM-HM/HM-CG/T/"


def test_parents_may_come_after_their_children(database: Database) -> None:
    bring_in(database, small(units=[BUREAU, DISTRICT]))
    assert one(database, Unit, code="HM-CG").path == "/HM/HM-CG/"


BAD: dict[str, dict[str, Rows]] = {
    "units[0].parent：没有代码为 XX 的单位；例：parent: HM-CG": {"units": [{**BUREAU, "parent": "XX"}]},
    "people[0].unit：没有代码为 HM-GC 的单位（是不是 HM-CG？）；例：unit: HM": {
        "people": [{**HANDLER, "unit": "HM-GC"}]
    },
    "chats[0].unit：没有代码为 XX 的单位；例：unit: HM": {"chats": [{**GROUP, "unit": "XX"}]},
    "units[0].parent：HM 的上级绕回了自己，最上面的单位不写 parent": {
        "units": [{**DISTRICT, "parent": "HM-CG"}, BUREAU]
    },
}


@pytest.mark.parametrize("sentence", BAD)
def test_a_dangling_reference_refuses_the_whole_file(sqlite_database: Database, sentence: str) -> None:
    with pytest.raises(OrganisationError) as refused:
        bring_in(sqlite_database, small(**BAD[sentence]))
    assert sentence in [str(mistake) for mistake in refused.value.problems]
    with sqlite_database.read() as session:
        assert session.scalars(select(Unit)).all() == []


def test_a_lead_nobody_knows_yet_is_doubted_not_refused(sqlite_database: Database) -> None:
    report = bring_in(sqlite_database, small(units=[DISTRICT, {**BUREAU, "lead": "cg_lead"}]))
    assert [str(doubt) for doubt in report.warnings] == ["units[1].lead：（提醒）没有代码为 cg_lead 的人员"]


def test_a_group_the_bot_already_sat_in_is_bound(database: Database) -> None:
    add(database, Chat(code="grid:wr1", name="", use=ChatUse.UNBOUND, channel="grid", chat_id="wr1"))
    met = one(database, Chat, chat_id="wr1").id
    bring_in(database, small())
    assert one(database, Chat, code="cg").id == met


def test_a_code_given_to_another_group_leaves_the_old_group_unbound(database: Database) -> None:
    add(database, Chat(code="grid:wr2", name="", use=ChatUse.UNBOUND, channel="grid", chat_id="wr2"))
    bring_in(database, small())
    report = bring_in(database, small(chats=[{**GROUP, "chat_id": "wr2"}]))
    assert report.orphaned == ["chats/cg"]
    assert one(database, Chat, chat_id="wr1").use == ChatUse.UNBOUND


def test_two_groups_may_swap_their_codes(database: Database) -> None:
    other = {**GROUP, "code": "duty", "chat_id": "wr2"}
    bring_in(database, small(chats=[GROUP, other]))
    bring_in(database, small(chats=[{**GROUP, "chat_id": "wr2"}, {**other, "chat_id": "wr1"}]))
    assert one(database, Chat, chat_id="wr1").code == "duty"


def meet(database: Database, user: str, unit: str) -> int:
    """A stranger wrote in a group of that unit (handlers.people)."""
    with database.write() as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
        person = Person(code=f"wecom:{user}", name="", role="resident", unit_id=unit_id)
        session.add(person)
        session.flush()
        session.add(Account(person_id=person.id, provider="wecom", user_id=user))
        return person.id


def test_a_person_the_bot_met_is_taken_over_by_their_account(database: Database) -> None:
    bring_in(database, org(units=[DISTRICT, BUREAU]))
    met = meet(database, "cg1", "HM-CG")
    bring_in(database, small())
    assert one(database, Person, code="cg1").id == met


def test_people_the_bot_met_are_no_orphans(database: Database) -> None:
    bring_in(database, small())
    meet(database, "chendy", "HM-CG")
    assert bring_in(database, small()).orphaned == []


def test_an_account_handed_on_moves_and_the_former_holder_stays(database: Database) -> None:
    bring_in(database, small())
    report = bring_in(database, small(people=[{**HANDLER, "id": "cg9"}]))
    assert one(database, Account, user_id="cg1").person_id == one(database, Person, code="cg9").id
    assert report.orphaned == ["people/cg1"]


def test_a_new_account_replaces_the_old_one_of_that_provider_only(database: Database) -> None:
    bring_in(database, small(people=[{**HANDLER, "accounts": {"wecom": "old", "oa": "o1"}}]))
    report = bring_in(database, small(people=[{**HANDLER, "accounts": {"wecom": "new"}}]))
    with database.read() as session:
        assert set(session.scalars(select(Account.user_id))) == {"new", "o1"}
    assert report.changed == ["people/cg1"]


def county() -> Organisation:
    """11 towns, 230 villages, 589 informants, 3,000 groups: one county, as big as they come."""
    towns = [{"code": f"T{n}", "name": f"镇{n}", "kind": "town", "parent": "HM"} for n in range(11)]
    villages = [
        {"code": f"V{n}", "name": f"村{n}", "kind": "village", "parent": f"T{n % 11}", "places": [f"路{n}"]}
        for n in range(230)
    ]
    people = [
        {
            "id": f"p{n}",
            "name": f"人{n}",
            "role": "informant",
            "unit": f"V{n % 230}",
            "accounts": {"wecom": f"u{n}"},
        }
        for n in range(589)
    ]
    chats = [{**GROUP, "code": f"c{n}", "chat_id": f"wr{n}", "unit": f"V{n % 230}"} for n in range(3000)]
    return org(units=[DISTRICT, *towns, *villages], people=people, chats=chats)


def test_a_whole_county_comes_in_with_a_few_statements(database: Database) -> None:
    """A statement a row took a minute; in bulk it is a second or two."""
    organisation = county()
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", count)
    bring_in(database, organisation)
    again = bring_in(database, organisation)
    event.remove(database.engine, "before_cursor_execute", count)
    assert len(statements) < 100
    assert len(again.unchanged) == 1 + 11 + 230 + 589 + 3000


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """Any tree of units, with people and groups anywhere in it."""
    names = st.text("网格员海门", min_size=1, max_size=4)
    count = draw(st.integers(1, 8))
    units: Rows = [
        {
            "code": f"U{n}",
            "name": draw(names),
            "kind": "grid",
            "parent": f"U{draw(st.integers(0, n - 1))}" if n else None,
            "aliases": draw(st.lists(names, max_size=2)),
        }
        for n in range(count)
    ]
    place = st.integers(0, count - 1).map(lambda n: f"U{n}")
    people = [
        {
            "id": f"p{n}",
            "name": draw(names),
            "role": "grid",
            "unit": draw(place),
            "accounts": {"wecom": f"w{user}"},
        }
        for n, user in enumerate(draw(st.lists(st.integers(0, 9), unique=True, max_size=5)))
    ]
    chats = [
        {**GROUP, "code": f"c{n}", "unit": draw(place), "chat_id": f"wr{group}"}
        for n, group in enumerate(draw(st.lists(st.integers(0, 9), unique=True, max_size=5)))
    ]
    return org(units=draw(st.permutations(units)), people=people, chats=chats)


# The database is kept from one example to the next on purpose: each is imported over the last.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisations())
def test_importing_twice_changes_nothing(database: Database, organisation: Organisation) -> None:
    bring_in(database, organisation)
    report = bring_in(database, organisation)
    assert (report.added, report.changed) == ([], [])


def test_an_old_file_gives_nobody_back_what_leaving_ended(database: Database) -> None:
    add(database, Contact(provider="wecom", user_id="cg1", has_left=True))
    report = bring_in(database, small())
    assert "已离开企业" in str(report.warnings)
    person = one(database, Person, code="cg1")
    assert (person.role, person.unit_id) == ("resident", None)
    with database.read() as session:
        assert session.scalars(select(Account)).all() == []


def _roster(posts: str, participation: str) -> str:
    return (
        "units: [{code: HM, name: 海门区, kind: district}, {code: JF, name: 解放社区, kind: village, parent: HM}]\n"
        f"people: [{{id: p1, name: 平安一号, role: handler, unit: HM, posts: {posts}}},"
        f" {{id: x1, name: 张师傅, role: informant, unit: JF, participation: {participation}}}]\n"
    )


def test_posts_follow_the_file_and_a_withdrawal_outlives_it(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "roster.yaml"

    def read(posts: str, participation: str) -> tuple[ImportReport, list[str], str]:
        file.write_text(_roster(posts, participation), encoding="utf-8")
        with database.write() as session:
            report = import_org(session, parse_organisation(file))
        with database.read() as session:
            people = {one.code: one for one in session.scalars(select(Person))}
            held = [post.role for post in people["p1"].further_posts]
            return report, held, people["x1"].participation

    assert read("[{unit: 解放社区, role: grid}]", "已同意")[1:] == (["grid"], "agreed")
    assert read("[{unit: JF, role: duty}]", "在册")[1:] == (["duty"], "agreed")
    with database.write() as session:
        session.scalars(select(Person).where(Person.code == "x1")).one().participation = Participation.LEFT
    report, held, participation = read("[]", "已同意")
    assert (held, participation) == ([], "left")
    assert "people/p1" in report.changed
    assert any("自己退出了" in str(warning) for warning in report.warnings)
    file.write_text(_roster("[{unit: NN, role: grid}]", "在册"), encoding="utf-8")
    with database.write() as session, pytest.raises(OrganisationError) as refused:
        import_org(session, parse_organisation(file))
    assert "people[0].posts" in str(refused.value.problems[0])
