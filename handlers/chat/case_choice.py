"""Several cases fit what was said: a card with a button for each, and nothing done before a press.

/核查 0001 通过 ─> 「0001」对应 2 件  [WG260330-0001] [WG260329-0001]
press ─> /核查 WG260329-0001 通过, as if typed; what must be confirmed is still shown first

Words and files of the message wait with the question (`models.pending_commands`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from handlers.cards import layout
from handlers.cards.keys import ChoiceKey, PreviewTask
from handlers.cases.views import view_for
from handlers.chat import case_lookup, confirmations
from handlers.chat.inbound import InboundMessage
from handlers.errors import Refused
from handlers.wording import labels, marks, talk
from models.messages import Button, Card, CardPush, CardUpdatePush, Part, PartKind
from models.pending_commands import PendingCommand

MOST = 4
"""Buttons of a question; more are no question any more."""
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def ask_which(inbound: InboundMessage, said: str, numbers: Sequence[str]) -> bool:
    """Show the cases that the typed `said` may mean. False where it is not found in what was typed."""
    text = _blank_number(inbound.incoming.text, said)
    if text is None:
        return False
    offer_cases(inbound, text, numbers, words=lambda lines: talk.which_case(said, len(numbers), lines))
    return True


def offer_cases(
    inbound: InboundMessage, text: str, numbers: Sequence[str], *, words: Callable[[Sequence[str]], str]
) -> None:
    """Show a card with a button for each of these cases, the likeliest first; of many for the first ones.

    `text`: the command, with `marks.BLANK_NUMBER` where the number goes; `words`: of the card, from a line
    of each case.
    """
    pending = confirmations.store_pending(inbound, text, quoted=inbound.incoming.quoted_text)
    offered = numbers[:MOST]
    lines = []
    for number in offered:
        case = case_lookup.find_case(inbound, number)
        view = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
        lines.append(talk.choice_line(view))
    if left := len(numbers) - len(offered):
        lines.append(talk.more_choices(left, in_private=inbound.in_private))
    card = Card(
        task_id=PreviewTask(pending.id, inbound.inbox_id).to_id(),
        title=labels.WHICH_CASE,
        body=words(lines),
        buttons=tuple(
            Button(labels.choice(number), ChoiceKey(pending.id, number).to_key(), 1) for number in offered
        ),
        url=inbound.env.base_url,
    )
    inbound.reply(CardPush(card))


def _blank_number(text: str, said: str) -> str | None:
    """The command with a blank for the typed number, with its slash; None where it is not found there."""
    found = re.search(rf"(?<!\d){re.escape(said)}(?!\d)", text.translate(_DIGITS))
    if found is None:
        return None
    blanked = text[: found.start()] + marks.BLANK_NUMBER + text[found.end() :]
    return blanked if blanked.lstrip().startswith(("/", "／")) else f"/{blanked.lstrip()}"


def handle_press(inbound: InboundMessage, pressed: ChoiceKey, run: Callable[[InboundMessage], str]) -> str:
    """A press on one of the cases. Only who typed the command may choose, once, for ten minutes.

    `run` carries out a message as if it had just been typed.
    """
    pending = inbound.session.get(PendingCommand, pressed.pending_id, with_for_update=True)
    try:
        usable = confirmations.require_usable(inbound, pending)
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        return f"refused.{refused.slug}"
    usable.used_at = inbound.now
    command = usable.text.replace(marks.BLANK_NUMBER, pressed.number)
    result = run(_as_typed(inbound, usable, command))
    card = Card(
        task_id=PreviewTask(usable.id, inbound.inbox_id).to_id(),
        title=labels.WHICH_CASE,
        body=talk.chosen_case(pressed.number),
        url=layout.case_address(inbound.env, pressed.number, for_staff=not inbound.asker.is_outsider),
    )
    inbound.reply(CardUpdatePush(inbound.incoming.message_id, card), part="card")
    return result


def _as_typed(inbound: InboundMessage, usable: PendingCommand, command: str) -> InboundMessage:
    typed = confirmations.as_typed_message(inbound, usable)
    said = replace(typed.incoming, parts=(Part(PartKind.TEXT, command),))
    return replace(typed, incoming=said, is_confirmed=False)
