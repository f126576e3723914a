"""What is said on the day: by whom, where, and when. The same for the same size."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench import district

DAY = 86_400.0
MATTER_PLACE = "花园路8号"
"""Of the matter that many people report."""
_REPORTS_OF = 10
"""Of so many messages one is a report."""
_DEEP_AT, _MATTER_FROM, _MATTER_UNTIL = 0.25, 0.4, 0.5
"""Shares of the day: when one person says a lot at once, and from when to when many report one matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyDay:
    """How large the county is, and how long its day."""

    messages: int = 100_000
    groups: int = 3_000
    members: int = 200_000
    seconds: float = 3_600.0
    """How long the day takes here."""
    deep: int = 5_000
    """Messages that one person says at once."""
    joins: int = 500
    """People who report one matter."""
    kill_every: float = 5.0
    """Seconds between two kills."""

    @property
    def factor(self) -> float:
        """How many times shorter the day is, and every window with it."""
        return DAY / self.seconds


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message, said to the bot."""

    chat: str
    user: str
    text: str
    at: float
    """Seconds from the beginning."""


DEEP_SPEAKER = "wordy"
"""Of the staff: what residents report is bounded by the hour."""


def scale_day(messages: int, groups: int, seconds: float, kill_every: float) -> CountyDay:
    """A day of this size, its parts in the proportions of the whole one."""
    whole = CountyDay()
    share = messages / whole.messages
    return CountyDay(
        messages=messages,
        groups=groups,
        # Nobody says a second thing soon: it would be a piece of what they said before.
        members=max(round(whole.members * share), groups),
        seconds=seconds,
        deep=max(round(whole.deep * share), 3),
        joins=max(round(whole.joins * share), 3),
        kill_every=kill_every,
    )


def group_id(number: int) -> str:
    """The chat of a group; by long connection where the number is even, else by callback."""
    return f"wrC{number}"


def member_id(number: int) -> str:
    """The account of a person; their group has the number that is left after division by the groups."""
    return f"m{number}"


def list_deep(day: CountyDay) -> list[Utterance]:
    """What one person of the first group says at once, in order."""
    at = day.seconds * _DEEP_AT
    return [
        Utterance(group_id(0), DEEP_SPEAKER, _report(day.messages + number), at) for number in range(day.deep)
    ]


def list_others(day: CountyDay) -> Iterator[Utterance]:
    """What everybody else says, by time; nobody says more than one thing."""
    for number in range(day.messages - day.deep):
        at = day.seconds * number / day.messages
        user = number % day.members
        yield Utterance(group_id(user % day.groups), member_id(user), _choose_text(day, number), at)


def _choose_text(day: CountyDay, number: int) -> str:
    first, last = round(day.messages * _MATTER_FROM), round(day.messages * _MATTER_UNTIL)
    # So many spread over this part of the day.
    place = number - first
    if 0 <= place < last - first and place * day.joins // (last - first) != (place + 1) * day.joins // (
        last - first
    ):
        return f"{MATTER_PLACE}停水一整天了，没有人来修"
    # Apart from the groups' numbers: reports come from all of them.
    return _report(number) if number % _REPORTS_OF == 3 else district.chatter_text(number)


def _report(number: int) -> str:
    return district.report_text(number)
