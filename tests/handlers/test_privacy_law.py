"""Nobody is named in a handling group or to another system, whatever is done to a case, by whomever, in
whatever words.

For every act of the table, in every state that allows it, by everybody in the roster, done through the one
door and typed in the group: what the groups that handle cases read names neither whoever reported it, nor
whoever reported the same, nor anybody who has nothing to do with it. An act added to the table is played
without a line here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from handlers import acts, router
from handlers.cases import links, merged, possible_acts
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput, PartyContact
from handlers.cases.privacy.numbers import read_digits
from handlers.environment.roster import Roster, load_people
from handlers.environment.snapshot import Environment
from handlers.errors import Refused
from handlers.notifications.subscribers import chats
from models import case_links, deferred_insert
from models.cases import Assignment, Case, Event
from models.clocks import ClockRow
from models.organisation import Account, Chat, ChatUse, Person, Unit
from models.pushes import Push
from models.reports import Media
from models.sign_offs import SignOff
from models.suggestions import SUGGESTION, Adoption, Milestone, Publication
from models.time_limits import TimeLimit
from models.voices import Voice, VoiceState
from models.workflow import ACTS, OPEN, Act, ActField, CaseRelation, Condition, Status, Step, Withdrawal
from tests.databases import copy_template, open_sqlite
from tests.district import District, load_person, make_voice
from tests.handlers.cases.test_privacy import GIVEN, SURNAMES, spelled_numbers

REPORTER, FOLLOWER, BYSTANDER = "zhangsf", "liay", "chendy"
ROOM = "1203"
PEOPLE = (
    "duty1", "duty2", "leader1", "cg1", "cg2", "zj1", "ga1", "wgxw", "wgxl", "scjg1",
    REPORTER, FOLLOWER, BYSTANDER,
)  # fmt: skip
PLACE = f"长江路88号3栋2单元{ROOM}室"
STAGES = (
    ("wrDUTY", "duty1", "/受理 {number}"),
    ("wrDUTY", "duty1", "/交办 {number} 城管局"),
    ("wrCG", "cg1", "/签收 {number}"),
    ("wrDUTY", "duty1", "/协办 {number} 住建局"),
    ("wrDUTY", "duty1", "/核实 {number} 看看还在不在"),
)
"""The way to the richest state: a unit leads, another helps, somebody is asked to look."""
SAYS = (
    "{name}说的，电话{number}，住3栋2单元{room}室",
    "我是{name}，号码{number}，家住3-2-{room}，请尽快",
    "联系人：{name} {number}",
    "{name}，{number}，{other}也知道",
    "问{other}，微信{account}",
)
SIGNED = {Status.IN_PROGRESS, Status.SUSPENDED, Status.SUBMITTED, Status.CALLBACK, Status.CLOSED}


@dataclass(frozen=True)
class Secrets:
    """What no handling group may read, and words that say it."""

    names: tuple[str, str, str]
    number: str
    account: str
    words: str


@st.composite
def secrets(draw: st.DrawFn) -> Secrets:
    names = draw(
        st.lists(
            st.builds("{}{}".format, st.sampled_from(SURNAMES), GIVEN), min_size=3, max_size=3, unique=True
        )
    )
    names = [f"{name}{mark}" for name, mark in zip(names, "琰翀昶", strict=True)]
    number, spelled = draw(spelled_numbers())
    account = f"wx_{number[-6:]}abc"
    said = draw(st.sampled_from(SAYS)).format(
        name=names[0], number=spelled, other=draw(st.sampled_from(names[1:])), room=ROOM, account=account
    )
    return Secrets((names[0], names[1], names[2]), number, account, said)


class Undone(Exception):
    """Ends a transaction that nothing may remain of."""


class Scene:
    """A case on its way, one joined to it, and what the groups read of what is done."""

    def __init__(self, district: District) -> None:
        self.district = district
        with district.database.write() as session:
            chats.seed_chats(session, ["jiesu"], provider="subscriber")
            told = chats.load_subscribers(session, {"jiesu": ()})
        district.env = replace(district.env, subscribers=told)
        self.number = district.report_case().number
        self.other = district.report_case("解放路15号路灯不亮").number
        district.say("wrINTAKE", FOLLOWER, "北京路20号工地门口建筑垃圾")
        district.tick(district.advance(minutes=2))
        self.joined = district.case().number
        district.say("wrDUTY", "duty1", f"/并案 {self.joined} {self.number}")
        district.say("wrDUTY", "duty1", "/确认")
        assert district.case(self.joined).status == Status.DUPLICATE
        for chat, user, words in STAGES:
            assert district.say(chat, user, words.format(number=self.number)).startswith("act."), words
        self.inbox_id = district.receive(district.build_message("wrCG", "cg1", "好")).id
        self.done: set[tuple[str, str]] = set()
        self.concerned = PartyContact()
        self.refused: list[str] = []

    @contextmanager
    def tell(self, said: Secrets) -> Iterator[Session]:
        """People of these names, whose words these are; nothing of it stays."""
        with suppress(Undone), self.district.database.write() as session:
            for user, name in zip((REPORTER, FOLLOWER, BYSTANDER), said.names, strict=True):
                load_person(session, user).name = name
            bystander = load_person(session, BYSTANDER)
            session.add(Account(person_id=bystander.id, provider="other", user_id=said.account))
            area = session.scalars(select(Unit.id).where(Unit.code == "HM-HM-JF")).one()
            session.execute(update(Case).values(text=said.words, place=PLACE, area_id=area))
            session.execute(update(Event).values(text=said.words))
            session.flush()
            session.expire_all()
            self.concerned = PartyContact(said.names[2], said.number)
            few = frozenset({"duty1", "leader1"})
            people = load_people(session, ())
            self.env = replace(self.district.env, roster=Roster(lambda: people), restricted_to=few)
            yield session
            raise Undone

    @contextmanager
    def only_now(self, session: Session) -> Iterator[None]:
        """What is done within is taken back at its end."""
        point = session.begin_nested()
        try:
            yield
        finally:
            point.rollback()
            session.expunge_all()
            session.info.clear()

    def put(self, session: Session, act: Act, status: Status | None) -> Case:
        """The case in this state, with what the act requires beside it."""
        number = self.joined if status is Status.DUPLICATE else self.number
        case = session.scalars(select(Case).where(Case.number == number)).one()
        if status is not None:
            self.move(session, case, status)
        if act.requires is not None and act.requires in REQUIRED:
            REQUIRED[act.requires](self, session, case)
        session.flush()
        return case

    def move(self, session: Session, case: Case, status: Status) -> None:
        """The case as it would be in this state, as far as an act looks at it."""
        now = self.district.now
        case.status, case.closed_at = status, now if status is Status.CLOSED else None
        case.replied_at = now if status in (Status.CALLBACK, Status.CLOSED) else None
        shares = update(Assignment).where(Assignment.case_id == case.id)
        clocks = update(ClockRow).where(ClockRow.case_id == case.id, ClockRow.stopped_at.is_(None))
        if status in (Status.NEW, Status.ACCEPTED):
            case.unit_id = None
            session.execute(shares.values(ended_at=now))
        if status not in OPEN:
            session.execute(clocks.values(stopped_at=now, stopped_event_number=case.version))

    def find_able(self, session: Session, act: Act, status: Status) -> list[str]:
        """Whoever could do it in this state."""
        with self.only_now(session):
            case = self.put(session, act, status)
            people = list_actors(session)
            return [
                user
                for user, actor in people.items()
                if possible_acts.can_perform(
                    session, act, merged.as_reporter(session, act, actor, case), case
                )
            ]

    def perform(self, session: Session, key: str, case: Case, user: str, words: str = "再看看") -> None:
        """The act with all that any act wants, by this person; a refusal is as good an answer as any."""
        units = [session.scalars(select(Unit).where(Unit.code == code)).one() for code in ("HM-ZJ", "HM-GA")]
        parent = session.scalars(select(Case).where(Case.number == self.other)).one()
        if ACTS[key].sends_down:
            units = [session.scalars(select(Unit).where(Unit.code == "HM-HM-JF")).one()]
        given = ActInput(
            text="被欠薪人" if ActField.PARTY in ACTS[key].fields else words, contact=self.concerned, adoption=Adoption.FULL,
            unit=units[0], units=tuple(units), class_id="env.spill", place=PLACE, parent=parent if key == "merge" else None,
            limit=TimeLimit(4, "h"), until=self.district.now + timedelta(days=2), fen=100, passed=True,
            reached=True, solved=False, people=(load_person(session, "wgxw"),) if key == "survey" else (),
        )  # fmt: skip
        try:
            acts.perform(
                session, key, case, Actor(load_person(session, user)), given,
                env=self.env, now=self.district.now,
            )  # fmt: skip
            self.done.add((key, user))
        except Refused as refused:
            self.refused.append(f"{user} {case.status}: {refused.sentence}")

    def type(self, session: Session, user: str, words: str) -> None:
        """Somebody says it in the group that handles the case."""
        incoming = self.district.build_message("wrCG", user, words, addressed=True)
        router.handle_message(session, incoming, inbox_id=self.inbox_id, env=self.env, now=self.district.now)


def list_actors(session: Session) -> Mapping[str, Actor]:
    """Everybody, by account, in the order of PEOPLE."""
    query = select(Account.user_id, Person).join(Person).where(Account.user_id.in_(PEOPLE))
    found = dict(session.execute(query).all())
    return {user: Actor(found[user]) for user in PEOPLE}


def _suit_request(scene: Scene, session: Session, case: Case) -> None:
    if case.status in OPEN:
        scene.perform(session, "complicate", case, "duty1")


def _suit_order(scene: Scene, session: Session, case: Case) -> None:
    scene.perform(session, "supervise", case, "duty1")


def _suit_charge(scene: Scene, session: Session, case: Case) -> None:
    scene.perform(session, "charge", case, "leader1")


def _suit_recheck(scene: Scene, _session: Session, case: Case) -> None:
    case.recheck_at = scene.district.now + timedelta(days=1)


def _suit_undo(scene: Scene, session: Session, case: Case) -> None:
    if case.status in OPEN:
        scene.perform(session, "raise", case, "duty1")


def _suit_recall(scene: Scene, session: Session, case: Case) -> None:
    """Handed out a moment ago, and nobody has signed."""
    if case.status == Status.DISPATCHED:
        unit = session.get_one(Unit, case.unit_id)
        scene.move(session, case, Status.NEW)
        session.flush()
        acts.perform(
            session, "assign", case, Actor(load_person(session, "duty1")), ActInput(unit=unit),
            env=scene.env, now=scene.district.now,
        )  # fmt: skip


def _suit_stage(scene: Scene, session: Session, case: Case) -> None:
    case.class_id = next(one for one in scene.env.classes if scene.env.limits.stages(one))
    clock = session.scalars(
        select(ClockRow).where(ClockRow.case_id == case.id, ClockRow.stopped_at.is_(None))
    ).first()
    assert clock is not None
    clock.step = Step.STAGE


def _suit_voice(scene: Scene, session: Session, case: Case) -> None:
    media = Media.from_attachment(make_voice(0), case_id=case.id)
    session.add(media)
    session.flush()
    session.add(Voice(media_id=media.id, state=VoiceState.UNHEARD, not_before=scene.district.now))


def _set(**columns: Any) -> Callable[[Scene, Session, Case], None]:
    def suit(_scene: Scene, _session: Session, case: Case) -> None:
        for column, value in columns.items():
            setattr(case, column, value)

    return suit


def _suit_signature(scene: Scene, session: Session, case: Case) -> None:
    case.signoff_asked_at = scene.district.now
    session.add(
        SignOff(
            case_id=case.id, event_number=case.version, asked_at=scene.district.now,
            signer_id=load_person(session, "leader1").id,
        )
    )  # fmt: skip


def _suit_link(scene: Scene, session: Session, case: Case) -> None:
    assert case.reporter_id is not None
    case_links.open_link(session, case, case.reporter_id, now=scene.district.now)


def _suit_milestone(scene: Scene, session: Session, case: Case) -> None:
    session.add(Milestone(case_id=case.id, event_number=1, due=date(2026, 12, 1), text=case.text))


def _suit_publication(scene: Scene, session: Session, case: Case) -> None:
    case.adoption = Adoption.FULL
    author = load_person(session, "leader1").id
    session.add(Publication(case_id=case.id, text=case.text, proposed_by=author))


def _suit_published(scene: Scene, session: Session, case: Case) -> None:
    _suit_publication(scene, session, case)
    session.flush()
    other = load_person(session, "duty2").id
    session.execute(update(Publication).values(published_by=other, published_at=scene.district.now))


REQUIRED: Mapping[Condition, Callable[[Scene, Session, Case], None]] = {
    Condition.REQUEST_PENDING: _suit_request,
    Condition.ORDER_OPEN: _suit_order,
    Condition.IN_CHARGE: _suit_charge,
    Condition.LAST_ACT_UNDOABLE: _suit_undo,
    Condition.RECALLABLE: _suit_recall,
    Condition.STAGE_RUNNING: _suit_stage,
    Condition.HAS_VOICE: _suit_voice,
    Condition.HAS_PAGE_LINK: _suit_link,
    Condition.SIGNATURE_ASKED: _suit_signature,
    Condition.RECHECK_PLANNED: _suit_recheck,
    Condition.IN_ARBITRATION: _set(arbitration=True),
    Condition.RESTRICTED: _set(restricted=True),
    Condition.IS_SUGGESTION: _set(nature=SUGGESTION),
    Condition.ADOPTED: _set(adoption=Adoption.FULL),
    Condition.ANSWERED_SUGGESTION: _set(adoption=Adoption.FULL),
    Condition.MILESTONE_AHEAD: _suit_milestone,
    Condition.PUBLICATION_PROPOSED: _suit_publication,
    Condition.PUBLISHED: _suit_published,
    Condition.WITHDRAWN: _set(withdrawal=Withdrawal.STOPS),
}
"""How the case comes to have what an act requires; the other conditions it meets as it is."""


def check_groups(session: Session, said: Secrets, known: int, scene: Scene) -> None:
    """What was pushed to groups and other systems since then names nobody, and no room but to who may know."""
    deferred_insert.flush_deferred(session)
    session.flush()
    found = session.execute(
        select(Push, Chat).join(Chat, Chat.id == Push.chat_id).where(Push.id > known).order_by(Push.id)
    )
    for push, chat in found:
        if chat.use == ChatUse.DIRECT:
            continue
        body = json.dumps(push.body, ensure_ascii=False)
        assert push.link_id is None, (chat.chat_id, body)
        main = session.scalars(select(Case).where(Case.number == scene.number)).one()
        case = main if push.case_id is None else session.get_one(Case, push.case_id)
        root = links.root_case(session, case)
        is_called = root.urgent and chat.use in (ChatUse.HANDLING, ChatUse.DUTY)
        leads = is_called or (chat.chat_id == "wrCG" and root.status in SIGNED)
        assert leads or ROOM not in body, (chat.chat_id, body)
        if chat.use not in (ChatUse.HANDLING, ChatUse.SUBSCRIBER):
            continue
        assert not (chat.use == ChatUse.SUBSCRIBER and case.restricted), body
        for name in said.names:
            assert name not in re.sub(r"[\s·.]", "", body), body
        assert said.number not in re.sub(r"\D", "", read_digits(body)), body
        assert said.account not in body, body


OF_PEOPLE = {key: act for key, act in ACTS.items() if set(act.relations) != {CaseRelation.TIME}}
"""Acts that somebody does; what only the program does says nobody's words."""


@pytest.fixture(scope="module")
def shared_scene(haimen_file: Path, env: Environment) -> Iterator[Scene]:
    """One for all acts: whatever is done in it is taken back."""
    with open_sqlite() as database:
        district = District(copy_template(database, haimen_file), env)
        district.disable_disk_sync()
        yield Scene(district)


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """Nothing done yet, and nothing refused."""
    shared_scene.done.clear()
    shared_scene.refused.clear()
    return shared_scene


@cache
def draw_secrets() -> Mapping[str, Secrets]:
    """Other words for each act, the same every time."""
    drawn: list[Secrets] = []

    @settings(
        max_examples=len(OF_PEOPLE) + 1, phases=[Phase.generate], derandomize=True, database=None,
        deadline=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(secrets())
    def draw(said: Secrets) -> None:
        drawn.append(said)

    draw()
    # The first that is drawn is always the plainest one.
    return dict(zip(OF_PEOPLE, drawn[1:], strict=True))


@pytest.mark.parametrize("act", OF_PEOPLE.values(), ids=list(OF_PEOPLE))
def test_whatever_is_done_names_nobody_in_a_group(scene: Scene, act: Act) -> None:
    said = draw_secrets()[act.key]
    with scene.tell(said) as session:
        known = session.scalar(select(func.max(Push.id))) or 0
        for status in sorted(act.from_states):
            for user in scene.find_able(session, act, status):
                with scene.only_now(session):
                    scene.perform(session, act.key, scene.put(session, act, status), user, said.words)
                    check_groups(session, said, known, scene)
        for user in PEOPLE:
            with scene.only_now(session):
                case = scene.put(session, act, None)
                number = "" if act.opens_case else f"{case.number} "
                scene.type(session, user, f"/{act.verb} {number}{said.words}")
                check_groups(session, said, known, scene)
    assert act.opens_case or any(key == act.key for key, _ in scene.done), scene.refused
