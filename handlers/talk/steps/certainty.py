"""Whether it is plain which case the words mean and that they ask for the act, or has to be asked first."""

from collections.abc import Sequence

from handlers.chat.inbound import InboundMessage
from handlers.talk.dialogue import PlannedStep
from handlers.talk.planning import is_whole_count
from handlers.talk.referents import LETTER, Candidate
from handlers.talk.sayings import learned_signs
from handlers.talk.situation import Side
from handlers.talk.steps import planned_acts
from handlers.talk.understanding import Interpretation

_HANDS_OVER = frozenset({"转给", "交给", "让", "给", "由"})
"""What gives a case to somebody, who may be of the same unit."""
_WISHES = "suggest."
"""Classes of what somebody wishes: 才能修 sounds like one, and is no matter."""
_GONE = frozenset("走搬挪散撤拖")
"""What is said of something that stood in the way, and of no lamp."""
_PLAINLY_MEANT = 10
"""Points from which an act is meant of the only case there is: a photo, and a verdict."""


def is_plain_offer(read: Interpretation, meant: Sequence[Candidate]) -> bool:
    """Whether nobody need be asked before a case is given back: it is named, or 退了 said of the only one.

    What was only learned to mean that (转给吴城管去弄) is asked.
    """
    written = {sign.name for sign in read.signs if not learned_signs.is_learned(sign)}
    hands_over = any(sign.name == "orders" and sign.word in _HANDS_OVER for sign in read.signs)
    says_so = len(meant) == 1 and "gives_back" in read.sign_names
    return says_so or (are_all_named(meant) and ("not_ours" in written or not hands_over))


def are_all_named(meant: Sequence[Candidate]) -> bool:
    """Whether each of the cases is quoted or numbered."""
    return all(each.is_named for each in meant)


def are_all_meant(read: Interpretation, meant: Sequence[Candidate]) -> bool:
    """Whether all that fits is meant, and nobody counted fewer or more: 那两件都, of three."""
    is_said = "all_of_them" in read.sign_names
    return is_said and (meant[0].case.side is not Side.DESK or is_whole_count(read, meant))


def is_doubtful(inbound: InboundMessage, step: PlannedStep, only: Candidate, read: Interpretation) -> bool:
    """Whether the only case that the words could be about may be another than the one they mean."""
    speaks_of_another = not planned_acts.is_request(step) and _speaks_of_another(inbound, only, read)
    return speaks_of_another or _takes_back_by_chance(step, only, read) or _tells_somebody(step, only)


def is_of_none(
    inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate], read: Interpretation
) -> bool:
    """Whether a unit names a matter that none of its cases is about: 5栋电梯已停运, where it has two lids."""
    is_unit = all(each.case.side is Side.UNIT for each in meant)
    return is_unit and all(is_doubtful(inbound, step, each, read) for each in meant)


def _tells_somebody(step: PlannedStep, only: Candidate) -> bool:
    """Whether words for a reporter name no case: who that is, only the desk knows: 告诉刘大爷明天去."""
    return step.detail == "message" and not (only.is_named or only.matter > 0 or only.place > 0)


def is_of_moment(step: PlannedStep, only: Candidate, read: Interpretation) -> bool:
    """Whether what just went away need not be what the result is asked of: 刚才那个搬走了, hours later."""
    is_solved = step.verb == "rate" and step.detail == "solved"
    is_known = only.is_named or only.matter > 0 or only.place > 0 or only.case.is_fresh
    if not is_solved or is_known or "just_now" not in read.sign_names:
        return False
    return any(sign.name == "solved" and not _GONE.isdisjoint(sign.word) for sign in read.signs)


def _takes_back_by_chance(step: PlannedStep, only: Candidate, read: Interpretation) -> bool:
    """Whether a good word that names nothing would take back what nobody dealt with yet: 钱都退了，好."""
    is_said = read.act is not None and read.act.act == "withdraw"
    is_plain = only.is_named or only.case.is_fresh or only.matter > LETTER
    return step.verb == "withdraw" and not is_said and not is_plain


def _speaks_of_another(inbound: InboundMessage, only: Candidate, read: Interpretation) -> bool:
    """Whether the words name a matter that is not that of the only case they could be about.

    狗主人找到了, said where one case of a barbecue is in hand: doing it there would tell the wrong reporter.
    清完了，拉了两车 is a result, whatever a lorry sounds like.
    """
    if only.is_named or only.place > 0 or (read.tells_of_scene and only.case.is_urgent):
        return False
    if read.act is not None and read.act.act == "tell":
        return False  # what is merely noted does no harm
    if only.case.side is Side.GRID:
        return only.matter <= LETTER  # 3楼线头接好了 is not said of the line that fell on the road
    # 5栋电梯已停运 is a plain word of work, and of no lid on some road.
    is_plain = read.act is not None and read.act.points >= _PLAINLY_MEANT and not read.place
    if only.matter > 0 or only.case.side not in (Side.UNIT, Side.DESK) or is_plain:
        return False
    triage = read.triage
    spoken = inbound.env.classifier.list_spoken_classes(inbound.incoming.text, inbound.facts())
    is_matter = triage.class_id in spoken and not triage.class_id.startswith(_WISHES)
    return is_matter and only.case.class_id not in spoken
