"""One person, several accounts: how they are joined and parted, what they share, and what they never do."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cases import permissions, readers
from handlers.cases.actors import Actor
from handlers.cases.queries import Asker, is_visible
from handlers.commands.personal_data.erasure import erase_person
from handlers.commands.personal_data.identity import find_identity
from handlers.commands.personal_data.requests import check_erasable
from handlers.commands.personal_data.traces import find_traces
from handlers.environment.people import senders
from handlers.environment.session_cache import clear_cache
from handlers.environment.snapshot import TerseChannel
from handlers.errors import WrongState
from handlers.insight import hot_topics
from models.account_ids import WECHAT, WECOM
from models.cases import Case
from models.doors import DoorCode, DoorEvent, DoorTry
from models.messages import Incoming
from models.organisation import OUTSIDERS, Account, Chat, Person, Role
from models.reading_rights import ReadingRight
from models.site_checks import SiteCheck
from models.topics import Topic, TopicCase, TopicState
from models.workflow import ACTS, Status
from tests.district import LAMP, RUBBLE, District
from tests.residents import OPENID, Resident

MEMBER = "zhangsf"
GRID = "HM-HM-JF-2"


@pytest.fixture
def town(district: District) -> District:
    channel = TerseChannel(timedelta(hours=48), reaches_later=False)
    district.env = replace(district.env, terse_channels={"public": channel})
    return district


@pytest.fixture
def resident(town: District) -> Resident:
    found = Resident(town)
    found.scan(GRID)
    return found


def ask_code(town: District, user: str = MEMBER) -> str:
    """What `/关联账号` answers a member of the corporation."""
    assert town.say(user, user, "/关联账号", direct=True) == "doors.code"
    return town.last_text(user).split("您的代码是 ")[1].split("，")[0]


def join(town: District, resident: Resident, user: str = MEMBER) -> None:
    assert resident.say(f"/关联账号 {ask_code(town, user)}") == "doors.joined"


def mine(town: District, user: str = MEMBER, chat: str = "") -> str:
    assert town.say(chat or user, user, "/我的", direct=not chat) == "command.mine"
    return town.last_text(chat or user)


def work(town: District, number: str) -> None:
    """The unit repairs it and the desk has looked."""
    town.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    town.say("wrCG", "cg1", f"/签收 {number}")
    town.say("wrCG", "cg1", f"/反馈 {number} 灯泡已更换", photos=1)
    assert town.say("wrDUTY", "duty1", f"/核查 {number} 通过") == "act.verify"


def test_both_are_told_and_both_see_all_their_cases(town: District, resident: Resident) -> None:
    resident.say("路灯不亮")
    town.say(MEMBER, MEMBER, RUBBLE, direct=True)
    first, second = (case.number[-4:] for case in town.cases())
    join(town, resident)
    assert "和企业微信的账号关联" in resident.pushes()[-1].text
    assert "和微信公众号的账号关联" in town.last_text(MEMBER)
    resident.say("/我的")
    for said in (resident.pushes()[-1].text, mine(town)):
        assert first in said
        assert second in said
    assert town.say(MEMBER, MEMBER, "路灯怎么样了", direct=True) == "talk.progress"
    assert first in town.last_text(MEMBER)


def test_a_group_never_learns_what_was_told_by_another_door(town: District, resident: Resident) -> None:
    resident.say("路灯不亮")
    join(town, resident)
    assert town.case().number[-4:] not in mine(town, chat="wrINTAKE")


def test_the_answer_goes_by_the_door_used_last_and_once(town: District, resident: Resident) -> None:
    resident.say("路灯不亮")
    number = town.case().number
    join(town, resident)
    mine(town)
    work(town, number)
    answers = [one.row.chat_id for one in town.pushes() if one.row.result_event is not None]
    assert len(answers) == 1
    assert "灯泡已更换" in town.chat_text(MEMBER)
    assert "灯泡已更换" not in town.chat_text(OPENID)
    town.deliver_results()
    assert town.say(MEMBER, MEMBER, "修好了，满意", direct=True) == "act.rate"
    assert town.case(number).status == Status.CLOSED
    rated = town.events(town.case(number))[-1]
    assert rated.actor_name == "报事人"


def test_one_matter_by_two_doors_is_told_once(town: District, resident: Resident) -> None:
    join(town, resident)
    town.say(MEMBER, MEMBER, LAMP, direct=True)
    resident.say(LAMP)
    first, second = town.cases()
    assert second.parent_id == first.id
    work(town, first.number)
    said = [one for one in town.pushes() if "灯泡已更换" in one.text and one.row.result_event is not None]
    assert len(said) == 1
    assert second.number in said[0].text or first.number in said[0].text


def test_a_hot_topic_counts_people_and_not_their_accounts(town: District, resident: Resident) -> None:
    town.say(MEMBER, MEMBER, LAMP, direct=True)
    resident.say(LAMP)
    with town.database.write() as session:
        topic = Topic(code="T1", title="路灯", state=TopicState.RAISED, words=[], raised_at=town.now)
        session.add(topic)
        session.flush()
        session.add_all(TopicCase(topic_id=topic.id, case_id=case.id, at=town.now) for case in town.cases())
        assert hot_topics.count_people(session, topic, town.env) == 2
    join(town, resident)
    with town.database.read() as session:
        assert hot_topics.count_people(session, session.scalars(select(Topic)).one(), town.env) == 1


def test_each_has_its_own_again_when_either_parts(town: District, resident: Resident) -> None:
    resident.say("路灯不亮")
    join(town, resident)
    assert town.say(MEMBER, MEMBER, "/解除关联", direct=True) == "doors.parted"
    assert "解除关联" in resident.pushes()[-1].text
    assert town.case().number[-4:] not in mine(town)
    assert resident.say("/解除关联") == "refused.not_found"
    with town.database.read() as session:
        assert [event.act for event in session.scalars(select(DoorEvent).order_by(DoorEvent.id))] == [
            "join",
            "part",
        ]
        assert session.scalar(select(Person).where(Person.joined_to.is_not(None))) is None


def test_of_three_two_stay_joined(town: District, resident: Resident) -> None:
    other = Resident(town, "oSECOND")
    other.scan(GRID)
    join(town, resident)
    join(town, other)
    assert town.say(MEMBER, MEMBER, "/解除关联", direct=True) == "doors.parted"
    told = [one for one in town.pushes() if "已和您解除关联" in one.text]
    assert len(told) == 1
    resident.say("路灯不亮")
    other.say("/我的")
    assert town.case().number[-4:] in other.pushes()[-1].text


def test_a_code_is_good_once_for_ten_minutes_and_nobody_can_read_it(
    town: District, resident: Resident
) -> None:
    code = ask_code(town)
    with town.database.read() as session:
        stored = session.scalars(select(DoorCode)).one()
        assert code.encode() not in stored.digest + stored.salt
    town.advance(minutes=10)
    assert resident.say(f"/关联账号 {code}") == "refused.not_found"
    expired = resident.pushes()[-1].text
    assert resident.say("/关联账号 ABCD2345") == "refused.not_found"
    assert resident.pushes()[-1].text == expired
    newer = ask_code(town)
    assert resident.say(f"/关联账号 {newer.lower()}") == "doors.joined"
    other = Resident(town, "oSECOND")
    assert other.say(f"/关联账号 {newer}") == "refused.not_found"
    assert town.say(MEMBER, MEMBER, f"/关联账号 {ask_code(town)}", direct=True) == "refused.not_found"


def test_after_five_tries_the_account_waits_whatever_it_says(town: District, resident: Resident) -> None:
    code = ask_code(town)
    for _ in range(5):
        assert resident.say("/关联账号 22222222") == "refused.not_found"
    assert resident.say(f"/关联账号 {code}") == "refused.not_allowed"
    assert Resident(town, "oSECOND").say("/关联账号 22222222") == "refused.not_found"
    town.advance(minutes=10)
    assert resident.say(f"/关联账号 {ask_code(town)}") == "doors.joined"
    with town.database.read() as session:
        assert session.scalars(select(DoorTry)).all() == []


def test_nothing_of_it_is_said_where_others_read_along(town: District) -> None:
    for words in ("/关联账号", "/关联账号 ABCD2345", "/解除关联"):
        assert town.say("wrINTAKE", MEMBER, words) == "refused.not_allowed"


def test_two_members_of_the_corporation_are_two_people(town: District) -> None:
    said = f"/关联账号 {ask_code(town, 'cg1')}"
    assert town.say(MEMBER, MEMBER, said, direct=True) == "refused.not_allowed"
    with town.database.read() as session:
        assert session.scalar(select(Person).where(Person.joined_to.is_not(None))) is None


def test_whoever_handled_it_does_not_rate_it_by_another_door(town: District, resident: Resident) -> None:
    resident.say("路灯不亮")
    number = town.case().number
    join(town, resident, "cg1")
    work(town, number)
    town.deliver_results()
    assert resident.say(f"/评价 {number} 满意") == "refused.not_allowed"
    assert town.case(number).status == Status.CALLBACK


def build_incoming(provider: str, user_id: str) -> Incoming:
    return Incoming("door", "m1", user_id, direct=True, sender=user_id, provider=provider, bot_name="")


OUTSIDE = (WECHAT, "oX"), ("kf", "wmX"), (WECOM, "wm" + "X" * 28)
"""Doors whose accounts nobody vouches for: an official account, customer service, contacts of the corporation."""


def test_no_door_outside_the_corporation_carries_a_right_of_staff(town: District) -> None:
    """Every act, every role, every such door: what staff may do there is what any resident may."""
    town.hire("xietiao", Role.COORDINATOR, "HM")
    town.hire("ducha", Role.OBSERVER, "HM")
    town.hire("guanli", Role.ADMIN, "HM")
    town.say("wrINTAKE", "somebody", LAMP)
    work(town, town.case().number)
    with town.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.restricted = True
        people = session.scalars(select(Person).where(Person.role.not_in(OUTSIDERS))).all()
        assert {person.role for person in people} == {*Role} - OUTSIDERS
        for number, person in enumerate(people):
            give_personal_rights(session, case, person, town.now)
            for provider, begins in OUTSIDE:
                account = Account(person_id=person.id, provider=provider, user_id=f"{begins}{number:02d}")
                session.add(account)
                session.flush()
                assert list_rights(session, build_incoming(provider, account.user_id), case) == set()


def give_personal_rights(session: Session, case: Case, person: Person, now: datetime) -> None:
    """The person reads a restricted case, was asked to look at it, and did so once."""
    session.add(ReadingRight(case_id=case.id, person_id=person.id, granted=True))
    for answered_at in (None, now):
        session.add(
            SiteCheck(
                case_id=case.id, person_id=person.id, event_number=1, text="", asked_at=now, due_at=now,
                answered_at=answered_at,
            )
        )  # fmt: skip
    session.flush()


def list_rights(session: Session, incoming: Incoming, case: Case) -> set[str]:
    """Acts that are this sender's and not any resident's, by each way in which senders are looked up."""
    clear_cache(session)
    (_, loaded) = senders.load_senders(session, [incoming])[0]
    clear_cache(session)
    (_, found) = senders.find_chat_and_sender(session, incoming)
    assert readers.find_reading(session, Actor(found), case, ()) is None
    asker = Asker(found, in_private=True)
    assert session.scalars(select(Case.id).where(is_visible(asker))).all() == []
    anybody = Actor(Person(id=0, code="x", name="", role=Role.RESIDENT))
    return {
        act.key
        for act in ACTS.values()
        for sender in (loaded, found)
        if permissions.may_perform(session, act, Actor(sender), case)
        and not permissions.may_perform(session, act, anybody, case)
    }


def test_an_export_and_an_erasure_follow_to_every_account(town: District, resident: Resident) -> None:
    resident.say("路灯不亮")
    join(town, resident)
    with town.database.read() as session:
        person = session.scalars(select(Person).join(Account).where(Account.user_id == MEMBER)).one()
        identity = find_identity(session, person)
        assert OPENID in identity.user_ids
        assert find_traces(session, identity).cases == [town.case().id]
    with town.database.write() as session:
        erase_person(session, identity, find_traces(session, identity), now=town.now)
        rows = [session.get_one(Person, one) for one in identity.person_ids]
        assert [(row.name, row.joined_to) for row in rows] == [("", None)] * 2
        assert session.scalars(select(Account).where(Account.person_id.in_(identity.person_ids))).all() == []


def test_who_is_joined_with_staff_is_not_erased_as_a_resident(town: District, resident: Resident) -> None:
    join(town, resident, "cg1")
    with town.database.read() as session, pytest.raises(WrongState):
        check_erasable(
            session, session.scalars(select(Person).join(Account).where(Account.user_id == OPENID)).one()
        )


def test_staff_with_several_doors_are_asked_once_and_only_where_somebody_vouches_for_them(
    town: District,
) -> None:
    """Who decides on personal data has the bot, the app and, by the roster, an official account."""
    for admin in ("admin1", "admin2"):
        town.hire(admin, Role.ADMIN, "HM")
    with town.database.write() as session:
        person = session.scalars(select(Person).where(Person.code == "admin2")).one()
        session.add(Account(person_id=person.id, provider=WECHAT, user_id="oADMIN"))
    town.say("admin2", "admin2", "你好", direct=True)
    Resident(town, "oADMIN").say("你好")
    with town.database.write() as session:
        chat = session.scalars(select(Chat).where(Chat.chat_id == "admin2")).one()
        other = Chat(code="staff:admin2", name="", use="direct", person_id=chat.person_id, channel="staff")
        other.chat_id, other.heard_at = "in-app", town.advance(minutes=1)
        session.add(other)
    asked = "/导出个人信息 chendy 本人书面申请"
    assert town.say("admin1", "admin1", asked, direct=True) == "personal_data.asked"
    told = {
        one.row.chat_id for one in town.pushes() if "同意个人信息" in one.text and "本人书面申请" in one.text
    }
    assert told == {other.id}
