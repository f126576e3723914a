"""The law of the ledger: whatever people do in whatever order, and whatever time brings, it holds.

A machine of hypothesis plays random acts by random people at random times and looks at every law
after every step; what breaks one is shrunk to the few steps that matter. In the suite it plays a
few walks, the same every time, and counts all figures anew after every fifth step (`tests/handlers/insight`
does it at any); `pytest tests/handlers/test_laws.py --hypothesis-profile=long` plays for minutes, `make fuzz`
for as long as it is given, other walks each time and counting after each step.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from handlers import acts
from handlers.cases import possible_acts
from handlers.cases.actors import PROGRAM, Actor
from handlers.cases.context import ActInput
from handlers.errors import Refused
from models.cases import Case
from models.organisation import Person, Unit
from models.time_limits import TimeLimit
from models.workflow import ACTS, Act, Status
from scheduler import daily_checks, escalation
from tests.district import GAS, LAMP, RUBBLE, District, load_person, require_signature
from tests.handlers.insight.recounts import keep_figures
from tests.handlers.laws import LAWS, Walk

PEOPLE = (
    "duty1",
    "duty2",
    "leader1",
    "cg1",
    "cg2",
    "zj1",
    "ga1",
    "wgxw",
    "wgxl",
    "zhangsf",
    "liay",
    "chendy",
)
REPORTERS = (("wrINTAKE", "zhangsf"), ("wrINTAKE", "liay"), ("wrRESIDENTS", "chendy"), ("wrINTAKE", "wgxw"))
CHATS = ("wrINTAKE", "wrRESIDENTS", "wrDUTY", "wrCG", "wrZJ", "wrGA")
UNITS = ("HM-CG", "HM-ZJ", "HM-GA-JJ", "HM-HM")
MATTERS = (RUBBLE, LAMP, GAS, "解放路15号有违章建筑", "长江路小店卖假烟", "城管队员收了商户的红包")
MOST_CASES = 4
ENDINGS = ("reject", "merge", "undo")
BEGUN = (
    ("wrDUTY", "duty1", "/交办 0001 城管局 15天"),
    ("wrCG", "cg1", "/签收 0001"),
    ("wrCG", "cg1", "/反馈 0001 已清运"),
    ("wrDUTY", "duty2", "/核查 0001 通过"),
    ("wrDUTY", "duty2", "/结案 0001"),
)
VERBS = tuple(act.verb for act in ACTS.values())

draw = strategies.sampled_from
data = strategies.data()
people = draw(PEOPLE)
which = draw((0, 0, 0, 1, 2, 3))
"""The number of a case; most of what happens, happens to the first."""
texts = draw(("已清运", "{reporter}说电话是13812345678", "还要两天，等配件", "🙂🙂"))
limits = (TimeLimit(4, "h"), TimeLimit(1, "wd"), TimeLimit(2, "d"), TimeLimit(40, "d"))
spans = draw((
    timedelta(), timedelta(minutes=1), timedelta(minutes=7), timedelta(minutes=40), timedelta(hours=10),
    timedelta(days=2), timedelta(days=10), timedelta(weeks=5),
))  # fmt: skip
rests = draw((
    "", "已清运", "城管局", "住建局 4小时", "通过", "不通过 还有垃圾", "已解决 满意", "未解决", "2个工作日 等配件",
    "等雨停 到12月1日", "不归我们管 住建局", "违章搭建", "追回 4000 元", "立即清理 4小时", "0002", "13812345678",
    "没打通", "联系上 未解决",
))  # fmt: skip


plausible = strategies.fixed_dictionaries({
    "text": texts,
    "class_id": draw(("env.spill", "street.illegal_build", "other")),
    "place": strategies.just("长江路 5 号"),
    "limit": draw((*limits, None)),
    "until": draw((None, timedelta(days=2))),
    "fen": draw((None, 400_000)),
    "passed": draw((True, True, False)),
    "reached": draw((True, False)),
    "solved": draw((True, False)),
    "units": strategies.lists(draw(UNITS), min_size=1, max_size=2, unique=True),
    "parent": which,
})  # fmt: skip
"""What may come with any act that wants it: `Given`, but for what is a row."""
absurd = strategies.fixed_dictionaries({}, optional={
    "text": strategies.one_of(texts, strategies.just("")),
    "class_id": draw((None, "no.such", "street.illegal_build")),
    "limit": draw((None, TimeLimit(1, "min"), TimeLimit(999, "wd"))),
    "until": draw((None, -timedelta(days=2), timedelta(weeks=90))),
    "fen": draw((0, -1)),
    "passed": draw((True, False, None)),
    "reached": draw((True, False, None)),
    "solved": draw((True, False, None)),
    "units": strategies.lists(draw(UNITS), max_size=3),
    "parent": which,
})  # fmt: skip


def often(step: Callable[..., None], **arguments: Any) -> Iterator[Callable[..., None]]:
    """The same rule three times."""
    for _ in range(3):
        made: Callable[..., None] = rule(**arguments)(step)  # type: ignore[no-untyped-call]  # theirs
        yield made


class Loop(RuleBasedStateMachine):
    """One district, its people, and time."""

    def __init__(self, district: District, *, recount_every: int = 1) -> None:
        super().__init__()
        self.district = district
        self.walk = Walk(district, recount_every=recount_every)

    @initialize(
        matter=draw(MATTERS), there=draw(REPORTERS), steps=strategies.integers(0, len(BEGUN)),
        signed=strategies.booleans(),
    )  # fmt: skip
    def something_is_wrong_somewhere(
        self, matter: str, there: tuple[str, str], steps: int, signed: bool
    ) -> None:
        """And is on its way already: further on, there are more acts. `signed`: so are all answers."""
        if signed:
            require_signature(self.district, signer="leader1")
        self.district.say(*there, matter)
        self.district.say("wrRESIDENTS", "chendy", LAMP)
        self.district.tick(self.district.advance(minutes=2))
        for chat, user, words in BEGUN[:steps]:
            self.district.say(chat, user, words)
            self.district.deliver_results()

    @rule(matter=draw(MATTERS), there=draw(REPORTERS), photos=strategies.integers(0, 1))
    def somebody_reports(self, matter: str, there: tuple[str, str], photos: int) -> None:
        if len(self.walk.cases) < MOST_CASES:
            self.district.say(*there, matter, photos=photos)

    @rule(there=draw(REPORTERS))
    def somebody_says_it_aloud(self, there: tuple[str, str]) -> None:
        if len(self.walk.cases) < MOST_CASES:
            self.district.speak(*there)
            self.district.tick(self.district.advance(seconds=30))

    def somebody_does_what_they_could(
        self, number: int, data: Any, first: int, given: Mapping[str, Any], at_once: bool
    ) -> None:
        case = self.case(number)
        # What moves a case on has a rule of its own.
        keys = [
            act.key
            for act in ACTS.values()
            if possible_acts.allows(act, case) and (act.may_stay or not act.to_states)
        ]
        act = ACTS[data.draw(draw(keys))]
        user = self.first_who_could(act, case, (*PEOPLE[first:], *PEOPLE[:first]))
        if user is not None:
            self.district.advance(minutes=0 if at_once else 1)
            self.perform(act.key, user, case, given)

    # Hypothesis leaves out rules at random, walk by walk: what matters most is there several times.
    does, does_too, does_more = often(
        somebody_does_what_they_could,
        number=which, data=data, first=strategies.integers(0, len(PEOPLE) - 1), given=plausible,
        at_once=strategies.booleans(),
    )  # fmt: skip

    def it_goes_on_its_way(self, number: int, data: Any, given: Mapping[str, Any], span: timedelta) -> None:
        """Something that brings the case into another state, by the first who may, some time later."""
        case = self.case(number)
        on = [act for act in ACTS.values() if act.to_states and possible_acts.allows(act, case)]
        if keys := [act.key for act in on if act.key not in ENDINGS]:
            act = ACTS[data.draw(draw(keys))]
            self.district.advance(minutes=min(span, timedelta(hours=10)) / timedelta(minutes=1))
            self.perform(act.key, self.first_who_could(act, case, PEOPLE), case, given)

    goes, goes_too, goes_further = often(
        it_goes_on_its_way, number=which, data=data, given=plausible, span=spans
    )

    @rule(
        key=draw(tuple(ACTS)), user=strategies.one_of(strategies.none(), people), number=which, given=absurd
    )
    def anybody_tries_anything(
        self, key: str, user: str | None, number: int, given: Mapping[str, Any]
    ) -> None:
        self.perform(key, user, self.case(number), given)

    @rule(span=spans)
    def time_goes_by(self, span: timedelta) -> None:
        self.district.tick(self.district.advance(seconds=span.total_seconds()))
        if self.district.now.day % 3:  # some days the platform is away
            self.district.deliver_results()
        for job in (escalation.fire_due, daily_checks.resume_due, daily_checks.run_checks):
            with self.district.database.write() as session:
                job(session, self.district.env, now=self.district.now)

    @rule()
    def figures_are_kept(self) -> None:
        keep_figures(self.district)

    @rule(kind=draw(("approve", "decline", "undo", "merge")), user=people, number=which, parent=which)
    def somebody_decides_or_takes_back(self, kind: str, user: str, number: int, parent: int) -> None:
        """A second person on what was asked, the last one on what they did, the desk on two that are one."""
        case = self.case(number)
        if kind == "merge":
            kind = "split" if case.status == Status.DUPLICATE else kind
        who = self.first_who_could(ACTS[kind], case, PEOPLE) or user
        self.perform(kind, who, case, {"text": "再议", "parent": parent})

    @rule(way=draw(("types", "answers", "presses")), chat=draw(CHATS), user=people, number=which, data=data)
    def somebody_says_it_in_a_group(self, way: str, chat: str, user: str, number: int, data: Any) -> None:
        """A command, a reply to a push, or a button of the newest card there."""
        self.say_something(way, chat, user, number, data)

    @rule(
        ways=strategies.lists(draw(("types", "answers", "presses")), min_size=2, max_size=3),
        chat=draw(CHATS), user=people, number=which, data=data,
    )  # fmt: skip
    def several_things_are_said_in_one_instant(
        self, ways: list[str], chat: str, user: str, number: int, data: Any
    ) -> None:
        with self.district.same_instant():
            for way in ways:
                self.say_something(way, chat, user, number, data)

    def say_something(self, way: str, chat: str, user: str, number: int, data: Any) -> None:
        case, district = self.case(number), self.district
        if way == "types":
            verb, rest = data.draw(draw(VERBS)), data.draw(rests)
            district.say(chat, user, f"/{verb} {case.tail} {rest}", photos=len(rest) % 2)
        elif way == "answers":
            district.say(chat, user, data.draw(rests) or "好的", quote=f"〔{case.number}〕")
        elif cards := [said.card for said in district.pushes(chat) if said.card and said.card.buttons]:
            button = data.draw(draw([button.key for button in cards[-1].buttons]))
            district.click(chat, user, button, task_id=cards[-1].task_id)

    @invariant()
    def every_law_holds(self) -> None:
        self.walk.reload()
        for law in LAWS:
            law(self.walk)

    def case(self, number: int) -> Case:
        cases = self.district.cases()
        return cases[number % len(cases)]

    def first_who_could(self, act: Act, case: Case, people: Sequence[str]) -> str | None:
        with self.district.database.read() as session:
            return next(
                (
                    user
                    for user in people
                    if possible_acts.can_perform(session, act, Actor(load_person(session, user)), case)
                ),
                None,
            )

    def perform(self, key: str, user: str | None, case: Case, given: Mapping[str, Any]) -> None:
        """A refusal is as good an answer as any; it must leave no trace."""
        with self.district.database.write() as session:
            more = dict(given)
            reporter = session.get(Person, case.reporter_id or 0)
            units = [
                session.scalars(select(Unit).where(Unit.code == code)).one() for code in more.pop("units", ())
            ]
            more["text"] = more.get("text", "").format(reporter=reporter.name if reporter else "")
            if (span := more.pop("until", None)) is not None:
                more["until"] = self.district.now + span
            if "parent" in more:
                parent = self.case(more["parent"])
                more["parent"] = session.get_one(Case, parent.id)
            actor = Actor(load_person(session, user)) if user else PROGRAM
            with suppress(Refused), session.begin_nested():
                acts.perform(
                    session, key, session.get_one(Case, case.id), actor,
                    ActInput(**more, units=tuple(units), unit=units[0] if units else None),
                    env=self.district.env, now=self.district.now,
                )  # fmt: skip


FEW = hypothesis.settings(
    max_examples=8,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""The walks of the suite, unless a longer walk was asked for."""


def play_walks(
    district: District, start: Path, settings: hypothesis.settings, *, recount_every: int = 1
) -> None:
    """So many walks as the settings say, each from this database on."""

    class Here(Loop):
        def __init__(self) -> None:
            super().__init__(district.reset(start), recount_every=recount_every)

    run_state_machine_as_test(Here, settings=settings)


def test_any_walk_keeps_the_law(sqlite_district: District, haimen_file: Path) -> None:
    if hypothesis.settings.get_current_profile_name() == "long":
        play_walks(sqlite_district, haimen_file, hypothesis.settings())
    else:
        play_walks(sqlite_district, haimen_file, FEW, recount_every=5)
