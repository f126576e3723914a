"""An act begun by a button and finished in words: the next thing whoever pressed says, quoted or not.

    press 退回 ─> 【待写】〔WG261121-0031〕退回：…
    quoted with 「不归我们管」 ─> /退回 WG261121-0031：不归我们管

The act begun is kept among the pending commands (`models.pending_commands`), for ten minutes and for
one person. The finished command is the same as the typed one, files included.
"""

from collections.abc import Callable
from dataclasses import replace

from handlers.chat import confirmations
from handlers.chat.inbound import InboundMessage
from handlers.wording import labels, marks, talk
from models.case_numbers import serial_of
from models.cases import Case
from models.messages import Part, PartKind
from models.pending_commands import PendingCommand
from models.workflow import BY_WORD, Act, ActField

_NEVER_MIND = frozenset({"取消", "算了", "不用了", "不办了"})
# Asked for every message: putting it together takes longer than its answer.
_IS_HINTED = PendingCommand.quoted.startswith(marks.HINT_SIGN, autoescape=True)


def ask_for_words(inbound: InboundMessage, act: Act, case: Case, *, already: str = "") -> None:
    """Say what to write for the act, and keep the act as pending.

    `already`: what the button itself said, such as 不通过.
    """
    usage = f"{already} 理由" if already else act.usage
    hint = labels.hint(
        act.verb, case.tail, usage, case.number,
        wanted="理由" if already else "", in_private=inbound.in_private,
    )  # fmt: skip
    # A number that is part of what is written must not be taken for one more case.
    after = " " if ActField.PARENT in act.required_fields else "："
    confirmations.store_pending(inbound, f"/{act.verb} {case.number}{after}{already}", quoted=hint)
    inbound.reply(hint, case=case, part="ask")


def quotes_hint(inbound: InboundMessage) -> bool:
    """Whether the message quotes a hint to write the rest of an act."""
    return marks.find_hint(inbound.incoming.quoted_text) is not None


def finish_act(inbound: InboundMessage, run: Callable[[InboundMessage], str]) -> str:
    """Perform the act whose hint the message quotes, with its words and files. Returns a slug.

    `run` carries out a message as if it had just been typed. Too late, or taken back: that is said instead.
    """
    number, verb = marks.find_hint(inbound.incoming.quoted_text) or ("", "")
    begun = _find_pending(inbound, number, verb)
    if begun is None:
        act = BY_WORD.get(verb)
        inbound.reply(talk.hint_expired(verb, serial_of(number), act.usage if act else ""))
        return "begun.too_late"
    return finish_begun(inbound, begun, run)


def find_begun(inbound: InboundMessage) -> PendingCommand | None:
    """The act that this person began here last and whose words are still waited for; None: there is none."""
    found = confirmations.latest_pending(inbound, _IS_HINTED)
    return found if found is not None and not confirmations.is_expired(inbound, found) else None


def finish_begun(inbound: InboundMessage, begun: PendingCommand, run: Callable[[InboundMessage], str]) -> str:
    """Perform the act that was begun, with the message's words and files. Returns a slug."""
    number, _ = marks.find_hint(begun.quoted) or ("", "")
    if inbound.incoming.text.strip(" 。！!") in _NEVER_MIND:
        begun.used_at = inbound.now
        inbound.reply(talk.CANCELLED)
        return "begun.cancelled"
    result = run(_as_typed_message(inbound, begun, number))
    if not result.startswith("refused."):
        begun.used_at = inbound.now
    return result


def _find_pending(inbound: InboundMessage, number: str, verb: str) -> PendingCommand | None:
    """The act of this verb that this person began on this case here and may still finish; None: none."""
    its = PendingCommand.quoted.startswith(marks.hint_mark(number, verb), autoescape=True)
    found = confirmations.latest_pending(inbound, its, PendingCommand.used_at.is_(None))
    return found if found is not None and not confirmations.is_expired(inbound, found) else None


def _as_typed_message(inbound: InboundMessage, begun: PendingCommand, number: str) -> InboundMessage:
    """The message as if its sender had typed the whole command."""
    files = tuple(part for part in inbound.incoming.parts if part.media is not None)
    text = f"{begun.text} {inbound.incoming.text}".rstrip()
    said = replace(
        inbound.incoming,
        parts=(Part(PartKind.TEXT, text), *files),
        quote=(Part(PartKind.TEXT, marks.case_mark(number)),),
    )
    return replace(inbound, incoming=said)
