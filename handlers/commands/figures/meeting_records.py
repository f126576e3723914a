"""/会商记录: the record of the last meeting on a case, as Word."""

from handlers.chat import case_lookup
from handlers.chat.inbound import InboundMessage
from handlers.commands.parser import Command
from handlers.insight.papers import meeting
from handlers.wording import papers
from models.messages import FilePush
from models.workflow import ACTS


def send_record(inbound: InboundMessage, command: Command) -> str:
    """`/会商记录 0031`, to whoever reads the whole case where they ask. Returns a slug; raises Refused."""
    act = ACTS["meet"]
    case = (
        case_lookup.find_case(inbound, command.numbers[0])
        if command.numbers
        else case_lookup.the_only_case_for(inbound, act, "")
    )
    _, held = meeting.find_meeting(inbound.session, inbound.asker, case.number)
    facts = meeting.load_meeting_facts(inbound.session, case, held, inbound.env)
    paper = papers.meeting_paper(facts)
    inbound.reply(FilePush(0, f"{papers.meeting_title(case.number)}.docx", paper.to_plain()))
    return "command.meeting_record"
