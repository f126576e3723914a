"""Which case is meant: by number, by quote, or because only one fits."""

from handlers.cases import possible_acts, queries
from handlers.cases.readers import Reading
from handlers.chat.inbound import InboundMessage
from handlers.errors import Ambiguous, NotAllowed, NotFound
from handlers.wording import marks
from handlers.wording import refusals as say
from models.cases import Case
from models.workflow import OPEN, Act


def find_case(inbound: InboundMessage, number: str, act: Act | None = None) -> Case:
    """The case of a typed number: whole, or its last 4 to 6 digits; of several, one that allows `act`.

    Raises NotFound where the sender knows no such case, NotAllowed for a restricted case asked for in a
    group, Ambiguous where several cases remain.
    """
    found = queries.find_numbered(inbound.session, inbound.asker, number)
    if not found:
        raise NotFound(say.no_such_case(number))
    if all(case.restricted for case in found) and not inbound.asker.in_private:
        raise NotAllowed(say.restricted_case(found[0].number))
    found = _narrow_down(inbound, found, act)
    if len(found) > 1:
        raise Ambiguous(say.ambiguous_tail(number, [case.number for case in found]))
    return found[0]


def require_reading(inbound: InboundMessage, case: Case) -> Reading:
    """How much of the case whoever wrote may read; NotFound where it does not exist for them."""
    reading = inbound.asker.reading(inbound.session, case)
    if reading is None:
        raise NotFound(say.no_such_case(case.number))
    return reading


def _narrow_down(inbound: InboundMessage, cases: list[Case], act: Act | None) -> list[Case]:
    """The cases that are meant among several with the same digits, since serials start anew each day.

    First those that allow the act (a closed one for 重开), else open ones; then those of this chat.
    """
    fitting = [case for case in cases if act is not None and possible_acts.allows(act, case)]
    cases = fitting or [case for case in cases if case.status in OPEN] or cases
    if len(cases) == 1:
        return cases
    here = {case.id for case in queries.list_of_chat(inbound.session, inbound.asker, inbound.chat)}
    return [case for case in cases if case.id in here] or cases


def the_only_case_for(inbound: InboundMessage, act: Act) -> Case:
    """The quoted case, or the one case of this chat on which the sender could perform the act now.

    Raises NotFound where there is none, Ambiguous where there are several.
    """
    quoted = marks.find_numbers(inbound.incoming.quoted_text)
    if quoted:
        return find_case(inbound, quoted[0])
    fitting = queries.list_fitting(inbound.session, inbound.asker, inbound.chat, act)
    if not fitting:
        raise NotFound(say.nothing_fits(act.verb))
    if len(fitting) > 1:
        raise Ambiguous(say.ambiguous_case(act.verb, [case.number for case in fitting]))
    return fitting[0]


def the_only_open_case(inbound: InboundMessage) -> Case:
    """The quoted case, or the one open case of this chat.

    Raises NotFound where there is none, Ambiguous where there are several.
    """
    quoted = marks.find_numbers(inbound.incoming.quoted_text)
    if quoted:
        return find_case(inbound, quoted[0])
    cases = queries.list_of_chat(inbound.session, inbound.asker, inbound.chat)
    going = [case for case in cases if case.status in OPEN]
    if len(going) > 1:
        raise Ambiguous(say.several_open([case.number for case in going]))
    if not going:
        raise NotFound(say.no_such_case(""))
    return going[0]


def is_case_of_chat(inbound: InboundMessage, number: str) -> bool:
    """Whether a typed number, whole or the last digits, is that of a case of this chat."""
    cases = queries.list_of_chat(inbound.session, inbound.asker, inbound.chat)
    return any(queries.has_ending(case, number) for case in cases)
