"""/通知, /告知, /发布 and /撤回通知: telling many, on two people's word."""

from handlers.chat.inbound import Arrival
from handlers.commands import hot_topics
from handlers.commands.parser import Command, first_word
from handlers.environment.units import unit_called
from handlers.errors import MissingNeed, NotAllowed, NotFound, Refused, WrongState
from handlers.notifications import notices, pushes
from handlers.notifications.notices import Draft
from handlers.wording import formats
from handlers.wording import notices as say
from models.messages import Button, Card, CardPush, CardUpdatePush, TextPush
from models.notices import Notice
from models.organisation import Person, Unit

_PUBLISH = "publish"
_ON_CARD = 100
"""As many characters as a phone shows of a card's body."""
_SHORTEST_KEYWORD = 2
"""One character is in every other report."""


def announce(arrival: Arrival, command: Command) -> str:
    """`/通知 [单位] 文字`: to the groups of a unit and all beneath it."""
    unit, text = _unit_and_text(arrival, command.tail)
    if not text:
        raise MissingNeed(say.usage_notice())
    return _draft(arrival, Draft(text, unit, arrival.now))


def answer(arrival: Arrival, command: Command) -> str:
    """`/告知 关键词 文字` or `/告知 T261121-1 文字`: to everybody who reported it."""
    keyword, text = first_word(command.tail) if command.tail else ("", "")
    if len(keyword) < _SHORTEST_KEYWORD or not text:
        raise MissingNeed(say.usage_answer())
    topic = hot_topics.named(arrival, keyword)
    if topic is None:
        return _draft(arrival, Draft(text, _own(arrival), arrival.now, keyword=keyword))
    draft = Draft(text, _own(arrival), arrival.now, keyword=topic.code, theme=topic.title)
    return _draft(arrival, draft)


def _unit_and_text(arrival: Arrival, tail: str) -> tuple[Unit, str]:
    """The first word where it names a unit and something follows; else all of it, for one's own unit."""
    word, text = first_word(tail) if tail else ("", "")
    if text:
        try:
            return unit_called(arrival.session, word), text
        except NotFound:
            return _own(arrival), tail
    return _own(arrival), tail


def _own(arrival: Arrival) -> Unit:
    if arrival.person.unit_id is None:
        raise NotAllowed(say.may_not_write())
    return arrival.session.get_one(Unit, arrival.person.unit_id)


def _draft(arrival: Arrival, draft: Draft) -> str:
    notices.may_write(arrival.session, arrival.person, draft.unit)
    with arrival.session.begin_nested():
        notice = notices.write(arrival.session, draft, arrival.person, office=arrival.office, now=arrival.now)
        reaches = notices.reaches(arrival.session, notice, now=arrival.now)
    arrival.answer(say.drafted(notice.number, reaches), part="drafted")
    for chat in pushes.duty_chats(arrival.session, draft.unit.id):
        here = chat.id == arrival.chat.id
        words = say.preview(notice.number, _said(notice))
        for part, body in (
            ("draft", None if here else TextPush(words)),
            ("card", CardPush(_card(arrival, notice, reaches))),
        ):
            if body is not None:
                key = f"notice:{notice.id}:{part}:{chat.id}"
                row = pushes.row(chat, body, key=key, office=arrival.office, now=arrival.now)
                pushes.write(arrival.session, row)
    return "notice.drafted"


def _said(notice: Notice) -> str:
    """The words as the groups will read them."""
    if notice.keyword:
        return say.answer(notice.theme or notice.keyword, notice.text)
    return say.notice(notice.theme, notice.text)


def _card(arrival: Arrival, notice: Notice, reaches: str, *, done: str = "") -> Card:
    words = _said(notice)
    unit = arrival.session.get_one(Unit, notice.unit_id)
    at = formats.clock(arrival.office.local(notice.send_at), now=arrival.office.local(arrival.now))
    rows = (
        (say.NUMBER, notice.number),
        (say.RANGE, unit.called),
        (say.REACHES, reaches),
        (say.AT, say.AT_ONCE if notice.send_at <= arrival.now else at),
    )
    return Card(
        task_id=f"notice-{notice.id}-{arrival.inbox_id}",
        title=say.TO_PUBLISH,
        desc=done,
        body=words if len(words) <= _ON_CARD else f"{words[:_ON_CARD]}…",
        rows=rows,
        buttons=() if done else (Button(say.PUBLISH, f"{_PUBLISH}:{notice.number}"),),
        url=arrival.office.base_url,
    )


def publish(arrival: Arrival, command: Command) -> str:
    """`/发布 TZ…` or, for all days of a week plan, `/发布 JH…`."""
    number = _number(arrival, command, "发布")
    arrival.answer(say.published(number, _approved(arrival, number)))
    return "notice.published"


def _approved(arrival: Arrival, number: str) -> int:
    """Let it go; whoever comes second is told who was first, and when."""
    try:
        return notices.approve(arrival.session, number, arrival.person, now=arrival.now)
    except WrongState as over:
        first = _published_by(arrival, notices.find(arrival.session, number)[0])
        raise WrongState(f"{over.sentence}{first}。" if first else over.sentence) from over


def _published_by(arrival: Arrival, notice: Notice) -> str:
    """Who let it go, and when; nothing where nobody did."""
    if notice.approved_at is None:
        return ""
    who = arrival.session.get_one(Person, notice.approved_by)
    return say.published_by(who.name, f"{arrival.office.local(notice.approved_at):%m-%d %H:%M}")


def withdraw(arrival: Arrival, command: Command) -> str:
    number = _number(arrival, command, "撤回通知")
    count = notices.withdraw(arrival.session, number, arrival.person, now=arrival.now)
    arrival.answer(say.withdrawn(number, count))
    return "notice.withdrawn"


def _number(arrival: Arrival, command: Command, verb: str) -> str:
    number = notices.number_in(command.tail) or notices.number_in(arrival.incoming.quoted_text)
    if number is None:
        raise MissingNeed(say.usage_number(verb))
    return number


def read_key(key: str) -> str | None:
    """The notice a button would publish; None for a button of another kind."""
    word, _, number = key.partition(":")
    return notices.number_in(number) if word == _PUBLISH else None


def publish_pressed(arrival: Arrival, number: str) -> str:
    """The same as the command, and a card that says who did it."""
    try:
        _approved(arrival, number)
    except WrongState as over:
        # The card still offers what somebody else has done: from now on it says so.
        _redraw(arrival, number, otherwise=over.sentence)
        arrival.answer(over.sentence, part="refused")
        return f"refused.{over.slug}"
    except Refused as refused:
        arrival.answer(refused.sentence, part="refused")
        return f"refused.{refused.slug}"
    _redraw(arrival, number)
    arrival.answer(say.published(number, 1))
    return "notice.published"


def _redraw(arrival: Arrival, number: str, *, otherwise: str = "") -> None:
    """The card without its button, saying who published the notice, or why nobody can."""
    notice = notices.find(arrival.session, number)[0]
    over = notices.state(notice) in ("cancelled", "skipped")
    done = otherwise if over else _published_by(arrival, notice) or otherwise
    try:
        reaches = notices.reaches(arrival.session, notice, now=arrival.now)
    except NotFound:
        reaches = ""
    card = _card(arrival, notice, reaches, done=done)
    arrival.answer(CardUpdatePush(arrival.incoming.message_id, card), part="card")
