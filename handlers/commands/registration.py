"""`/登记 来源=12345 编号=… 姓名=… 电话=… 内容`: the desk enters what another office passed on.

Alone with the bot only, since it names people; what a refusal says repeats none of it.
"""

import re
from zoneinfo import ZoneInfo

from handlers.cases.views import view_for
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.errors import NotAllowed
from handlers.intake.case_opening import SourceRecord
from handlers.intake.sources import other_sources
from handlers.intake.sources.other_sources import OutsideReport
from handlers.wording import sources as say
from models.reports import Media

_PAIR = re.compile(
    r"(来源|编号|姓名|电话|地点|链接|收到)\s?[=＝]\s?"
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s\d{1,2}[:：]\d\d(?![\d:：])|[^\s=＝]\S{0,499})"
)


def register_report(inbound: InboundMessage, command: Command) -> str:
    """Open the case, or name the one that has this number at this source. Returns a slug.

    Raises NotAllowed for others than the desk, and where others read along; MissingNeed for what lacks.
    """
    if not inbound.in_private and other_sources.may_register(inbound.person):
        raise NotAllowed(say.IN_PRIVATE_ONLY)
    report = read_report(command.tail, inbound.env.zone)
    # The message itself names people: its files are kept with the case, its words are not.
    files = [Media.from_attachment(item, inbox_id=inbound.inbox_id) for item in inbound.usable_files]
    inbound.session.add_all(files)
    inbound.session.flush()
    case, is_new = other_sources.register(
        inbound.session, inbound.asker, report, inbound.env,
        origin=inbound.origin_of("register"), now=inbound.now, media=[file.id for file in files],
    )  # fmt: skip
    came = say.origin(report.record.name, report.record.number)
    if not is_new:
        inbound.reply(say.repeated_number(case.number, came), case=case)
        return "command.register_known"
    view = view_for(inbound.session, inbound.asker, case, inbound.env, now=inbound.now)
    inbound.reply(say.registration(view, came), case=case)
    return "command.register"


def read_report(said: str, zone: ZoneInfo) -> OutsideReport:
    """What the words of the command say; `zone`: of the times in it.

    Raises MissingNeed for a time that nobody can read.
    """
    given = {match[1]: match[2] for match in _PAIR.finditer(said)}
    received = other_sources.read_time(given.get("收到", ""), zone)
    record = SourceRecord(given.get("来源", ""), given.get("编号"), given.get("链接"), received)
    text = " ".join(_PAIR.sub("", said).split())
    return OutsideReport(record, text, given.get("地点", ""), given.get("姓名", ""), given.get("电话", ""))
