"""Changes of rules, limits and calendar: proposed by one person, adopted by another, taken back by one.

Proposals are the record of who changed what as well: none is ever deleted. A file of the organisation is one
too; it is looked at and applied by one person, and its content goes, since it names people.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handlers.environment import calendar
from handlers.environment.people import doors
from handlers.environment.people.posts import holds_post_at_top
from handlers.environment.upkeep import responsibilities
from handlers.errors import MissingNeed, NotAllowed, NotFound, WrongState
from handlers.wording import upkeep as say
from models.calendar import CalendarDay
from models.cases import Counter, increment_counter
from models.organisation import OVERSEERS, Person, Role
from models.proposals import Proposal, ProposalSubject

LONGEST_TITLE = 200
MOST_BYTES = 256 * 1024
"""Of a text of rules or limits: a hand-written file is a few dozen kilobytes."""
STORED = frozenset({ProposalSubject.CALENDAR, ProposalSubject.RESPONSIBILITIES})
"""What stands in the database and in no file: it takes effect as it is adopted."""
_FORGET = timedelta(days=1)
"""A file of the organisation that nobody applied is kept no longer."""
_MOST = 50


@dataclass(frozen=True, slots=True)
class DraftChange:
    """What somebody proposes: what is to stand there, and what stands there now."""

    subject: ProposalSubject
    title: str
    content: bytes
    replaced: bytes
    effect: dict[str, Any] | None = None


def is_at_top(session: Session, person: Person) -> bool:
    """Whether the person looks after the whole installation, for which rules, limits and calendar are one."""
    return holds_post_at_top(session, person, OVERSEERS)


def require_proposer(session: Session, person: Person) -> None:
    """Raise NotAllowed for who may neither propose nor adopt."""
    if not is_at_top(session, person):
        raise NotAllowed(say.may_not_propose())


def may_import(session: Session, person: Person) -> bool:
    """Whether the person is an administrator at the top: a file may give anybody any role."""
    return holds_post_at_top(session, person, frozenset({Role.ADMIN}))


def require_importer(session: Session, person: Person) -> None:
    """Raise NotAllowed for who may not import."""
    if not may_import(session, person):
        raise NotAllowed(say.may_not_import())


def list_proposals(session: Session, *, waiting: bool) -> Sequence[Proposal]:
    """Those that wait for a second person, or the newest that are decided; no files of the organisation."""
    decided = Proposal.decided_at.is_(None) if waiting else Proposal.decided_at.is_not(None)
    query = select(Proposal).where(decided, Proposal.subject != ProposalSubject.ORGANISATION)
    return session.scalars(query.order_by(Proposal.id.desc()).limit(_MOST)).all()


def find_proposal(session: Session, number: int, *, lock: bool = False) -> Proposal:
    """The proposal of this number. Raises NotFound."""
    found = session.get(Proposal, number, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound(say.no_such_proposal())
    return found


def store_proposal(session: Session, change: DraftChange, person: Person, *, now: datetime) -> Proposal:
    """Keep a change for a second person. Raises as `check_change`."""
    check_change(session, change, person)
    return _add(session, change, person, now=now)


def check_change(session: Session, change: DraftChange, person: Person) -> None:
    """Raise NotAllowed, MissingNeed without a title or for a long text, WrongState for what is no change."""
    require_proposer(session, person)
    if not 0 < len(change.title) <= LONGEST_TITLE:
        raise MissingNeed(say.title_needed(LONGEST_TITLE))
    if len(change.content) > MOST_BYTES:
        raise MissingNeed(say.text_too_long(MOST_BYTES // 1024))
    if change.content == change.replaced:
        raise WrongState(say.nothing_changed())


def _add(
    session: Session, change: DraftChange, person: Person, *, now: datetime, is_rollback: bool = False
) -> Proposal:
    proposal = Proposal(
        subject=change.subject, title=change.title, content=change.content, replaced=change.replaced,
        effect=change.effect, is_rollback=is_rollback, made_by=person.id, made_at=now,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    return proposal


def adopt(
    session: Session, number: int, person: Person, *, standing: bytes | None, now: datetime
) -> Proposal:
    """Decide for a proposal; of the calendar it takes effect with that, of files once the caller writes it.

    `standing`: what stands in the file now, None for what is no file (`STORED`). Raises NotAllowed for who
    proposed it, WrongState where it is decided or where something else stands there by now.
    """
    proposal = _take(session, number, person)
    if doors.is_same(session, person, proposal.made_by):
        raise NotAllowed(say.own_proposal())
    if proposal.subject in STORED:
        standing = _dump_standing(session, proposal)
    if standing != proposal.replaced:
        raise WrongState(say.stands_otherwise())
    if proposal.subject in STORED:
        _set_stored(session, proposal, now=now)
    return _decide(session, proposal, person, adopted=True, now=now)


def refuse(session: Session, number: int, person: Person, *, now: datetime) -> Proposal:
    """Decide against a proposal; whoever proposed it takes it back. Raises NotAllowed, WrongState."""
    return _decide(session, _take(session, number, person), person, adopted=False, now=now)


def roll_back(
    session: Session, number: int, person: Person, *, standing: bytes | None, now: datetime
) -> Proposal:
    """Bring back what stood there before a proposal was adopted, as a proposal of its own; at once, by one.

    Two had agreed to what stood there. Raises NotAllowed, WrongState where it was not adopted or where
    something else stands there by now.
    """
    require_proposer(session, person)
    done = find_proposal(session, number, lock=True)
    if not done.adopted or done.subject == ProposalSubject.ORGANISATION:
        raise WrongState(say.cannot_go_back())
    is_stored = done.subject in STORED
    if is_stored:
        standing = _dump_standing(session, done)
    if standing != done.content:
        raise WrongState(say.cannot_go_back())
    change = DraftChange(
        ProposalSubject(done.subject),
        say.rollback_title(done.title),
        done.replaced or b"",
        done.content or b"",
    )
    proposal = _add(session, change, person, now=now, is_rollback=True)
    if is_stored:
        _set_stored(session, proposal, now=now)
    return _decide(session, proposal, person, adopted=True, now=now)


def _take(session: Session, number: int, person: Person) -> Proposal:
    require_proposer(session, person)
    proposal = find_proposal(session, number, lock=True)
    if proposal.subject == ProposalSubject.ORGANISATION:
        raise NotFound(say.no_such_proposal())
    if proposal.decided_at is not None:
        raise WrongState(say.decided_already())
    return proposal


def _decide(
    session: Session, proposal: Proposal, person: Person, *, adopted: bool, now: datetime
) -> Proposal:
    proposal.decided_by, proposal.decided_at, proposal.adopted = person.id, now, adopted
    session.flush()
    return proposal


# A day of the calendar ---------------------------------------------------------------------------


def propose_day(
    session: Session, day: date, person: Person, *, working: bool, reason: str, now: datetime
) -> Proposal:
    """Propose that a local day is worked, or is not. Raises as `store_proposal`."""
    title = say.calendar_title(day, working=working, reason=reason)[:LONGEST_TITLE]
    content = _format_day(day, working, "office", reason)
    standing = dump_day(session, day)
    if working == json.loads(standing)["working"]:
        raise WrongState(say.nothing_changed())
    return store_proposal(
        session, DraftChange(ProposalSubject.CALENDAR, title, content, standing), person, now=now
    )


def dump_day(session: Session, day: date) -> bytes:
    """What is known of a local day: whether it is worked, and who says so."""
    known = calendar.list_year(session, day.year).get(day)
    if known is None:
        return _format_day(day, calendar.is_usual_workday(day), "", "")
    return _format_day(day, known.working, known.source, known.note)


def is_standing(session: Session, proposal: Proposal) -> bool:
    """Whether what an adopted proposal of `STORED` is about is still as that has it."""
    return _dump_standing(session, proposal) == proposal.content


def _dump_standing(session: Session, proposal: Proposal) -> bytes:
    content = proposal.content or b""
    if proposal.subject == ProposalSubject.CALENDAR:
        return dump_day(session, _read_day(content)[0])
    return responsibilities.dump_item(session, responsibilities.read_number(content))


def _set_stored(session: Session, proposal: Proposal, *, now: datetime) -> None:
    content = proposal.content or b""
    if proposal.subject == ProposalSubject.CALENDAR:
        _set_day(session, content)
    else:
        responsibilities.set_item(session, content, proposal.title, proposal.id, now=now)


def _format_day(day: date, working: bool, source: str, note: str) -> bytes:
    fields = {"day": day.isoformat(), "working": working, "source": source, "note": note}
    return json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()


def _read_day(content: bytes) -> tuple[date, dict[str, Any]]:
    fields: dict[str, Any] = json.loads(content)
    return date.fromisoformat(fields["day"]), fields


def _set_day(session: Session, content: bytes) -> None:
    day, fields = _read_day(content)
    if fields["source"] == "office":
        calendar.override_day(session, day, working=fields["working"], note=fields["note"])
        return
    # Nobody here has set it: what the state announced holds again, or the days of the week do.
    session.execute(delete(CalendarDay).where(CalendarDay.day == day))
    if fields["source"]:
        session.add(CalendarDay(day=day, working=fields["working"], source=fields["source"]))
    session.flush()
    increment_counter(session, "organisation")


# A file of the organisation ----------------------------------------------------------------------


def keep_file(session: Session, name: str, content: bytes, person: Person, *, now: datetime) -> Proposal:
    """Keep a file while its preview is looked at; older ones are forgotten. Raises NotAllowed."""
    require_importer(session, person)
    old = Proposal.subject == ProposalSubject.ORGANISATION, Proposal.decided_at.is_(None)
    mine_or_late = (Proposal.made_by == person.id) | (Proposal.made_at < now - _FORGET)
    session.execute(delete(Proposal).where(*old, mine_or_late))
    title = say.import_title(name)[:LONGEST_TITLE]
    change = DraftChange(ProposalSubject.ORGANISATION, title, content, read_version(session))
    return _add(session, change, person, now=now)


def find_file(session: Session, number: int, person: Person, *, now: datetime, lock: bool = False) -> bytes:
    """The content of a kept file, for whoever kept it. Raises NotAllowed, NotFound."""
    require_importer(session, person)
    proposal = find_proposal(session, number, lock=lock)
    is_mine = proposal.made_by == person.id and proposal.subject == ProposalSubject.ORGANISATION
    if not is_mine or proposal.content is None or proposal.made_at < now - _FORGET:
        raise NotFound(say.no_such_proposal())
    return proposal.content


def take_file(session: Session, number: int, person: Person, *, now: datetime) -> None:
    """Decide to import a kept file, once, and for the state that was looked at; its content goes.

    Raises as `find_file`, and WrongState where the organisation has changed since.
    """
    find_file(session, number, person, now=now, lock=True)
    proposal = find_proposal(session, number)
    if proposal.replaced != read_version(session):
        raise WrongState(say.changed_meanwhile())
    proposal.content = None
    _decide(session, proposal, person, adopted=True, now=now)


def read_version(session: Session) -> bytes:
    """Another with every change of units, people, groups or calendar."""
    counted = session.scalar(select(Counter.value).where(Counter.name == "organisation"))
    return str(counted or 0).encode()
