"""/通知, /告知, /发布, /撤回通知, /素材: notices to many people, written by one and approved by another."""

import re
from collections.abc import Sequence
from datetime import datetime

from handlers.chat import confirmations
from handlers.chat.inbound import InboundMessage
from handlers.commands.figures import hot_topics
from handlers.commands.parser import Command, split_first_word
from handlers.errors import MissingNeed, NotAllowed, NotFound, Refused, WrongState
from handlers.notifications import notices
from handlers.notifications.notices import NoticeDraft, Reach
from handlers.notifications.publishing import drafts, library, orders, totals
from handlers.notifications.publishing.library import ItemDraft
from handlers.notifications.publishing.times import find_changed_times, read_times
from handlers.wording import formats, marks
from handlers.wording import notice_library as say_library
from handlers.wording import notices as say
from models import written_times
from models.messages import CardUpdatePush
from models.notices import Notice
from models.organisation import OVERSEERS, Person, Unit
from models.written_times import WrittenTime


def draft_notice(inbound: InboundMessage, command: Command) -> str:
    """`/通知 [单位] [居民群] [标签=…] [时间] [活动=…] 文字`: draft a notice. Returns a slug.

    Raises MissingNeed without words and for times that are over, NotAllowed for others than staff above the
    unit.
    """
    session, env, now = inbound.session, inbound.env, inbound.now
    order = orders.split_order(session, command.tail, env, now=now)
    plan = orders.plan_notice(order, _own_unit(inbound), env, now=now)
    return _store_draft(inbound, plan.draft, plan.doubtful, is_planned=order.is_planned)


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


def _own_unit(inbound: InboundMessage) -> Unit:
    person = inbound.person.find_post(OVERSEERS) or inbound.person
    if person.unit_id is None:
        raise NotAllowed(say.may_not_write())
    return inbound.session.get_one(Unit, person.unit_id)


def _store_draft(
    inbound: InboundMessage,
    draft: NoticeDraft,
    doubtful_plan: Sequence[WrittenTime] = (),
    *,
    is_planned: bool = False,
) -> str:
    """Store the draft; first show how it was understood, where it is planned or a time in it is doubtful."""
    session, env, now = inbound.session, inbound.env, inbound.now
    notices.check_may_write(session, inbound.person, draft.unit)
    times = read_times(draft.text, env, now=now)
    doubtful = [*doubtful_plan, *written_times.list_doubtful(times)]
    with session.begin_nested() as trial:
        notice = notices.store_notice(session, draft, inbound.person, env=env, now=now)
        library.check_has_items(session, notice)
        reach = notices.describe_reach(session, notice, now=now)
        shown = "" if inbound.is_confirmed else _describe_plan(notice, draft, reach, doubtful, inbound)
        if shown and (is_planned or doubtful):
            trial.rollback()
    if not inbound.is_confirmed and is_planned:
        return confirmations.show_preview(inbound, shown)
    if not inbound.is_confirmed and doubtful:
        return confirmations.show_preview(inbound, say.doubtful_times(doubtful))
    understood = say.understood_times(times) + drafts.describe_schedule(notice, env)
    number = drafts.publishing_number(notice)
    inbound.reply(say.draft_stored(number, reach.whole, understood), part="drafted")
    drafts.show_to_desk(
        session, notice, reach, env=env, now=now, inbox_id=inbound.inbox_id, said_in=inbound.chat.id
    )
    return "notice.drafted"


def _describe_plan(
    notice: Notice, draft: NoticeDraft, reach: Reach, doubtful: Sequence[WrittenTime], inbound: InboundMessage
) -> str:
    env, now = inbound.env, inbound.now
    sent, again = (
        formats.format_time(env.local(at), now=env.local(now)) if at is not None and at > now else ""
        for at in (draft.send_at, draft.remind_at)
    )
    return say.schedule_preview(
        draft.unit.display_name,
        sent or say.AT_ONCE,
        again,
        drafts.describe_schedule(notice, env),
        drafts.final_text(notice, env, now=now),
        reach.whole,
        say.times_to_check(doubtful),
    )


def publish_notice(inbound: InboundMessage, command: Command) -> str:
    """`/发布 TZ…` or, for all days of a week plan, `/发布 JH…`. Returns a slug."""
    number = _require_number(inbound, command, "发布")
    if library.is_library_number(number):
        count = library.approve_items(inbound.session, number, inbound.person, now=inbound.now)
        inbound.reply(say_library.approval(number, count))
        return "library.approved"
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
    if library.is_library_number(number):
        count = library.withdraw_items(inbound.session, number, inbound.person, now=inbound.now)
        inbound.reply(say_library.removal(number, count))
        return "library.withdrawn"
    count = notices.withdraw(inbound.session, number, inbound.person, now=inbound.now)
    inbound.reply(say.withdrawal(number, count))
    return "notice.withdrawn"


def store_item(inbound: InboundMessage, command: Command) -> str:
    """`/素材 标签 [几月] [备用] 内容`: enter a text into the library of one's own unit. Returns a slug."""
    draft = read_item(command.tail)
    number = library.store_items(
        inbound.session, [draft], inbound.person, _own_unit(inbound), env=inbound.env, now=inbound.now
    )
    inbound.reply(say_library.item_receipt(number, 1))
    return "library.stored"


_ITEM = re.compile(
    r"(?P<tags>\S{1,60})\s+(?:(?P<first>1[0-2]|[1-9])(?:[-－~～至到](?P<last>1[0-2]|[1-9]))?月\s+)?"
    rf"(?P<fallback>{say_library.FALLBACK}\s+)?(?P<text>\S[\s\S]*)"
)


def read_item(said: str) -> ItemDraft:
    """`防诈骗、老年 11-2月 备用 内容`, months over the new year too. Raises MissingNeed for what lacks."""
    match = _ITEM.fullmatch(said.strip())
    if match is None:
        raise MissingNeed(say_library.usage())
    first, last = int(match["first"] or 0), int(match["last"] or match["first"] or 0)
    months = [(first - 1 + n) % 12 + 1 for n in range((last - first) % 12 + 1)] if first else []
    tags = tuple(filter(None, re.split("[、,，]", match["tags"])))
    return ItemDraft(match["text"].strip(), tags, tuple(months), is_fallback=match["fallback"] is not None)


def show_totals(inbound: InboundMessage, command: Command) -> str:
    """`/通知统计 [2026-11]`: what was sent in a month. Returns a slug.

    Raises NotAllowed for others than who looks after an area, MissingNeed for what is no month.
    """
    if inbound.person.find_post(OVERSEERS) is None:
        raise NotAllowed(say.may_not_read())
    at, unit = inbound.env.local(inbound.now), _own_unit(inbound)
    if command.tail:
        try:
            at = datetime.strptime(command.tail, "%Y-%m").replace(tzinfo=inbound.env.zone)
        except ValueError as error:
            raise MissingNeed(say.unreadable_month()) from error
    inbound.reply(totals.describe_month(inbound.session, unit, inbound.env, at=at))
    return "notice.totals"


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
