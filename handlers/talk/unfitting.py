"""What is said to the bot and fits nothing: to the desk where it may be a matter, else a hint once a day."""

import re
from collections.abc import Collection, Sequence

from handlers.cases import possible_acts
from handlers.cases.views import view_for
from handlers.chat import case_lookup, hints, smalltalk, unreadable_parts
from handlers.chat.inbound import InboundMessage
from handlers.errors import Refused
from handlers.intake import desk_lines
from handlers.talk.situation import Side, Situation, list_numbers
from handlers.talk.understanding import Interpretation
from handlers.triage.types import Triage
from handlers.wording import conversation as say
from handlers.wording import talk
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.workflow import OPEN, Status

_MAY_BE_A_MATTER = frozenset({"talk:asks", "talk:heat", "talk:trouble", "talk:private"})
"""Kinds of talk that do not speak against a matter."""
_FOR_A_MATTER = frozenset({"talk:asks", "talk:trouble"})
"""Kinds of talk that speak for one."""
_OF_A_MATTER = frozenset({"urges", "again", "unsolved", "despair", "partly", "person_wanted", "asks_when"})
"""Signs that somebody speaks of a matter, though nobody knows which."""
_OF_THE_WORK = frozenset(
    {
        "signs_for",
        "orders",
        "asks_time",
        "solved",
        "done_weak",
        "not_ours",
        "passed",
        "failed",
        "list_overdue",
    }
)
"""Signs that somebody at work speaks of the work."""
_THANKS = re.compile(r"(?:谢谢|多谢|感谢|辛苦)[^，。？?]{0,6}$")
_SMALL_TALK, _ASKING = "small_talk", "talk:asks"
_GRATITUDE = "感谢"
_ASKS = re.compile(
    r"[?？]|[吗呢]$|多少|怎么|怎样|哪[里个天些儿位]|什么时候|几时|为什么|为啥|能不能|可不可以|有没有|是不是|咋"
)
_FIGURE = re.compile(r"[(（#＃]?\d{1,2}[)）.。、号]?|[一二三四五六七八九十][.。、]?")
"""A figure and nothing else: which of some choices, and not which choices."""
_MOST = 4
"""Cases of one message that are answered each."""
_SHORT = 4
"""Fewer characters are a sound, not a request."""


def answer(inbound: InboundMessage, read: Interpretation, situation: Situation) -> str:
    """Answer words that fit nothing; returns a slug. Adverts, jokes and passed-on notices trouble no desk.

    Who was asked for a result is asked once more, and who waits for one hears how it stands, rather than how
    to report.
    """
    if unreadable_parts.find_unreadable_kinds(inbound.incoming):
        return smalltalk.reply_to(inbound, "unreadable")
    if _THANKS.search(inbound.incoming.text):
        return smalltalk.reply_to(inbound, "thanks")
    if _FIGURE.fullmatch(inbound.incoming.text.strip()) and _find_asked(situation) is None:
        inbound.reply(say.WHAT_FIGURE)
        return "talk.what_figure"
    if _OF_A_MATTER.isdisjoint(read.sign_names) and not _is_for_desk(inbound, read):
        if (asked := _find_asked(situation)) is not None:
            return _ask_again(inbound, asked)
        if open_ids := _list_open(situation):
            return _tell_open(inbound, open_ids)
        how = talk.not_a_report(inbound.example_place, in_private=inbound.in_private)
        hints.reply_once_a_day(inbound, "how_to_report", how)
        return "talk.chatter"
    return desk_lines.hand_to_desk(inbound)


def _is_for_desk(inbound: InboundMessage, read: Interpretation) -> bool:
    """Whether a person is to read words that fit nothing; the weather and many orders are no matter."""
    asks = any(reason.side == _ASKING for reason in read.triage.reasons)
    is_idle = _SMALL_TALK in read.sign_names and not (asks or _ASKS.search(inbound.incoming.text))
    return not is_idle and _may_be_a_matter(inbound, read.triage)


def _find_asked(situation: Situation) -> int | None:
    """The id of the newest case whose reporter, who speaks, was asked for the result."""
    asked = (case.id for case in situation.of_side(Side.REPORTER) if case.status is Status.CALLBACK)
    return max(asked, default=None)


def _ask_again(inbound: InboundMessage, case_id: int) -> str:
    hints.reply_once_a_day(inbound, f"result:{case_id}", say.is_it_solved(_view(inbound, case_id)))
    return "talk.ask_result"


def _list_open(situation: Situation) -> list[int]:
    """The ids of the cases of whoever speaks that are still dealt with, the newest first."""
    return [case.id for case in situation.of_side(Side.REPORTER) if case.status in OPEN]


def _tell_open(inbound: InboundMessage, case_ids: Sequence[int]) -> str:
    seen = _view(inbound, case_ids[0])
    words = say.how_it_stands(seen, more=len(case_ids) - 1, in_private=inbound.in_private)
    hints.reply_once_a_day(inbound, "how_it_stands", words)
    return "talk.chatter"


def answer_staff(inbound: InboundMessage, situation: Situation) -> str:
    """Answer somebody at work who names a case to the bot, and nothing that can be done with it; a slug.

    What they said to others is left alone.
    """
    if not situation.is_spoken_to:
        return "talk.staff"
    if situation.names_unknown:
        return _answer_unknown(inbound)
    if not situation.named:
        return "talk.staff"
    for number in situation.named[:_MOST]:
        _tell_possible(inbound, number)
    return "talk.what_is_wanted"


def answer_left_out(inbound: InboundMessage, situation: Situation, done: Collection[int]) -> None:
    """Tell of each case that somebody at work named beside others, and on which it cannot be done, why.

    `done`: ids of the cases that it is done with; where there are none, they are answered otherwise.
    """
    if not done:
        return
    for number in [each for each in situation.named if each not in done][:_MOST]:
        _tell_possible(inbound, number)


def _tell_possible(inbound: InboundMessage, case_id: int) -> None:
    case = inbound.session.get_one(Case, case_id)
    possible = possible_acts.available_acts(inbound.session, inbound.actor, case)
    words = say.what_is_wanted(_view(inbound, case_id), possible)
    inbound.reply(words, case=case, part=f"wanted:{case_id}")


def _view(inbound: InboundMessage, case_id: int) -> CaseView:
    case = inbound.session.get_one(Case, case_id)
    return view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)


def answer_order(inbound: InboundMessage, read: Interpretation, situation: Situation) -> str:
    """Answer somebody at work who tells the bot to do something, or that it is done, of no case they have."""
    if (
        not situation.is_spoken_to
        or situation.sides[0] is Side.GRID
        or _OF_THE_WORK.isdisjoint(read.sign_names)
    ):
        return "talk.staff"
    if situation.sides[0] is not Side.DESK:
        return answer_unknown_task(inbound)
    hints.reply_once_a_day(inbound, "which_case", say.name_the_case())
    return "talk.which_case"


def answer_unknown_task(inbound: InboundMessage) -> str:
    """Answer a unit that speaks of its work on a case which it does not have; a slug."""
    hints.reply_once_a_day(inbound, "which_case", say.no_such_task())
    return "talk.which_case"


def answer_unclear(inbound: InboundMessage, case_ids: Sequence[int]) -> str:
    """Answer a desk whose words are of a case (ids), and nothing that can be done with it; a slug."""
    if len(case_ids) != 1:
        return ask_number(inbound)
    _tell_possible(inbound, case_ids[0])
    return "talk.what_is_wanted"


def ask_number(inbound: InboundMessage) -> str:
    """Ask somebody at a desk for the number of the case that they order something about; a slug."""
    inbound.reply(say.name_the_case())
    return "talk.which_case"


def _answer_unknown(inbound: InboundMessage) -> str:
    for number in list_numbers(inbound.incoming.text):
        try:
            case_lookup.find_case(inbound, number)
        except Refused as refused:
            inbound.reply(refused.sentence)
            return f"refused.{refused.slug}"
    return "talk.staff"


def _may_be_a_matter(inbound: InboundMessage, triage: Triage) -> bool:
    """Whether the words may ask, complain or report, in whatever way: then a person reads them."""
    text = inbound.incoming.text.strip()
    if speaks_against(triage) or len(text) < _SHORT:
        return False
    return is_about_matter(inbound, triage) or _ASKS.search(text) is not None


def speaks_against(triage: Triage) -> bool:
    """Whether the words are an advert, a joke, a notice passed on: no matter of anybody's."""
    sides = {reason.side for reason in triage.reasons}
    return any(side.startswith("talk:") and side not in _MAY_BE_A_MATTER for side in sides)


def is_about_matter(inbound: InboundMessage, triage: Triage) -> bool:
    """Whether the words ask for something, complain, or name what somebody is responsible for."""
    written = inbound.env.classifier.list_spoken_classes(inbound.incoming.text, inbound.facts())
    is_about_something = triage.class_id in written and triage.nature != _GRATITUDE
    return is_about_something or bool({reason.side for reason in triage.reasons} & _FOR_A_MATTER)
