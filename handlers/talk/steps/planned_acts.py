"""The act of the workflow that a planned step comes to, and what the words give with it."""

import re
from datetime import datetime

from handlers.cases.context import ActInput
from handlers.chat.inbound import InboundMessage
from handlers.clocks import spoken_limits
from handlers.clocks.spoken_days import find_day
from handlers.environment.levels import heads
from handlers.environment.spoken_units import find_spoken_unit
from handlers.talk.dialogue import PlannedStep
from handlers.talk.situation import PART_OF_ESTATE, strip_number
from handlers.talk.understanding import Interpretation
from handlers.wording import staff
from models.cases import Case
from models.time_limits import TimeLimit
from models.workflow import ACTS, Act, ActField, Reply

_DENIED_PLACE = re.compile(r"不(?:是|在)[^，。是在]{1,12}[，, ]{0,2}(?:而|应该|应当)?(?:是|在)")
_RIGHT_CLASS = re.compile(
    r"(?:改成|改为|换成|换为|应该是|应是|归类为|归为|归到|属于|算|归)[「“ ]?"
    r"([一-鿿与、]{2,12}?)(?:类|吧|才对|[，,。；;！!」” ]|$)"
)
"""类别改成店外经营."""
_ROAD_BEFORE = re.compile(r"(?:就?[是在])?([一-鿿]{2,6}(?:路|街|大道|巷))\s{1,3}")
"""The road that is said before what stands at it: 东四路 兰州拉面门口."""
_LEVEL = re.compile("(?:报|到|给|请|升|提)(?:到|给)?(区|县|市|镇|街道|乡)")
"""The level that a case is raised to: 报区里."""
_TO_REPORTER = re.compile(
    r"^(?:[一-鿿]{1,6}[那这](?:个|件|边)?[，,\s]{1,2})?(?:请|麻烦|帮忙|帮我|你)?(?:给|跟|向|同|和|告诉|通知|转告|告知|回复|答复)"
    r"(?:[#〔]?[A-Za-z\d-]{4,14}〕?的?)?(?:报事人|反映人|报案人|投诉人|求助人|当事人|报的那个人|反映的那个人|报的人|反映的人|[一-鿿]{0,3}(?:大爷|大妈|大姐|大哥|大叔|阿姨"
    r"|嬢嬢|婆婆|爷爷|奶奶|老人家|先生|女士)|他|她|人家)?(?:说一声|讲一声|说一下|讲一下|一声|回个话|带个话)?[，,：:\s]{0,2}"
)
"""Before what is to be told: 告诉报事人明天上午去."""
_REQUESTS = frozenset({"extend", "ask_suspend", "offer"})
"""What somebody else decides may be asked in words of other things: 镇流器要从厂里调，宽我两天."""
_ACT_OF = {"correct": "place"}
"""Planned verbs that are said otherwise than the act they come to."""


def find_act(step: PlannedStep) -> Act | None:
    """The act that a planned step comes to; None: it comes to none."""
    return ACTS.get(step.detail if step.verb == "offer" else _ACT_OF.get(step.verb, step.verb))


def require_act(step: PlannedStep) -> Act:
    """The act that a planned step comes to. Raises ValueError where it comes to none."""
    act = find_act(step)
    if act is None:
        raise ValueError(f"the plan knows no act {step.verb!r}")
    return act


def choose_act(step: PlannedStep, given: ActInput) -> Act:
    """The act that the step comes to with what is given; an addition where it needs a place and has none.

    Raises ValueError where it comes to no act.
    """
    act = require_act(step)
    if act.required_fields == (ActField.PLACE,) and not given.place:
        return next(each for each in ACTS.values() if each.reply is Reply.OTHER)
    return act


def is_double(step: PlannedStep) -> bool:
    """Whether two acts are planned, one after the other: who is on the way has signed (sign progress)."""
    return step.verb in ACTS and step.detail in ACTS


def is_request(step: PlannedStep) -> bool:
    """Whether the step only asks for what somebody else decides."""
    return step.verb in _REQUESTS


def needs_time(step: PlannedStep) -> bool:
    """Whether the step can only be done where the words say how long."""
    return step.detail in ("limit", "extend")


def find_limit(inbound: InboundMessage, said: str, since: datetime | None = None) -> TimeLimit | None:
    """The time limit that the words give now; None: they give none, or one that is over.

    `since`: the deadline so far (aware UTC), from which a moment (今天下班前) is counted where it is later.
    """
    now, calendar = inbound.env.local(inbound.now), inbound.env.calendar
    return spoken_limits.find_limit(said, now=now, calendar=calendar, since=since)


def build_input(inbound: InboundMessage, step: PlannedStep, case: Case, read: Interpretation) -> ActInput:
    """What is given with the act that a planned step comes to; of a unit that is called: `unit_orders`.

    Raises NotFound for a class that nobody knows.
    """
    text = strip_number(inbound.incoming.text)
    match step.detail:
        case "solved" | "unsolved":
            if require_act(step).reply is Reply.OTHER:
                return ActInput(text=staff.says_solved(text))
            names = read.sign_names
            satisfied = False if "dissatisfied" in names else True if "satisfied" in names else None
            return ActInput(text=text, solved=step.detail == "solved", satisfied=satisfied)
        case "passed" | "failed":
            return ActInput(text=text, passed=step.detail == "passed")
        case "place":
            return ActInput(text=text, place=_find_meant_place(inbound, read, case))
        case "return":
            return ActInput(text=text, unit=find_spoken_unit(inbound.session, text, but=case.unit_id))
        case "limit":
            return ActInput(text=text, limit=find_limit(inbound, text, since=case.due_at))
        case "message":
            return ActInput(text=_TO_REPORTER.sub("", text).strip(" ，,：:。") or text)
        case "level":
            said = _LEVEL.search(text)
            return ActInput(text=text, level=heads.find_level(said[1]) if said else None)
        case "class":
            return ActInput(text=text, class_id=_find_meant_class(inbound))
        case _:
            return ActInput(text=text, until=_find_end(inbound, step))


def _find_end(inbound: InboundMessage, step: PlannedStep) -> datetime | None:
    """Until when something is put off, where the act takes that: 同意挂起到明天."""
    act = find_act(step)
    if act is None or ActField.UNTIL not in act.optional_fields:
        return None
    said = find_day(inbound.incoming.text, inbound.env.local(inbound.now).date())
    return said.begin(inbound.env.zone) if said is not None else None


def _find_meant_class(inbound: InboundMessage) -> str | None:
    """The class that is named as the right one: 类别改成店外经营. None: none is. Raises NotFound."""
    said = _RIGHT_CLASS.search(inbound.incoming.text)
    return inbound.env.find_class(said[1], by_part_of_name=True).id if said else None


def _find_meant_place(inbound: InboundMessage, read: Interpretation, case: Case) -> str:
    """The place that is meant, and not the one that is denied: 不是东四路是望仙路.

    Said after 8栋, an estate is what that is part of; said after an estate, 8栋 is in that.
    """
    meant = _DENIED_PLACE.split(inbound.incoming.text)[-1]
    place = read.triage.place
    if meant != inbound.incoming.text or place is None:
        place = inbound.env.classifier.find_place(meant, inbound.facts())
    if place is None or place.end <= place.start:
        return ""
    if road := _ROAD_BEFORE.fullmatch(meant[: place.start]):
        return f"{road[1]}{place.name}"
    said, known = PART_OF_ESTATE.search(place.name), PART_OF_ESTATE.search(case.place)
    if said is None and known is not None and known.start() == 0:
        return f"{place.name}{case.place}"
    if said is not None and said.start() == 0 and known is not None:
        return f"{case.place[: known.start()]}{place.name}"
    return place.name
