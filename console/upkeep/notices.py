"""`/notices`: the week as a grid; a notice drafted, approved by a second person, and its receipts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from console.cases.acting import read_words
from console.context import ConsoleContext
from console.posting import Posted, PostedForm
from console.problems import WrongForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import TypedForm, go_to
from console.upkeep.organisation import find_people, list_unit_names
from handlers.clocks import recurrence
from handlers.environment.people.posts import unit_of
from handlers.environment.units import find_unit, select_subtree
from handlers.errors import MissingNeed, NotAllowed, NotFound, Refused
from handlers.notifications import notices
from handlers.notifications.notices import EVERYWHERE, NoticeDraft, Reach
from handlers.notifications.publishing import drafts, library, orders, receipts, times, totals
from handlers.notifications.publishing.orders import NoticeOrder, NoticePlan
from handlers.notifications.publishing.receipts import Receipt
from handlers.wording import marks
from handlers.wording import notices as say
from models import written_times
from models.notices import Notice
from models.organisation import OVERSEERS, ChatUse, Unit
from models.pushes import PushState
from models.written_times import WrittenTime

_WEEK = 7
_MOST_SHOWN = 60
"""Copies that a page lists; those that failed come first."""


@dataclass(frozen=True, slots=True)
class _DayColumn:
    """One day of the week, with what is sent on it."""

    day: date
    notices: Sequence[Notice]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A form that is filled in and not yet stored: what came of reading it."""

    draft: NoticeDraft
    words: str
    reach: Reach
    understood: str
    doubts: Sequence[str]


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of notices to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    desk = _NoticeDesk(context, pages)

    @router.get("/notices")
    def show_week(request: Request, viewer: reader, week: str = "") -> Response:
        return desk.show_week(request, viewer, week)

    @router.post("/notices")
    def draft_notice(request: Request, viewer: author, posted: Posted) -> Response:
        return desk.draft_notice(request, viewer, posted)

    @router.get("/notices/{number}")
    def show_notice(number: str, request: Request, viewer: reader) -> Response:
        return desk.show_notice(request, viewer, number)

    @router.post("/notices/{number}/{step}")
    def act_on_notice(number: str, step: str, request: Request, viewer: author, posted: Posted) -> Response:
        return desk.act_on_notice(request, viewer, number, step, posted)


class _NoticeDesk:
    """The notices of whoever looks after an area, for the groups in it."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def show_week(
        self,
        request: Request,
        viewer: Viewer,
        week: str,
        *,
        sheet: TypedForm | None = None,
        draft: _Draft | None = None,
    ) -> Response:
        """The week of this day; `sheet`: a form that was not taken; `draft`: one that is to be looked at."""
        env = self._context.env()
        today = env.local(self._context.clock()).date()
        monday = _read_monday(week, today)
        sheet = sheet or TypedForm()
        with self._context.database.read() as session:
            own = _require_area(session, viewer)
            found = self._list_week(session, own, monday)
            may_write = _may_write(session, viewer, own)
            units = list_unit_names(session, own)
            month = totals.describe_month(
                session, own, env, at=datetime.combine(monday + timedelta(days=_WEEK - 1), time(), env.zone)
            )
        days = [monday + timedelta(days=n) for n in range(_WEEK)]
        return self._pages.render(
            request,
            "upkeep/notices.html",
            status=sheet.status,
            days=[
                _DayColumn(day, [one for one in found if env.local(one.send_at).date() == day])
                for day in days
            ],
            today=today,
            previous=monday - timedelta(days=_WEEK),
            following=monday + timedelta(days=_WEEK),
            sheet=sheet,
            draft=draft,
            own=own,
            units=units,
            uses=[(str(use), say.USES[use]) for use in EVERYWHERE],
            states=say.SHORT_STATES,
            state_of=notices.state_of,
            local=env.local,
            longest=notices.MOST_TEXT,
            totals=month,
            may_write=may_write,
        )

    def _list_week(self, session: Session, unit: Unit, monday: date) -> Sequence[Notice]:
        zone = self._context.env().zone
        begins = datetime.combine(monday, time.min, zone)
        ends = datetime.combine(monday + timedelta(days=_WEEK), time.min, zone)
        return session.scalars(
            select(Notice)
            .where(Notice.unit_id.in_(select_subtree(unit)), Notice.send_at >= begins, Notice.send_at < ends)
            .order_by(Notice.send_at, Notice.id)
        ).all()

    # Drafting --------------------------------------------------------------------------------

    def draft_notice(self, request: Request, viewer: Viewer, posted: PostedForm) -> Response:
        """First how the groups will read it, then, confirmed, a draft that waits for a second person."""
        try:
            draft = self._read_draft(viewer, posted)
            if posted.text("confirmed") != "true":
                return self.show_week(
                    request,
                    viewer,
                    f"{draft.draft.send_at:%Y-%m-%d}",
                    sheet=TypedForm(posted.texts),
                    draft=draft,
                )
            if draft.doubts and posted.text("times_right") != "true":
                raise WrongForm(say.check_times())
            number = self._store_draft(viewer, posted)
        except (Refused, WrongForm) as refused:
            sheet = TypedForm(posted.texts, refused.sentence, refused.status)
            return self.show_week(request, viewer, "", sheet=sheet)
        self._context.wake()
        return go_to(f"/notices/{number}")

    def _read_draft(self, viewer: Viewer, posted: PostedForm) -> _Draft:
        env, now = self._context.env(), self._context.clock()
        # What the draft would be is looked at by storing it in a transaction that is undone.
        with self._context.database.write() as session:
            plan = self._build_plan(session, viewer, posted, now=now)
            draft = plan.draft
            notices.check_may_write(session, viewer.person, draft.unit)
            with session.begin_nested() as trial:
                notice = notices.store_notice(session, draft, viewer.person, env=env, now=now)
                library.check_has_items(session, notice)
                reach = notices.describe_reach(session, notice, now=now)
                words = drafts.final_text(notice, env, now=now)
                planned = drafts.describe_schedule(notice, env)
                trial.rollback()
        found = times.read_times(draft.text, env, now=now)
        doubts = say.times_to_check([*plan.doubtful, *written_times.list_doubtful(found)])
        return _Draft(draft, words, reach, say.understood_times(found) + planned, doubts)

    def _store_draft(self, viewer: Viewer, posted: PostedForm) -> str:
        env, now = self._context.env(), self._context.clock()
        with self._context.database.write() as session:
            draft = self._build_plan(session, viewer, posted, now=now).draft
            notices.check_may_write(session, viewer.person, draft.unit)
            notice = notices.store_notice(session, draft, viewer.person, env=env, now=now)
            library.check_has_items(session, notice)
            reach = notices.describe_reach(session, notice, now=now)
            drafts.show_to_desk(session, notice, reach, env=env, now=now)
            return drafts.publishing_number(notice)

    def _build_plan(
        self, session: Session, viewer: Viewer, posted: PostedForm, *, now: datetime
    ) -> NoticePlan:
        text = read_words(posted, "text")
        unit = posted.text("unit")
        keyword = read_words(posted, "keyword")
        if keyword and len(keyword) < notices.SHORTEST_KEYWORD:
            raise MissingNeed(say.usage_answer())
        own = find_unit(session, unit) if unit else _require_area(session, viewer)
        order = NoticeOrder(
            text=text,
            uses=tuple(ChatUse(use) for use in posted.list_texts("uses") if use in EVERYWHERE),
            send=self._read_moment(posted, now),
            repeats=_read_rule(posted),
            options={name: said for field, name in say.OPTIONS.items() if (said := posted.text(field))},
        )
        if keyword and (order.repeats or order.options):
            raise WrongForm(say.answer_goes_once())
        plan = orders.plan_notice(order, own, self._context.env(), now=now)
        draft = replace(
            plan.draft,
            theme=read_words(posted, "theme")[:20],
            keyword=keyword or None,
            workdays_only=posted.text("workdays_only") == "true",
        )
        return replace(plan, draft=draft)

    def _read_moment(self, posted: PostedForm, now: datetime) -> WrittenTime | None:
        """The moment of the fields `day` and `time`; None where neither is filled in. Raises WrongForm."""
        day, at = posted.text("day"), posted.text("time")
        if not day and not at:
            return None
        env = self._context.env()
        try:
            date_of = date.fromisoformat(day) if day else env.local(now).date()
            hour = time.fromisoformat(at or "08:00")
            moment = datetime.combine(date_of, hour, env.zone).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise WrongForm(say.unreadable_week()) from error
        if moment < now and not posted.text("repeats"):
            raise WrongForm(say.send_time_over())
        return WrittenTime(f"{date_of} {hour:%H:%M}", date_of, hour)

    # One notice ------------------------------------------------------------------------------

    def show_notice(
        self, request: Request, viewer: Viewer, number: str, *, failure: str = "", status: int = 200
    ) -> Response:
        """The notice, or the days of a plan, with its receipts. Raises NotFound outside one's own area."""
        env, now = self._context.env(), self._context.clock()
        with self._context.database.read() as session:
            found = _find_own(session, viewer, number)
            notice = found[0]
            unit = session.get_one(Unit, notice.unit_id)
            people = find_people(session, {notice.made_by or 0, notice.approved_by or 0})
            sent = [one for one in found if one.sent_at is not None]
            copies = [copy for one in sent for copy in receipts.list_receipts(session, one)]
            return self._pages.render(
                request,
                "upkeep/notice.html",
                status=status,
                failure=failure,
                number=number,
                notice=notice,
                days=found,
                unit=unit,
                words=lambda one: drafts.final_text(one, env, now=now),
                schedule=drafts.describe_schedule(notice, env),
                reach=_find_reach(session, notice, now=now),
                changed=say.times_changed(times.find_changed_times(notice, env, now=now)),
                state=notices.state_of(notice),
                states=say.SHORT_STATES,
                people=people,
                copies=copies[:_MOST_SHOWN],
                counts=_count_copies(copies),
                receipts=say.RECEIPTS,
                uses=say.USES,
                local=env.local,
                now=env.local(now),
                may_write=_may_write(session, viewer, unit),
                is_mine=notice.made_by == viewer.person.id,
            )

    def act_on_notice(
        self, request: Request, viewer: Viewer, number: str, step: str, posted: PostedForm
    ) -> Response:
        """`approve` as `/发布` does, `withdraw` as `/撤回通知`, or `resend`; a refusal is said there."""
        now = self._context.clock()
        try:
            with self._context.database.write() as session:
                notice = _find_own(session, viewer, number)[0]
                match step:
                    case "approve":
                        changed = times.find_changed_times(notice, self._context.env(), now=now)
                        if changed and posted.text("times_right") != "true":
                            raise WrongForm(say.check_times())
                        notices.approve(session, number, viewer.person, now=now)
                    case "withdraw":
                        notices.withdraw(session, number, viewer.person, now=now)
                    case "resend":
                        doubtful_too = posted.text("doubtful_too") == "true"
                        receipts.resend_failed(
                            session, notice, viewer.person, doubtful_too=doubtful_too, now=now
                        )
                    case _:
                        raise NotFound(say.no_such_notice(number))
        except (Refused, WrongForm) as refused:
            return self.show_notice(request, viewer, number, failure=refused.sentence, status=refused.status)
        self._context.wake()
        return go_to(f"/notices/{number}")


def _require_area(session: Session, viewer: Viewer) -> Unit:
    """The unit of whoever looks after an area. Raises NotAllowed for everybody else."""
    overseer = viewer.person.find_post(OVERSEERS)
    unit = unit_of(session, overseer) if overseer is not None else None
    if unit is None:
        raise NotAllowed(say.may_not_read())
    return unit


def _find_own(session: Session, viewer: Viewer, number: str) -> list[Notice]:
    """The notice of this number, or the days of a plan, in the viewer's area. Raises NotFound."""
    if marks.find_notice_number(number) != number:
        raise NotFound(say.no_such_notice(number))
    found = notices.find_notices(session, number)
    unit = session.get_one(Unit, found[0].unit_id)
    if not unit.path.startswith(_require_area(session, viewer).path):
        raise NotFound(say.no_such_notice(number))
    return found


def _may_write(session: Session, viewer: Viewer, unit: Unit) -> bool:
    try:
        notices.check_may_write(session, viewer.person, unit)
    except NotAllowed:
        return False
    return True


def _find_reach(session: Session, notice: Notice, *, now: datetime) -> Reach | None:
    """Whom it would reach now; None for nobody."""
    try:
        return notices.describe_reach(session, notice, now=now)
    except NotFound:
        return None


def _read_rule(posted: PostedForm) -> str | None:
    """The days on which it is sent again. Raises WrongForm for what is no rule."""
    said = posted.text("repeats")
    rule = recurrence.split_rule(said) if said else None
    if said and (rule is None or rule[1]):
        raise WrongForm(say.unreadable_rule())
    return rule[0] if rule else None


def _count_copies(copies: Sequence[Receipt]) -> Mapping[PushState, int]:
    return {state: count for state in PushState if (count := sum(copy.state is state for copy in copies))}


def _read_monday(week: str, today: date) -> date:
    """The Monday of the week of this day, `2026-11-30`; of today's where none is named. Raises WrongForm."""
    try:
        day = date.fromisoformat(week) if week else today
        return day - timedelta(days=day.weekday())
    except (ValueError, OverflowError) as error:
        raise WrongForm(say.unreadable_week()) from error
