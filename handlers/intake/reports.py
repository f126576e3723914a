"""Several messages become one report, and a report becomes a case.

piece ──> open report of this person in this chat? ──no──> start one, if it is a report at all
                    │ yes
                    └──> join; another problem at another place starts a report of its own
report complete (what, where), or urgent ──> case at once; later pieces join the case
incomplete ──> asked once after `ask_after`; still silent ──> case as it stands
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import acts
from handlers.cases import links, merged, permissions
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from handlers.cases.views import view_for
from handlers.chat import smalltalk
from handlers.chat.inbound import InboundMessage
from handlers.environment.people import doors
from handlers.environment.snapshot import Environment
from handlers.intake import floods, spots, voices
from handlers.intake.case_opening import open_case
from handlers.intake.files import stamped_places
from handlers.intake.open_reports import find_open_report, forget_report, mark_as_before, remember_report
from handlers.notifications import pushes, relays
from handlers.triage.classify.meant_reports import is_meant_as_report
from handlers.triage.text.numbers import to_figures
from handlers.triage.types import Place, Triage, UnderstoodText
from handlers.wording import reporter, talk
from models.cases import Case
from models.messages import MAX_WORDS, TextPush
from models.organisation import Chat, ChatUse
from models.pushes import PushPurpose
from models.reports import IS_WAITING, Report
from models.workflow import ACTS, OPEN

_SURE_PLACE = 0.2
"""A town that only the group supplies is less certain than this, and is asked for."""
_TYPING = timedelta(seconds=30)
"""After a picture people still have to type the words."""
_DANGER_GOES_ON = timedelta(minutes=10)
"""Whoever is in danger goes on telling of it: what they say so long after belongs to it."""
_GOES_ON = re.compile("现在|刚才|刚刚|还在|又|再|那个|这个|他|她|它")
_FEW = 8
"""Characters of a piece that may still be only the beginning of a sentence."""
_SWEEP = 200
"""Reports that one tick looks at; the next tick takes the rest."""


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
    own = _understand(inbound, understood, explicit=explicit)
    if explicit or (inbound.is_spoken_to and is_meant_as_report(own, inbound.full_text)):
        own = mark_as_report(own)
    if only_place:
        own = _read_place_only(own, inbound.env, report=explicit)
    heard = joins or own.report or inbound.has_files or inbound.incoming.point is not None
    if not heard and own.kind != "chatter":
        return smalltalk.reply_to(inbound, own.kind)
    report = _open_report(inbound)
    if not heard and report is None:
        return smalltalk.reply_to(inbound, own.kind)
    if floods.may_be_held(inbound, own) and _is_too_much(inbound, report, own):
        if report is not None and not report.held:
            _settle_report(inbound.session, report, inbound.env, now=inbound.now)
            inbound.session.flush()
            report = None
        return floods.hold_message(inbound, report, own)
    if report is not None and (report.held or _is_apart(report, own, joins)):
        _settle_report(inbound.session, report, inbound.env, now=inbound.now)
        inbound.session.flush()
        report = None
    if report is None:
        return _start_report(inbound, _place_as_before(inbound, own))
    return _join_report(inbound, report, own, only_place=only_place)


def add_of_others(inbound: InboundMessage, own: Triage, danger: Case) -> str:
    """Take what somebody else on the spot says of a danger; returns a slug.

    Of who may add to the case it is a piece of it; of anybody else a report, which is joined to it.
    """
    if permissions.may_perform(inbound.session, ACTS["add"], inbound.actor, danger):
        _perform_addition(inbound, danger, inbound.store(case_id=danger.id), inbound.full_text)
        seen = view_for(inbound.session, inbound.asker, danger, inbound.env, now=inbound.now)
        inbound.reply(talk.piece_added(seen), case=danger)
        return "case.added"
    if (before := find_open_report(inbound.session, inbound.chat, inbound.person)) is not None:
        _settle_report(inbound.session, before, inbound.env, now=inbound.now)
        inbound.session.flush()
    witnessed = replace(
        own, report=True, kind="report", urgent=True, class_id=danger.class_id, risk=danger.risk,
        place=None, missing=(),
    )  # fmt: skip
    return _start_report(inbound, witnessed, same=danger)


def add_as_witness(inbound: InboundMessage, case: Case) -> None:
    """Add what somebody else saw, who stays as unnamed as whoever reported it."""
    actor = Actor(inbound.person, is_follower=inbound.asker.is_outsider)
    _perform_addition(inbound, case, inbound.store(case_id=case.id), inbound.full_text, actor=actor)


def _perform_addition(
    inbound: InboundMessage, case: Case, media: tuple[int, ...], words: str, *, actor: Actor | None = None
) -> None:
    """Add words and files (media ids) to the case, or to the one that it was joined to."""
    acts.perform(
        inbound.session, "add", merged.target_case(inbound.session, ACTS["add"], inbound.actor, case),
        actor or inbound.actor, ActInput(text=words, media=media),
        env=inbound.env, now=inbound.now, origin=inbound.origin_of("add"), inbox_id=inbound.inbox_id,
    )  # fmt: skip


def _dismiss_useless(inbound: InboundMessage) -> str | None:
    """A slug where nothing arrived but files that are lost, or a place far away; None for all else.

    What was reported so far stays as it is, and is asked for its place where it has none.
    """
    if inbound.lost and not inbound.full_text and not inbound.attachments:
        return _pass_over_lost(inbound)
    if not inbound.is_from_afar:
        return None
    if inbound.is_spoken_to:
        inbound.reply(talk.FAR_PLACE)
    return "location.far"


def _pass_over_lost(inbound: InboundMessage) -> str:
    """Nothing came that anybody can open: the router says so; nothing is added to a case."""
    return "media.lost" if inbound.is_spoken_to else "talk.lost"


def _understand(inbound: InboundMessage, before: UnderstoodText | None, *, explicit: bool) -> Triage:
    """What the rules make of the whole message; `before` is that, where it was the same words and facts."""
    known = before.facts if before is not None else inbound.facts()
    facts = replace(known, addressed=True) if explicit else known
    if before is not None and (before.text, before.facts) == (inbound.full_text, facts):
        return before.triage
    return inbound.env.classifier.triage(inbound.full_text, facts=facts)


def _is_too_much(inbound: InboundMessage, report: Report | None, own: Triage) -> bool:
    """Whether what would open another case is to wait with the others of a flood."""
    if report is not None and report.held:
        return True
    return (report is None or _is_another(report, own)) and floods.has_opened_many(inbound)


def mark_as_report(own: Triage) -> Triage:
    """What the rules make of it where somebody says that it is a report."""
    return replace(own, report=True, kind="report", missing=own.missing or _missing_place(own))


def _missing_place(own: Triage) -> tuple[str, ...]:
    return () if own.place is not None and own.place.confidence >= _SURE_PLACE else ("place",)


def _open_report(inbound: InboundMessage) -> Report | None:
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    if report is not None and (inbound.now > report.closes_at or _is_over(inbound, report)):
        _settle_report(inbound.session, report, inbound.env, now=inbound.now)
        inbound.session.flush()
        return None
    return report


def _is_over(inbound: InboundMessage, report: Report) -> bool:
    """Whether the report's case was refused, finished or hidden from its reporter before this piece came."""
    case = inbound.session.get(Case, report.case_id) if report.case_id else None
    if case is None:
        return False
    root = links.root_case(inbound.session, case)
    hidden = root.restricted and inbound.asker.reading(inbound.session, root) is None
    return hidden or root.status not in OPEN


def _is_apart(report: Report, own: Triage, joins: bool | None) -> bool:
    if joins is None:
        return _is_another(report, own)
    return not joins and report.case_id is not None


def _is_another(report: Report, own: Triage) -> bool:
    """Whether the piece is a problem of its own: complete by itself, dangerous, or restricted.

    A matter that is complete by a place that only the group supplied is left as it is by the next one whose
    words name both. A report that waits for its place may still get it in any words.
    """
    if report.triage is None or not own.report or "what" in own.missing:
        return False
    before = Triage.from_json(report.triage)
    if "what" in before.missing and not _is_stated(own.place):
        return False  # all that is known is where
    shows = report.lat is not None or not report.text
    if report.case_id is None and shows and ("what" in before.missing or not before.report):
        return False  # likewise by a photo, or by a location, which its map may have called otherwise
    if _is_new_danger(report, before, own):
        return True
    confided = (own.secret and not before.secret) or (own.anonymous and not before.anonymous)
    if confided and report.case_id is not None:
        # What is told in confidence must not stand in a case that everybody sees.
        return True
    if not _is_stated(own.place):
        return False
    if not _is_stated(before.place):
        return report.case_id is not None and own.class_id != before.class_id
    if before.place is None or own.place is None or spots.is_along_road(before, own):
        return False
    return to_figures(before.place.name) != to_figures(own.place.name)


def _is_new_danger(report: Report, before: Triage, own: Triage) -> bool:
    """Danger is a supplement to danger of its kind only, and a life at risk stands by itself."""
    if own.risk is not None and own.risk != before.risk:
        return True
    if not own.urgent:
        return False
    if own.class_id != before.class_id:
        return True
    return not before.urgent and report.case_id is not None


def _is_stated(place: Place | None) -> bool:
    """The place stands in the words, and was not supplied by group or sender."""
    return place is not None and place.end > place.start


def _start_report(inbound: InboundMessage, own: Triage, *, same: Case | None = None) -> str:
    """`same`: the case that it is a report of, where that is known."""
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


def _place_as_before(inbound: InboundMessage, own: Triage) -> Triage:
    """Danger that goes on (现在又拿着棍子出来了) is where the same person reported something just now.

    It is still asked where: what is only supposed must not send anybody astray.
    """
    if not own.urgent or _is_stated(own.place) or not _GOES_ON.search(inbound.full_text):
        return own
    before = inbound.session.scalar(
        select(Report)
        .where(
            Report.chat_id == inbound.chat.id,
            Report.person_id == inbound.person.id,
            Report.opened_at >= inbound.now - _DANGER_GOES_ON,
        )
        .order_by(Report.id.desc())
        .limit(1)
    )
    place = _stored_triage(before).place if before is not None and before.triage is not None else None
    if place is None or not _is_stated(place):
        return own
    return replace(own, place=replace(place, start=0, end=0, confidence=0.0), missing=_missing_place(own))


def _store_report(session: Session, report: Report) -> None:
    session.add(report)
    session.flush()


def _join_report(inbound: InboundMessage, report: Report, own: Triage, *, only_place: bool) -> str:
    if report.case_id is not None:
        return _add_to_case(inbound, report, report.case_id, own)
    text = "\n".join(part for part in (report.text, inbound.full_text) if part)
    if len(text) > MAX_WORDS:
        # A report is read again with each piece: from here on the pieces join its case instead.
        triage = _stored_triage(report)
        origin = inbound.origin_of("report")
        case = _open_case(inbound.session, report, triage, inbound.env, now=inbound.now, origin=origin)
        return _add_to_case(inbound, report, case.id, own)
    inbound.store(report_id=report.id)
    _remember_point(inbound, report)
    report.overheard = report.overheard and not inbound.is_spoken_to
    facts = replace(inbound.facts(), has_media=True)
    if report.lat is not None and report.lon is not None:
        facts = replace(facts, point_unit=inbound.env.areas.locate(report.lat, report.lon))
    whole = inbound.env.classifier.triage(text, facts=facts)
    if inbound.is_spoken_to and is_meant_as_report(whole, text):
        whole = mark_as_report(whole)
    # 有个小孩掉进去 says more than where.
    says_where = spots.says_only_where(inbound.full_text) and not (own.report or own.urgent or own.risk)
    if (only_place or not inbound.full_text or says_where) and _waits_for_matter(report, inbound.env):
        meant = inbound.is_spoken_to or _stored_triage(report).report
        whole = _read_place_only(whole, inbound.env, report=meant)
    if _only_begins(inbound, text, whole):
        whole = replace(whole, missing=("what",))
    return _open_or_wait(inbound, report, text, whole)


def _read_place_only(triage: Triage, env: Environment, *, report: bool) -> Triage:
    """The same, where the words only name a place; `report`: whether they were said to the bot."""
    fallback = env.classifier.pack.classes[env.classifier.pack.special.fallback_class]
    return replace(
        triage, report=report, kind="report" if report else "chatter", class_id=fallback.id,
        nature=fallback.nature, urgent=False, risk=None, secret=False, unit=None, missing=("what",),
        reasons=(),
    )  # fmt: skip


def _waits_for_matter(report: Report, env: Environment) -> bool:
    """Whether the pieces so far, a photo or a place, name no matter at all."""
    before = _stored_triage(report)
    unknown = before.class_id == env.classifier.pack.special.fallback_class
    return unknown and (not report.text or "what" in before.missing)


def _only_begins(inbound: InboundMessage, text: str, whole: Triage) -> bool:
    """Whether the pieces so far name no matter in so many words, and the last is short: 那个卖卤菜的."""
    written = inbound.env.classifier.list_spoken_classes(text, inbound.facts())
    return 0 < len(inbound.full_text) <= _FEW and whole.class_id not in written and not whole.urgent


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
        _open_case(
            inbound.session, report, triage, inbound.env,
            now=inbound.now, origin=inbound.origin_of("report"), inbox_id=inbound.inbox_id, same=same,
        )  # fmt: skip
        if triage.missing:
            _wait_for_place(inbound, report)
        return "case.opened"
    report.due_at = inbound.now + inbound.env.ask_after + (timedelta() if text else _TYPING)
    report.closes_at = max(report.due_at, inbound.now + inbound.env.join_within)
    if report.asked_at is not None:
        report.due_at = report.closes_at = inbound.now + inbound.env.settle_after
    if report.unheard:
        report.due_at = report.closes_at = inbound.now + inbound.env.listen_for
    return "report.waiting"


def open_where_supposed(session: Session, report: Report, env: Environment, *, now: datetime) -> bool:
    """Open a report that waits for nothing but its place, where a photo of it tells that; whether it did."""
    if report.closed_at is not None or report.case_id is not None or report.held or report.unheard:
        return False
    triage = stamped_places.suppose_place(session, report, _stored_triage(report), env)
    if triage.missing or not triage.report or not stamped_places.is_supposed(triage):
        return False
    report.triage = triage.to_json()
    _open_case(session, report, triage, env, now=now, origin=f"report:{report.id}")
    return True


def _remember_point(inbound: InboundMessage, report: Report) -> None:
    """A location that was sent outweighs where a photo was taken."""
    point = inbound.sent_point or (inbound.point if report.lat is None else None)
    if point is not None:
        report.lat, report.lon = point


def _wait_for_place(inbound: InboundMessage, report: Report) -> None:
    """The receipt of a danger asks where it is: the case is open already, and the answer joins it."""
    report.asked_at = inbound.now
    report.due_at = report.closes_at = inbound.now + inbound.env.settle_after


def _add_to_case(inbound: InboundMessage, report: Report, case_id: int, own: Triage) -> str:
    case = inbound.session.get_one(Case, case_id)
    if floods.may_be_held(inbound, own) and floods.has_added_many(inbound, case_id):
        return floods.keep_piece(inbound, report, case)
    media = inbound.store(report_id=report.id, case_id=case.id)
    report.closes_at = report.due_at = max(report.closes_at, inbound.now + inbound.env.join_within)
    # A location may come without a word; the act wants words or a file.
    words = inbound.full_text or (talk.SENT_LOCATION if inbound.sent_point is not None else "")
    if not words and not media:
        return _pass_over_lost(inbound)
    _perform_addition(inbound, case, media, words)
    mark_as_before(inbound.session, media)
    if case.lat is None and inbound.point is not None:
        case.lat, case.lon = inbound.point
    seen = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
    unnamed = reporter.UNNAMED if own.anonymous else ""
    inbound.reply(f"{talk.piece_added(seen)}{unnamed}", case=case)
    return "case.added"


def _open_case(
    session: Session,
    report: Report,
    triage: Triage,
    env: Environment,
    *,
    now: datetime,
    origin: str | None,
    inbox_id: int | None = None,
    same: Case | None = None,
) -> Case:
    report.closes_at = report.due_at = now + (_DANGER_GOES_ON if triage.urgent else env.join_within)
    case = open_case(
        session, text=report.text, triage=triage,
        person=doors.get_speaker(session, report.chat_id, report.person_id),
        chat=session.get_one(Chat, report.chat_id),
        env=env, now=now, origin=origin, report=report, inbox_id=inbox_id,
        supposes_place=stamped_places.is_supposed(triage) and not triage.urgent,
        asks_place=triage.urgent and bool(triage.missing) and report.asked_at is None,
        same=same,
    )  # fmt: skip
    if triage.urgent and stamped_places.is_supposed(triage) and case.status in OPEN:
        stamped_places.announce_supposed(session, case, case.place, env, now=now, origin=f"place:{report.id}")
    return case


def settle_due_reports(session: Session, env: Environment, *, now: datetime) -> int:
    """Settle the open reports that are due: ask once, open as it stands, close. Returns how many were due."""
    found = session.scalars(
        select(Report)
        .where(IS_WAITING, Report.due_at <= now)
        .order_by(Report.due_at)
        .limit(_SWEEP)
        .with_for_update(skip_locked=True)
    )
    reports = list(found)
    for report in reports:
        if report.overheard and report.case_id is None:
            forget_report(session, report, now=now)
        # Whoever said it aloud is not asked for what they may have said.
        elif report.case_id is None and report.asked_at is None and not report.unheard:
            _ask_for_missing(session, report, env, now=now)
        else:
            _settle_report(session, report, env, now=now)
    return len(reports)


def _ask_for_missing(session: Session, report: Report, env: Environment, *, now: datetime) -> None:
    missing = Triage.from_json(report.triage).missing if report.triage else ()
    report.asked_at = now
    report.due_at = report.closes_at = now + env.settle_after
    chat = session.get_one(Chat, report.chat_id)
    question = TextPush(talk.ask_for(missing, in_private=chat.use == ChatUse.DIRECT))
    key = f"report:{report.id}:ask"
    rows = relays.build_rows(
        session, chat, question, person_id=report.person_id, key=key, env=env, now=now,
        purpose=PushPurpose.RECEIPT,
    )  # fmt: skip
    pushes.enqueue(session, *rows)


def _settle_report(session: Session, report: Report, env: Environment, *, now: datetime) -> None:
    """No more pieces will come: close the report, opening a case as it stands where there is none."""
    if report.overheard and report.case_id is None:
        forget_report(session, report, now=now)
    elif report.case_id is None:
        if report.unheard:
            voices.take_doubted_words(session, report, env)
        _open_case(session, report, _stored_triage(report), env, now=now, origin=f"report:{report.id}")
    report.closed_at = now


def _stored_triage(report: Report) -> Triage:
    if report.triage is None:
        raise ValueError("a report is understood before it becomes a case")
    return Triage.from_json(report.triage)
