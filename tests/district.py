"""The sample district without a wire: what people say goes straight into `dispatch.handle`.

Each message is a real row of the inbox, handled as the worker does it: in one transaction, within
a savepoint, and marked as done together with everything it caused.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from handlers import router
from handlers.acts import delivery
from handlers.cases import event_log
from handlers.environment.levels.ending_rules import SignOffRule
from handlers.environment.snapshot import Environment
from handlers.intake.reports import settlement
from handlers.talk.heard import transcripts
from handlers.talk.heard.words import SpokenWords
from models.cases import Assignment, Case, Event, Rating
from models.clocks import ClockRow
from models.database import Database
from models.inbox import InboxRow, InboxState
from models.messages import (
    Attachment,
    Card,
    CardPush,
    CardUpdatePush,
    Click,
    Incoming,
    IncomingKind,
    LostFile,
    MediaRef,
    Part,
    PartKind,
    PhotoPush,
    PushBody,
    TextPush,
    push_from_json,
)
from models.notices import Notice
from models.organisation import Account, Chat, FurtherPost, Participation, Person, Role, Unit
from models.pushes import Push, PushState
from models.reports import Media, Message, Report
from models.voices import Voice
from tests.databases import copy_template
from tests.waypoints import Position, Waypoints

MONDAY = datetime(2026, 3, 30, 1, 5, tzinfo=UTC)
"""Monday 30 March 2026, 9:05 in Shanghai."""
RUBBLE = "长江路静海路口工地门口建筑垃圾"
"""What, where and whose in one sentence: 积存建筑垃圾渣土, for 城管局, not urgent."""
LAMP = "解放路15号路灯不亮"
"""Another one: 路灯不亮, for 住建局."""
GAS = "解放新村3幢燃气泄漏味道很重"
"""An urgent one, for 燃气公司."""


@dataclass(frozen=True, slots=True)
class QueuedPush:
    """One push as people would see it."""

    row: Push
    body: PushBody

    @property
    def card(self) -> Card | None:
        return self.body.card if isinstance(self.body, CardPush | CardUpdatePush) else None

    @property
    def text(self) -> str:
        """Every word of it, whatever its kind."""
        match self.body:
            case TextPush(text=text):
                return text
            case PhotoPush(caption=caption):
                return caption
            case CardPush(card=card) | CardUpdatePush(card=card):
                rows = [f"{name}：{value}" for name, value in card.rows]
                buttons = [button.text for button in card.buttons]
                return "\n".join([card.title, card.desc, card.body, *rows, *buttons])
            case _:
                return ""


def make_photo(position: int, **more: Any) -> Attachment:
    """A stored picture; no file is behind it, since the handlers never open one."""
    return Attachment(
        position, PartKind.PHOTO, "image/jpeg", 100, f"{position:064x}", f"{position}.jpg", **more
    )


def make_voice(position: int, **more: Any) -> Attachment:
    """A stored voice of 24 seconds with a copy to be played."""
    usual: dict[str, Any] = {"play_path": f"{position}.mp3", "duration": 24.4}
    return Attachment(
        position, PartKind.VOICE, "audio/amr", 100, f"{position:064x}", f"{position}.amr", **usual | more
    )


class District:
    """People of examples/haimen in their groups, a clock, and what they get to read."""

    def __init__(self, database: Database, env: Environment, *, now: datetime = MONDAY) -> None:
        self.database = database
        self.env = env
        self.now = now
        self.bot_name = "网格助手"
        self.message_count = 0
        self._between_messages = timedelta(seconds=1)
        self._waypoints: Waypoints | None = None
        self._start: Hashable = None

    def reset(self, template: Path) -> "District":
        """The same engine, whose statements are known to it, on an empty district."""
        return District(copy_template(self.database, template), self.env)

    def disable_disk_sync(self) -> None:
        """Nobody pulls the plug on a test: its commits need not wait for the disk."""
        event.listen(
            self.database.engine,
            "connect",
            _disable_sqlite_sync if self.database.sqlite else _disable_postgres_sync,
        )

    # What people do -------------------------------------------------------------------------

    def say(
        self,
        chat: str,
        user: str,
        text: str = "",
        *,
        quote: str = "",
        photos: int | Sequence[Attachment] = 0,
        lost: Sequence[LostFile] = (),
        addressed: bool = True,
        direct: bool = False,
        at: datetime | None = None,
        spoken: bool = False,
    ) -> str:
        """Say something, `spoken` by voice; the slug of what came of it."""
        files = [make_photo(n) for n in range(photos)] if isinstance(photos, int) else list(photos)
        kinds = [PartKind.PHOTO] * len(files) + [item.kind for item in lost]
        incoming = self.build_message(
            chat, user, text, quote=quote, kinds=kinds, addressed=addressed, direct=direct,
            text_kind=PartKind.VOICE if spoken else PartKind.TEXT,
        )  # fmt: skip
        return self.handle(self.receive(incoming, at), incoming, files, lost)

    def speak(self, chat: str, user: str, words: str = "") -> str:
        """Send a voice, with these words of the platform, in private where the chat is the person; the slug."""
        parts = (Part(PartKind.VOICE, words, media=MediaRef("https://example.invalid/voice")),)
        incoming = self._build_incoming(chat, user, parts=parts, direct=chat == user)
        return self.handle(self.receive(incoming), incoming, [make_voice(0, text=words)])

    def hear(self, user: str, words: str, *, doubted: bool = False, media_id: int | None = None) -> str:
        """What the dictation does once the engine has answered for a voice, the newest unless told."""
        incoming = self._build_incoming(user, user, direct=True)
        self.now += timedelta(seconds=5)
        newest = media_id or max(voice.media_id for voice in self.voices())
        with self.database.write() as session:
            return transcripts.receive_transcript(
                session, incoming, SpokenWords(words, doubted), media_id=newest, env=self.env, now=self.now
            )

    def click(self, chat: str, user: str, key: str, *, task_id: str = "task", **selected: str) -> str:
        """Press the button with this key; `unit="HM-CG"` makes a choice in the card."""
        incoming = self.build_click(chat, user, key, task_id=task_id, **selected)
        return self.handle(self.receive(incoming), incoming)

    def press(self, chat: str, user: str, words: str, **selected: str) -> str:
        """Press the button that says these words, on the newest card of a chat."""
        card = self.last_card(chat)
        key = next(button.key for button in card.buttons if button.text == words)
        return self.click(chat, user, key, task_id=card.task_id, **selected)

    def enter(self, user: str) -> str:
        incoming = self._build_incoming(user, user, kind=IncomingKind.ENTER, direct=True)
        return self.handle(self.receive(incoming), incoming)

    # What a channel makes of it --------------------------------------------------------------

    def build_message(
        self,
        chat: str,
        user: str,
        text: str,
        *,
        quote: str = "",
        kinds: Sequence[PartKind] = (),
        text_kind: PartKind = PartKind.TEXT,
        **more: Any,
    ) -> Incoming:
        parts = [Part(text_kind, text)] if text else []
        parts += [Part(kind, media=MediaRef("https://example.invalid/file")) for kind in kinds]
        quoted = (Part(PartKind.TEXT, quote),) if quote else ()
        return self._build_incoming(chat, user, parts=tuple(parts), quote=quoted, **more)

    def build_click(
        self, chat: str, user: str, key: str, *, task_id: str = "task", **selected: str
    ) -> Incoming:
        chosen = {question: (option,) for question, option in selected.items()}
        click = Click(task_id=task_id, key=key, selected=chosen)
        return self._build_incoming(chat, user, kind=IncomingKind.CLICK, click=click)

    def _build_incoming(self, chat: str, user: str, **more: Any) -> Incoming:
        self.message_count += 1
        usual: dict[str, Any] = {
            "direct": False,
            "sender": user,
            "provider": "wecom",
            "bot_name": self.bot_name,
        }
        return Incoming("grid", f"m{self.message_count}", chat, **usual | more)

    def receive(self, incoming: Incoming, at: datetime | None = None) -> InboxRow:
        """The row of the inbox, as a channel leaves it."""
        self.now = at or self.now + self._between_messages
        row = InboxRow(
            channel=incoming.channel,
            sender=incoming.sender,
            message_id=incoming.message_id,
            lane=f"{incoming.channel}:{incoming.chat_id}:{incoming.sender}",
            raw="",
            received_at=self.now,
            not_before=self.now,
        )
        with self.database.write() as session:
            session.add(row)
        return row

    def handle(
        self,
        row: InboxRow,
        incoming: Incoming,
        files: Sequence[Attachment] = (),
        lost: Sequence[LostFile] = (),
    ) -> str:
        """What the worker does with a row."""
        with self.database.write() as session, session.begin_nested():
            result = router.handle_message(
                session,
                incoming,
                inbox_id=row.id,
                env=self.env,
                now=row.received_at,
                attachments=files,
                lost=lost,
            )
            done = session.get_one(InboxRow, row.id)
            done.state, done.result, done.handled_at = InboxState.DONE, result, row.received_at
        return result

    def deliver_results(self) -> int:
        """The platform accepts the results that wait for reporters; how many cases were answered by them."""
        waiting = select(Push).where(Push.result_event.is_not(None), Push.state == PushState.READY)
        with self.database.write() as session:
            answered = 0
            for push in session.scalars(waiting.order_by(Push.id)).all():
                push.state, push.sent_at = PushState.SENT, self.now
                answered += delivery.record_delivery(session, push, self.env, now=self.now)
        return answered

    def tick(self, at: datetime | None = None) -> int:
        """What the ticker does with waiting reports; how many were due."""
        self.now = at or self.now
        with self.database.write() as session:
            return settlement.settle_due_reports(session, self.env, now=self.now)

    @contextmanager
    def same_instant(self) -> Iterator[None]:
        """What is said within comes at the time of what came last, as the messages of one batch do."""
        before, self._between_messages = self._between_messages, timedelta()
        try:
            yield
        finally:
            self._between_messages = before

    def advance(self, **length: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**length)
        return self.now

    def hire(
        self,
        code: str,
        role: Role,
        unit: str,
        *further: tuple[Role, str],
        participation: Participation = Participation.AGREED,
        **more: Any,
    ) -> str:
        """Put somebody new in the roster, with an account of the same name and these further posts; the code."""
        unit_id = self.unit(unit).id
        posts = [FurtherPost(role=other, unit_id=self.unit(there).id) for other, there in further]
        with self.database.write() as session:
            person = Person(
                code=code, name=f"{code}本人", role=role, unit_id=unit_id, further_posts=posts,
                participation=participation, **more,
            )  # fmt: skip
            session.add(person)
            session.flush()
            session.add(Account(person_id=person.id, provider="wecom", user_id=code))
        return code

    def change_limits(self, **tables: object) -> None:
        """Put other tables into the limits: `sign_offs`, `closing`."""
        self.env = replace(self.env, limits=self.env.limits.model_copy(update=tables))

    # What there is then ---------------------------------------------------------------------

    def pushes(self, chat: str | None = None) -> list[QueuedPush]:
        """Everything queued, oldest first; of one chat where it is named."""
        query = select(Push).order_by(Push.id)
        if chat is not None:
            query = query.join(Chat, Chat.id == Push.chat_id).where(Chat.chat_id == chat)
        return [QueuedPush(row, push_from_json(row.kind, row.body)) for row in self._select_all(query)]

    def chat_text(self, chat: str) -> str:
        """All that a chat got to read."""
        return "\n".join(said.text for said in self.pushes(chat))

    def last_text(self, chat: str) -> str:
        """The newest words in a chat; quoting them names the case."""
        return [said.text for said in self.pushes(chat) if isinstance(said.body, TextPush)][-1]

    def last_card(self, chat: str) -> Card:
        """The newest card in a chat, as last changed."""
        return [said.card for said in self.pushes(chat) if said.card is not None][-1]

    def photos(self, chat: str) -> list[PhotoPush]:
        return [said.body for said in self.pushes(chat) if isinstance(said.body, PhotoPush)]

    def case(self, number: str | None = None) -> Case:
        """The newest case, or the one of this number."""
        query = select(Case).order_by(Case.id.desc()).limit(1)
        found: Case = self._select_one(query if number is None else query.where(Case.number == number))
        return found

    def cases(self) -> list[Case]:
        return self._select_all(select(Case).order_by(Case.id))

    def events(self, case: Case | None = None) -> list[Event]:
        case = case or self.case()
        return self._select_all(select(Event).where(Event.case_id == case.id).order_by(Event.number))

    def acts(self, case: Case | None = None) -> list[str]:
        return [entry.act for entry in self.events(case)]

    def assignments(self) -> list[Assignment]:
        return self._select_all(select(Assignment).order_by(Assignment.id))

    def clocks(self) -> list[ClockRow]:
        return self._select_all(select(ClockRow).order_by(ClockRow.id))

    def reports(self) -> list[Report]:
        return self._select_all(select(Report).order_by(Report.id))

    def messages(self) -> list[Message]:
        return self._select_all(select(Message).order_by(Message.id))

    def media(self) -> list[Media]:
        return self._select_all(select(Media).order_by(Media.id))

    def voices(self) -> list[Voice]:
        return self._select_all(select(Voice).order_by(Voice.media_id))

    def ratings(self) -> list[Rating]:
        return self._select_all(select(Rating).order_by(Rating.id))

    def unit(self, code: str) -> Unit:
        found: Unit = self._select_one(select(Unit).where(Unit.code == code))
        return found

    def chat(self, chat_id: str) -> Chat:
        found: Chat = self._select_one(select(Chat).where(Chat.chat_id == chat_id))
        return found

    def person(self, user: str) -> Person:
        found: Person = self._select_one(select(Person).join(Account).where(Account.user_id == user))
        return found

    def people(self) -> list[Person]:
        return self._select_all(select(Person).order_by(Person.id))

    def units(self) -> list[Unit]:
        return self._select_all(select(Unit).order_by(Unit.id))

    def list_chat_names(self) -> dict[int, str]:
        """The platform's id of every chat, by the chat's own id."""
        return {chat.id: chat.chat_id for chat in self._select_all(select(Chat))}

    def list_events(self) -> list[Event]:
        """The events of all cases, oldest first."""
        return self._select_all(select(Event).order_by(Event.id))

    def count_notices(self) -> int:
        return len(self._select_all(select(Notice)))

    def find_drift(self) -> dict[str, dict[str, tuple[Any, Any]]]:
        """Where rows differ from the sum of their events, by case number; nothing when all is well."""
        with self.database.read() as session:
            found = {
                case.number: event_log.find_drift(session, case) for case in session.scalars(select(Case))
            }
        return {number: wrong for number, wrong in found.items() if wrong}

    def _select_all(self, query: Any) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(query))

    def _select_one(self, query: Any) -> Any:
        with self.database.read() as session:
            return session.scalars(query).one()

    # A case that is already on its way ------------------------------------------------------

    def renumber_case(self, case: Case, number: str) -> Case:
        """The case under a number that an older version gave, counting anew each day."""
        with self.database.write() as session:
            stored = session.get_one(Case, case.id)
            stored.number, stored.tail = number, number[-4:]
        return self.case(number)

    def follow(self, waypoints: Waypoints) -> None:
        """Where nothing has happened yet, the cases below are put back instead of played again."""
        self._waypoints, self._start = waypoints, self._describe_start(waypoints)

    def leave_waypoints(self) -> None:
        """Walk always: for a program that is not what it is in other tests."""
        self._waypoints = None

    def reach(self, waypoint: Hashable, walk: Callable[[], object]) -> Case:
        """Walk to where others begin as well, or be put there; the newest case."""
        waypoints = self._waypoints
        if waypoints is None or self._describe_start(waypoints) != self._start:
            walk()
        elif (position := waypoints.go(waypoint)) is not None:
            self.env, self.now, self.message_count = position.env, position.now, position.message_count
        else:
            walk()
            waypoints.arrive(waypoint, Position(self.env, self.now, self.message_count))
        return self.case()

    def report_case(self, text: str = "", *, photos: int = 0) -> Case:
        """Rubble; each time somewhere else, since the same again would be joined to the first."""
        return self.reach(("report", text, photos), lambda: self._report_case(text, photos))

    def dispatch_case(self, unit: str = "城管局") -> Case:
        return self.reach(("dispatch", unit), lambda: self._dispatch_case(unit))

    def sign_case(self) -> Case:
        return self.reach("sign", self._sign_case)

    def submit_case(self, *, photos: int = 1) -> Case:
        return self.reach(("submit", photos), lambda: self._submit_case(photos))

    def verify_case(self) -> Case:
        return self.reach("verify", self._verify_case)

    def close_case(self) -> Case:
        return self.reach("close", self._close_case)

    def _report_case(self, text: str, photos: int) -> Case:
        before = len(self.cases())
        text = text or (f"北京路{before * 20}号工地门口建筑垃圾" if before else RUBBLE)
        assert self.say("wrINTAKE", "zhangsf", text, photos=photos) == "case.opened"
        # Else the next thing the reporter says would still be a piece of this report.
        self.tick(self.advance(minutes=2))
        return self.case()

    def _dispatch_case(self, unit: str) -> Case:
        case = self.report_case()
        assert self.say("wrDUTY", "duty1", f"/交办 {case.number} {unit}") == "act.assign"
        return self.case(case.number)

    def _sign_case(self) -> Case:
        case = self.dispatch_case()
        assert self.say("wrCG", "cg1", f"/签收 {case.number}") == "act.sign"
        return self.case(case.number)

    def _submit_case(self, photos: int) -> Case:
        case = self.sign_case()
        assert self.say("wrCG", "cg1", f"/反馈 {case.number} 已清运", photos=photos) == "act.feedback"
        return self.case(case.number)

    def _verify_case(self) -> Case:
        case = self.submit_case()
        assert self.say("wrDUTY", "duty1", f"/核查 {case.number} 通过") == "act.verify"
        assert self.deliver_results() == 1
        return self.case(case.number)

    def _close_case(self) -> Case:
        case = self.verify_case()
        assert self.say("wrINTAKE", "zhangsf", f"/评价 {case.number} 已解决 满意") == "act.rate"
        return self.case(case.number)

    def _describe_start(self, waypoints: Waypoints) -> Hashable:
        """All that leads to other rows or another position when it is different."""
        held = (id(self.env), self.now, self.bot_name, self.message_count, self._between_messages)
        return waypoints.mark(), *held


def _disable_sqlite_sync(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


def _disable_postgres_sync(connection: Any, _record: object) -> None:
    connection.execute("SET synchronous_commit TO off")
    connection.commit()


def require_signature(district: District, **people: str) -> None:
    """From now on every answer of this district is signed; `people`: signer, deputy, above, by code."""
    natures = ("投诉", "求助", "举报", "咨询", "建议", "感谢")
    rules = tuple(SignOffRule(nature=nature, **people) for nature in natures)
    district.change_limits(sign_offs=rules)


def load_person(session: Session, user: str) -> Person:
    """The person of an account, in this session."""
    return session.scalars(select(Person).join(Account).where(Account.user_id == user)).one()
