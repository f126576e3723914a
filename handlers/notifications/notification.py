"""A notification: one event, sent to the chats of its audiences as words, cards or photos."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.cards import layout
from handlers.cards.keys import CardRole, CaseTask
from handlers.cases import views
from handlers.cases.context import ActContext
from handlers.cases.secrecy import disclosure
from handlers.cases.secrecy.redaction import redact_view
from handlers.environment import unit_chats
from handlers.notifications import pushes, recipients, relays, terse
from handlers.wording import marks, reporter, voices
from handlers.wording.case_view import CaseView
from models import case_links
from models.cases import Case, Event
from models.messages import Button, CardPush, FilePush, PartKind, PhotoPush, PushBody, TextPush
from models.organisation import Chat, ChatUse
from models.pushes import PushPurpose
from models.reports import IS_PICTURE, IS_PLAYABLE, Media
from models.workflow import ACTS, Audience, Status

_PURPOSES: Mapping[Audience, PushPurpose] = {
    Audience.REPORTER: PushPurpose.ANSWER,
    Audience.HANDLING: PushPurpose.ORDER,
    Audience.PARTNERS: PushPurpose.ORDER,
    Audience.JOINT: PushPurpose.NOTICE,
    Audience.DUTY: PushPurpose.ORDER,
    Audience.LEADER: PushPurpose.ORDER,
    Audience.FORMER: PushPurpose.NOTICE,
    Audience.CHARGE: PushPurpose.ORDER,
    Audience.SURVEYORS: PushPurpose.ORDER,
    Audience.SIGNER: PushPurpose.ORDER,
}
"""What a push about a case is for, by who is told: those who have something to do with it get an order."""
_STAFF = frozenset({Audience.HANDLING, Audience.PARTNERS, Audience.DUTY})
"""Audiences that get a video itself, beside the picture that stands for it."""
_LARGEST_FILE = 20 * 1024**2
"""Bytes that every channel carries as a file (protocols, wecom-aibot.md §6 and wecom-webhook.md A)."""
_CARD, _PHOTOS = "\0card", "\0photos"
"""Stand for a card and for the photos of an answer in `sent`."""
Words = Callable[[CaseView], str]
Notifier = Callable[["Notification"], None]


@dataclass(frozen=True, slots=True)
class Notification:
    """One event being announced: the pushes gathered so far, and what they are made from."""

    context: ActContext
    event: Event
    view: CaseView
    rows: list[pushes.Row] = field(default_factory=list)
    """Pushes, in the order they were queued."""
    sent: set[tuple[int, str]] = field(default_factory=set)
    """Chat ids and words, so that a chat that is two audiences gets the same words only once."""
    also_numbers: tuple[str, ...] = ()
    """Numbers of joined cases that were reported in the same chat, to be named beside the case's own."""
    only_chat: Chat | None = None
    """The one chat this notification is for, of reporters of joined cases; None: the audiences' chats."""
    joined_case: Case | None = None
    """The joined case whose reporter is told there; None: the case's own is."""
    common_view: CaseView | None = None
    """The case as whoever may know it reads it, where `view` is what one audience reads; None: `view` is."""
    audience: Audience | None = None
    """Whose `view` it is; None: as whoever may know the case reads it."""
    is_redacted: bool = False
    """`view` is what the units called to a restricted case may know."""
    hint: str = ""
    """What the card says before the words of the case."""
    disclosed: dict[disclosure.Disclosure, CaseView] = field(default_factory=dict)
    """The case as it was shown before, by what might be shown: most chats may read the same."""
    known_chats: dict[tuple[int, Audience], list[Chat]] = field(default_factory=dict)
    """The chats of an audience, by case id: nothing changes them while the event is announced."""
    allowed: dict[tuple[int, int], disclosure.Disclosure] = field(default_factory=dict)
    """What may be read of a case in a chat, by their ids."""

    def for_audience(self, audience: Audience) -> "Notification":
        """The same event as this audience may read it, in the chats where it is told.

        Units called to a restricted case read the danger; of rooms and numbers everybody reads what
        `secrecy.disclosure` says.
        """
        if audience is self.audience:
            return self
        case, common = self.context.case, self.common_view or self.view
        redacts = case.restricted and case.urgent and audience in recipients.CALLED
        seen = self._disclose(common, self.chats(audience))
        if redacts:
            seen = redact_view(self.context.session, case, seen, self.context.env, self.event)
        return replace(self, audience=audience, view=seen, common_view=common, is_redacted=redacts)

    def view_in(self, chats: Sequence[Chat]) -> CaseView:
        """The case as it may be read in all of these chats."""
        return self._disclose(self.common_view or self.view, chats)

    def _disclose(self, view: CaseView, chats: Sequence[Chat]) -> CaseView:
        session, case = self.context.session, self.context.case
        shared = self.find_shared_disclosure(chats)
        if shared == disclosure.NOTHING or self.only_chat is not None:
            return view  # the words of joined cases are written by `followers`
        if shared not in self.disclosed:
            env, event = self.context.env, self.event
            self.disclosed[shared] = views.disclose(session, case, view, env, event=event, disclosure=shared)
        return self.disclosed[shared]

    def find_shared_disclosure(self, chats: Sequence[Chat]) -> disclosure.Disclosure:
        """What of the case may be read in all of these chats."""
        allowed = [self._find_disclosure(chat) for chat in chats]
        return reduce(and_, allowed) if allowed else disclosure.NOTHING

    def _find_disclosure(self, chat: Chat) -> disclosure.Disclosure:
        case = self.context.case
        if (case.id, chat.id) not in self.allowed:
            self.allowed[case.id, chat.id] = disclosure.disclose_to_chat(self.context.session, case, chat)
        return self.allowed[case.id, chat.id]

    def chats(self, audience: Audience) -> list[Chat]:
        """The chats of an audience for this event."""
        if self.only_chat is not None:
            return [self.only_chat] if audience is Audience.REPORTER else []
        asked = self.context.case.id, audience
        if asked not in self.known_chats:
            self.known_chats[asked] = recipients.audience_chats(self.context, audience)
        return self.known_chats[asked]

    def send_text(self, audience: Audience, body: TextPush, part: str, *, status: bool = False) -> None:
        """Send a text to an audience; `part` tells several texts to one audience apart.

        With `status`, a newer status of the case replaces it as long as it has not been sent.
        """
        merge = f"status:{self.context.case.id}" if status else None
        body = replace(body, text=self._with_follower_numbers(audience, body.text))
        for chat in self.chats(audience):
            said = self._redact_restricted(audience, chat, body)
            self.queue(audience, chat, said, part, merge=merge)

    def _find_mentions(self, chat: Chat) -> tuple[str, ...]:
        context = self.context
        return recipients.mentions_for(context.session, chat, context.env, now=context.now)

    def send_words(
        self, audience: Audience, words: str, *, part: str = "text", mention: bool = False
    ) -> None:
        """Send words to an audience; with `mention` they @-mention whoever is responsible there."""
        words = self._with_follower_numbers(audience, words)
        for chat in self.chats(audience):
            mentions = self._find_mentions(chat) if mention else ()
            push = self._redact_restricted(audience, chat, TextPush(words, mentions))
            self.queue(audience, chat, push, part)

    def send_result(self, words: str, *, short: str, before: Sequence[int], after: Sequence[int]) -> bool:
        """Tell the reporter the result: once a channel accepts it, they are answered. False: nobody is there.

        `short`: the words where each message counts, with `before` and `after` (media ids) in one picture.
        That there is news of a restricted case, said in a group, is no answer.
        """
        whole = TextPush(self._with_follower_numbers(Audience.REPORTER, words))
        there = [chat for chat in self.chats(Audience.REPORTER) if chat.gone_at is None]
        for chat in self.chats(Audience.REPORTER):
            said = self._redact_restricted(Audience.REPORTER, chat, whole)
            if said is whole and self._is_terse(chat):
                self._send_whole_answer(
                    chat, self._with_follower_numbers(Audience.REPORTER, short), before, after
                )
            else:
                self.queue(Audience.REPORTER, chat, said, "text", is_result=said is whole)
        return bool(there)

    def _is_terse(self, chat: Chat) -> bool:
        return chat.channel in self.context.env.terse_channels

    def _send_whole_answer(self, chat: Chat, words: str, before: Sequence[int], after: Sequence[int]) -> None:
        """The answer in two messages: one picture, and the words with the rating below them."""
        if after:
            picture = PhotoPush(after[-1], beside=before[0] if before else None)
            self.queue(Audience.REPORTER, chat, picture, f"photo{after[-1]}")
        buttons = self.build_card(CardRole.REPORTER, chat).card.buttons
        answer = self._build_terse_card(chat, words, buttons)
        self.queue(Audience.REPORTER, chat, answer, "card", is_result=True)
        self.sent.update({(chat.id, _CARD), (chat.id, _PHOTOS)})

    def _build_terse_card(self, chat: Chat, words: str, buttons: tuple[Button, ...] = ()) -> CardPush:
        task = CaseTask(
            self.context.case.number, CardRole.REPORTER, chat.id, event_number=self.event.number
        ).to_id()
        return CardPush(terse.build_card(self.context, self.view, words, task_id=task, buttons=buttons))

    def send_card(self, audience: Audience, desk: CardRole) -> None:
        """Send the card of this role to an audience; a chat gets one card of an event at most."""
        for chat in self.for_audience(audience).content_chats(audience):
            self.send_card_to(chat, audience, desk)

    def send_card_to(self, chat: Chat, audience: Audience, desk: CardRole) -> None:
        """The card to act upon in one chat of an audience."""
        if (chat.id, _CARD) not in self.sent:
            self.sent.add((chat.id, _CARD))
            here = CardRole.DUTY if desk is CardRole.LEADER and chat.use == ChatUse.DUTY else desk
            merge = f"card:{self.context.case.id}:{here}"
            card = self.for_audience(audience).build_card(here, chat)
            self.queue(audience, chat, card, "card", merge=merge)

    def send_fresh_card(self, audience: Audience, desk: CardRole) -> None:
        """Send a card, as older ones show a state that is over; not where one is just being redrawn."""
        self.sent.update(
            (chat.id, _CARD) for chat in self.chats(audience) if chat.id == self.context.redrawn_chat_id
        )
        self.send_card(audience, desk)

    def send_photos(self, audience: Audience, media: list[int]) -> None:
        """Send pictures (media ids) to an audience; of a restricted case only in direct conversations.

        A video is shown by a still picture; staff also get the video itself, without its sound.
        """
        # A photo may show whom it accuses, so that units called to a restricted case see none.
        chats = self.content_chats(audience) if not self.is_redacted else ()
        videos = self._load_videos(media) if chats and media else {}
        for chat in chats:
            for one in media if (chat.id, _PHOTOS) not in self.sent else ():
                video = videos.get(one)
                caption = voices.video_caption(video.duration) if video else ""
                self.queue(audience, chat, PhotoPush(one, caption), f"photo{one}")
                if video and video.clean_path and video.size <= _LARGEST_FILE and audience in _STAFF:
                    self.queue(audience, chat, FilePush(one), f"video{one}")

    def shows_person(self, audience: Audience) -> bool:
        """Whether a photo of the result would show somebody in distress to a group of this audience."""
        if self.context.case.class_id not in self.context.env.classifier.pack.special.person_classes:
            return False
        return any(chat.use != ChatUse.DIRECT for chat in self.chats(audience))

    def send_voices(self, audience: Audience, media: list[int]) -> None:
        """Send voices (media ids) to those of an audience who sit at a desk: nobody else may know a voice."""
        for chat in self.content_chats(audience) if not self.is_redacted else ():
            for one in media if unit_chats.may_play_voices(self.context.session, chat) else ():
                self.queue(audience, chat, FilePush(one), f"voice{one}")

    def send_sound(self, media: list[int]) -> None:
        """Send what a unit said in its answer (media ids) to the reporter, alone and where it costs nothing.

        Nobody took the names out of what is spoken: no group hears it.
        """
        for chat in self.content_chats(Audience.REPORTER):
            alone = chat.use == ChatUse.DIRECT and not self._is_terse(chat)
            for one in media if alone else ():
                self.queue(Audience.REPORTER, chat, FilePush(one), f"sound{one}")

    def _load_videos(self, media: list[int]) -> Mapping[int, Media]:
        query = select(Media).where(Media.id.in_(media), Media.kind == PartKind.VIDEO)
        return {row.id: row for row in self.context.session.scalars(query)}

    def _with_follower_numbers(self, audience: Audience, words: str) -> str:
        """The words with the numbers of joined cases reported in the same chat, for the reporter."""
        return marks.with_numbers(words, self.also_numbers) if audience is Audience.REPORTER else words

    def _redact_restricted(self, audience: Audience, chat: Chat, body: TextPush) -> TextPush:
        """The text without details, where the reporter of a restricted case is answered in a group."""
        secret = self.context.case.restricted and audience is Audience.REPORTER and chat.use != ChatUse.DIRECT
        if not secret or self.context.act.opens_case:
            return body
        return replace(body, text=reporter.restricted_news(self.view))

    def content_chats(self, audience: Audience) -> list[Chat]:
        """Where this audience may be shown more than words: of a restricted case, in private."""
        chats = self.chats(audience)
        if not self.context.case.restricted or self.is_redacted:
            return chats
        return [chat for chat in chats if chat.use == ChatUse.DIRECT]

    def queue(
        self,
        audience: Audience,
        chat: Chat,
        body: PushBody,
        part: str,
        *,
        merge: str | None = None,
        is_result: bool = False,
    ) -> None:
        """Queue a push for one chat of an audience. A later unsent push with the same `merge` replaces it.

        `is_result`: it tells the reporter the result.
        """
        context = self.context
        terse_reporter = audience is Audience.REPORTER and self._is_terse(chat)
        if terse_reporter and not terse.is_worth_saying(context, self.event, chat):
            return
        if isinstance(body, TextPush):
            if (chat.id, body.text) in self.sent:
                return
            self.sent.add((chat.id, body.text))
        # The receipt answers the message itself: it may leave with the request that brought the message.
        first = context.act.opens_case or context.actor.person is None
        asked_here = chat.id == context.said_in_chat_id or (first and chat.id == context.case.chat_id)
        receipt = asked_here and isinstance(body, TextPush)
        names_page = audience is Audience.REPORTER and (isinstance(body, TextPush) or is_result)
        if terse_reporter and isinstance(body, TextPush):
            body = self._build_terse_card(chat, terse.add_later_door(context, chat, body.text))
        heard = audience is Audience.REPORTER and context.act.opens_case
        self.rows.extend(
            relays.build_rows(
                context.session,
                chat,
                body,
                person_id=self._find_only_reader(audience),
                key=_dedupe_key(context.case, self.event, f"{audience}:{part}", chat),
                env=context.env,
                now=context.now,
                purpose=PushPurpose.RECEIPT if heard else _PURPOSES[audience],
                case=context.case,
                merge=merge,
                answers=context.inbox_id if receipt else None,
                urgent=context.case.urgent,
                result_event=self.event.number if is_result else None,
                link_id=self._find_link_id(chat, is_result=is_result) if names_page else None,
            )
        )

    def _find_link_id(self, chat: Chat, *, is_result: bool) -> int | None:
        """Whose page is named to the reporter here: with what opens a matter or answers it, and in private.

        Whoever has the address speaks as the reporter: a group reads the number and no more.
        """
        context, case = self.context, self.joined_case or self.context.case
        is_told = is_result or context.act.opens_case or Status.DUPLICATE in context.act.to_states
        is_own = chat.use == ChatUse.DIRECT and chat.person_id == case.reporter_id
        if not is_told or not is_own or case.reporter_id is None:
            return None
        return case_links.open_link(context.session, case, case.reporter_id, now=context.now)

    def _find_only_reader(self, audience: Audience) -> int | None:
        """Id of the reporter, where nobody else in the chat is told by the same words of a case of theirs."""
        is_alone = audience is Audience.REPORTER and self.only_chat is None and not self.also_numbers
        return self.context.case.reporter_id if is_alone else None

    def build_card(self, desk: CardRole, chat: Chat) -> CardPush:
        """The card of the case for this chat, with its buttons for this desk."""
        context = self.context
        task_id = CaseTask(context.case.number, desk, chat.id, event_number=self.event.number).to_id()
        seen = replace(self.view, text=f"{self.hint}\n{self.view.text}") if self.hint else self.view
        card = layout.case_card(
            context.session, context.case, seen, desk,
            task_id=task_id, env=context.env, units=(chat.unit_id,),
        )  # fmt: skip
        return CardPush(card)

    def case_photos(self, role: str) -> list[int]:
        """Media ids of the case's photos that show the problem (`before`) or the result (`after`)."""
        if self.context.words_only:
            return []
        found = self.context.session.scalars(
            select(Media.id)
            .where(Media.case_id == self.context.case.id, Media.role == role, IS_PICTURE)
            .order_by(Media.id)
        )
        return list(found)

    def result_sound(self) -> list[int]:
        """Media ids of what was spoken with the result."""
        shown = Media.case_id == self.context.case.id, Media.role == "after", IS_PLAYABLE
        return list(self.context.session.scalars(select(Media.id).where(*shown).order_by(Media.id)))

    def input_photos(self) -> list[int]:
        """Media ids of the photos that came with the act itself."""
        ids = self.context.input.media
        found = self.context.session.scalars(select(Media.id).where(Media.id.in_(ids), IS_PICTURE))
        return list(found) if ids else []

    def case_voices(self) -> list[int]:
        """Media ids of the case's voices."""
        if self.context.words_only:
            return []
        of_case = select(Media.id).where(Media.case_id == self.context.case.id, IS_PLAYABLE)
        return list(self.context.session.scalars(of_case.order_by(Media.id)))

    def input_voices(self) -> list[int]:
        """Media ids of the voices that came with the act itself."""
        ids = self.context.input.media
        found = self.context.session.scalars(select(Media.id).where(Media.id.in_(ids), IS_PLAYABLE))
        return list(found) if ids else []


def was_notified(session: Session, case: Case, event: Event, chat: Chat) -> bool:
    """Whether the event was announced to this chat in words."""
    keys = [_dedupe_key(case, event, f"{audience}:text", chat) for audience in ACTS[event.act].audiences]
    return bool(pushes.find_queued(session, keys))


def _dedupe_key(case: Case, event: Event, part: str, chat: Chat) -> str:
    return f"{case.number}:{event.number}:{part}:{chat.id}"


def words_notifier(
    audience: Audience, words: Words, *, mention: bool = False, status: bool = False
) -> Notifier:
    """A notifier that sends an audience these words; `mention` and `status` as in `Notification`."""

    def tell(notification: Notification) -> None:
        if status:
            notification.send_text(audience, TextPush(words(notification.view)), "text", status=True)
        else:
            notification.send_words(audience, words(notification.view), mention=mention)

    return tell


def own_reporter_notifier(words: Words) -> Notifier:
    """A notifier that tells the reporter of the case itself, and none of a case joined to it."""

    def tell(notification: Notification) -> None:
        if notification.only_chat is None:
            own = replace(notification, also_numbers=())
            own.send_words(Audience.REPORTER, words(notification.view))

    return tell


def card_notifier(audience: Audience, words: Words, desk: CardRole) -> Notifier:
    """A notifier that sends an audience these words and the card of this role."""

    def tell(notification: Notification) -> None:
        notification.send_words(audience, words(notification.view))
        notification.send_card(audience, desk)

    return tell


def send_next_card(notification: Notification) -> None:
    """Send a fresh card to whoever must act next: older cards change only when somebody presses them."""
    context, event = notification.context, notification.event
    following = NEXT.get(Status(context.case.status)) if event.status_from != event.status_to else None
    if following is not None and following[0] not in context.skip_audiences:
        notification.send_fresh_card(*following)


NEXT: Mapping[Status, tuple[Audience, CardRole]] = {
    Status.NEW: (Audience.DUTY, CardRole.DUTY),
    Status.ACCEPTED: (Audience.DUTY, CardRole.DUTY),
    Status.DISPATCHED: (Audience.HANDLING, CardRole.HANDLING),
    Status.IN_PROGRESS: (Audience.HANDLING, CardRole.HANDLING),
    Status.SUBMITTED: (Audience.DUTY, CardRole.DUTY),
    Status.CALLBACK: (Audience.REPORTER, CardRole.REPORTER),
}
"""Who must act on a case in this state, and the card for it."""
