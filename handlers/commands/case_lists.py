"""Lists that fit a phone: /待办, /超时, /本网格, /我的, /查 长江路. `/待办 2` is the second page."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from handlers.cases.calls import spot_checks
from handlers.cases.lists import personal
from handlers.cases.queries import CasePage
from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.environment.spoken_units import find_spoken_unit
from handlers.errors import NotAllowed
from handlers.insight import case_search, filtered_lists
from handlers.insight.filtered_lists import Filter
from handlers.wording import meetings, talk
from handlers.wording import spot_checks as spot_words

OVERDUE, OPEN = "超时", "在办"
_URGENT = re.compile(
    "(?<!不)(?<!非)(?:紧急|险情|要命|急的|急件)(?!的?(?:有|是)?(?:几|多少)[件个]?(?:[？?，,。；;\\s]|$))"
)
"""Dangers only; 紧急的几件？ asks for a number beside a list of all."""
_MINE = re.compile("我(?:们)?(?:派|交办|交|转|督办|催|批|跟|盯|经手|经办|处理过)(?:的|过|出去|了)")
"""What whoever asks did something on: 我派的."""
_OTHERS = re.compile("哪个?(?:单位|家|局|部门|些单位|几家)")
"""It is asked whose cases they are: 超时的是哪家单位."""
_PAGE = re.compile(r"(?<!\d)\d{1,3}(?!\d)")


def list_waiting(inbound: InboundMessage, command: Command) -> str:
    """`/待办`: what waits for the sender; `/待办 城管局`: what that unit has in hand."""
    if not (wanted := _read_filter(inbound, command)).is_empty:
        return _show_open(inbound, command, wanted)
    return _show_page(inbound, command, "待办", _load(inbound, command, personal.list_waiting))


def list_overdue(inbound: InboundMessage, command: Command) -> str:
    """`/超时`, `/超时 城管局`: what is late and concerns the sender, the longest overdue first."""
    wanted = _read_filter(inbound, command)
    find = personal.list_overdue if wanted.is_empty else partial(filtered_lists.list_overdue, wanted=wanted)
    shown = f"{_describe(wanted)} {OVERDUE}".strip()
    if wanted.is_empty and _OTHERS.search(inbound.incoming.text):
        late = filtered_lists.count_overdue_by_unit(inbound.session, inbound.asker, now=inbound.now)
        named = [(unit.display_name if unit is not None else "", count) for unit, count in late]
        if named:
            inbound.reply(talk.overdue_by_unit(named), part="units")
    return _show_page(
        inbound, command, shown, _load(inbound, command, find, now=inbound.now), more=_next(command, wanted)
    )


def list_agenda(inbound: InboundMessage, command: Command) -> str:
    """`/议程`: what waits for a joint meeting of what the sender looks after."""
    found = _load(inbound, command, personal.list_agenda)
    return _show_page(inbound, command, meetings.AGENDA, found)


def list_area(inbound: InboundMessage, command: Command) -> str:
    """`/本网格`: open cases in the sender's own area."""
    return _show_page(inbound, command, "本网格", _load(inbound, command, personal.list_area))


def list_open(inbound: InboundMessage, command: Command) -> str:
    """What is not finished yet of what the sender looks after, whoever has it in hand."""
    if not (wanted := _read_filter(inbound, command)).is_empty:
        return _show_open(inbound, command, wanted)
    return _show_page(inbound, command, "在办", _load(inbound, command, personal.list_area))


def list_unassigned(inbound: InboundMessage, command: Command) -> str:
    """What no unit was given yet of what the sender looks after."""
    wanted = _read_filter(inbound, command)
    if wanted.urgent:
        wanted = Filter(urgent=True, unassigned=True)
        found = _load(inbound, command, partial(filtered_lists.list_open, wanted=wanted))
        shown = f"{_describe(wanted)} {talk.UNASSIGNED}"
        return _show_page(inbound, command, shown, found, more=_next(command, wanted))
    return _show_page(inbound, command, talk.UNASSIGNED, _load(inbound, command, personal.list_unassigned))


def list_own_cases(inbound: InboundMessage, command: Command) -> str:
    """`/我的`: what the sender reported, and what waits for their unit."""
    _show_page(inbound, command, talk.MINE, _load(inbound, command, personal.list_own))
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


def _read_filter(inbound: InboundMessage, command: Command) -> Filter:
    """The filter behind the command, or in the words that came to it; for staff only: of anybody else a list
    shows their own cases.
    """
    if inbound.asker.is_outsider:
        return Filter()
    said = command.tail or inbound.incoming.text
    unit = find_spoken_unit(inbound.session, said)
    is_mine = _MINE.search(said) is not None or talk.HANDLED_BY_ME in said
    return Filter(unit, urgent=_URGENT.search(said) is not None, mine=is_mine)


def _describe(wanted: Filter) -> str:
    """The filter as it is typed behind a command, and as a title names it; "" for none."""
    unit = wanted.unit.display_name if wanted.unit is not None else ""
    parts = (unit, talk.URGENT_ONLY if wanted.urgent else "", talk.HANDLED_BY_ME if wanted.mine else "")
    return " ".join(part for part in parts if part)


def _show_open(inbound: InboundMessage, command: Command, wanted: Filter) -> str:
    """What is not finished yet, by the filter."""
    found = _load(inbound, command, partial(filtered_lists.list_open, wanted=wanted))
    shown = f"{_describe(wanted)} {OPEN}".strip()
    return _show_page(inbound, command, shown, found, more=_next(command, wanted))


def _next(command: Command, wanted: Filter) -> str:
    """The command that turns the pages of a filtered list."""
    return f"/{command.word} {_describe(wanted)}".strip()


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
