"""Dangerous commands are shown first: what would be done to which case, and a button to do it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from handlers.cases.views import view
from handlers.chat.inbound import Arrival
from handlers.errors import NotFound, Refused
from handlers.wording import labels, marks, talk
from models.cases import Case
from models.messages import Button, Card, CardPush, CardUpdatePush, Part, PartKind
from models.pending_commands import Preview
from models.workflow import Act

_CONFIRM, _CANCEL = "confirm", "cancel"
_GOOD_FOR = timedelta(minutes=10)


def ask(arrival: Arrival, act: Act, case: Case, rest: str) -> str:
    """Show what the command would do to the case; nothing is done yet."""
    seen = view(arrival.session, case, arrival.office, now=arrival.now)
    return show(arrival, talk.preview(seen, act, rest), quoted=marks.case(case.number))


def show(arrival: Arrival, words: str, *, quoted: str = "") -> str:
    """Say what a command would do; `quoted`: what it was meant for, where it quoted nothing itself."""
    preview = keep(arrival, arrival.incoming.text, quoted=quoted or arrival.incoming.quoted_text)
    arrival.answer(CardPush(_card(arrival, preview, words, buttons=True)))
    return "command.preview"


def keep(arrival: Arrival, text: str, *, quoted: str) -> Preview:
    """What this person may go on with here, for ten minutes."""
    preview = Preview(
        person_id=arrival.person.id, chat_id=arrival.chat.id, text=text, quoted=quoted, at=arrival.now
    )
    arrival.session.add(preview)
    arrival.session.flush()
    return preview


def newest(arrival: Arrival, *those: ColumnElement[bool]) -> Preview | None:
    """The last of those that this person began here, kept from others until it is used."""
    mine = (Preview.person_id == arrival.person.id, Preview.chat_id == arrival.chat.id)
    found = select(Preview).where(*mine, *those).order_by(Preview.id.desc()).limit(1)
    return arrival.session.scalar(found.with_for_update())


def is_over(arrival: Arrival, preview: Preview) -> bool:
    """It was used, or its ten minutes have passed."""
    return preview.used_at is not None or arrival.now - preview.at > _GOOD_FOR


def _card(arrival: Arrival, preview: Preview, body: str, *, buttons: bool) -> Card:
    keys = (
        Button(labels.CONFIRM, f"{_CONFIRM}:{preview.id}", 1),
        Button(labels.CANCEL, f"{_CANCEL}:{preview.id}", 2),
    )
    return Card(
        task_id=f"preview-{preview.id}-{arrival.inbox_id}",
        title=labels.PLEASE_CONFIRM,
        body=body,
        buttons=keys if buttons else (),
        url=arrival.office.base_url,
    )


def read_key(key: str) -> tuple[bool, int] | None:
    """Whether it confirms, and which preview; None for a button of another kind."""
    word, _, number = key.partition(":")
    return (word == _CONFIRM, int(number)) if word in (_CONFIRM, _CANCEL) and number.isdigit() else None


def confirm_pressed(arrival: Arrival, pressed: tuple[bool, int], run: Callable[[Arrival], str]) -> str:
    """A press on the shown card. Only its author may confirm, once, for ten minutes.

    `run` carries out a message as if it had just been typed.
    """
    confirms, number = pressed
    preview = arrival.session.get(Preview, number, with_for_update=True)
    result = "preview.cancelled"
    try:
        usable = _usable(arrival, preview)
        usable.used_at = arrival.now
        if confirms:
            result = run(_typed(arrival, usable))
    except Refused as refused:
        arrival.answer(refused.sentence, part="refused")
        return f"refused.{refused.slug}"
    words = talk.CONFIRMED if confirms else talk.CANCELLED
    if result.startswith("refused."):
        words = talk.NOT_CONFIRMED
    card = _card(arrival, usable, words, buttons=False)
    arrival.answer(CardUpdatePush(arrival.incoming.message_id, card), part="card")
    return result


def confirmed(arrival: Arrival) -> Arrival:
    """`/确认`: the newest command of mine in this chat that waits for it, as if just typed."""
    usable = _usable(arrival, newest(arrival, Preview.quoted.not_like(f"{marks.BEGUN}%")))
    usable.used_at = arrival.now
    return _typed(arrival, usable)


def _usable(arrival: Arrival, preview: Preview | None) -> Preview:
    if preview is None or preview.person_id != arrival.person.id:
        raise NotFound(talk.NOTHING_TO_CONFIRM)
    if is_over(arrival, preview):
        raise NotFound(talk.CONFIRMED_TOO_LATE)
    return preview


def _typed(arrival: Arrival, preview: Preview) -> Arrival:
    said = replace(
        arrival.incoming,
        click=None,
        parts=(Part(PartKind.TEXT, preview.text),),
        quote=(Part(PartKind.TEXT, preview.quoted),),
    )
    return replace(arrival, incoming=said, confirmed=True)
