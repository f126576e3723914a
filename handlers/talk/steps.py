"""Carrying out what a message was taken for: an act of the workflow, an answer, a question."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from handlers.cases import assignments, merged, permissions, possible_acts
from handlers.cases.context import ActInput
from handlers.cases.views import view_for
from handlers.chat import case_choice, case_lookup, confirmations, smalltalk
from handlers.chat.inbound import InboundMessage
from handlers.clocks.spoken_days import find_day
from handlers.clocks.spoken_limits import find_limit
from handlers.commands import case_lists, run
from handlers.commands.figures import day_figures, hot_topics, monthly_report
from handlers.commands.parser import Command
from handlers.environment.spoken_units import UnitOrder, asks_to_help, find_spoken_unit, list_unit_orders
from handlers.errors import Refused
from handlers.intake import desk_lines
from handlers.intake.reports import witnesses
from handlers.talk.dialogue import PlannedStep, plan_steps
from handlers.talk.planning import PlannedSteps
from handlers.talk.referents import LETTER, Candidate
from handlers.talk.sayings import learned_signs
from handlers.talk.situation import PART_OF_ESTATE, Side, strip_number
from handlers.talk.understanding import Interpretation
from handlers.talk.utterances import split_clauses
from handlers.triage.classify import intent
from handlers.wording import conversation as say
from handlers.wording import marks, talk
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.organisation import Unit
from models.time_limits import TimeLimit
from models.workflow import ACTS, Act, ActField, CaseRelation, Reply, Status

_DENIED_PLACE = re.compile(r"不(?:是|在)[^，。是在]{1,12}[，, ]{0,2}(?:而|应该|应当)?(?:是|在)")
_RIGHT_CLASS = re.compile(
    r"(?:改成|改为|换成|换为|应该是|应是|归类为|归为|归到|属于|算|归)[「“ ]?"
    r"([一-鿿与、]{2,12}?)(?:类|吧|才对|[，,。；;！!」” ]|$)"
)
"""类别改成店外经营."""
_ROAD_BEFORE = re.compile(r"(?:就?[是在])?([一-鿿]{2,6}(?:路|街|大道|巷))\s{1,3}")
"""The road that is said before what stands at it: 东四路 兰州拉面门口."""
_LAST_MONTH = re.compile("上个?月")
_SENTENCES = {"thanks": talk.WELCOME_BACK, "secrecy": say.NOBODY_LEARNS, "later": say.TELL_LATER}
_ALSO = re.compile("也(?:去|来|到|派|要|得|一起|参加|出)")
"""A unit that is called beside another."""
_HANDS_OVER = frozenset({"转给", "交给", "让", "给", "由"})
"""What gives a case to somebody, who may be of the same unit."""
_UNSENT = (Status.NEW, Status.ACCEPTED)
_WISHES = "suggest."
"""Classes of what somebody wishes: 才能修 sounds like one, and is no matter."""
_PLAINLY_MEANT = 10
"""Points from which an act is meant of the only case there is: a photo, and a verdict."""
_MOST = 4
"""Cases that a question offers; more are no question any more."""


def carry_out(inbound: InboundMessage, read: Interpretation, planned: PlannedSteps) -> str | None:
    """Do what is planned for a message as it was understood; returns a slug, None: it is left to intake."""
    meant, steps = planned.meant, planned.steps
    step = next((each for each in steps if _is_possible(inbound, each, meant)), steps[-1])
    if step.verb == "intake":
        return None
    if step.verb == "answer":
        return _answer(inbound, step.detail, read.candidates if step.detail == "list" else meant)
    if step.verb in _ANSWERS:
        return _ANSWERS[step.verb](inbound, step, meant)
    if _is_double(step) and len(meant) == 1 and _is_possible(inbound, step, meant):
        return _perform_both(inbound, step, meant[0])
    is_doable = len(meant) > 1 or _is_possible(inbound, step, meant)
    if step.verb == "offer" and is_doable and not _is_plain_offer(read, meant):
        return _offer(inbound, step, meant)
    return _perform(inbound, step, meant, read)


def _is_plain_offer(read: Interpretation, meant: Sequence[Candidate]) -> bool:
    """Whether nobody need be asked before a case is given back: it is named, or 退了 said of the only one.

    What was only learned to mean that (转给吴城管去弄) is asked.
    """
    written = {sign.name for sign in read.signs if not sign.word.startswith(learned_signs.MARK)}
    hands_over = any(sign.name == "orders" and sign.word in _HANDS_OVER for sign in read.signs)
    says_so = len(meant) == 1 and "gives_back" in read.sign_names
    return says_so or (_all_named(meant) and ("not_ours" in written or not hands_over))


def _needs_time(step: PlannedStep) -> bool:
    """Whether the step can only be done where the words say how long."""
    return step.detail in ("limit", "extend")


def _is_possible(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> bool:
    """Whether the act that is planned can be performed by this person on the case as it stands."""
    act = _find_act(step)
    if act is None:
        return step.verb in _ANSWERS or step.verb in ("answer", "intake")
    if _needs_time(step) and _find_limit(inbound, strip_number(inbound.incoming.text)) is None:
        return False
    case = inbound.session.get_one(Case, meant[0].case.id)
    target = merged.target_case(inbound.session, act, inbound.actor, case)
    actor = merged.as_reporter(inbound.session, act, inbound.actor, target)
    return possible_acts.can_perform(inbound.session, act, actor, target)


_QUESTIONS: Mapping[str, Callable[[CaseView], str]] = {
    "result": say.is_it_solved,
    "signing": say.sign_first,
    "extend": say.how_to_extend,
}
_REQUESTS = frozenset({"extend", "ask_suspend", "offer"})
"""What somebody else decides may be asked in words of other things: 镇流器要从厂里调，宽我两天."""
_TYPED = {"solved": "已解决", "unsolved": "未解决", "passed": "通过", "failed": "不通过"}
"""How the answer of a step is typed."""
_ACT_OF = {"correct": "place"}
"""Planned verbs that are said otherwise than the act they come to."""


def _find_act(step: PlannedStep) -> Act | None:
    """The act that a planned step comes to; None: it comes to none."""
    return ACTS.get(step.detail if step.verb == "offer" else _ACT_OF.get(step.verb, step.verb))


def _require_act(step: PlannedStep) -> Act:
    act = _find_act(step)
    if act is None:
        raise ValueError(f"the plan knows no act {step.verb!r}")
    return act


def _perform(
    inbound: InboundMessage,
    step: PlannedStep,
    meant: Sequence[Candidate],
    read: Interpretation,
) -> str:
    if len(meant) == 1:
        is_doubtful = step.verb not in _REQUESTS and _speaks_of_another(inbound, meant[0], read)
        if is_doubtful or _takes_back_by_chance(step, meant[0], read):
            return _ask_which(inbound, step, meant)
        return _perform_on(inbound, step, meant[0], read)
    if not (_all_named(meant) or "all_of_them" in read.sign_names):
        return _ask_which(inbound, step, meant)
    results = [
        _perform_on(replace(inbound, part=f"{number}:", is_stored=number > 0), step, each, read)
        for number, each in enumerate(meant)
    ]
    return results[0]


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
    is_plain = read.act is not None and read.act.points >= _PLAINLY_MEANT
    if only.matter > 0 or only.case.side not in (Side.UNIT, Side.DESK) or is_plain:
        return False
    triage = read.triage
    spoken = inbound.env.classifier.list_spoken_classes(inbound.incoming.text, inbound.facts())
    is_matter = triage.class_id in spoken and not triage.class_id.startswith(_WISHES)
    return is_matter and only.case.class_id not in spoken


def _all_named(meant: Sequence[Candidate]) -> bool:
    return all(each.is_named for each in meant)


def _perform_on(inbound: InboundMessage, step: PlannedStep, each: Candidate, read: Interpretation) -> str:
    case = inbound.session.get_one(Case, each.case.id)
    act = _require_act(step)
    act_input = _build_input(inbound, step, case, read)
    if act.required_fields == (ActField.PLACE,) and not act_input.place:
        act = next(each for each in ACTS.values() if each.reply is Reply.OTHER)
    if act_input.unit is not None and act_input.unit.id == case.unit_id:
        # It is theirs already: 0010又响了，公安再去 presses them, and with 0003街道接了 they sign.
        is_own = act_input.unit.id in [one.unit_id for one in inbound.person.in_each_post]
        plan = inbound.env.classifier.pack.dialogue.plan
        for known in plan_steps(plan, "take" if is_own else "press", case.status)[:1]:
            act, act_input = _require_act(known), ActInput(text=strip_number(inbound.incoming.text))
    is_taken = step.detail == "unit" and case.unit_id is not None
    if is_taken and act_input.unit is not None and _is_to_help(inbound):
        act = ACTS["assist"]  # 请交警协助: whoever has it keeps it
        act_input = ActInput(unit=act_input.unit, units=(act_input.unit,), text=act_input.text)
    target = merged.target_case(inbound.session, act, inbound.actor, case)
    if step.detail == "unit" and (other := _find_added_unit(inbound, case, act_input)) is not None:
        done = run.perform_said(inbound, act, target, replace(act_input, unit=other))
        _call(inbound, target, [(act_input.unit, act_input.text)])
        return done
    done = run.perform_said(inbound, act, target, act_input)
    if step.detail == "unit":
        _call(inbound, target, [(order.unit, order.words) for order in _list_orders(inbound)[1:]])
    return done


def _is_to_help(inbound: InboundMessage) -> bool:
    """Whether the first unit that is named is to help whoever has the case: 请交警协助.

    转给公安局，城管局配合一下 gives the case to another.
    """
    orders = _list_orders(inbound)
    first = split_clauses(strip_number(inbound.incoming.text))[:1]
    clause = next(iter(split_clauses(orders[0].words)), "") if orders and orders[0].words else "".join(first)
    return asks_to_help(clause)


def _find_added_unit(inbound: InboundMessage, case: Case, act_input: ActInput) -> Unit | None:
    """The unit that was suggested, where the one that is named comes in addition: 市场监管局也去现场.

    None: nobody else was to have it.
    """
    if (
        case.status not in _UNSENT
        or not _ALSO.search(inbound.incoming.text)
        or case.suggested_unit_id is None
    ):
        return None
    is_other = act_input.unit is not None and act_input.unit.id != case.suggested_unit_id
    return inbound.session.get(Unit, case.suggested_unit_id) if is_other else None


def _call(inbound: InboundMessage, case: Case, orders: Sequence[tuple[Unit | None, str]]) -> None:
    """Ask units to help, each with its own words."""
    for number, (unit, words) in enumerate(orders):
        part = replace(inbound, part=f"{inbound.part}help{number}:", is_stored=True)
        try:
            units = (unit,) if unit is not None else ()
            run.perform_said(part, ACTS["assist"], case, ActInput(units=units, text=words))
        except Refused as refused:
            part.reply(refused.sentence)


def _build_input(inbound: InboundMessage, step: PlannedStep, case: Case, read: Interpretation) -> ActInput:
    """What is given with the act that a planned step comes to."""
    text = strip_number(inbound.incoming.text)
    match step.detail:
        case "solved" | "unsolved":
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
            return ActInput(text=text, limit=_find_limit(inbound, text, since=case.due_at))
        case "unit":
            orders = _list_orders(inbound)
            unit = orders[0].unit if orders else find_spoken_unit(inbound.session, text)
            if unit is None and "overrules" in read.sign_names:
                unit = assignments.find_last_lead(inbound.session, case)
            words = orders[0].words if orders else "，".join(split_clauses(text)[1:]).rstrip("，。")
            if step.verb == "assist":
                return ActInput(unit=unit, units=(unit,) if unit is not None else (), text=words)
            return ActInput(unit=unit, limit=_find_limit(inbound, text), text=words)
        case "class":
            return ActInput(text=text, class_id=_find_meant_class(inbound))
        case _:
            return ActInput(text=text, until=_find_end(inbound, step))


def _find_end(inbound: InboundMessage, step: PlannedStep) -> datetime | None:
    """Until when something is put off, where the act takes that: 同意挂起到明天."""
    act = _find_act(step)
    if act is None or ActField.UNTIL not in act.optional_fields:
        return None
    said = find_day(inbound.incoming.text, inbound.env.local(inbound.now).date())
    return said.begin(inbound.env.zone) if said is not None else None


def _find_limit(inbound: InboundMessage, said: str, since: datetime | None = None) -> TimeLimit | None:
    now, calendar = inbound.env.local(inbound.now), inbound.env.calendar
    return find_limit(said, now=now, calendar=calendar, since=since)


def _list_orders(inbound: InboundMessage) -> Sequence[UnitOrder]:
    """What the words order units to do, without the time they get: 0010交城管局，注意举报人要保密，两天内."""
    first, *others = split_clauses(strip_number(inbound.incoming.text)) or [""]
    minded = [clause for clause in others if _find_limit(inbound, clause) is None]
    return list_unit_orders(inbound.session, [first, *minded])


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


def _ask_which(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Ask with a button for each case; a press does it with the words and files that were sent."""
    numbers = [each.case.number for each in meant]
    case_choice.offer_cases(inbound, _to_command(inbound, step), numbers, words=say.choose_case)
    return "talk.which"


def _offer(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Ask before a unit gives back a case that it did not name: it can do so once, words are soon said."""
    if len(meant) > 1:
        unit = _name_suggested(inbound, None)
        numbers = [each.case.number for each in meant]
        command = _to_command(inbound, step, suggested=unit)
        case_choice.offer_cases(inbound, command, numbers, words=partial(say.choose_returned, unit))
        return "talk.which"
    case = inbound.session.get_one(Case, meant[0].case.id)
    unit = _name_suggested(inbound, case.unit_id)
    command = _to_command(inbound, step, suggested=unit).replace(marks.BLANK_NUMBER, case.number)
    question = say.may_be_returned(_view(inbound, meant[0]), unit, in_private=inbound.in_private)
    confirmations.show_preview(inbound, question, quoted=marks.case_mark(case.number), command=command)
    return "talk.ask_return"


def _name_suggested(inbound: InboundMessage, own_unit: int | None) -> str:
    """The unit that the words name, as a command takes it; "" where they name none but their own."""
    own = own_unit if own_unit is not None else inbound.chat.unit_id
    unit = find_spoken_unit(inbound.session, inbound.incoming.text, but=own)
    return unit.display_name if unit is not None else ""


def _to_command(inbound: InboundMessage, step: PlannedStep, *, suggested: str = "") -> str:
    """What was said as the command it comes to, with a blank for the number; `suggested`: a unit's name."""
    unit = find_spoken_unit(inbound.session, inbound.incoming.text) if step.detail == "unit" else None
    said = unit.display_name if unit is not None else inbound.incoming.text.strip()
    verb = f"/{_require_act(step).verb}"
    parts = (verb, marks.BLANK_NUMBER, _TYPED.get(step.detail, ""), said, suggested)
    return " ".join(part for part in parts if part)


def _view(inbound: InboundMessage, each: Candidate) -> CaseView:
    """The case as this person may read it here; of a joined one, the matter it was joined to."""
    case = case_lookup.find_worked_on(inbound, inbound.session.get_one(Case, each.case.id))
    return view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)


def _stay_silent(inbound: InboundMessage, _step: PlannedStep, _meant: Sequence[Candidate]) -> str:
    kind = intent.detect_kind(inbound.incoming.text, inbound.facts())
    return smalltalk.reply_to(inbound, kind) if kind in ("thanks", "greeting") else "talk.courtesy"


def _hand_to_desk(inbound: InboundMessage, _step: PlannedStep, meant: Sequence[Candidate]) -> str:
    if not (inbound.is_spoken_to or inbound.incoming.quote):
        return "talk.chatter"
    case = inbound.session.get_one(Case, meant[0].case.id) if len(meant) == 1 else None
    return desk_lines.hand_to_desk(inbound, case=case, wants_person=True)


_LISTS: Mapping[str, Sequence[tuple[Callable[[InboundMessage, Command], str], str]]] = {
    "today": [(day_figures.show_day, "/今日 {words}")],
    "today_open": [(day_figures.show_day, "/今日 {words}"), (case_lists.list_open, "/本网格")],
    "hot": [(hot_topics.show_topics, "/热点")],
    "waiting": [(case_lists.list_waiting, "/待办")],
    "overdue": [(case_lists.list_overdue, "/超时")],
    "open": [(case_lists.list_open, "/本网格")],
    "open_overdue": [(case_lists.list_open, "/本网格"), (case_lists.list_overdue, "/超时")],
}
"""Answers that are lists, with the command that turns their pages."""


def _answer(inbound: InboundMessage, detail: str, meant: Sequence[Candidate]) -> str:
    if detail in _SENTENCES:
        inbound.reply(_SENTENCES[detail])
        return f"talk.{detail}"
    if detail in _LISTS:
        return _show_lists(inbound, _LISTS[detail])
    match detail:
        case "status":
            for each in meant[:_MOST]:
                case = inbound.session.get_one(Case, each.case.id)
                inbound.reply(talk.status(_view(inbound, each)), case=case, part=f"status:{case.id}")
            if not meant:
                inbound.reply(talk.NO_CASES)
            return "talk.progress"
        case "month":
            monthly_report.show_month(inbound, run.parse_text(f"/月报 {_find_month(inbound)}".strip()))
        case "unit" | "unit_open":
            _show_unit(inbound, only_open=detail == "unit_open")
        case "list":
            inbound.reply("\n".join(talk.status(_view(inbound, each)) for each in meant))
        case "introduction":
            inbound.reply(smalltalk.introduce(inbound))
    return f"talk.{detail}"


def _show_unit(inbound: InboundMessage, *, only_open: bool) -> None:
    """What the unit that is named has in hand, or its figures of the day and all of it."""
    unit = find_spoken_unit(inbound.session, inbound.incoming.text)
    name = unit.display_name if unit is not None else ""
    if only_open:
        case_lists.list_found(inbound, run.parse_text(f"/查 {name} 在办"))
        return
    day_figures.show_day(inbound, run.parse_text(f"/今日 {name} {inbound.incoming.text}"))
    case_lists.list_found(replace(inbound, part="list:"), run.parse_text(f"/查 {name}"))


def _find_month(inbound: InboundMessage) -> str:
    """The month that is asked for, as the command takes it; "" for the last one."""
    return "" if _LAST_MONTH.search(inbound.incoming.text) else f"{inbound.env.local(inbound.now):%Y-%m}"


def _show_lists(
    inbound: InboundMessage, lists: Sequence[tuple[Callable[[InboundMessage, Command], str], str]]
) -> str:
    results = [
        show(
            replace(inbound, part=f"list{number}:") if number else inbound,
            run.parse_text(command.format(words=inbound.incoming.text)),
        )
        for number, (show, command) in enumerate(lists)
    ]
    return results[-1]


def _is_double(step: PlannedStep) -> bool:
    """Whether two acts are planned, one after the other: who is on the way has signed (sign progress)."""
    return step.verb in ACTS and step.detail in ACTS


def _perform_both(inbound: InboundMessage, step: PlannedStep, each: Candidate) -> str:
    """Perform the first act without a word, and the second with what was said and sent."""
    case = inbound.session.get_one(Case, each.case.id)
    done = run.perform_said(
        replace(inbound, part="first:", is_stored=True), ACTS[step.verb], case, ActInput()
    )
    if not done.startswith("act."):
        return done
    said = strip_number(inbound.incoming.text)
    limit = _find_limit(inbound, said, since=case.due_at) if _needs_time(step) else None
    return run.perform_said(inbound, ACTS[step.detail], case, ActInput(text=said, limit=limit))


def _ask(inbound: InboundMessage, step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Ask whoever spoke to the bot; what was said to others is no reason to."""
    if not (inbound.is_spoken_to or inbound.incoming.quote):
        return f"talk.ask_{step.detail}"
    case = inbound.session.get_one(Case, meant[0].case.id)
    is_theirs = step.detail != "signing" or permissions.has_relation(
        inbound.session, CaseRelation.HANDLER, inbound.actor, case
    )
    words = _QUESTIONS[step.detail] if is_theirs else talk.status  # another unit has it: they hear which
    inbound.reply(words(_view(inbound, meant[0])), case=case)
    return f"talk.ask_{step.detail}"


def _take_as_witness(inbound: InboundMessage, _step: PlannedStep, meant: Sequence[Candidate]) -> str:
    """Add what somebody else saw to the case, as unnamed as its reporter; answered if said to the bot."""
    if len(meant) != 1:
        return "talk.chatter"
    case = inbound.session.get_one(Case, meant[0].case.id)
    witnesses.add_as_witness(inbound, case)
    if inbound.is_spoken_to:
        inbound.reply(talk.piece_added(_view(inbound, meant[0])), case=case)
    return "case.added"


_ANSWERS: Mapping[str, Callable[[InboundMessage, PlannedStep, Sequence[Candidate]], str]] = {
    "witness": _take_as_witness,
    "silence": _stay_silent,
    "desk": _hand_to_desk,
    "ask": _ask,
}
