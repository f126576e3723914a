"""What a list is asked for, as people say it or type it behind a command: /待办 城管局, 紧急的还有哪些."""

import re

from handlers.cases.lists.filtered import Filter
from handlers.chat.inbound import InboundMessage
from handlers.environment.spoken_units import find_spoken_unit
from handlers.wording import talk

_URGENT = re.compile(
    "(?<!不)(?<!非)(?:紧急|险情|要命|急的|急件)(?!的?(?:有|是)?(?:几|多少)[件个]?(?:[？?，,。；;\\s]|$))"
)
"""Dangers only; 紧急的几件？ asks for a number beside a list of all."""
_MINE = re.compile("我(?:们)?(?:派|交办|交|转|督办|催|批|跟|盯|经手|经办|处理过)(?:的|过|出去|了)")
_OTHERS = re.compile("哪个?(?:单位|家|局|部门|些单位|几家)")


def read_filter(inbound: InboundMessage, said: str) -> Filter:
    """The filter that the words name; for staff only: of anybody else a list shows their own cases."""
    if inbound.asker.is_outsider:
        return Filter()
    unit = find_spoken_unit(inbound.session, said)
    is_mine = _MINE.search(said) is not None or talk.HANDLED_BY_ME in said
    return Filter(unit, urgent=_URGENT.search(said) is not None, mine=is_mine)


def describe(wanted: Filter) -> str:
    """The filter as it is typed behind a command, and as a title names it; "" for none."""
    unit = wanted.unit.display_name if wanted.unit is not None else ""
    parts = (unit, talk.URGENT_ONLY if wanted.urgent else "", talk.HANDLED_BY_ME if wanted.mine else "")
    return " ".join(part for part in parts if part)


def asks_which_unit(said: str) -> bool:
    """Whether it is asked whose cases they are: 超时的是哪家单位."""
    return _OTHERS.search(said) is not None
