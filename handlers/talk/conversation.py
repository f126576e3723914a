"""One message as part of a conversation: what it does there, which case it means, and what is done.

    danger            never waits: it is a report of its own, whatever was said before
    named             a case is quoted or numbered: it is meant
    own cases, tasks  what the words are about, and where each case stands
    new report        what names another matter or another place
    nothing fits      to the desk, where a reporter said it; a line, where staff did
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from handlers.chat.inbound import InboundMessage
from handlers.errors import Refused
from handlers.talk import courtesy, dialogue, referents, signs, steps
from handlers.talk.dialogue import DialogueAct
from handlers.talk.referents import Candidate, SpokenMatter
from handlers.talk.situation import Side, Situation, look_up
from handlers.triage.types import Triage
from models.cases import Case
from models.workflow import OPEN, Status

_SAME_MATTER = 3
_BRIEF = 4
_MARK = frozenset("?？")
_OVERHEARD = frozenset({"detail", "correct", "withdraw", "new"})
"""What somebody may add to their own report without addressing the bot."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as it was understood: its act, and the cases it may mean."""

    act: DialogueAct | None
    candidates: tuple[Candidate, ...]
    signs: tuple[signs.Sign, ...]
    triage: Triage
    situation: Situation


def handle_talk(inbound: InboundMessage, *, quoted: Case | None = None) -> str | None:
    """Do what a message means that is no command. Returns a slug; None: it is left to intake."""
    read = understand(inbound, quoted=quoted)
    if read.act is None or _is_left_to_intake(inbound, read):
        return None
    try:
        return steps.carry_out(inbound, read.act, read.candidates, read.signs, read.triage)
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def understand(inbound: InboundMessage, *, quoted: Case | None = None) -> Reading:
    """What a message is in its situation; nothing is done."""
    text = inbound.incoming.text
    triage = inbound.env.classifier.triage(text, facts=inbound.facts())
    situation = look_up(inbound, quoted=quoted)
    heard = signs.finder_of(inbound.env.classifier.pack).find(text)
    matter = SpokenMatter(text, _stated_place(triage), _spoken_classes(inbound, text))
    best: tuple[DialogueAct | None, tuple[Candidate, ...]] = (None, ())
    for side in situation.sides:
        ranked = referents.rank(situation, situation.of_side(side), matter)
        present = _list_present(inbound, situation, side, ranked, heard, triage)
        act = dialogue.choose_act(inbound.env.classifier.pack.dialogue, side, present)
        if act is not None and (best[0] is None or act.points > best[0].points):
            best = act, tuple(ranked)
    return Reading(best[0], best[1], heard, triage, situation)


def _is_left_to_intake(inbound: InboundMessage, read: Reading) -> bool:
    act, situation = read.act, read.situation
    if act is None or act.act == "new":
        return True
    if read.triage.risk is not None or (read.triage.urgent and read.triage.report and not situation.named):
        return True
    if situation.is_spoken_to or situation.named:
        return False
    return not (situation.has_open_report and act.act in _OVERHEARD) and act.act != "courtesy"


def _stated_place(triage: Triage) -> str:
    place = triage.place
    return place.text if place is not None and place.end > place.start else ""


def _spoken_classes(inbound: InboundMessage, text: str) -> Collection[str]:
    return inbound.env.classifier.list_spoken_classes(text, inbound.facts())


def _list_present(
    inbound: InboundMessage,
    situation: Situation,
    side: Side,
    ranked: Sequence[Candidate],
    heard: Sequence[signs.Sign],
    triage: Triage,
) -> frozenset[str]:
    """Everything that holds of the message in its situation: what was heard, and what is known."""
    present = {sign.name for sign in heard}
    verdicts = [sign.name for sign in heard if sign.name in ("solved", "done_weak", "unsolved", "partly", "again")]
    if verdicts:
        present.add("last_solved" if verdicts[-1] in ("solved", "done_weak") else "last_unsolved")
    text = inbound.incoming.text
    focus = ranked[0].case if ranked else None
    statuses = {candidate.case.status for candidate in ranked}
    known = {
        "report": triage.report,
        "danger": triage.urgent and triage.report,
        "consult": triage.report and triage.nature == "咨询",
        "photo": bool(inbound.attachments),
        "question": text.rstrip().endswith(("?", "？", "吗", "呢", "没", "冇", "么", "没有")),
        "brief": len(text.strip()) <= _BRIEF,
        "mark": bool(text.strip()) and _MARK.issuperset(text.strip()),
        "courtesy": bool(text.strip()) and not inbound.attachments and courtesy.is_courtesy(text) and not _MARK.issuperset(text.strip()),
        "numbered": bool(situation.named),
        "piece": situation.open_report_case is not None,
        "none": focus is None,
        "asked": focus is not None and focus.status is Status.CALLBACK,
        "closed": focus is not None and focus.status is Status.CLOSED,
        "open": focus is not None and focus.status in OPEN,
        "submitted": Status.SUBMITTED in statuses,
        "closed_only": bool(ranked) and statuses == {Status.CLOSED},
        "open_only": bool(ranked) and not statuses & {Status.CALLBACK, Status.CLOSED, Status.DUPLICATE},
        "unit_named": side is Side.DESK and steps.find_named_unit(inbound) is not None,
        "matter_same": any(each.matter >= _SAME_MATTER and each.place >= 0 for each in ranked),
        "matter_new": triage.report and bool(ranked) and not any(each.matter for each in ranked),
        "place_same": any(each.place > 0 for each in ranked),
        "place_new": bool(ranked) and all(each.place < 0 for each in ranked),
    }
    return frozenset(present | {name for name, holds in known.items() if holds})
