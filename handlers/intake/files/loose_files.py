"""Files that came just before the words they belong to.

In a private conversation a photo is a message of its own: whoever writes 反馈 has sent it before.
"""

from sqlalchemy import select, update

from handlers.chat.inbound import InboundMessage
from handlers.intake.open_reports import find_open_report
from models.cases import Case
from models.reports import Media, Message
from models.workflow import Act, ActField


def take_loose_files(inbound: InboundMessage, act: Act, case: Case) -> tuple[int, ...]:
    """Ids of the files that this person sent here just before, without a word, for an act that takes some.

    From now on they are the case's, and begin no report.
    """
    if not inbound.in_private or ActField.EVIDENCE not in act.required_fields:
        return ()
    report = find_open_report(inbound.session, inbound.chat, inbound.person)
    if report is None or report.text or report.case_id is not None or inbound.now > report.closes_at:
        return ()
    files = inbound.session.scalars(
        select(Media).where(Media.report_id == report.id).order_by(Media.id)
    ).all()
    if not files:
        return ()
    for file in files:
        file.case_id, file.report_id = case.id, None
    messages = update(Message).where(Message.report_id == report.id)
    inbound.session.execute(messages.values(case_id=case.id, report_id=None))
    report.closed_at = inbound.now
    return tuple(file.id for file in files)
