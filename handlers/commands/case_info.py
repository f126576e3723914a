"""Commands that only look: /查, /帮助."""

from handlers.cases import merged
from handlers.cases.lists.history import list_readable_events
from handlers.cases.privacy import display_actor
from handlers.cases.views import view_for
from handlers.chat import case_lookup
from handlers.chat.inbound import InboundMessage
from handlers.commands import case_lists
from handlers.commands.parser import Command
from handlers.wording import (
    desk_lines,
    doors,
    duty,
    marks,
    notice_library,
    notices,
    participation,
    personal_data,
    responsibilities,
    sources,
    talk,
    topics,
)
from handlers.wording import help as help_words
from handlers.wording.case_view import CaseView
from models.cases import Case
from models.organisation import (
    COORDINATORS,
    DESK,
    DUTY_OFFICERS,
    LEADERS,
    OUTSIDERS,
    OVERSEERS,
    SURVEYORS,
    Role,
)
from models.workflow import ACTS, Act, CaseRelation


def show_case(inbound: InboundMessage, command: Command) -> str:
    """`/查`: where a case stands and how it came there; `/查 长江路`: the cases that fit. Returns a slug.

    Without a number and words the quoted case, or the sender's own ones.
    """
    quoted = marks.find_numbers(inbound.incoming.quoted_text)
    if not command.numbers and not quoted:
        is_page = not command.tail or case_lists.is_page_number(command.tail)
        show = case_lists.list_own_cases if is_page else case_lists.list_found
        return show(inbound, command)
    reply_history(
        inbound, case_lookup.find_case(inbound, command.numbers[0] if command.numbers else quoted[0])
    )
    return "command.show"


def reply_history(inbound: InboundMessage, case: Case) -> None:
    """Where the case stands, and its steps as far as whoever asks may read them.

    Whoever reported a joined case reads of their own number. Raises NotFound for who may not read it.
    """
    reading = case_lookup.require_reading(inbound, case)
    case = reading.follower or case
    redacted = inbound.asker.must_redact(inbound.session, case)
    steps = [
        (
            f"{inbound.env.local(event.at):%m-%d %H:%M}",
            display_actor(event, case),
            ACTS[event.act].verb,
        )
        for event in list_readable_events(inbound.session, inbound.asker, case, reading)
    ]
    family = "" if redacted or reading.until is not None else _describe_merged(inbound, case)
    inbound.reply(talk.history(_view_of(inbound, case), steps, family), case=case)


def _describe_merged(inbound: InboundMessage, case: Case) -> str:
    """How far the case is that this one was joined to; or which were joined to this one.

    To who may not read the one it was joined to, that is a number, a class and a place.
    """
    root = merged.root_case(inbound.session, case)
    if root is not case:
        may_read = inbound.asker.reading(inbound.session, root) is not None
        if root.restricted and not (may_read and inbound.asker.in_private):
            return ""
        seen = _view_of(inbound, root)
        return talk.follows_case(seen) if may_read else talk.joined_elsewhere(seen)
    joined = [child.number for child in merged.find_followers(inbound.session, case)]
    return talk.followed_by(joined) if joined else ""


def show_help(inbound: InboundMessage, command: Command) -> str:
    """`/帮助`: what somebody of this role does most; `/帮助 全部`: all they can ever use, by purpose."""
    if command.tail != help_words.ALL:
        how = talk.how_to_report(inbound.example_place, in_private=inbound.in_private)
        inbound.reply(help_words.short_help(Role(inbound.person.role), how))
        return "command.help"
    fitting = [act for act in ACTS.values() if _may_ever_perform(inbound, act)]
    inbound.reply(
        help_words.full_help(
            fitting,
            (*help_words.OTHERS, *responsibilities.HELP, *doors.HELP, *_list_own_commands(inbound)),
            _list_group_commands(inbound),
        )
    )
    return "command.help"


def _list_own_commands(inbound: InboundMessage) -> tuple[tuple[str, str], ...]:
    roles = _list_roles(inbound)
    return (
        *(help_words.FOR_REPORTERS if roles & _ROLES[CaseRelation.REPORTER] else ()),
        *(help_words.FOR_STAFF if roles - OUTSIDERS else ()),
        *(help_words.FOR_CALLERS if roles & DUTY_OFFICERS else ()),
        *(participation.HELP if Role.INFORMANT in roles else ()),
    )


def _list_group_commands(inbound: InboundMessage) -> tuple[tuple[str, str], ...]:
    """Usage and meaning of the commands about groups, notices and topics that this person may use here."""
    roles = _list_roles(inbound)
    binds = roles & DESK and not inbound.in_private
    return (
        *(help_words.BINDING if binds else ()),
        *(sources.HELP if roles & DESK and inbound.in_private else ()),
        *(duty.HELP if roles - OUTSIDERS else ()),
        *(desk_lines.HELP if roles & DUTY_OFFICERS else ()),
        *((*notices.HELP, *notice_library.HELP, *topics.HELP) if roles & OVERSEERS else ()),
        *(personal_data.HELP if Role.ADMIN in roles else ()),
    )


def _list_roles(inbound: InboundMessage) -> frozenset[Role]:
    return frozenset(Role(one.role) for one in inbound.person.in_each_post)


_ROLES: dict[CaseRelation, frozenset[Role]] = {
    CaseRelation.REPORTER: OUTSIDERS | {Role.GRID},
    CaseRelation.DUTY: DUTY_OFFICERS,
    CaseRelation.SECOND: DUTY_OFFICERS | LEADERS,
    CaseRelation.COORDINATOR: COORDINATORS,
    CaseRelation.HANDLER: frozenset({Role.HANDLER}),
    CaseRelation.GRID: frozenset({Role.GRID}),
    CaseRelation.LEADER: LEADERS,
    CaseRelation.PARTNER: frozenset({Role.HANDLER}),
    CaseRelation.WARNED: frozenset({Role.HANDLER}),
    CaseRelation.SURVEYOR: SURVEYORS,
    CaseRelation.SIGNER: LEADERS,
    CaseRelation.OBSERVER: frozenset({Role.OBSERVER}),
    CaseRelation.CHECKER: OVERSEERS | {Role.GRID},
    CaseRelation.LAST: DUTY_OFFICERS | COORDINATORS,
}


def _may_ever_perform(inbound: InboundMessage, act: Act) -> bool:
    if act.opens_case:
        return False
    return any(_list_roles(inbound) & _ROLES.get(who, frozenset()) for who in act.relations)


def _view_of(inbound: InboundMessage, case: Case) -> CaseView:
    return view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
