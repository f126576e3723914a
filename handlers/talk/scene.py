"""What others add to a danger just reported in the chat: it belongs there, and to no case of its own.

Who reported it goes on with their own report. Somebody else on the spot says 楼上还有个老人, or 消防车进不来,
and names no place, since everybody there knows it. Staff of the area add it to the case; anybody else
becomes a witness, whose report is joined to it.
"""

from handlers import acts
from handlers.cases import links, permissions
from handlers.cases.context import ActInput
from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.intake import incidents, reports
from handlers.talk.situation import Situation
from handlers.talk.understanding import Interpretation, stated_place
from handlers.triage.similarity.location import PlaceRelation, compare_places, parse_place
from handlers.wording import talk
from models.cases import Case
from models.organisation import ChatUse
from models.workflow import ACTS

_SIGN = "at_scene"
_GROUPS = frozenset({ChatUse.INTAKE, ChatUse.RESIDENTS})
_ELSEWHERE = frozenset({PlaceRelation.APART, PlaceRelation.OTHER})
_ASKS = ("?", "？", "吗", "没有", "没", "么", "呢")


def add_to_danger(inbound: InboundMessage, situation: Situation, read: Interpretation) -> str | None:
    """Add the words to the danger that they are about; returns a slug. None: they are about none."""
    if inbound.chat.use not in _GROUPS or not _tells_of_scene(inbound, read):
        return None
    danger = incidents.find_live_danger(inbound.session, inbound.chat, now=inbound.now)
    if danger is None or _is_elsewhere(danger, read):
        return None
    if situation.open_report_case is not None:
        joined = inbound.session.get_one(Case, situation.open_report_case)
        is_of_it = links.root_case(inbound.session, joined).id == danger.id
        return reports.receive_message(inbound, joins=True, understood=read.understood) if is_of_it else None
    if situation.has_open_report:
        return None
    if permissions.may_perform(inbound.session, ACTS["add"], inbound.actor, danger):
        return _add_as_staff(inbound, danger)
    return reports.begin_as_witness(inbound, read.triage, danger)


def _tells_of_scene(inbound: InboundMessage, read: Interpretation) -> bool:
    """Whether the words tell of something going on, rather than ask."""
    if inbound.incoming.text.strip().endswith(_ASKS):
        return False
    return any(sign.name == _SIGN for sign in read.signs)


def _is_elsewhere(danger: Case, read: Interpretation) -> bool:
    """Whether the words report a matter of another place."""
    said, there = stated_place(read.triage), links.get_stated_place(danger)
    if not said or not there:
        return False
    return compare_places(parse_place(said), parse_place(there)) in _ELSEWHERE


def _add_as_staff(inbound: InboundMessage, danger: Case) -> str:
    media = inbound.store(case_id=danger.id)
    acts.perform(
        inbound.session, "add", danger, inbound.actor, ActInput(text=inbound.full_text, media=media),
        env=inbound.env, now=inbound.now, origin=inbound.origin_of("add"), inbox_id=inbound.inbox_id,
    )  # fmt: skip
    seen = view_for(inbound.session, inbound.asker, danger, inbound.env, now=inbound.now)
    inbound.reply(talk.piece_added(seen), case=danger)
    return "case.added"
