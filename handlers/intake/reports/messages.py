"""A message that is neither command nor reply: passed over, held back, or taken as a piece of a report."""

from dataclasses import replace

from handlers.chat import smalltalk
from handlers.chat.inbound import InboundMessage
from handlers.intake import floods
from handlers.intake.open_reports import find_open_report
from handlers.intake.reports import additions, boundaries, pieces, settlement
from handlers.triage.classify.meant_reports import is_meant_as_report
from handlers.triage.types import Triage, UnderstoodText
from handlers.wording import talk
from models.reports import Report


def receive_message(
    inbound: InboundMessage,
    *,
    explicit: bool = False,
    joins: bool | None = None,
    only_place: bool = False,
    understood: UnderstoodText | None = None,
) -> str:
    """Take one message that is neither command nor reply; returns a slug of what came of it.

    `explicit`: the person said that this is a report, so it is one; `joins`: whether it is a piece of the
    report before, or one of its own; None where only its words tell; `only_place`: they say where, and what
    is the matter is still to come; `understood`: what the rules made of the words before.
    """
    if (useless := _dismiss_useless(inbound)) is not None:
        return useless
    own = _read_message(inbound, understood, explicit=explicit, only_place=only_place)
    heard = joins or own.report or inbound.has_files or inbound.incoming.point is not None
    if not heard and own.kind != "chatter":
        return smalltalk.reply_to(inbound, own.kind)
    report = _find_joinable_report(inbound)
    # 电梯卡到起了 alone is no report yet: whoever is in it says so in the next bubble.
    if not (heard or own.urgent) and report is None:
        return smalltalk.reply_to(inbound, own.kind)
    if floods.may_be_held(inbound, own) and _is_too_much(inbound, report, own):
        if report is not None and not report.held:
            settlement.settle_earlier(inbound, report)
            report = None
        return floods.hold_message(inbound, report, own)
    if report is not None and (report.held or boundaries.is_apart(report, own, joins)):
        settlement.settle_earlier(inbound, report)
        report = None
    if report is None:
        return pieces.start_report(inbound, pieces.place_as_before(inbound, own))
    return pieces.join_report(inbound, report, own, only_place=only_place)


def _dismiss_useless(inbound: InboundMessage) -> str | None:
    """A slug where nothing arrived but files that are lost, or a place far away; None for all else.

    What was reported so far stays as it is, and is asked for its place where it has none.
    """
    if inbound.lost and not inbound.full_text and not inbound.attachments:
        return additions.pass_over_lost(inbound)
    if not inbound.is_from_afar:
        return None
    if inbound.is_spoken_to:
        inbound.reply(talk.FAR_PLACE)
    return "location.far"


def _read_message(
    inbound: InboundMessage, understood: UnderstoodText | None, *, explicit: bool, only_place: bool
) -> Triage:
    """What the message is taken for, by its words and by what the person said that it is."""
    own = _triage_message(inbound, understood, explicit=explicit)
    if explicit or (inbound.is_spoken_to and is_meant_as_report(own, inbound.full_text)):
        own = pieces.mark_as_report(own)
    return pieces.read_place_only(own, inbound.env, report=explicit) if only_place else own


def _triage_message(inbound: InboundMessage, before: UnderstoodText | None, *, explicit: bool) -> Triage:
    """What the rules make of the whole message; `before` is that, where it was the same words and facts."""
    known = before.facts if before is not None else inbound.facts()
    facts = replace(known, addressed=True) if explicit else known
    if before is not None and (before.text, before.facts) == (inbound.full_text, facts):
        return before.triage
    return inbound.env.classifier.triage(inbound.full_text, facts=facts)


def _find_joinable_report(inbound: InboundMessage) -> Report | None:
    """The open report of this person in this chat; one that takes no more pieces is settled."""
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    if report is not None and (inbound.now > report.closes_at or boundaries.is_over(inbound, report)):
        settlement.settle_earlier(inbound, report)
        return None
    return report


def _is_too_much(inbound: InboundMessage, report: Report | None, own: Triage) -> bool:
    """Whether what would open another case is to wait with the others of a flood."""
    if report is not None and report.held:
        return True
    return (report is None or boundaries.is_another(report, own)) and floods.has_opened_many(inbound)
