"""What pages do beneath, on both databases: gaps, who stands in, proposals, copies of a notice."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from handlers.environment.people import staffing
from handlers.environment.people.staffing import AbsenceSpan
from handlers.environment.upkeep import answers, completeness, proposals
from handlers.environment.upkeep.proposals import DraftChange
from handlers.errors import NotAllowed, WrongState
from handlers.notifications.publishing import receipts, sending
from models.notices import Notice
from models.organisation import Chat, Person, Role
from models.proposals import Proposal, ProposalSubject
from models.pushes import Push, PushState
from tests.district import District

TODAY = date(2026, 3, 30)


def test_gaps_are_counted_beneath_a_unit(district: District) -> None:
    district.hire("nobody", Role.HANDLER, "HM-CG")
    with district.database.write() as session:
        session.execute(update(Person).where(Person.code == "nobody").values(name=""))
        session.execute(update(Chat).where(Chat.chat_id == "wrCG").values(gone_at=district.now))
    with district.database.read() as session:
        found = completeness.find_gaps(session, district.unit("HM-CG"))
        everything = completeness.find_gaps(session, district.unit("HM"))
    assert {key: gap.names for key, gap in found.items() if gap.count} == {
        "gone": ["城管局 城管处置群"],
        "groupless": ["城管局"],
        "nameless": ["城管局 nobody"],
    }
    assert everything["nobody"].count >= 1


def test_who_stands_in_follows_one_another_and_ends_with_their_right_to(district: District) -> None:
    for code in ("cg3", "cg4"):
        district.hire(code, Role.HANDLER, "HM-CG")
    with district.database.write() as session:
        for who, by in (("cg1", "cg2"), ("cg2", "cg3")):
            span = AbsenceSpan(district.person(who), district.person(by), TODAY, TODAY)
            staffing.store_absence(session, span, span.person, today=TODAY, now=district.now)
        assert staffing.replace_absent(session, ["cg1", "zj1"], TODAY) == ["cg3", "zj1"]
        assert staffing.replace_absent(session, ["cg1"], TODAY + timedelta(days=1)) == ["cg1"]
    with district.database.write() as session:
        session.execute(update(Person).where(Person.code == "cg3").values(role=Role.RESIDENT))
        assert staffing.replace_absent(session, ["cg1"], TODAY) == ["cg2"]


def test_what_one_proposes_another_adopts_and_the_database_holds_it_too(district: District) -> None:
    duty, leader = district.person("duty1"), district.person("leader1")
    change = DraftChange(ProposalSubject.LIMITS, "延长", b"new", b"old")
    with district.database.write() as session:
        number = proposals.store_proposal(session, change, duty, now=district.now).id
        with pytest.raises(NotAllowed):
            proposals.adopt(session, number, duty, standing=b"old", now=district.now)
        with pytest.raises(WrongState):
            proposals.adopt(session, number, leader, standing=b"other", now=district.now)
        proposals.adopt(session, number, leader, standing=b"old", now=district.now)
        with pytest.raises(WrongState):
            proposals.refuse(session, number, duty, now=district.now)
        with pytest.raises(WrongState):
            proposals.roll_back(session, number, duty, standing=b"other", now=district.now)
        back = proposals.roll_back(session, number, duty, standing=b"new", now=district.now)
        assert (back.content, back.adopted) == (b"old", True)
    own = update(Proposal).where(Proposal.id == number).values(decided_by=duty.id)
    with pytest.raises(IntegrityError), district.database.write() as session:
        session.execute(own)


def test_copies_of_a_notice_are_found_by_their_group_and_replayed(district: District) -> None:
    district.say("wrDUTY", "duty1", "/通知 请储水。")
    district.say("wrDUTY", "duty2", "/发布 TZ260330-001")
    with district.database.write() as session:
        assert sending.send_due_notices(session, district.env, now=district.now) == 1
    with district.database.write() as session:
        notice = session.scalars(select(Notice)).one()
        copies = receipts.list_receipts(session, notice)
        assert len(copies) == notice.reached
        group = session.scalars(select(Chat).where(Chat.name == copies[-1].name)).one()
        lost = update(Push).where(Push.dedupe_key == f"notice:{notice.id}:{group.id}")
        session.execute(lost.values(state=PushState.DEAD))
        assert receipts.list_receipts(session, notice)[0].name == group.name
        author = district.person("duty1")
        assert receipts.resend_failed(session, notice, author, doubtful_too=False, now=district.now) == 1
        with pytest.raises(WrongState):
            receipts.resend_failed(session, notice, author, doubtful_too=True, now=district.now)


def test_blanks_are_filled_and_what_is_not_known_is_left(district: District) -> None:
    values = {"编号": "WG260330-0001", "单位": ""}
    assert answers.fill_blanks("{编号}由{单位}办", values) == "WG260330-0001由{单位}办"
    handler = district.person("cg1")
    with district.database.write() as session:
        for text in ("旧", "新"):
            answers.store_answer(session, handler, "已办", text, class_id=None, now=district.now)
        assert [each.text for each in answers.list_answers(session, handler, "env.rubble")] == ["新"]
