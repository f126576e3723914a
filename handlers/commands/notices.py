"""/通知, /告知, /发布 and /撤回通知: notices to many people, written by one and approved by another."""

from handlers.chat import confirmations
from handlers.chat.inbound import InboundMessage
from handlers.commands.figures import hot_topics
from handlers.commands.parser import Command, split_first_word
from handlers.environment.units import find_unit
from handlers.errors import MissingNeed, NotAllowed, NotFound, Refused, WrongState
from handlers.notifications import notices
from handlers.notifications.notices import NoticeDraft
from handlers.notifications.publishing import drafts
from handlers.notifications.publishing.times import find_changed_times, read_times
from handlers.wording import marks
from handlers.wording import notices as say
from models import written_times
from models.messages import CardUpdatePush
from models.notices import Notice
from models.organisation import Person, Unit
from models.written_times import WrittenTime


def draft_notice(inbound: InboundMessage, command: Command) -> str:
    """`/通知 [单位] 文字`: draft a notice to the groups of a unit and all beneath it. Returns a slug.

    Raises MissingNeed without words, NotAllowed for others than staff above the unit.
    """
    unit, text = _split_unit_and_text(inbound, command.tail)
    if not text:
        raise MissingNeed(say.usage_notice())
    return _store_draft(inbound, NoticeDraft(text, unit, inbound.now))


def draft_answer(inbound: InboundMessage, command: Command) -> str:
    """`/告知 关键词 文字` or `/告知 T261121-1 文字`: draft an answer to all who reported it. Returns a slug.

    Raises MissingNeed without words, NotAllowed for others than staff.
    """
    keyword, text = split_first_word(command.tail) if command.tail else ("", "")
    if len(keyword) < notices.SHORTEST_KEYWORD or not text:
        raise MissingNeed(say.usage_answer())
    topic = hot_topics.find_named_topic(inbound, keyword)
    if topic is None:
        return _store_draft(inbound, NoticeDraft(text, _own_unit(inbound), inbound.now, keyword=keyword))
    draft = NoticeDraft(text, _own_unit(inbound), inbound.now, keyword=topic.code, theme=topic.title)
    return _store_draft(inbound, draft)


def _split_unit_and_text(inbound: InboundMessage, tail: str) -> tuple[Unit, str]:
    """The first word where it names a unit and something follows; else all of it, for one's own unit."""
    word, text = split_first_word(tail) if tail else ("", "")
    if text:
        try:
            return find_unit(inbound.session, word), text
        except NotFound:
            return _own_unit(inbound), tail
    return _own_unit(inbound), tail


def _own_unit(inbound: InboundMessage) -> Unit:
    if inbound.person.unit_id is None:
        raise NotAllowed(say.may_not_write())
    return inbound.session.get_one(Unit, inbound.person.unit_id)


def _store_draft(inbound: InboundMessage, draft: NoticeDraft) -> str:
    notices.check_may_write(inbound.session, inbound.person, draft.unit)
    times = read_times(draft.text, inbound.env, now=inbound.now)
    doubtful = list(written_times.list_doubtful(times))
    if doubtful and not inbound.is_confirmed:
        return confirmations.show_preview(inbound, say.doubtful_times(doubtful))
    with inbound.session.begin_nested():
        notice = notices.store_draft(inbound.session, draft, inbound.person, env=inbound.env, now=inbound.now)
        reach = notices.describe_reach(inbound.session, notice, now=inbound.now)
    inbound.reply(say.draft_stored(notice.number, reach.whole, say.understood_times(times)), part="drafted")
    drafts.show_to_desk(
        inbound.session, notice, reach,
        env=inbound.env, now=inbound.now, inbox_id=inbound.inbox_id, said_in=inbound.chat.id,
    )  # fmt: skip
    return "notice.drafted"


def publish_notice(inbound: InboundMessage, command: Command) -> str:
    """`/发布 TZ…` or, for all days of a week plan, `/发布 JH…`. Returns a slug."""
    number = _require_number(inbound, command, "发布")
    if changed := _find_changed_times(inbound, number):
        return confirmations.show_preview(inbound, say.changed_times(changed))
    count = _approve(inbound, number)
    inbound.reply(say.publication(number, count, _reach_of(inbound, number, whole=True)))
    return "notice.published"


def _find_changed_times(inbound: InboundMessage, number: str) -> list[WrittenTime]:
    """Times in a notice that mean another day than when it was written; none for what was confirmed."""
    notice = notices.find_notices(inbound.session, number)[0]
    return [] if inbound.is_confirmed else find_changed_times(notice, inbound.env, now=inbound.now)


def _reach_of(inbound: InboundMessage, number: str, *, whole: bool) -> str:
    """Whom the notice reaches, with every name or only how many; empty where that is nobody by now."""
    notice = notices.find_notices(inbound.session, number)[0]
    try:
        reach = notices.describe_reach(inbound.session, notice, now=inbound.now)
    except NotFound:
        return ""
    return reach.whole if whole else reach.count


def _approve(inbound: InboundMessage, number: str) -> int:
    """Approve the notice; whoever comes second is refused and told who was first, and when."""
    try:
        return notices.approve(inbound.session, number, inbound.person, now=inbound.now)
    except WrongState as over:
        first = _describe_approval(inbound, notices.find_notices(inbound.session, number)[0])
        raise WrongState(f"{over.sentence}{first}。" if first else over.sentence) from over


def _describe_approval(inbound: InboundMessage, notice: Notice) -> str:
    """Who approved the notice, and when; empty where nobody did."""
    if notice.approved_at is None:
        return ""
    who = inbound.session.get_one(Person, notice.approved_by)
    return say.publication_record(who.name, f"{inbound.env.local(notice.approved_at):%m-%d %H:%M}")


def withdraw_notice(inbound: InboundMessage, command: Command) -> str:
    """`/撤回通知 TZ…`: take back a notice that has not been sent. Returns a slug."""
    number = _require_number(inbound, command, "撤回通知")
    count = notices.withdraw(inbound.session, number, inbound.person, now=inbound.now)
    inbound.reply(say.withdrawal(number, count))
    return "notice.withdrawn"


def _require_number(inbound: InboundMessage, command: Command, verb: str) -> str:
    number = marks.find_notice_number(command.tail) or marks.find_notice_number(inbound.incoming.quoted_text)
    if number is None:
        raise MissingNeed(say.usage_number(verb))
    return number


def handle_press(inbound: InboundMessage, number: str) -> str:
    """The 发布 button of a notice's card: publish it, and draw the card anew with who did. Returns a slug."""
    try:
        if changed := _find_changed_times(inbound, number):
            words = say.changed_times(changed)
            return confirmations.show_preview(inbound, words, command=f"/发布 {number}")
        _approve(inbound, number)
    except WrongState as over:
        # The card still offers what somebody else has done: from now on it says so.
        _update_card(inbound, number, otherwise=over.sentence)
        inbound.reply(over.sentence, part="refused")
        return f"refused.{over.slug}"
    except Refused as refused:
        inbound.reply(refused.sentence, part="refused")
        return f"refused.{refused.slug}"
    _update_card(inbound, number)
    inbound.reply(say.publication(number, 1, _reach_of(inbound, number, whole=True)))
    return "notice.published"


def _update_card(inbound: InboundMessage, number: str, *, otherwise: str = "") -> None:
    """The card without its button, saying who published the notice, or why nobody can."""
    notice = notices.find_notices(inbound.session, number)[0]
    over = notices.state_of(notice) in ("cancelled", "skipped")
    done = otherwise if over else _describe_approval(inbound, notice) or otherwise
    card = drafts.build_card(
        inbound.session, notice, _reach_of(inbound, number, whole=False),
        env=inbound.env, now=inbound.now, inbox_id=inbound.inbox_id, done=done,
    )  # fmt: skip
    inbound.reply(CardUpdatePush(inbound.incoming.message_id, card), part="card")
