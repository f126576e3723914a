"""A piece of a report: what it is taken for, the report that it starts, the one that it joins."""

import re
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.chat.inbound import InboundMessage
from handlers.environment.snapshot import Environment
from handlers.intake import spots
from handlers.intake.files import stamped_places
from handlers.intake.open_reports import remember_report
from handlers.intake.reports import additions, boundaries, settlement
from handlers.triage.classify.meant_reports import is_meant_as_report
from handlers.triage.types import Place, Triage
from models.cases import Case
from models.messages import MAX_WORDS
from models.reports import Report

_SURE_PLACE = 0.2
"""A town that only the group supplies is less certain than this, and is asked for."""
_TYPING = timedelta(seconds=30)
"""After a picture people still have to type the words."""
_GOES_ON = re.compile("现在|刚才|刚刚|还在|又|再|那个|这个|他|她|它")
_FEW = 8
"""Characters of a piece that may still be only the beginning of a sentence."""
_SUBJECT = re.compile("[那这](?:个|家|些|边|辆|条|栋|户|几个|几家)[一-鿿]{1,5}的[一-鿿]{0,3}")
"""Of whom or what something is to be told."""


def mark_as_report(own: Triage) -> Triage:
    """What the rules make of it where somebody says that it is a report."""
    return replace(own, report=True, kind="report", missing=own.missing or _missing_place(own))


def _missing_place(own: Triage) -> tuple[str, ...]:
    return () if own.place is not None and own.place.confidence >= _SURE_PLACE else ("place",)


def read_place_only(triage: Triage, env: Environment, *, report: bool) -> Triage:
    """The same, where the words only name a place; `report`: whether they were said to the bot."""
    fallback = env.classifier.pack.classes[env.classifier.pack.special.fallback_class]
    return replace(
        triage, report=report, kind="report" if report else "chatter", class_id=fallback.id,
        nature=fallback.nature, urgent=False, risk=None, secret=False, unit=None, missing=("what",),
        reasons=(),
    )  # fmt: skip


def place_as_before(inbound: InboundMessage, own: Triage) -> Triage:
    """Danger that goes on (现在又拿着棍子出来了) is where the same person reported something just now.

    So is what they cry in the same breath: 有一个把秤杆拿起了. It is still asked where: what is only supposed
    must not send anybody astray.
    """
    if not own.urgent or boundaries.is_stated(own.place):
        return own
    goes_on = _GOES_ON.search(inbound.full_text) is not None
    place = _find_earlier_place(inbound, settlement.DANGER_GOES_ON if goes_on else inbound.env.join_within)
    if place is None or not boundaries.is_stated(place):
        return own
    return replace(own, place=replace(place, start=0, end=0, confidence=0.0), missing=_missing_place(own))


def _find_earlier_place(inbound: InboundMessage, within: timedelta) -> Place | None:
    """Where the last report of the same person in this chat is; None: there was none in so long."""
    before = inbound.session.scalar(
        select(Report)
        .where(
            Report.chat_id == inbound.chat.id,
            Report.person_id == inbound.person.id,
            Report.opened_at >= inbound.now - within,
        )
        .order_by(Report.id.desc())
        .limit(1)
    )
    if before is None or before.triage is None:
        return None
    return settlement.stored_triage(before).place


def start_report(inbound: InboundMessage, own: Triage, *, same: Case | None = None) -> str:
    """Start a report with the message, as `own` takes it; returns a slug.

    `same`: the case that it is a report of, where that is known.
    """
    report = Report(
        chat_id=inbound.chat.id,
        person_id=inbound.person.id,
        text="",
        opened_at=inbound.now,
        closes_at=inbound.now,
        due_at=inbound.now,
        held=False,
        # Whoever shows the others a photo reports nothing by that.
        overheard=not (inbound.is_spoken_to or own.report),
    )
    _remember_point(inbound, report)
    remember_report(inbound.session, report)
    if inbound.attachments or inbound.spoken_file is not None:
        _store_report(inbound.session, report)
        inbound.store(report_id=report.id)
        return _open_or_wait(inbound, report, inbound.full_text, own, same=same)
    result = _open_or_wait(inbound, report, inbound.full_text, own, same=same)
    if report.case_id is None:
        _store_report(inbound.session, report)
    inbound.store(report_id=report.id, case_id=report.case_id)
    return result


def _store_report(session: Session, report: Report) -> None:
    session.add(report)
    session.flush()


def _remember_point(inbound: InboundMessage, report: Report) -> None:
    """A location that was sent outweighs where a photo was taken."""
    point = inbound.sent_point or (inbound.point if report.lat is None else None)
    if point is not None:
        report.lat, report.lon = point


def join_report(inbound: InboundMessage, report: Report, own: Triage, *, only_place: bool) -> str:
    """Join the message to an open report, or to the case that it has by now; returns a slug.

    `own`: what the message is taken for by itself; `only_place`: its words say where, and no more.
    """
    if report.case_id is not None:
        return additions.add_to_case(inbound, report, report.case_id, own)
    text = "\n".join(part for part in (report.text, inbound.full_text) if part)
    if len(text) > MAX_WORDS:
        # A report is read again with each piece: from here on the pieces join its case instead.
        triage = settlement.stored_triage(report)
        origin = inbound.origin_of("report")
        case = settlement.open_as_case(
            inbound.session, report, triage, inbound.env, now=inbound.now, origin=origin
        )
        return additions.add_to_case(inbound, report, case.id, own)
    inbound.store(report_id=report.id)
    _remember_point(inbound, report)
    report.overheard = report.overheard and not inbound.is_spoken_to
    whole = _read_together(inbound, report, text, own, only_place=only_place)
    return _open_or_wait(inbound, report, text, whole)


def _read_together(
    inbound: InboundMessage, report: Report, text: str, own: Triage, *, only_place: bool
) -> Triage:
    """What the pieces are taken for together; `text`: their words, of which `own` is the last piece."""
    facts = replace(inbound.facts(), has_media=True)
    if report.lat is not None and report.lon is not None:
        facts = replace(facts, point_unit=inbound.env.areas.locate(report.lat, report.lon))
    whole = inbound.env.classifier.triage(text, facts=facts)
    if inbound.is_spoken_to and is_meant_as_report(whole, text):
        whole = mark_as_report(whole)
    # 有个小孩掉进去 says more than where; 加油站对面 does not, though it names what may be a matter.
    says_more = own.urgent or own.risk or (own.report and not spots.names_spot(inbound.full_text))
    says_where = spots.says_only_where(inbound.full_text) and not says_more
    if (only_place or not inbound.full_text or says_where) and _waits_for_matter(report, inbound.env):
        meant = inbound.is_spoken_to or settlement.stored_triage(report).report
        whole = read_place_only(whole, inbound.env, report=meant)
    return replace(whole, missing=("what",)) if _only_begins(inbound, text, whole) else whole


def _waits_for_matter(report: Report, env: Environment) -> bool:
    """Whether the pieces so far, a photo or a place, name no matter at all."""
    before = settlement.stored_triage(report)
    unknown = before.class_id == env.classifier.pack.special.fallback_class
    return unknown and (not report.text or "what" in before.missing)


def _only_begins(inbound: InboundMessage, text: str, whole: Triage) -> bool:
    """Whether the pieces so far name no matter in so many words, and the last is short: 那个卖卤菜的.

    Likewise where the last only says of whom it is told: 那个卖鞋的音响.
    """
    if not 0 < len(inbound.full_text) <= _FEW or whole.urgent:
        return False
    written = inbound.env.classifier.list_spoken_classes(text, inbound.facts())
    return whole.class_id not in written or _SUBJECT.fullmatch(inbound.full_text) is not None


def _open_or_wait(
    inbound: InboundMessage, report: Report, text: str, triage: Triage, *, same: Case | None = None
) -> str:
    """Open the case if the report says enough by now; otherwise wait for the rest."""
    if triage.missing and report.lat is not None:
        triage = replace(triage, missing=tuple(need for need in triage.missing if need != "place"))
    triage = stamped_places.suppose_place(inbound.session, report, triage, inbound.env)
    report.text, report.triage = text, triage.to_json()
    report.overheard = report.overheard and not triage.report
    if triage.report and (triage.urgent or not triage.missing):
        settlement.open_as_case(
            inbound.session, report, triage, inbound.env,
            now=inbound.now, origin=inbound.origin_of("report"), inbox_id=inbound.inbox_id, same=same,
        )  # fmt: skip
        if triage.missing:
            _wait_for_place(inbound, report)
        return "case.opened"
    _wait_for_rest(inbound, report, is_cry=triage.urgent)
    return "report.waiting"


def _wait_for_rest(inbound: InboundMessage, report: Report, *, is_cry: bool) -> None:
    """Set when what the report lacks is asked for, and until when pieces join it.

    `is_cry`: it may be a danger: what was said to the others (电梯卡到起了) is not forgotten before the rest.
    """
    report.due_at = inbound.now + inbound.env.ask_after + (timedelta() if report.text else _TYPING)
    report.closes_at = max(report.due_at, inbound.now + inbound.env.join_within)
    if report.overheard and is_cry:
        report.due_at = report.closes_at
    if report.asked_at is not None:
        report.due_at = report.closes_at = inbound.now + inbound.env.settle_after
    if report.unheard:
        report.due_at = report.closes_at = inbound.now + inbound.env.listen_for


def _wait_for_place(inbound: InboundMessage, report: Report) -> None:
    """The receipt of a danger asks where it is: the case is open already, and the answer joins it."""
    report.asked_at = inbound.now
    report.due_at = report.closes_at = inbound.now + inbound.env.settle_after
