"""Lists that fit a phone: /待办, /超时, /本网格, /我的, /查 长江路. `/待办 2` is the second page."""

import re
from collections.abc import Callable
from datetime import datetime

from handlers.cases import queries
from handlers.cases.calls import spot_checks
from handlers.cases.queries import CasePage
from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.errors import NotAllowed
from handlers.insight import case_search
from handlers.wording import meetings, talk
from handlers.wording import spot_checks as spot_words

_PAGE = re.compile(r"(?<!\d)\d{1,3}(?!\d)")


def list_waiting(inbound: InboundMessage, command: Command) -> str:
    """`/待办`: what waits for the sender, as duty officer, as handler, as leader who decides requests."""
    return _show_page(inbound, command, "待办", _load(inbound, command, queries.list_waiting))


def list_overdue(inbound: InboundMessage, command: Command) -> str:
    """`/超时`: cases past their due time that concern the sender, the longest overdue first."""
    found = _load(inbound, command, queries.list_overdue, now=inbound.now)
    return _show_page(inbound, command, "超时", found)


def list_agenda(inbound: InboundMessage, command: Command) -> str:
    """`/议程`: what waits for a joint meeting of what the sender looks after."""
    found = _load(inbound, command, queries.list_agenda)
    return _show_page(inbound, command, meetings.AGENDA, found)


def list_area(inbound: InboundMessage, command: Command) -> str:
    """`/本网格`: open cases in the sender's own area."""
    return _show_page(inbound, command, "本网格", _load(inbound, command, queries.list_area))


def list_open(inbound: InboundMessage, command: Command) -> str:
    """What is not finished yet of what the sender looks after, whoever has it in hand."""
    return _show_page(inbound, command, "在办", _load(inbound, command, queries.list_area))


def list_unassigned(inbound: InboundMessage, command: Command) -> str:
    """What no unit was given yet of what the sender looks after."""
    return _show_page(inbound, command, talk.UNASSIGNED, _load(inbound, command, queries.list_unassigned))


def list_own_cases(inbound: InboundMessage, command: Command) -> str:
    """`/我的`: what the sender reported, and what waits for their unit."""
    _show_page(inbound, command, talk.MINE, _load(inbound, command, queries.list_own))
    return "command.mine"


def list_calls(inbound: InboundMessage, _command: Command) -> str:
    """`/抽查`: the spot checks that wait for a call of the sender. Raises NotAllowed in a group."""
    if not inbound.in_private:
        raise NotAllowed(spot_words.only_in_private())
    found = spot_checks.list_open(inbound.session, inbound.person)
    listed = [(case.number, inbound.env.class_info(case.class_id).name) for _, case in found]
    inbound.reply(spot_words.task(listed) if listed else spot_words.nothing_to_call())
    return "command.spot_checks"


def is_page_number(said: str) -> bool:
    """Whether what follows a command only says which page."""
    return _PAGE.fullmatch(said) is not None


def list_found(inbound: InboundMessage, command: Command) -> str:
    """`/查 长江路`, `/查 违停 2`: what concerns the sender, by place, matter or unit, newest first."""
    *words, last = command.tail.split()
    page = int(last) if words and is_page_number(last) else 1
    words = words if words and is_page_number(last) else [*words, last]
    said = " ".join(words)
    found = case_search.search_cases(
        inbound.session, inbound.asker, inbound.env, words, page=page, size=talk.A_PAGE
    )
    title = talk.search_title(said)
    if not found.cases:
        inbound.reply(talk.nothing_found(said, in_private=inbound.in_private))
        return "command.found"
    _show_page(inbound, command, title, found, more=f"/{command.word} {said}")
    return "command.found"


def _load(
    inbound: InboundMessage, command: Command, query: Callable[..., CasePage], **more: datetime
) -> CasePage:
    """The page that was asked for."""
    asked = _PAGE.search(command.tail)
    page = int(asked[0]) if asked else 1
    return query(inbound.session, inbound.asker, page=page, size=talk.A_PAGE, **more)


def _show_page(
    inbound: InboundMessage, command: Command, title: str, found: CasePage, *, more: str = ""
) -> str:
    views = [
        view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now) for case in found.cases
    ]
    following = f"{more or f'/{command.word}'} {found.page + 1}"
    listed = talk.listing(
        title, views, total=found.total, page=found.page, more=following, is_longer=found.is_longer
    )
    inbound.reply(listed if views else talk.empty_list(title, in_private=inbound.asker.in_private))
    return "command.list"
