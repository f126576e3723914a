"""What is said while a danger is going on in a chat, by whoever is beside it: it belongs to that danger.

莫开灯！先开窗, said to the others   ──> told to the case, and is no danger itself
火扑灭了, of the grid officer there  ──> likewise
里面还有个老人, of anybody           ──> `scene` adds it, or makes a witness of them
"""

import re

from handlers.cases import links
from handlers.chat.inbound import InboundMessage
from handlers.intake import incidents, scene
from handlers.intake.reports import additions, witnesses
from handlers.talk import signs, utterances
from handlers.talk.situation import Side, Situation
from handlers.talk.understanding import Interpretation, stated_place
from handlers.wording import staff
from models.organisation import REPORTING

_RELIEF = frozenset({"thanks", "safe_now"})
_AMONG_OTHERS = frozenset({"advises", "safe_now"})
"""What is said to the others beside a danger: what to do, or that it is over."""
_TO_SOMEBODY = "to_others"
"""What is said to one of the others, and tells the bot nothing: 毛嬢嬢你站远点."""
_CALLS = ("@", "＠")
"""Begins what is said to somebody by name, or to all: @全体网格员 今天把台账报上来."""
_I_AM_AT = re.compile(r"我们?(?:就|已经|现在)?(?:在|到)[^，。！？,\s]{1,10}(?:[栋楼口]|现场|门口|楼下)")
_PART_OF_HOUSE = re.compile(r"(?:是|在)?[\d一二三四五六七八九十]{1,4}(?:楼|层|室|单元|门)[^路街巷村]{0,6}")


def add(inbound: InboundMessage, situation: Situation, read: Interpretation, *, alone: bool) -> str | None:
    """Add what tells of the danger that is going on here to it; None: it tells nothing of one."""
    if _is_among_others(inbound, situation, read):
        danger = incidents.find_live_danger(inbound.session, inbound.chat, now=inbound.now)
        if danger is not None and (inbound.asker.is_outsider or additions.may_add(inbound, danger)):
            is_own = any(case.id == danger.id for case in situation.of_side(Side.REPORTER))
            is_over = is_own and "safe_now" in read.sign_names
            words = staff.says_solved(inbound.full_text) if is_over else ""
            witnesses.add_as_witness(inbound, danger, words=words)
            return "case.added"
    if _tells_from_the_spot(situation, read):
        danger = incidents.find_live_danger(inbound.session, inbound.chat, now=inbound.now)
        if (
            danger is not None
            and not links.is_apart(read.place, danger)
            and additions.may_add(inbound, danger)
        ):
            witnesses.add_as_witness(inbound, danger)
            return "case.added"
    # A part of a message that reports another matter than the part before is a report of its own.
    is_of_scene = _is_of_scene(read, situation) or scene.is_cry_for_others(
        inbound.env.classifier.pack, read.understood, read.place
    )
    if situation.named or not (alone or not read.is_report) or not is_of_scene:
        return None
    return scene.add_to_danger(inbound, read.understood, _find_named_place(read))


def _tells_from_the_spot(situation: Situation, read: Interpretation) -> bool:
    """Whether a grid officer tells the bot how it is where they are: 火扑灭了; 我在9栋，正在喊人下楼."""
    is_grid = situation.sides[0] is Side.GRID and situation.is_spoken_to and not situation.named
    tells = "safe_now" in read.sign_names or read.tells_of_scene or _I_AM_AT.search(read.understood.text)
    return is_grid and bool(tells) and not (read.triage.urgent or read.triage.risk is not None)


def _is_among_others(inbound: InboundMessage, situation: Situation, read: Interpretation) -> bool:
    """Whether it is advice or relief, said to the others: 莫开灯！先开窗, or 救到了, is no danger itself."""
    is_said = not situation.is_spoken_to and not _AMONG_OTHERS.isdisjoint(read.sign_names)
    is_said = is_said and _TO_SOMEBODY not in read.sign_names
    is_elsewhere = bool(read.place) or read.triage.risk is not None
    return (
        is_said and not is_elsewhere and inbound.chat.use in REPORTING and not _cries_besides(inbound, read)
    )


def _cries_besides(inbound: InboundMessage, read: Interpretation) -> bool:
    """Whether a clause that gives no advice tells of a danger: 快打120，我妈倒地上没气了."""
    if not read.triage.urgent:
        return False
    classifier, facts = inbound.env.classifier, inbound.facts()
    finder = signs.finder_of(classifier.pack)
    return any(
        classifier.triage(clause, facts=facts).urgent
        for clause in utterances.split_clauses(inbound.incoming.text)
        if _AMONG_OTHERS.isdisjoint({sign.name for sign in finder.find(clause)})
    )


def _is_of_scene(read: Interpretation, situation: Situation) -> bool:
    """Whether the words tell of something going on here, and of no other matter of who says them."""
    is_relief = not _RELIEF.isdisjoint(read.sign_names)  # 出来了，谢天谢地
    if _TO_SOMEBODY in read.sign_names and not (situation.is_spoken_to or read.triage.urgent):
        return False
    is_whole = "complete" in read.because and not read.triage.urgent  # 3栋的瓷砖没人管，我要投诉
    is_question = read.triage.report and read.triage.nature == "咨询"  # 高龄补贴好多岁可以领
    if not read.tells_of_scene or read.triage.risk is not None or is_relief or is_whole or is_question:
        return False
    if read.understood.text.lstrip().startswith(_CALLS) and not situation.is_spoken_to:
        return False
    return read.triage.urgent or situation.open_report_case is None or not read.names_another


def _find_named_place(read: Interpretation) -> str:
    """The place as it was said, where it can be found: 4楼 is in whatever house is spoken of."""
    place = stated_place(read.triage)
    return "" if _PART_OF_HOUSE.fullmatch(place) else place
