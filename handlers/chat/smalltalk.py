"""What is not a report: thanks, greetings, questions after progress. Quiet unless spoken to."""

from sqlalchemy import select

from handlers.cases.views import view
from handlers.chat.inbound import Arrival
from handlers.wording import talk
from models.cases import Case


def answer(arrival: Arrival, kind: str) -> str:
    """Say what fits, or nothing where the bot merely overheard. Answers with the slug of the kind."""
    if kind == "progress":
        return progress(arrival)
    if arrival.incoming.addressed or arrival.incoming.direct:
        hello = talk.hello(arrival.office.bot_name)
        arrival.answer({"thanks": talk.WELCOME_BACK, "greeting": hello}.get(kind, talk.NOT_A_REPORT))
    return f"talk.{kind}"


def progress(arrival: Arrival) -> str:
    """「我报的那个怎么样了」 is answered with the person's newest case."""
    case = arrival.session.scalar(
        select(Case).where(Case.reporter_id == arrival.person.id).order_by(Case.id.desc()).limit(1)
    )
    if case is not None:
        arrival.answer(talk.status(view(arrival.session, case, arrival.office, now=arrival.now)), case=case)
    elif arrival.incoming.addressed or arrival.incoming.direct:
        arrival.answer(talk.NO_CASES)
    return "talk.progress"
