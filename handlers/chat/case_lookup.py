"""Which case is meant: by number, by quote, or because only one fits."""

from handlers.cases import merged, permissions, possible_acts, queries
from handlers.cases.assignments import live_shares
from handlers.cases.lists import archived, chat_cases
from handlers.cases.readers import Reading
from handlers.chat import fitting_words
from handlers.chat.inbound import InboundMessage
from handlers.environment import unit_chats
from handlers.errors import Ambiguous, NotAllowed, NotFound
from handlers.wording import marks
from handlers.wording import refusals as say
from models.case_numbers import year_of
from models.cases import ASSIST, Case
from models.organisation import ChatUse
from models.workflow import OPEN, Act


def find_case(inbound: InboundMessage, number: str, act: Act | None = None) -> Case:
    """The case of a typed number: whole, or the serial of this year's case, else of last year's.

    Where several have that serial (older versions counted anew each day), those are meant on which this
    person may perform the act. Raises Ambiguous where more than one is left: nothing is done on a guess.
    Raises Archived where it is in the archive.
    """
    known = _of_latest_year(inbound, number, queries.find_numbered(inbound.session, inbound.asker, number))
    if not known:
        archived.refuse_archived(inbound.session, inbound.asker, number)
        is_unit = inbound.chat.use == ChatUse.HANDLING
        raise NotFound(say.no_task_of_number(number) if is_unit else say.no_such_case(number))
    found = [case for case in known if is_spoken_of_here(inbound, case)]
    if not found:
        raise NotAllowed(say.restricted_case(known[0].number))
    if len(found) > 1 and act is not None:
        found = [case for case in found if _can_perform(inbound, act, case)] or found
    if len(found) > 1:
        numbers = [case.number for case in found]
        raise Ambiguous(say.ambiguous_serial(number, numbers), said=number, numbers=numbers)
    return found[0]


def is_spoken_of_here(inbound: InboundMessage, case: Case) -> bool:
    """Restricted cases in private only; an urgent one also in the groups of the units that were called."""
    if not case.restricted or inbound.asker.in_private:
        return True
    if not permissions.is_rescuer(inbound.session, inbound.actor, case):
        return False
    called = {case.unit_id, *(share.unit_id for share in live_shares(inbound.session, case, ASSIST))}
    return any(
        chat.id == inbound.chat.id
        for unit_id in called
        for chat in unit_chats.handling_chats(inbound.session, unit_id)
    )


def find_worked_on(inbound: InboundMessage, case: Case) -> Case:
    """The case that is worked on for this one, where whoever wrote may be told of it here."""
    root = merged.root_case(inbound.session, case)
    exists = inbound.asker.reading(inbound.session, root) is not None
    return root if exists and is_spoken_of_here(inbound, root) else case


def require_reading(inbound: InboundMessage, case: Case) -> Reading:
    """How much of the case whoever wrote may read; NotFound where it does not exist for them."""
    reading = inbound.asker.reading(inbound.session, case)
    if reading is None:
        raise NotFound(say.no_such_case(case.number))
    return reading


def _of_latest_year(inbound: InboundMessage, number: str, cases: list[Case]) -> list[Case]:
    """Those of this year, or else of the last one; a whole number says its year."""
    if "-" in number:
        return cases
    this_year = inbound.env.local(inbound.now).year
    newest = [case for case in cases if year_of(case.number) == this_year]
    return newest or [case for case in cases if year_of(case.number) == this_year - 1]


def _can_perform(inbound: InboundMessage, act: Act, case: Case) -> bool:
    session, target = inbound.session, merged.target_case(inbound.session, act, inbound.actor, case)
    actor = merged.as_reporter(session, act, inbound.actor, target)
    return possible_acts.can_mean(session, act, actor, target)


def the_only_case_for(inbound: InboundMessage, act: Act, said: str) -> Case:
    """The quoted case, or the one on which this person could perform the act here.

    Refused where there are several, and where what was `said` with the act cannot be about one case.
    """
    quoted = marks.find_numbers(inbound.incoming.quoted_text)
    if quoted:
        return find_case(inbound, quoted[0])
    if not fitting_words.can_mean_one_case(act, said):
        raise Ambiguous(say.words_do_not_fit(act, said))
    fitting = chat_cases.list_fitting(inbound.session, inbound.asker, inbound.chat, act)
    if not fitting:
        raise NotFound(say.nothing_fits(act.verb))
    if len(fitting) > 1:
        numbers = [case.number for case in fitting]
        raise Ambiguous(say.ambiguous_case(act.verb, numbers), numbers=numbers)
    return fitting[0]


def the_only_open_case(inbound: InboundMessage) -> Case:
    """The quoted case, or the one open case of this chat.

    Raises NotFound where there is none, Ambiguous where there are several.
    """
    quoted = marks.find_numbers(inbound.incoming.quoted_text)
    if quoted:
        return find_case(inbound, quoted[0])
    cases = chat_cases.list_of_chat(inbound.session, inbound.asker, inbound.chat)
    going = [case for case in cases if case.status in OPEN]
    if len(going) > 1:
        raise Ambiguous(say.several_open([case.number for case in going]))
    if not going:
        raise NotFound(say.no_such_case(""))
    return going[0]


def is_case_of_chat(inbound: InboundMessage, number: str) -> bool:
    """Whether a typed number, whole or the last digits, is that of a case of this chat."""
    cases = chat_cases.list_of_chat(inbound.session, inbound.asker, inbound.chat)
    return any(queries.has_number(case, number) for case in cases)
