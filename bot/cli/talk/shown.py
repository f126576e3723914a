"""`gridbot talk show`: why the bot did with a message what it did, or with all that was said of a case."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json
from bot.cli.talk.reading import format_reading
from handlers.cases import queries
from handlers.cases.queries import OPERATOR
from handlers.errors import NotFound
from models.inbox import InboxRow
from models.reports import Message, Report
from models.understandings import Understanding

_MOST = 50
"""Messages of a case that are shown, the oldest first."""


def show(
    message: Annotated[str, typer.Argument(help="消息：日志里的 inbox 号、平台的消息号；或事件编号")],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """一条消息当时是怎样理解的、为什么那样办；写事件编号，就是说到那件事的每一条。原文过期就没有了。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        found = [_describe(session, row) for row in _find_messages(session, message)]
    if as_json:
        say_json(found)
        return
    for each in found:
        for line in _format(each, settings.zone):
            say(line)


def _find_messages(session: Session, wanted: str) -> Sequence[InboxRow]:
    by_id = [InboxRow.id == int(wanted)] if wanted.isdecimal() and len(wanted) < len(str(2**63)) else []
    named = or_(InboxRow.message_id == wanted, *by_id)
    found = session.scalars(select(InboxRow).where(named).order_by(InboxRow.id).limit(_MOST)).all()
    return found or _find_said_of_case(session, wanted)


def _find_said_of_case(session: Session, number: str) -> Sequence[InboxRow]:
    """What became part of the case or did something with it, and what was taken to mean it."""
    try:
        case = queries.find_case(session, OPERATOR, number)
    except NotFound:
        refuse(f"没有消息 {number}，也没有编号为 {number} 的事件")
    reports = select(Report.id).where(Report.case_id == case.id)
    pieces = or_(Message.case_id == case.id, Message.report_id.in_(reports))
    sources = (
        select(Message.inbox_id).where(pieces),
        select(Understanding.inbox_id).where(Understanding.case_id == case.id),
    )
    said = or_(*(InboxRow.id.in_(source) for source in sources))
    return session.scalars(select(InboxRow).where(said).order_by(InboxRow.id).limit(_MOST)).all()


def _describe(session: Session, row: InboxRow) -> dict[str, Any]:
    words = session.scalar(select(Message.text).where(Message.inbox_id == row.id))
    made = select(Understanding.reasons).where(Understanding.inbox_id == row.id).order_by(Understanding.id)
    return {
        "inbox": row.id,
        "message": row.message_id,
        "at": row.received_at,
        "words": words,
        "result": row.result,
        "understood": list(session.scalars(made)),
    }


def _format(each: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    at = each["at"].astimezone(zone)
    yield f"消息 {each['inbox']}  {at:%Y-%m-%d %H:%M:%S}  结果 {each['result'] or '还没有处理'}"
    if each["words"]:
        yield f"  {each['words']}"
    if not each["understood"]:
        yield "  没有留下理解：是按钮、命令、补写的话，旁听的闲话，或者原文已过期"
    for explained in each["understood"]:
        yield from (f"  {line}" for line in format_reading(explained))
