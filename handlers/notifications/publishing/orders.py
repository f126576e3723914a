"""What `/通知` and the form of its page say beside the words: whom, when, how often, until when."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from handlers.clocks import recurrence
from handlers.environment.snapshot import Environment
from handlers.environment.units import find_named_unit
from handlers.errors import MissingNeed
from handlers.notifications.notices import EVERYWHERE, NoticeDraft
from handlers.notifications.publishing.times import read_times
from handlers.wording import notices as say
from models.organisation import ChatUse, Unit
from models.written_times import WrittenTime

_OPTION = re.compile(r"(标签|活动|提前|截止|素材)[=＝](\S{1,60})")
_WORD = re.compile(r"[\s\u3000]*(\S+)")
_LEAD = re.compile(r"(\d{1,3})(天|小时|分钟)")
_LEAD_UNITS = {"天": timedelta(days=1), "小时": timedelta(hours=1), "分钟": timedelta(minutes=1)}
_NO_REMINDER = "无"
_USES = {name: ChatUse(use) for use, name in say.USES.items()}
_MORNING = time(8)
"""When a notice is sent of which only the day is said."""
_A_DAY = timedelta(days=1)
_LONGEST_SERIES = timedelta(days=366)
"""What is sent again and again, and was given no end, ends then."""


@dataclass(frozen=True, slots=True)
class NoticeOrder:
    """The words of a notice and what stands before them, each as it was written."""

    text: str
    unit: Unit | None = None
    uses: tuple[ChatUse, ...] = ()
    send: WrittenTime | None = None
    repeats: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_planned(self) -> bool:
        """Whether it says when, how often, or to which groups of an area."""
        return bool(self.uses or self.send or self.repeats or self.options)


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """The draft that an order means, and its days and hours that have to be asked for."""

    draft: NoticeDraft
    doubtful: Sequence[WrittenTime]


def split_order(session: Session, said: str, env: Environment, *, now: datetime) -> NoticeOrder:
    """`海门街道 居民群 标签=老年 每周一8:00 截止=12月31日 内容`, in any order before the words."""
    order, rest = NoticeOrder(""), said
    while (found := _WORD.match(rest)) is not None:
        following = rest[found.end() :].strip()
        taken = _take_word(session, order, found[1], following, env, now=now)
        if taken is None:
            break
        order, rest = taken, following
    return replace(order, text=rest.strip())


def _take_word(
    session: Session, order: NoticeOrder, word: str, following: str, env: Environment, *, now: datetime
) -> NoticeOrder | None:
    """The order with one more word; None: the words of the notice begin here."""
    if (option := _OPTION.fullmatch(word)) is not None:
        return replace(order, options={**order.options, option[1]: option[2]})
    names = word.split("、")
    if not order.uses and all(name in _USES for name in names):
        return replace(order, uses=tuple(_USES[name] for name in names))
    if order.repeats is None and (rule := recurrence.split_rule(word)) is not None:
        send = _read_whole(rule[1], env, now=now) if rule[1] else order.send
        return replace(order, repeats=rule[0], send=send) if send is not None or not rule[1] else None
    if order.send is None and (send := _read_whole(word, env, now=now)) is not None and send.hour is not None:
        return replace(order, send=send)
    # A notice may be the name of a unit and nothing more, but where its words come from the library.
    if order.unit is None and (following or "素材" in order.options):
        unit = find_named_unit(session, word)
        return replace(order, unit=unit) if unit is not None else None
    return None


def _read_whole(word: str, env: Environment, *, now: datetime) -> WrittenTime | None:
    """The time that the whole word says, and nothing beside it."""
    found = read_times(word, env, now=now)
    return found[0] if len(found) == 1 and found[0].words == word and found[0].day is not None else None


def plan_notice(order: NoticeOrder, own: Unit, env: Environment, *, now: datetime) -> NoticePlan:
    """The draft that the order means; `own`: whose groups it goes to where it names no unit.

    Raises MissingNeed for what cannot be read, for times that are over, and without words.
    """
    options, asked = order.options, _AskedTimes(env, now)
    item_tag = options.get("素材")
    if not order.text and not item_tag:
        raise MissingNeed(say.usage_notice())
    if order.text and item_tag:
        raise MissingNeed(say.words_of_library())
    send_at = _find_start(order, asked)
    event_at = asked.read("活动", options["活动"], _MORNING) if "活动" in options else None
    ends_at = asked.read("截止", options["截止"], None) if "截止" in options else event_at
    if event_at is not None and event_at <= send_at:
        raise MissingNeed(say.event_over())
    if order.repeats is not None and ends_at is None:
        ends_at = send_at + _LONGEST_SERIES
    if ends_at is not None and ends_at <= send_at:
        raise MissingNeed(say.end_before_begin())
    draft = NoticeDraft(
        text=order.text,
        unit=order.unit or own,
        send_at=send_at,
        uses=order.uses or EVERYWHERE,
        tags=tuple(filter(None, re.split("[、,，]", options.get("标签", "")))),
        event_at=event_at,
        remind_at=_find_reminder(options, event_at, now) if event_at is not None else None,
        ends_at=ends_at,
        repeats=order.repeats,
        item_tag=item_tag,
    )
    return NoticePlan(draft, asked.doubtful)


class _AskedTimes:
    """Reads times and remembers what of them is doubtful."""

    def __init__(self, env: Environment, now: datetime) -> None:
        self._env, self._now = env, now
        self.doubtful: list[WrittenTime] = []

    def read(self, name: str, said: str, hour: time | None) -> datetime:
        """The moment; of a day alone at `hour`, None: as it ends. Raises MissingNeed for what is no time."""
        found = _read_whole(said, self._env, now=self._now)
        if found is None:
            raise MissingNeed(say.unreadable_option(name, say.OPTION_EXAMPLES[name]))
        return self.find_moment(found, hour)

    def find_moment(self, found: WrittenTime, hour: time | None) -> datetime:
        if found.doubt is not None:
            self.doubtful.append(found)
        day = found.day or date.min
        at = found.hour or hour
        local = datetime.combine(day, at or time(), self._env.zone)
        return (local if at is not None else local + _A_DAY).astimezone(UTC)

    def find_next(self, rule: str, at: time) -> datetime:
        local = recurrence.find_next(rule, after=self._env.local(self._now), at=at)
        return local.astimezone(UTC)

    @property
    def now(self) -> datetime:
        return self._now


def _find_start(order: NoticeOrder, asked: _AskedTimes) -> datetime:
    if order.repeats is not None:
        return asked.find_next(order.repeats, (order.send.hour if order.send else None) or _MORNING)
    if order.send is None:
        return asked.now
    at = asked.find_moment(order.send, _MORNING)
    if at < asked.now:
        raise MissingNeed(say.send_time_over())
    return at


def _find_reminder(options: Mapping[str, str], event_at: datetime, now: datetime) -> datetime | None:
    """A day before the event, where it says nothing else."""
    said = options.get("提前", "1天")
    if said == _NO_REMINDER:
        return None
    lead = _LEAD.fullmatch(said)
    if lead is None:
        raise MissingNeed(say.unreadable_option("提前", say.OPTION_EXAMPLES["提前"]))
    at = event_at - int(lead[1]) * _LEAD_UNITS[lead[2]]
    if at <= now:
        raise MissingNeed(say.reminder_over())
    return at
