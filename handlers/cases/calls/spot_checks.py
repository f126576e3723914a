"""Spot checks: each night some of the cases closed the day before are drawn, and somebody is to call.

The seed is made when the day is over and is stored: while a case is handled nobody can know whether it
will be drawn, and afterwards everybody can repeat the draw. Who calls belongs to none of the units that
handled the case, and is named; the telephone number they get as always, in private and on record.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from handlers.cases import permissions
from handlers.cases.actors import Actor
from handlers.cases.calls.spot_draw import DrawGroup, draw_cases
from handlers.cases.context import ActContext
from handlers.environment.people import doors, staffing
from handlers.environment.snapshot import Environment
from handlers.environment.units import split_path
from handlers.errors import NotAllowed
from handlers.wording import spot_checks as say
from models.cases import Case
from models.database import insert_if_absent, keep_from_indexes
from models.organisation import DUTY_OFFICERS, LEADERS, Person, Unit, has_post
from models.spot_checks import IS_UNCALLED, REACHED, UNREACHED, SpotCheck, SpotDraw
from models.workflow import CaseRelation, Status

_MOST_DAYS = 31
"""Days without a draw, as nobody ran the program, that are made up for."""
_SEED_BYTES = 16


def draw_past_days(session: Session, env: Environment, *, now: datetime) -> int:
    """Draw each local day that is over and has no draw; how many cases were drawn. At first: yesterday."""
    today = env.local(now).date()
    last = session.scalar(select(func.max(SpotDraw.day)))
    since = today - timedelta(days=1) if last is None else last + timedelta(days=1)
    days = [since + timedelta(days=n) for n in range((today - since).days)]
    return sum(_draw_day(session, env, day, now=now) for day in days[-_MOST_DAYS:])


def _draw_day(session: Session, env: Environment, day: date, *, now: datetime) -> int:
    pool = _load_closed(session, env, day)
    groups = _group_by_share(session, env, pool)
    seed = secrets.token_hex(_SEED_BYTES)
    values = {"day": day, "seed": seed, "groups": [group.to_json() for group in groups], "drawn_at": now}
    insert_if_absent(session, SpotDraw, values)
    draw = session.scalars(select(SpotDraw).where(SpotDraw.day == day)).one()
    if draw.seed != seed:
        return 0  # another process was quicker, and its draw holds
    by_number = {case.number: case for case in pool}
    drawn = draw_cases(seed, groups)
    session.add_all(SpotCheck(draw_id=draw.id, case_id=by_number[number].id) for number in drawn)
    session.flush()
    return len(drawn)


def _load_closed(session: Session, env: Environment, day: date) -> Sequence[Case]:
    """What was closed on this local day and somebody known reported."""
    begins, ends = (
        datetime.combine(day + timedelta(days=n), time(), env.zone).astimezone(UTC) for n in (0, 1)
    )
    closed = Case.closed_at >= begins, Case.closed_at < ends, Case.reporter_id.is_not(None)
    return session.scalars(select(Case).where(*closed).order_by(Case.id)).all()


def _group_by_share(session: Session, env: Environment, pool: Sequence[Case]) -> list[DrawGroup]:
    paths = {unit.id: unit.path for unit in session.scalars(select(Unit))}
    numbers: dict[int | None, list[str]] = defaultdict(list)
    for case in pool:
        path = paths[case.unit_id] if case.unit_id is not None else ""
        numbers[env.spot_checks.find_rule(case, path)].append(case.number)
    return [DrawGroup(env.spot_checks.share_of(rule), found) for rule, found in numbers.items()]


# Who calls ---------------------------------------------------------------------------------------


def name_callers(session: Session, env: Environment, *, now: datetime) -> None:
    """Name a caller for each open check that has none, or whose caller is away or at no desk any more."""
    today = env.local(now).date()
    load = Counter(session.scalars(select(SpotCheck.caller_id).where(IS_UNCALLED)))
    for check, case in list_open(session):
        caller = session.get(Person, check.caller_id) if check.caller_id is not None else None
        if caller is None or not _is_at_work(session, caller, today):
            check.caller_id = _choose_caller(session, case, env, load, today)
            load[check.caller_id] += 1


def list_open(session: Session, caller: Person | None = None) -> list[tuple[SpotCheck, Case]]:
    """What is to be called and is still closed, the oldest first; of one caller where they are named.

    Nothing to who speaks where nobody vouches for them.
    """
    if caller is not None and caller.is_outside:
        return []
    query = (
        select(SpotCheck, Case).join(Case).where(IS_UNCALLED, keep_from_indexes(Case.status == Status.CLOSED))
    )
    if caller is not None:
        query = query.where(SpotCheck.caller_id == caller.id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(SpotCheck.id))]


def _is_at_work(session: Session, person: Person, day: date) -> bool:
    in_office = person.find_post(DUTY_OFFICERS | LEADERS) is not None
    return in_office and staffing.replace_absent(session, [person.code], day) == [person.code]


def _choose_caller(
    session: Session, case: Case, env: Environment, load: Counter[int | None], day: date
) -> int | None:
    """Id of who has fewest calls to make; whom the bot can tell in private, and who is near, comes first."""
    found = [
        (doors.find_own_door(session, person) is None, load[person.id], -len(path), person.id)
        for person, path in _list_officers(session, case, env)
        if _is_at_work(session, person, day) and may_call(session, env, Actor(person), case)
    ]
    return min(found)[-1] if found else None


def _list_officers(session: Session, case: Case, env: Environment) -> list[tuple[Person, str]]:
    """Who sits at the desks above the case, as far as the rules ask them; of a restricted one leaders too."""
    units = [session.get_one(Unit, one) for one in (case.area_id, case.unit_id) if one is not None]
    codes = {code for unit in units for code in split_path(unit.path)}
    above = Unit.code.in_(codes) if codes else Unit.parent_id.is_(None)
    roles = DUTY_OFFICERS | LEADERS if case.restricted else DUTY_OFFICERS
    query = select(Person, Unit.path).join(
        Unit, has_post(lambda role, unit_id: and_(role.in_(roles), unit_id == Unit.id))
    ).where(above)  # fmt: skip
    if env.spot_checks.callers:
        query = query.where(Person.code.in_(env.spot_checks.callers))
    return [(row[0], row[1]) for row in session.execute(query)]


def may_call(session: Session, env: Environment, actor: Actor, case: Case) -> bool:
    """Whether the actor may make the call: of the desk, and of no unit that handled the case."""
    if not permissions.has_relation(session, CaseRelation.DUTY, actor, case):
        return False
    if not permissions.may_see(session, env.restricted_to, actor, case):
        return False
    return not (permissions.is_party(session, actor, case) or permissions.is_own(session, actor, case))


# What came of it ---------------------------------------------------------------------------------


def find_open(session: Session, case: Case) -> SpotCheck | None:
    """The check of this case that waits for a call; None where there is none."""
    return session.scalar(
        select(SpotCheck).where(SpotCheck.case_id == case.id, IS_UNCALLED).order_by(SpotCheck.id).limit(1)
    )


def record_call(context: ActContext, check: SpotCheck) -> None:
    """Keep what the call was: an answer, a try, or the second try on another day.

    Raises NotAllowed for who is of a unit that handled the case, or reported it.
    """
    session, given, now = context.session, context.input, context.now
    if not may_call(session, context.env, context.actor, context.case):
        caller = session.get(Person, check.caller_id) if check.caller_id is not None else None
        raise NotAllowed(say.not_for_party(context.case.number, caller.name if caller else ""))
    if given.reached:
        check.solved, check.satisfied = given.solved, given.satisfied
        _end(context, check, REACHED)
    elif check.attempted_at is None:
        check.attempted_at = now
    elif context.env.local(check.attempted_at).date() < context.env.local(now).date():
        _end(context, check, UNREACHED)


def _end(context: ActContext, check: SpotCheck, outcome: str) -> None:
    check.outcome, check.ended_at, check.event_number = outcome, context.now, context.event_number
