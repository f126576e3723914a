"""What others add to a danger just reported in the chat: it belongs there, and to no case of its own.

Who reported it goes on with their own report, and whoever reported some other danger with that. Somebody
else on the spot says 楼上还有个老人, or 消防车进不来, and names no place, since everybody there knows it.
Staff of the area add it to the case; anybody else becomes a witness, whose report is joined to it. What
happens in some home (有人打小孩, beside a dog) is a report of its own.
"""

import re
from collections import Counter

from handlers.cases import links
from handlers.chat.inbound import InboundMessage
from handlers.intake import incidents
from handlers.intake.open_reports import find_open_report
from handlers.intake.reports import messages, witnesses
from handlers.triage.rules.packs import Pack
from handlers.triage.types import UnderstoodText
from models.cases import Case
from models.organisation import REPORTING

_OWN_PEOPLE = re.compile("[我俺咱]们?(?:家|屋|屋里|爸|妈|爹|娘|爷|奶|公|婆|老|儿|女|崽|娃|孩|哥|姐|弟|妹)")


def is_cry_for_others(pack: Pack, understood: UnderstoodText, place: str) -> bool:
    """Whether the words cry for people who are hurt, and say neither where nor what hurt them: 喊不答应.

    Beside a danger that everybody sees they are of it; who cries for their own people is heard alone.
    """
    own = understood.triage
    if place or own.risk is not None or not own.urgent or _OWN_PEOPLE.search(understood.text):
        return False
    hurt = Counter(one for rule in pack.rules.values() if rule.cause is not None for one in rule.cause.of)
    # What most things do to people: somebody lies there.
    return any(own.class_id == commonest for commonest, _ in hurt.most_common(1))


def add_to_danger(inbound: InboundMessage, understood: UnderstoodText, place: str) -> str | None:
    """Add words that tell of something going on to the danger of this chat; returns a slug.

    `place`: as it was said, "" where it was not, or where it is only a part of some house (4楼). None: no
    danger is on, or the words are of another matter.
    """
    if inbound.chat.use not in REPORTING:
        return None
    danger = incidents.find_live_danger(inbound.session, inbound.chat, now=inbound.now)
    if danger is None or links.is_apart(place, danger) or _is_another(understood, place, danger):
        return None
    if understood.triage.urgent and danger.class_id in inbound.env.classifier.pack.special.number_classes:
        return None  # nobody lies hurt where money is lost
    if _is_at_home(inbound, understood, danger):
        return messages.receive_message(inbound, explicit=True, joins=False, understood=understood)
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    if report is None or inbound.now > report.closes_at:
        return witnesses.add_of_others(inbound, understood.triage, danger)
    joined = inbound.session.get(Case, report.case_id) if report.case_id else None
    if joined is not None and links.root_case(inbound.session, joined).id == danger.id:
        return messages.receive_message(inbound, joins=True, understood=understood)
    if understood.triage.urgent and (joined is None or not joined.urgent):
        # The danger before everybody's eyes is meant, not the rubbish that they reported a minute ago.
        return witnesses.add_of_others(inbound, understood.triage, danger)
    return None


def _is_at_home(inbound: InboundMessage, understood: UnderstoodText, danger: Case) -> bool:
    """Whether the words tell of violence in some home, and the danger is of no such kind: 有人打小孩."""
    pack, told = inbound.env.classifier.pack, understood.triage
    is_home = told.class_id in pack.special.home_classes
    return is_home and danger.class_id not in (told.class_id, *pack.also.get(told.class_id, ()))


def _is_another(understood: UnderstoodText, place: str, danger: Case) -> bool:
    """Whether they tell of a danger of another class at another place: 路口有个老人摔倒了, after a fire."""
    own = understood.triage
    is_other_class = own.urgent and own.class_id != danger.class_id
    return is_other_class and links.is_elsewhere(place, links.get_stated_place(danger))
