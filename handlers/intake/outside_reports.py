"""What reports from outside the chats have in common: other systems' and those of the page's form."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handlers.environment.snapshot import Environment
from handlers.triage.types import Facts, Triage
from models.cases import Case, Event


def triage_report(env: Environment, text: str, facts: Facts, *, urgent: bool = False) -> Triage:
    """The triage result of words that were sent in as a report.

    It is always a report: what the rules call chatter gets the class for everything else. `urgent` makes it
    urgent; nothing takes urgency away.
    """
    triage = env.classifier.triage(text, facts=facts)
    if not triage.report:
        other = env.fallback_class
        triage = replace(
            triage,
            report=True,
            kind="report",
            class_id=other.id,
            nature=other.nature,
            unit=None,
            urgent=False,
        )
    return replace(triage, urgent=triage.urgent or urgent)


def find_earlier(session: Session, origin: str) -> Case | None:
    """The case that was opened under this origin before; None where there is none."""
    return session.scalar(select(Case).join(Event).where(Event.act == "report", Event.origin == origin))


def await_earlier(session: Session, origin: str) -> Case | None:
    """As `find_earlier`, in a transaction that writes: of two at once the second waits for the first."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(origin, 0))))
    return find_earlier(session, origin)
