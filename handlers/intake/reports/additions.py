"""A message becomes a piece of a case that is open."""

import re

from handlers import acts
from handlers.cases import links, merged, permissions
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.intake import floods, spots
from handlers.intake.files import stamped_places
from handlers.intake.open_reports import mark_as_before
from handlers.triage.types import Triage
from handlers.wording import reporter, talk
from models.cases import Case
from models.reports import Report
from models.workflow import ACTS, OPEN, ActField, find_act_requiring

_ADDRESS = re.compile(r"[路街道巷弄村组区苑园城厦楼栋幢号桥站口店门场院厂库河塘]|\d")
"""What stands in a place that somebody can be sent to; 嘴上答应 is none, whatever it sounds like."""
_OF_HELPERS = re.compile("消防车|救护车|警车|120|110|119")
"""Whose place is told beside a danger, and is not its own."""


def may_add(inbound: InboundMessage, case: Case) -> bool:
    """Whether the sender may add to the case."""
    return permissions.may_perform(inbound.session, ACTS["add"], inbound.actor, case)


def add_message(inbound: InboundMessage, case: Case) -> str:
    """Add the message, which is a piece of no report, to the case, and say so; returns a slug."""
    perform_addition(inbound, case, inbound.store(case_id=case.id), inbound.full_text)
    _confirm_addition(inbound, case)
    return "case.added"


def add_to_case(inbound: InboundMessage, report: Report, case_id: int, own: Triage) -> str:
    """Add a later piece of the report to its case (an id), and say so; returns a slug.

    What is too much in an hour is kept and announced to nobody; `own`: what the rules make of the piece.
    """
    case = inbound.session.get_one(Case, case_id)
    if floods.may_be_held(inbound, own) and floods.has_added_many(inbound, case_id):
        return floods.keep_piece(inbound, report, case)
    media = inbound.store(report_id=report.id, case_id=case.id)
    report.closes_at = report.due_at = max(report.closes_at, inbound.now + inbound.env.join_within)
    # A location may come without a word; the act wants words or a file.
    words = inbound.full_text or (talk.SENT_LOCATION if inbound.sent_point is not None else "")
    if not words and not media:
        return pass_over_lost(inbound)
    if place := _find_exact_place(inbound, case, own):
        return _put_right(inbound, case, place, media)
    perform_addition(inbound, case, media, words)
    mark_as_before(inbound.session, media)
    if case.lat is None and inbound.point is not None:
        case.lat, case.lon = inbound.point
    _confirm_addition(inbound, case, note=reporter.UNNAMED if own.anonymous else "")
    return "case.added"


def _find_exact_place(inbound: InboundMessage, case: Case, own: Triage) -> str:
    """Where a danger exactly is, of which an estate, a road or a grid was known; "" where no more is said."""
    place = own.place
    if not case.urgent or case.status not in OPEN or place is None or place.end <= place.start:
        return ""
    if _OF_HELPERS.search(inbound.full_text) or not _ADDRESS.search(place.name):
        return ""  # 消防车堵在路口了 tells where they are, and not where it burns
    said = spots.name_estate(place.name, (case.place,) if case.place in case.text else ())
    if not stamped_places.names_place(inbound.session, case):
        return said
    return said if links.is_exacter(said, case.place) else ""


def _put_right(inbound: InboundMessage, case: Case, place: str, media: tuple[int, ...]) -> str:
    """Put the place of a danger right with all that was said, which the desk and every called unit hear."""
    act = find_act_requiring(ActField.PLACE)
    event = acts.perform(
        inbound.session, act.key, case, inbound.actor,
        ActInput(text=inbound.full_text, place=place),
        env=inbound.env, now=inbound.now, origin=inbound.origin_of(act.key), inbox_id=inbound.inbox_id,
    )  # fmt: skip
    if media:
        perform_addition(inbound, case, media, "")
        mark_as_before(inbound.session, media)
    seen = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now, event=event)
    inbound.reply(talk.place_put_right(seen), case=case)
    return f"act.{act.key}"


def perform_addition(
    inbound: InboundMessage, case: Case, media: tuple[int, ...], words: str, *, actor: Actor | None = None
) -> None:
    """Add words and files (media ids) to the case, or to the one that it was joined to.

    `actor`: who adds them, where that is not the sender as they stand to the case. Raises Refused.
    """
    acts.perform(
        inbound.session, "add", merged.target_case(inbound.session, ACTS["add"], inbound.actor, case),
        actor or inbound.actor, ActInput(text=words, media=media),
        env=inbound.env, now=inbound.now, origin=inbound.origin_of("add"), inbox_id=inbound.inbox_id,
    )  # fmt: skip


def pass_over_lost(inbound: InboundMessage) -> str:
    """Nothing came that anybody can open: the router says so; nothing is added to a case. Returns a slug."""
    return "media.lost" if inbound.is_spoken_to else "talk.lost"


def _confirm_addition(inbound: InboundMessage, case: Case, *, note: str = "") -> None:
    """Say that it was added; `note`: what is said after that."""
    seen = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
    inbound.reply(f"{talk.piece_added(seen)}{note}", case=case)
