"""Dangerous commands are shown first: what would be done to which case, and a button to do it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from handlers.cards import layout
from handlers.cards.keys import PreviewKey, PreviewTask
from handlers.cases.views import mask_case_words, view_for
from handlers.chat.inbound import InboundMessage
from handlers.environment.people import newcomers
from handlers.errors import NotFound, Refused
from handlers.wording import labels, marks, talk
from handlers.wording.markup import escape_words
from models.cases import Case
from models.messages import Button, Card, CardPush, CardUpdatePush, Part, PartKind
from models.pending_commands import PendingCommand
from models.workflow import Act

_GOOD_FOR = timedelta(minutes=10)


def ask_to_confirm(inbound: InboundMessage, act: Act, case: Case, rest: str) -> str:
    """Show what the command would do to the case; nothing is done yet. Returns a slug.

    `rest`: the command's words after the case number.
    """
    seen = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
    said = escape_words(mask_case_words(inbound.session, case, rest, inbound.env))
    return show_preview(inbound, talk.act_preview(seen, act, said), quoted=marks.case_mark(case.number))


def show_preview(inbound: InboundMessage, words: str, *, quoted: str = "", command: str = "") -> str:
    """Show `words`, what the message's command would do, with buttons to confirm or drop it. Returns a slug.

    `quoted`: mark of the case that is meant, where the message quotes none itself. `command`: what is to be
    confirmed, where it was pressed and not typed.
    """
    text = command or inbound.incoming.text
    preview = store_pending(inbound, text, quoted=quoted or inbound.incoming.quoted_text)
    inbound.reply(CardPush(_build_card(inbound, preview, words, buttons=True)))
    return "command.preview"


def store_pending(inbound: InboundMessage, text: str, *, quoted: str) -> PendingCommand:
    """Store a command that this person may complete or confirm in this chat within ten minutes.

    `text`: the command as typed so far; `quoted`: the mark or hint it is found by. What came along with the
    message and can be opened waits with it.
    """
    preview = PendingCommand(
        person_id=inbound.person.id, chat_id=inbound.chat.id, text=text, quoted=quoted, at=inbound.now
    )
    preview.keep_files((*inbound.usable_files, inbound.rest) if inbound.rest else inbound.usable_files)
    inbound.session.add(preview)
    inbound.session.flush()
    newcomers.note_command(inbound.session, inbound.person.id)
    return preview


def latest_pending(inbound: InboundMessage, *those: ColumnElement[bool]) -> PendingCommand | None:
    """The newest pending command of this person in this chat that meets the conditions, locked.

    None where there is none.
    """
    if newcomers.has_no_command(inbound.session, inbound.person.id):
        return None
    mine = (PendingCommand.person_id == inbound.person.id, PendingCommand.chat_id == inbound.chat.id)
    found = select(PendingCommand).where(*mine, *those).order_by(PendingCommand.id.desc()).limit(1)
    return inbound.session.scalar(found.with_for_update())


def is_expired(inbound: InboundMessage, preview: PendingCommand) -> bool:
    """Whether the pending command was used already, or is older than ten minutes."""
    return preview.used_at is not None or inbound.now - preview.at > _GOOD_FOR


def _build_card(inbound: InboundMessage, preview: PendingCommand, body: str, *, buttons: bool) -> Card:
    numbers = marks.find_numbers(preview.quoted)
    for_staff = len(numbers) == 1 and not inbound.asker.is_outsider
    choice = (
        Button(labels.CONFIRM, PreviewKey(preview.id, confirms=True).to_key(), 1),
        Button(labels.CANCEL, PreviewKey(preview.id, confirms=False).to_key(), 2),
    )
    return Card(
        task_id=PreviewTask(preview.id, inbound.inbox_id).to_id(),
        title=labels.PLEASE_CONFIRM,
        body=body,
        buttons=choice if buttons else (),
        url=layout.case_address(inbound.env, "".join(numbers), for_staff=for_staff),
    )


def handle_press(inbound: InboundMessage, pressed: PreviewKey, run: Callable[[InboundMessage], str]) -> str:
    """A press on the shown card: only its author may confirm, once, within ten minutes. Returns a slug.

    `run` carries out a message as if it had just been typed. A refusal is said in the chat.
    """
    preview = inbound.session.get(PendingCommand, pressed.preview_id, with_for_update=True)
    result = "preview.cancelled"
    try:
        usable = require_usable(inbound, preview)
        usable.used_at = inbound.now
        if pressed.confirms:
            result = run(as_typed_message(inbound, usable))
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        return f"refused.{refused.slug}"
    words = talk.CONFIRMED if pressed.confirms else talk.CANCELLED
    if result.startswith("refused."):
        words = talk.NOT_CONFIRMED
    card = _build_card(inbound, usable, words, buttons=False)
    inbound.reply(CardUpdatePush(inbound.incoming.message_id, card), part="card")
    return result


def confirm_latest(inbound: InboundMessage) -> InboundMessage:
    """`/确认`: the newest command of mine in this chat that waits for it, as if just typed."""
    usable = require_usable(inbound, latest_pending(inbound, *_WAITS_FOR_YES))
    usable.used_at = inbound.now
    return as_typed_message(inbound, usable)


_WAITS_FOR_YES = (
    PendingCommand.quoted.not_like(f"{marks.HINT_SIGN}%"),
    PendingCommand.text.not_like(f"%{marks.BLANK_NUMBER}%"),
)
_YES = frozenset({"是", "是的", "是啊", "对", "对的", "确认", "确定", "确认执行", "没错"})
_NO = frozenset({"不", "不是", "不对", "否", "取消", "算了", "不用了", "先不"})


def take_answer(inbound: InboundMessage, run: Callable[[InboundMessage], str]) -> str | None:
    """Do, or drop, what was shown last, where the whole message is yes or no. Returns a slug.

    None: it is neither, or nothing of this person waits for it here. `run` carries out a message as if it
    had just been typed.
    """
    said = inbound.incoming.text.strip(" 。！!，,~～")
    if said not in _YES | _NO or not inbound.may_answer_unasked:
        return None
    shown = latest_pending(inbound)
    if shown is None or is_expired(inbound, shown) or latest_pending(inbound, *_WAITS_FOR_YES) is not shown:
        return None
    shown.used_at = inbound.now
    if said in _YES:
        return run(as_typed_message(inbound, shown))
    inbound.reply(talk.CANCELLED)
    return "preview.cancelled"


def require_usable(inbound: InboundMessage, preview: PendingCommand | None) -> PendingCommand:
    """The command, where this person may go on with it; NotFound where it is another's, used or too old."""
    if preview is None or preview.person_id != inbound.person.id:
        raise NotFound(talk.NOTHING_TO_CONFIRM)
    if is_expired(inbound, preview):
        raise NotFound(talk.CONFIRMED_TOO_LATE)
    return preview


def as_typed_message(inbound: InboundMessage, preview: PendingCommand) -> InboundMessage:
    """The press as if its author had typed the command, with its files; it is confirmed by that."""
    files = preview.restore_files()
    said = replace(
        inbound.incoming,
        click=None,
        parts=(Part(PartKind.TEXT, preview.text),),
        quote=(Part(PartKind.TEXT, preview.quoted),),
    )
    return replace(
        inbound,
        incoming=said,
        is_confirmed=True,
        attachments=tuple(file for file in files if file.kind is not PartKind.TEXT),
        rest=next((file for file in files if file.kind is PartKind.TEXT), None),
    )
