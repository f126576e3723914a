"""One message as part of a conversation: what it does there, which case it means, and what is done.

danger            never waits: it is a report of its own, whatever was said before
named             a case is quoted or numbered: it is meant
own cases, tasks  what the words are about, and where each case stands
new report        what names another matter or another place
nothing fits      left to intake, which asks, answers, or stays silent
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from handlers.chat.inbound import InboundMessage
from handlers.errors import Refused
from handlers.intake import reports
from handlers.talk import courtesy, dialogue, referents, signs, steps, utterances
from handlers.talk.dialogue import DialogueAct
from handlers.talk.referents import Candidate, SpokenMatter
from handlers.talk.situation import KnownCase, Side, Situation, look_up
from handlers.triage.types import Triage
from models.cases import Case
from models.messages import Part, PartKind
from models.workflow import OPEN, Status

_SAME_MATTER = 3
_BRIEF = 4
_MARK = frozenset("?？")
_OVERHEARD = frozenset({"detail", "correct", "withdraw"})
"""What somebody may add to their own report without addressing the bot."""
_VERDICTS = frozenset({"solved", "done_weak", "unsolved", "partly", "again", "urges"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as it was understood: its act, and the cases it may mean."""

    act: DialogueAct | None
    candidates: tuple[Candidate, ...]
    signs: tuple[signs.Sign, ...]
    triage: Triage
    situation: Situation


def receive_words(inbound: InboundMessage) -> str:
    """Take a message that is neither command nor click nor quote; returns a slug of what came of it."""
    situation = look_up(inbound)
    parts = _split(inbound, situation) if situation.is_spoken_to else []
    if len(parts) < 2:
        return _receive_part(inbound, situation)
    slugs = [
        _receive_part(_part_of(inbound, text, number), situation, alone=False)
        for number, text in enumerate(parts)
    ]
    return slugs[0]


def _receive_part(inbound: InboundMessage, situation: Situation, *, alone: bool = True) -> str:
    read = understand(inbound, situation)
    done = _carry_out(inbound, read)
    if done is not None:
        return done
    if _is_idle_remark(inbound, read):
        return "talk.remark"
    is_new = not alone or (read.act is not None and read.act.act == "new" and _names_another(read))
    if not read.triage.report and situation.sides[0] is not Side.REPORTER and not inbound.attachments:
        return "talk.staff"
    is_piece = read.act is not None and read.act.act == "detail"
    return reports.receive_message(inbound, joins=True if is_piece else False if is_new else None)


def _is_idle_remark(inbound: InboundMessage, read: Reading) -> bool:
    """Whether the words report nothing and add nothing to a report: they must not join the one before."""
    if (
        inbound.attachments
        or inbound.incoming.point is not None
        or read.triage.report
        or read.act is not None
    ):
        return False
    if read.situation.is_spoken_to:
        return False
    waits = read.situation.has_open_report and read.situation.open_report_case is None
    return not (waits and (_stated_place(read.triage) or _spoken_classes(inbound, inbound.incoming.text)))


def _names_another(read: Reading) -> bool:
    """Whether the report names a place or a matter of its own, and cannot be a piece of the one before."""
    because = {sign for sign, _ in read.act.because} if read.act is not None else set()
    return bool(because & {"place_new", "matter_new"})


def reply_to_case(inbound: InboundMessage, quoted: Case) -> str | None:
    """Do what a message means that quotes a push of this case. None: its words tell nothing of that."""
    read = understand(inbound, look_up(inbound, quoted=quoted))
    return _carry_out(inbound, read)


def _carry_out(inbound: InboundMessage, read: Reading) -> str | None:
    if read.act is None or _is_left_to_intake(read):
        return None
    try:
        return steps.carry_out(inbound, read.act, read.candidates, read.signs, read.triage)
    except Refused as refused:
        inbound.reply(refused.sentence)
        return f"refused.{refused.slug}"


def _split(inbound: InboundMessage, situation: Situation) -> list[str]:
    """The parts of a message that says several things; fewer than two where it says one."""
    text = inbound.incoming.text
    clauses = utterances.split_clauses(text)
    if len(clauses) > 1 and situation.cases and not situation.named:
        parts = utterances.split_by_case(clauses, lambda clause: _only_case(inbound, situation, clause))
        if len(parts) > 1 and all(_has_verdict(inbound, part) for part in parts):
            return parts
    problems = utterances.split_problems(text)
    if len(problems) > 1 and len({_problem_of(inbound, part) for part in problems} - {""}) == len(problems):
        return problems
    return []


def _only_case(inbound: InboundMessage, situation: Situation, clause: str) -> int | None:
    """The id of the only case that a clause can be about, by its matter; None: there is none."""
    said = SpokenMatter(clause, "", _spoken_classes(inbound, clause))
    ranked = [each for each in referents.rank(situation, situation.cases, said) if each.matter]
    if not ranked or (len(ranked) > 1 and ranked[0].matter == ranked[1].matter):
        return None
    return max(ranked, key=lambda each: each.matter).case.id


def _has_verdict(inbound: InboundMessage, part: str) -> bool:
    heard = signs.finder_of(inbound.env.classifier.pack).find(part)
    return not _VERDICTS.isdisjoint({sign.name for sign in heard})


def _problem_of(inbound: InboundMessage, part: str) -> str:
    """What a part reports, by class and place; "" where it reports nothing."""
    triage = inbound.env.classifier.triage(part, facts=inbound.facts())
    return f"{triage.class_id} {_stated_place(triage)}" if triage.report else ""


def _part_of(inbound: InboundMessage, text: str, number: int) -> InboundMessage:
    """The message as if only this part of it had been said; its files belong to the first."""
    files = (
        tuple(part for part in inbound.incoming.parts if part.kind is not PartKind.TEXT)
        if number == 0
        else ()
    )
    said = replace(inbound.incoming, parts=(Part(PartKind.TEXT, text.strip()), *files))
    return replace(
        inbound,
        incoming=said,
        attachments=inbound.attachments if number == 0 else (),
        part=f"part{number}:",
        is_stored=number > 0,
    )


def understand(inbound: InboundMessage, situation: Situation) -> Reading:
    """What a message is in its situation; nothing is done."""
    text = inbound.incoming.text
    pack = inbound.env.classifier.pack
    triage = inbound.env.classifier.triage(text, facts=inbound.facts())
    heard = signs.finder_of(pack).find(text)
    place = _stated_place(triage)
    matter = SpokenMatter(text, place, _spoken_classes(inbound, text.replace(place, " ") if place else text))
    best: DialogueAct | None = None
    meant: tuple[Candidate, ...] = ()
    for side in situation.sides:
        ranked = referents.rank(situation, situation.of_side(side), matter)
        known = _list_known(inbound, situation, side, ranked, matter, triage)
        present = frozenset({*known, *_list_heard(heard)})
        act = dialogue.choose_act(pack.dialogue, side, present, has_cases=bool(ranked))
        if act is not None and (best is None or act.points > best.points):
            best, meant = act, tuple(ranked)
    return Reading(best, meant, heard, triage, situation)


def _is_left_to_intake(read: Reading) -> bool:
    act, situation = read.act, read.situation
    if act is None or act.act == "new":
        return True
    if act.act == "detail" and situation.open_report_case is not None and not situation.named:
        return _is_of_open_report(read)
    if read.triage.risk is not None or (read.triage.urgent and read.triage.report and not situation.named):
        return True
    if situation.is_spoken_to or situation.is_quoting or act.act == "courtesy":
        return False
    return not (situation.has_open_report and act.act in _OVERHEARD)


def _is_of_open_report(read: Reading) -> bool:
    """Whether the detail belongs to the report that is still open: intake joins it, pictures and all."""
    meant = referents.choose(read.candidates, None, recent=True)
    return bool(meant) and meant[0].case.id == read.situation.open_report_case


def _stated_place(triage: Triage) -> str:
    place = triage.place
    return place.text if place is not None and place.end > place.start else ""


def _spoken_classes(inbound: InboundMessage, text: str) -> Collection[str]:
    return inbound.env.classifier.list_spoken_classes(text, inbound.facts())


def _list_heard(heard: Sequence[signs.Sign]) -> set[str]:
    """The names of the signs, and which verdict was said last."""
    present = {sign.name for sign in heard}
    verdicts = [sign.name for sign in heard if sign.name in _VERDICTS - {"urges"}]
    if verdicts:
        present.add("last_solved" if verdicts[-1] in ("solved", "done_weak") else "last_unsolved")
    return present


def _list_known(
    inbound: InboundMessage,
    situation: Situation,
    side: Side,
    ranked: Sequence[Candidate],
    matter: SpokenMatter,
    triage: Triage,
) -> set[str]:
    """What holds of the message in its situation, beside what was heard in it."""
    text = inbound.incoming.text.strip()
    is_mark = bool(text) and _MARK.issuperset(text)
    known = {
        "reports": triage.report,
        "anonymous": triage.anonymous,
        "danger": triage.urgent and triage.report,
        "hint": triage.report and triage.class_id not in matter.classes,
        "gratitude": triage.nature == "感谢",
        "consult": triage.report and triage.nature == "咨询",
        "overheard": not situation.is_spoken_to,
        "photo": bool(inbound.evidence),
        "question": text.endswith(("?", "？", "吗", "呢", "没", "冇", "么", "没有")),
        "brief": len(text) <= _BRIEF,
        "mark": is_mark,
        "courtesy": bool(text) and not is_mark and not inbound.attachments and courtesy.is_courtesy(text),
        "numbered": bool(situation.named),
        "piece": situation.open_report_case is not None,
        "unit_named": side is Side.DESK and steps.find_named_unit(inbound) is not None,
        "placeless_open": not matter.place and any(each.case.status in OPEN for each in ranked),
        "lacks_place": bool(matter.place) and _waits_for_place(situation, ranked),
        **_compare_cases(ranked, matter, triage),
    }
    return {name for name, holds in known.items() if holds}


def _waits_for_place(situation: Situation, ranked: Sequence[Candidate]) -> bool:
    """Whether the report that was just made says nothing of where it is."""
    current = [each.case for each in ranked if each.case.id == situation.open_report_case]
    return any(not case.has_place for case in current)


def _compare_cases(ranked: Sequence[Candidate], matter: SpokenMatter, triage: Triage) -> dict[str, bool]:
    """How the cases that may be meant stand, and whether the words are about one of them."""
    focus: KnownCase | None = ranked[0].case if ranked else None
    statuses = {candidate.case.status for candidate in ranked}
    return {
        "none": focus is None,
        "asked": focus is not None and focus.status is Status.CALLBACK,
        "closed": focus is not None and focus.status is Status.CLOSED,
        "open": focus is not None and focus.status in OPEN,
        "submitted": Status.SUBMITTED in statuses,
        "closed_only": statuses == {Status.CLOSED},
        "open_only": bool(ranked) and not statuses & {Status.CALLBACK, Status.CLOSED},
        "matter_same": any(each.matter >= _SAME_MATTER and each.place >= 0 for each in ranked),
        "matter_new": triage.report and bool(ranked) and not any(each.matter for each in ranked),
        "class_new": (
            bool(ranked)
            and triage.report
            and triage.class_id in matter.classes
            and triage.class_id not in {each.case.class_id for each in ranked}
        ),
        "complete": (
            triage.report and bool(matter.place) and triage.class_id in matter.classes and not triage.missing
        ),
        "place_same": any(each.place > 0 for each in ranked),
        "place_new": bool(ranked) and all(each.place < 0 for each in ranked),
    }
