"""`/登记 来源=12345 编号=… 姓名=… 电话=… 内容`: the desk enters what another office passed on.

Alone with the bot only, since it names people; what a refusal says repeats none of it.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.errors import MissingNeed, NotAllowed
from handlers.intake import other_sources
from handlers.intake.case_opening import SourceRecord
from handlers.intake.other_sources import OutsideReport
from handlers.wording import sources as say
from models.cases import Case
from models.organisation import DESK, Unit
from models.reports import Media
from models.written_times import parse_minute

_PAIR = re.compile(
    r"(来源|编号|姓名|电话|地点|链接|收到)\s?[=＝]\s?"
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s\d{1,2}[:：]\d\d(?![\d:：])|[^\s=＝]\S{0,499})"
)


def register_report(inbound: InboundMessage, command: Command) -> str:
    """Open the case, or name the one that has this number at this source. Returns a slug.

    Raises NotAllowed for others than the desk, and where others read along; MissingNeed for what lacks.
    """
    if inbound.person.role not in DESK or inbound.person.is_outside:
        raise NotAllowed(say.DESK_ONLY)
    if not inbound.in_private:
        raise NotAllowed(say.IN_PRIVATE_ONLY)
    report = read_report(command.tail, inbound.env.zone)
    other_sources.check_report(report, now=inbound.now)
    known = other_sources.await_by_number(inbound.session, report.record)
    came = say.origin(report.record.name, report.record.number)
    if known is not None:
        if inbound.asker.reading(inbound.session, known) is None:
            raise NotAllowed(say.NUMBER_TAKEN)
        inbound.reply(say.already_registered(known.number, came), case=known)
        return "command.register_known"
    case = _open_case(inbound, report)
    view = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
    inbound.reply(say.registered(view, came), case=case)
    return "command.register"


def _open_case(inbound: InboundMessage, report: OutsideReport) -> Case:
    # The message itself names people: its files are kept with the case, its words are not.
    files = [Media.from_attachment(item, inbox_id=inbound.inbox_id) for item in inbound.usable_files]
    inbound.session.add_all(files)
    inbound.session.flush()
    return other_sources.open_report(
        inbound.session, report, inbound.env,
        desk=inbound.session.get(Unit, inbound.person.unit_id or 0),
        origin=inbound.origin_of("report"), now=inbound.now, media=[file.id for file in files],
    )  # fmt: skip


def read_report(said: str, zone: ZoneInfo) -> OutsideReport:
    """What the words of the command say; `zone`: of the times in it.

    Raises MissingNeed without source or text, or for a time that nobody can read.
    """
    given = {match[1]: match[2] for match in _PAIR.finditer(said)}
    text = " ".join(_PAIR.sub("", said).split())
    if "来源" not in given:
        raise MissingNeed(say.NO_SOURCE)
    if not text:
        raise MissingNeed(say.NO_TEXT)
    received = _read_time(given["收到"], zone) if "收到" in given else None
    record = SourceRecord(given["来源"], given.get("编号"), given.get("链接"), received)
    return OutsideReport(record, text, given.get("地点", ""), given.get("姓名", ""), given.get("电话", ""))


def _read_time(said: str, zone: ZoneInfo) -> datetime:
    moment = parse_minute(said, zone)
    if moment is None:
        raise MissingNeed(f"{say.WRONG_TIME}。")
    return moment
