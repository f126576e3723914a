"""The means of announcing: one event, told to an audience's chats as words, cards or photos."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cards import layout
from handlers.cards.keys import Desk
from handlers.cases.context import ActContext
from handlers.notifications import pushes, recipients
from handlers.wording import marks, reporter
from handlers.wording.case_view import View
from models.cases import Case, Event
from models.messages import CardPush, PhotoPush, PushBody, TextPush
from models.organisation import Chat, ChatUse
from models.reports import Media
from models.workflow import ACTS, Audience, Status

_CARD = "\0card"
"""Stands for a card among what was said to a chat."""
Words = Callable[[View], str]
Teller = Callable[["Telling"], None]


@dataclass(frozen=True, slots=True)
class Telling:
    """One event being told."""

    scene: ActContext
    event: Event
    view: View
    rows: list[pushes.Row] = field(default_factory=list)
    """Pushes, in the order they were queued."""
    said: set[tuple[int, str]] = field(default_factory=set)
    """Chat and words, so that a chat that is two audiences reads the same only once."""
    together: tuple[str, ...] = ()
    """Numbers of joined cases that were reported where the reporter of this one is told."""
    only: Chat | None = None
    """Told here alone, to those whose cases were joined to this one."""

    def chats(self, audience: Audience) -> list[Chat]:
        if self.only is not None:
            return [self.only] if audience is Audience.REPORTER else []
        return recipients.chats(self.scene, audience)

    def to(self, audience: Audience, body: TextPush, part: str, *, status: bool = False) -> None:
        """Say something to an audience. A `status` gives way to a newer one that has not left yet."""
        merge = f"status:{self.scene.case.id}" if status else None
        body = replace(body, text=self._to_all(audience, body.text))
        for chat in self.chats(audience):
            self.queue(chat, self._discreet(audience, chat, body), f"{audience}:{part}", merge=merge)

    def say(self, audience: Audience, words: str, *, part: str = "text", ring: bool = False) -> None:
        """Words to an audience; `ring` also @-mentions whoever is responsible there."""
        words = self._to_all(audience, words)
        for chat in self.chats(audience):
            mentions = recipients.ring(self.scene.session, chat) if ring else ()
            push = self._discreet(audience, chat, TextPush(words, mentions))
            self.queue(chat, push, f"{audience}:{part}")

    def card(self, audience: Audience, desk: Desk) -> None:
        """The card to act upon; one event shows a chat one card, however many audiences it is."""
        for chat in self._open_chats(audience):
            if (chat.id, _CARD) not in self.said:
                self.said.add((chat.id, _CARD))
                here = Desk.DUTY if desk is Desk.LEADER and chat.use == ChatUse.DUTY else desk
                self.queue(chat, self._card(here, chat), f"{audience}:card")

    def fresh_card(self, audience: Audience, desk: Desk) -> None:
        """A card where the older ones show a state that is over, except where one is just redrawn."""
        self.said.update((chat.id, _CARD) for chat in self.chats(audience) if chat.id == self.scene.redrawn)
        self.card(audience, desk)

    def photos(self, audience: Audience, media: list[int]) -> None:
        for chat in self._open_chats(audience):
            for one in media:
                self.queue(chat, PhotoPush(one), f"{audience}:photo{one}")

    def _to_all(self, audience: Audience, words: str) -> str:
        """Several who reported the same matter in one chat read it once, each with their own number."""
        return marks.also(words, self.together) if audience is Audience.REPORTER else words

    def _discreet(self, audience: Audience, chat: Chat, body: TextPush) -> TextPush:
        """A restricted case is spoken of in private only; where the reporter has no such chat, as news."""
        secret = self.scene.case.restricted and audience is Audience.REPORTER and chat.use != ChatUse.DIRECT
        if not secret or self.scene.act.key == "report":
            return body
        return replace(body, text=reporter.restricted_news(self.view))

    def _open_chats(self, audience: Audience) -> list[Chat]:
        chats = self.chats(audience)
        return [chat for chat in chats if chat.use == ChatUse.DIRECT or not self.scene.case.restricted]

    def queue(self, chat: Chat, body: PushBody, part: str, *, merge: str | None = None) -> None:
        scene = self.scene
        if isinstance(body, TextPush):
            if (chat.id, body.text) in self.said:
                return
            self.said.add((chat.id, body.text))
        # The receipt answers the message itself: it may ride on the very request that brought it.
        first = scene.act.key == "report" or scene.actor.person is None
        asked_here = chat.id == scene.here or (first and chat.id == scene.case.chat_id)
        receipt = asked_here and isinstance(body, TextPush)
        self.rows.append(
            pushes.row(
                chat,
                body,
                key=_key(scene.case, self.event, part, chat),
                office=scene.office,
                now=scene.now,
                case=scene.case,
                merge=merge,
                answers=scene.inbox_id if receipt else None,
                urgent=scene.case.urgent,
            )
        )

    def _card(self, desk: Desk, chat: Chat) -> CardPush:
        scene = self.scene
        task_id = f"{scene.case.number}-{self.event.number}-{desk}-{chat.id}"
        card = layout.of(
            scene.session, scene.case, self.view, desk,
            task_id=task_id, office=scene.office, units=(chat.unit_id,),
        )  # fmt: skip
        return CardPush(card)

    def case_photos(self, role: str) -> list[int]:
        """Photos of the case that show the problem (`before`) or the result (`after`)."""
        if self.scene.words_only:
            return []
        found = self.scene.session.scalars(
            select(Media.id)
            .where(Media.case_id == self.scene.case.id, Media.role == role, Media.kind == "photo")
            .order_by(Media.id)
        )
        return list(found)

    def given_photos(self) -> list[int]:
        """Photos that came with the act itself."""
        ids = self.scene.given.media
        found = self.scene.session.scalars(select(Media.id).where(Media.id.in_(ids), Media.kind == "photo"))
        return list(found) if ids else []


def told(session: Session, case: Case, event: Event, chat: Chat) -> bool:
    """Whether this chat is an audience of the event and read its words."""
    keys = [_key(case, event, f"{audience}:text", chat) for audience in ACTS[event.act].tells]
    return bool(pushes.written(session, keys))


def _key(case: Case, event: Event, part: str, chat: Chat) -> str:
    return f"{case.number}:{event.number}:{part}:{chat.id}"


def says(audience: Audience, words: Words, *, ring: bool = False, status: bool = False) -> Teller:
    """A teller that only says words."""

    def tell(telling: Telling) -> None:
        if status:
            telling.to(audience, TextPush(words(telling.view)), "text", status=True)
        else:
            telling.say(audience, words(telling.view), ring=ring)

    return tell


def says_with_card(audience: Audience, words: Words, desk: Desk) -> Teller:
    """A teller that says words and shows the card to act upon."""

    def tell(telling: Telling) -> None:
        telling.say(audience, words(telling.view))
        telling.card(audience, desk)

    return tell


def next_card(telling: Telling) -> None:
    """Whoever must act next has a true card: the older ones can be changed only when they are pressed."""
    scene, event = telling.scene, telling.event
    following = NEXT.get(Status(scene.case.status)) if event.status_from != event.status_to else None
    if following is not None and following[0] not in scene.quiet_to:
        telling.fresh_card(*following)


NEXT: Mapping[Status, tuple[Audience, Desk]] = {
    Status.NEW: (Audience.DUTY, Desk.DUTY),
    Status.ACCEPTED: (Audience.DUTY, Desk.DUTY),
    Status.DISPATCHED: (Audience.HANDLING, Desk.HANDLING),
    Status.IN_PROGRESS: (Audience.HANDLING, Desk.HANDLING),
    Status.SUBMITTED: (Audience.DUTY, Desk.DUTY),
    Status.CALLBACK: (Audience.REPORTER, Desk.REPORTER),
}
"""Who must act on a case in this state, and the card for it."""
