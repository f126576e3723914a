"""/发布月报: the figures of a month stored as they are, once it is over."""

from handlers.cases.queries import Asker
from handlers.chat.inbound import InboundMessage
from handlers.commands.figures.monthly_report import parse_month
from handlers.commands.parser import Command
from handlers.errors import MissingNeed
from handlers.insight.periods import Period, name_period
from handlers.insight.standing import snapshots
from handlers.wording import standing as say


def publish_month(inbound: InboundMessage, command: Command) -> str:
    """`/发布月报 2026-10 全省第 2 名`: publish the month of the sender's table. Returns a slug.

    Raises MissingNeed without a month, NotAllowed, and WrongState for a month that is not over.
    """
    words, _, note = command.tail.partition(" ")
    first = parse_month(words, inbound.env.local(inbound.now).date().replace(day=1))
    if first is None:
        raise MissingNeed(say.PUBLISH_USAGE)
    period = Period.of_month(first)
    published, differences = snapshots.publish_report(
        inbound.session, inbound.env, Asker(inbound.person), period, note.strip(), now=inbound.now
    )
    title = say.report_title(published.body["scope"], name_period(period))
    inbound.reply(say.publishing_receipt(title, published.edition, published.note, differences))
    return "report.published"
