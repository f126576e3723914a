"""The corporation's list of members: who joins is known by name, who leaves or moves has no right left there."""

import pytest
from sqlalchemy import select

from handlers.environment.people import contacts
from models.contacts import Contact, ContactChange, ContactChangeKind
from models.messages import Incoming, IncomingKind
from models.organisation import Account, Chat, Person, Role
from tests.district import RUBBLE, District

MEMBER, LEFT = ContactChangeKind.MEMBER, ContactChangeKind.MEMBER_LEFT
DEPARTMENTS = (
    ContactChange(ContactChangeKind.DEPARTMENT, "2", name="城管局", parent=1),
    ContactChange(ContactChangeKind.DEPARTMENT, "3", name="住建局", parent=1),
    ContactChange(ContactChangeKind.DEPARTMENT, "4", name="工会", parent=1),
)


def hear(district: District, *changes: ContactChange) -> None:
    district.message_count += 1
    incoming = Incoming(
        "staff", f"m{district.message_count}", "sys", direct=True, sender="sys", provider="wecom",
        bot_name="网格助手", kind=IncomingKind.CONTACTS, contacts=changes,
    )  # fmt: skip
    assert district.handle(district.receive(incoming), incoming) == "contacts.changed"


def member(user_id: str, *departments: int, name: str | None = None, new_id: str = "") -> ContactChange:
    return ContactChange(MEMBER, user_id, name=name, departments=departments, new_id=new_id)


@pytest.fixture
def office(district: District) -> District:
    """A district whose list was read once, with everybody of the units in their departments."""
    with district.database.read() as session:
        staff = session.execute(select(Account.user_id, Person.unit_id).join(Person)).all()
        units = {district.unit("HM-CG").id: 2, district.unit("HM-ZJ").id: 3}
    hear(district, *DEPARTMENTS, *(member(user, units[at]) for user, at in staff if at in units))
    return district


def list_staff(office: District, unit: str) -> list[str]:
    query = select(Person.code).where(Person.unit_id == office.unit(unit).id, Person.role != Role.RESIDENT)
    with office.database.read() as session:
        return list(session.scalars(query.order_by(Person.id)))


def test_whoever_joins_is_known_by_name_and_has_no_rights(office: District) -> None:
    before = len(office.pushes())
    hear(office, member("XinRen", 2, name="新来的"))
    person = office.person("xinren")
    assert (person.name, person.role, person.unit_id) == ("新来的", Role.RESIDENT, office.unit("HM-CG").id)
    assert len(office.pushes()) == before
    hear(office, ContactChange(MEMBER, "xinren", name="改名了"))
    assert office.person("xinren").id == person.id


def test_whoever_leaves_can_do_nothing_from_then_on(office: District) -> None:
    office.say("wrINTAKE", "zhangsf", RUBBLE)
    number = office.case().number
    office.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    office.say("cg1", "cg1", "/待办", direct=True)
    left = office.person("cg1")
    hear(office, ContactChange(LEFT, "CG1"))
    assert f"{left.name}（城管局）已离开企业，权限已停" in office.chat_text("wrDUTY")
    assert office.say("wrCG", "cg1", f"/签收 {number}").startswith("refused.")
    assert office.person("cg1").id != left.id
    with office.database.read() as session:
        chats = session.scalars(select(Chat).where(Chat.person_id == left.id)).all()
        assert all(chat.gone_at is not None for chat in chats)
        assert session.scalars(select(Contact.has_left).where(Contact.user_id == "cg1")).one()


def test_a_unit_without_anybody_is_said_loudly(office: District) -> None:
    staff = list_staff(office, "HM-CG")
    for one in staff[:-1]:
        hear(office, ContactChange(LEFT, one))
    assert "没有一个能办事的人" not in office.chat_text("wrDUTY")
    hear(office, ContactChange(LEFT, staff[-1]))
    assert "城管局现在没有一个能办事的人" in office.chat_text("wrDUTY")


def test_a_unit_whose_lead_and_deputy_left_is_said_too(office: District) -> None:
    unit = office.unit("HM-CG")
    for one in {unit.lead, unit.deputy} - {None}:
        hear(office, ContactChange(LEFT, str(one)))
    said = office.chat_text("wrDUTY")
    assert "没有负责人和副手" in said or "没有一个能办事的人" in said


def test_whoever_moves_has_no_right_left_where_they_were_and_none_where_they_are(office: District) -> None:
    hear(office, member("cg1", 3))
    person = office.person("cg1")
    assert (person.role, person.unit_id) == (Role.RESIDENT, office.unit("HM-ZJ").id)
    assert "从城管局调到住建局" in office.chat_text("wrDUTY")
    hear(office, member("cg1", 3, 4))
    assert office.chat_text("wrDUTY").count("调到") == 1


def test_what_the_list_says_first_moves_nobody(district: District) -> None:
    hear(district, *DEPARTMENTS, member("cg1", 4))
    assert district.person("cg1").role == Role.HANDLER


def test_another_user_id_is_the_same_person(office: District) -> None:
    office.say("zhangsf", "zhangsf", RUBBLE, direct=True)
    person, number = office.person("zhangsf"), office.case().number
    hear(office, ContactChange(MEMBER, "zhangsf", new_id="ZhangSF001"))
    assert office.person("zhangsf001").id == person.id
    assert office.say("zhangsf001", "zhangsf001", "/我的", direct=True) == "command.mine"
    assert number[-4:] in office.last_text("zhangsf001")


def test_a_name_that_two_units_have_is_neithers(office: District) -> None:
    hear(office, ContactChange(ContactChangeKind.DEPARTMENT, "9", name="不是单位"), member("xin", 9))
    assert office.person("xin").unit_id is None
    with office.database.read() as session:
        assert contacts.has_staff(session, office.unit("HM-CG"))
