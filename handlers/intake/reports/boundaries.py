"""Where one report ends: whether a piece belongs to the report before, or is a report of its own."""

from handlers.cases import links
from handlers.chat.inbound import InboundMessage
from handlers.intake import spots
from handlers.triage.text.numbers import to_figures
from handlers.triage.types import Place, Triage
from models.cases import Case
from models.reports import Report
from models.workflow import OPEN


def is_over(inbound: InboundMessage, report: Report) -> bool:
    """Whether the report's case was refused, finished or hidden from its reporter before this piece came."""
    case = inbound.session.get(Case, report.case_id) if report.case_id else None
    if case is None:
        return False
    root = links.root_case(inbound.session, case)
    hidden = root.restricted and inbound.asker.reading(inbound.session, root) is None
    return hidden or root.status not in OPEN


def is_apart(report: Report, own: Triage, joins: bool | None) -> bool:
    """Whether the piece starts a report of its own; `joins`: what is known of that beside its words."""
    if joins is None or _is_danger_elsewhere(report, own):
        return is_another(report, own)
    return not joins and report.case_id is not None


def is_another(report: Report, own: Triage) -> bool:
    """Whether the piece is a problem of its own: complete by itself, dangerous, or restricted.

    A matter that is complete by a place that only the group supplied is left as it is by the next one whose
    words name both. A report that waits for its place may still get it in any words.
    """
    if report.triage is None or not own.report or "what" in own.missing:
        return False
    before = Triage.from_json(report.triage)
    if _may_be_its_matter(report, before, own):
        return False
    if _is_new_danger(report, before, own) or _is_confided(report, before, own):
        return True
    return _is_elsewhere(report, before, own)


def is_stated(place: Place | None) -> bool:
    """Whether the place stands in the words, and was not supplied by group or sender."""
    return place is not None and place.end > place.start


def _is_danger_elsewhere(report: Report, own: Triage) -> bool:
    """Whether the piece tells of a danger of another class at another place: a case of its own, always."""
    before = Triage.from_json(report.triage) if report.triage is not None else None
    if before is None or not own.urgent or own.class_id == before.class_id:
        return False
    if before.place is None or own.place is None or not (is_stated(before.place) and is_stated(own.place)):
        return False
    return links.is_elsewhere(own.place.name, before.place.name)


def _may_be_its_matter(report: Report, before: Triage, own: Triage) -> bool:
    """Whether the report only said or showed where it is so far, and this may be what is the matter there."""
    lacks_matter = "what" in before.missing
    if lacks_matter and (not is_stated(own.place) or _lies_on_its_road(before.place, own.place)):
        return True
    # Likewise by a photo, or by a location, which its map may have called otherwise.
    shows = report.lat is not None or not report.text
    return report.case_id is None and shows and (lacks_matter or not before.report)


def _lies_on_its_road(before: Place | None, own: Place | None) -> bool:
    return before is not None and own is not None and spots.lies_on_road(before.name, own.name)


def _is_new_danger(report: Report, before: Triage, own: Triage) -> bool:
    """Danger is a supplement to danger of its kind only, and a life at risk stands by itself."""
    if own.risk is not None and own.risk != before.risk:
        return True
    if not own.urgent:
        return False
    if report.overheard and before.urgent and not is_stated(own.place):
        return False  # 我跟娃儿在里头出不来, after 电梯卡到起了
    if own.class_id != before.class_id:
        return True
    return not before.urgent and report.case_id is not None


def _is_confided(report: Report, before: Triage, own: Triage) -> bool:
    """What is told in confidence must not stand in a case that everybody sees.

    An accusation of officials leaves the report before alone even while that waits for the rest of it.
    """
    if own.secret and not before.secret:
        return True
    return own.anonymous and not before.anonymous and report.case_id is not None


def _is_elsewhere(report: Report, before: Triage, own: Triage) -> bool:
    """Whether its words name another place than the report did, or the first one, of another matter."""
    if not is_stated(own.place):
        return False
    if not is_stated(before.place):
        return report.case_id is not None and own.class_id != before.class_id
    if before.place is None or own.place is None or spots.is_along_road(before, own):
        return False
    return to_figures(before.place.name) != to_figures(own.place.name)
