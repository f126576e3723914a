"""What is not a report: thanks, greetings, questions after progress. Quiet unless spoken to."""

from handlers.cases import queries
from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.chat.unreadable_parts import find_unreadable_kinds
from handlers.wording import attachments, talk
from models.organisation import Unit


def reply_to(inbound: InboundMessage, kind: str) -> str:
    """Reply to small talk of this kind, unless the bot merely overheard it; returns the slug of the kind."""
    if kind == "progress":
        return reply_with_status(inbound)
    if inbound.is_spoken_to:
        inbound.reply(_choose_answer(inbound, kind))
    return f"talk.{kind}"


def _choose_answer(inbound: InboundMessage, kind: str) -> str:
    if kind == "thanks":
        return talk.WELCOME_BACK
    if kind == "greeting":
        return introduce(inbound)
    if unreadable := find_unreadable_kinds(inbound.incoming):
        return attachments.unreadable_parts(unreadable, understood=False)
    return talk.not_a_report(inbound.example_place, in_private=inbound.in_private)


def introduce(inbound: InboundMessage, here: Unit | None = None) -> str:
    """Who the bot is and how to report, in words true for this chat; `here`: whose QR code it was."""
    if here is not None:
        return talk.hello_here(inbound.incoming.bot_name, here.name)
    return talk.hello(inbound.incoming.bot_name, inbound.example_place, in_private=inbound.in_private)


def reply_with_status(inbound: InboundMessage) -> str:
    """「我报的那个怎么样了」: reply with where the sender's newest case stands. Returns a slug.

    Where others read along a restricted one is passed over in silence.
    """
    case = queries.find_newest_own(inbound.session, inbound.asker)
    if case is not None:
        inbound.reply(
            talk.status(view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)),
            case=case,
        )
    elif inbound.is_spoken_to:
        inbound.reply(talk.NO_CASES if inbound.asker.in_private else talk.NO_CASES_HERE)
    return "talk.progress"
