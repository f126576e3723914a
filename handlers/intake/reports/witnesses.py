"""What somebody else saw of a case that others reported."""

from dataclasses import replace

from handlers.cases.actors import Actor
from handlers.chat.inbound import InboundMessage
from handlers.intake.open_reports import find_open_report
from handlers.intake.reports import additions, pieces, settlement
from handlers.triage.types import Triage
from handlers.wording import marks
from models.cases import Case


def add_of_others(inbound: InboundMessage, own: Triage, danger: Case) -> str:
    """Take what somebody else on the spot says of a danger; returns a slug.

    Of who may add to the case it is a piece of it; of anybody else a report, which is joined to it.
    """
    if additions.may_add(inbound, danger):
        return additions.add_message(inbound, danger)
    if (before := find_open_report(inbound.session, inbound.chat, inbound.person)) is not None:
        settlement.settle_earlier(inbound, before)
    witnessed = replace(
        pieces.mark_as_report(own), urgent=True, class_id=danger.class_id, risk=danger.risk,
        place=None, missing=(),
    )  # fmt: skip
    return pieces.start_report(inbound, witnessed, same=danger)


def add_as_witness(inbound: InboundMessage, case: Case, *, words: str = "") -> None:
    """Add what somebody else saw, who stays as unnamed as whoever reported it; `words`: as it is told."""
    actor = Actor(inbound.person, is_follower=inbound.asker.is_outsider)
    media = inbound.store(case_id=case.id)
    # What the program itself said of a case is no part of what somebody adds beside it.
    is_push = bool(marks.find_numbers(inbound.incoming.quoted_text))
    told = words or (inbound.incoming.text if is_push else inbound.full_text)
    additions.perform_addition(inbound, case, media, told, actor=actor)
