"""`docs/rights.md`: who may read a case and do what to it, by role, standing and area.

Asked of the permission functions themselves, over a small organisation in memory: `make docs`
writes the page, a test compares. A change of rights is a change of this page.
"""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from handlers.cases import merged, readers
from handlers.cases.actors import Actor
from handlers.wording.labels import ROLE_NAMES
from models import schema
from models.cases import ASSIST, LEAD, Assignment, Case, Event, is_live_share
from models.database import Base, Database
from models.organisation import FurtherPost, Person, Role, Unit, UnitKind
from models.sign_offs import SignOff
from models.site_checks import SiteCheck
from models.workflow import ACTS, Act, Status

RIGHTS_PAGE = Path(__file__).resolve().parents[2] / "docs" / "rights.md"

_AT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
_UNITS = (
    ("Q", None, UnitKind.DISTRICT),
    ("A", "Q", UnitKind.TOWN),
    ("A1", "A", UnitKind.GRID),
    ("A2", "A", UnitKind.GRID),
    ("B", "Q", UnitKind.TOWN),
    ("D", "Q", UnitKind.DEPARTMENT),
    ("D1", "D", UnitKind.SECTION),
    ("E", "Q", UnitKind.DEPARTMENT),
    ("F", "Q", UnitKind.DEPARTMENT),
    ("G", "Q", UnitKind.DEPARTMENT),
)
"""Code, parent, kind. The desk that looks after A1 is that of Q: A has no duty officer of its own."""
_Row = TypeVar("_Row", bound=Base)
_HEAD = """# 谁能看、谁能做

这一页由 `make docs` 向权限检查本身（`handlers/cases/permissions.py`、`readers.py`）逐项问出来，不要手改；
测试会比对，权限一变这一页就要跟着变。能做的前提是事件正处在那一步（见[全部动作](acts.md)）。

每张表是一种身份，每一列是这个人和事件的关系、他的单位在哪里。事件在甲镇街的一网格，由主办局办理，
协办局在协办，原办局已经退回。**查阅**：全＝全部经过；当时＝参与时为止的经过和现在的状态、单位；
己＝自己被并入的那一件。**✓** 能做；**己** 只对自己那一件能做；空白不能做。查阅空白的，对他来说这件事不存在
（回答“没有找到”）。限阅的事件只有点名的人和报事人看得到，不在此表。名册以外的人一律按居民算，坐在哪个群里都一样。
"""
_POSTS_HEAD = """
## 一人多岗

一个人可以有几个岗位。每个岗位的权限各算各的：一个岗位的身份不会和另一个岗位的单位拼在一起；几个岗位能看能做的加起来，
就是他能看能做的。反过来，要另一个人来做的（批准、核查、评价、回访），几个岗位都算他一个人：任何一个岗位在主办或协办单位，
就不能由他核查、评价、抽查；自己提的申请，换一个岗位也不能批。

"""
_OWN_HEAD = """
## 主办就是值班台自己的单位，或最上级单位

这时没有别人可以核查：由本单位里既没签收、也没办理的值班员、协调员、领导来核查、重开。评价仍只由报事人做，本单位的人不评价。

"""


@dataclass(frozen=True, slots=True)
class _Standing:
    """One column: how somebody stands to the case, and where their unit is."""

    title: str
    unit: str
    prepare: Callable[["_SampleCase", Person], None] = lambda _sample, _person: None
    placeless: bool = False


class _SampleCase:
    """A small organisation with one case, in a database of its own."""

    def __init__(self, session: Session, *, lead: str = "D", duty: Iterable[str] = ("Q",)) -> None:
        self.session = session
        self.units: dict[str, Unit] = {}
        for code, parent, kind in _UNITS:
            path = f"{self.units[parent].path if parent else '/'}{code}/"
            parent_id = self.units[parent].id if parent else None
            self.units[code] = self._add(
                Unit(code=code, name=code, kind=kind, parent_id=parent_id, path=path)
            )
        for code in duty:
            self.hire(Role.DUTY, code)
        self.lead = lead
        self.case = self._open_case(1, lead)
        shares = ((lead, LEAD, None), ("E", ASSIST, None), ("F", LEAD, _AT))
        for code, role, ended in shares:
            self._add(
                Assignment(
                    case_id=self.case.id,
                    unit_id=self.units[code].id,
                    role=role,
                    dispatched_at=_AT,
                    ended_at=ended,
                )
            )

    def _add(self, row: _Row) -> _Row:
        self.session.add(row)
        self.session.flush()
        return row

    def hire(self, role: Role, unit: str, *further: "_Post") -> Person:
        """Somebody in this post, and in further ones beside it."""
        count = len(self.session.scalars(select(Person.id)).all())
        posts = [FurtherPost(unit_id=self.units[code].id, role=other) for other, code in further]
        return self._add(
            Person(code=f"p{count}", name="", role=role, unit_id=self.units[unit].id, further_posts=posts)
        )

    def _open_case(self, number: int, lead: str | None) -> Case:
        return self._add(
            Case(
                number=f"WG261121-{number:04d}",
                tail=f"{number:04d}",
                status=Status.CALLBACK,
                class_id="other",
                nature="",
                text="",
                area_id=self.units["A1"].id,
                unit_id=self.units[lead].id if lead else None,
                opened_at=_AT,
            )
        )

    # How somebody comes to stand to the case ----------------------------------------------------

    def set_reporter(self, person: Person) -> None:
        self.case.reporter_id = person.id
        self.session.flush()

    def add_joined_case(self, person: Person) -> None:
        child = self._open_case(2, None)
        child.status, child.parent_id, child.reporter_id = Status.DUPLICATE, self.case.id, person.id
        self.session.flush()

    def ask_for_site_check(self, person: Person) -> None:
        self._add(SiteCheck(case_id=self.case.id, person_id=person.id, text="", asked_at=_AT, due_at=_AT))

    def answer_site_check(self, person: Person) -> None:
        self.ask_for_site_check(person)
        self.session.scalars(select(SiteCheck)).one().answered_at = _AT
        self.session.flush()

    def ask_for_signature(self, person: Person) -> None:
        self.case.signoff_asked_at = _AT
        self._add(SignOff(case_id=self.case.id, event_number=1, asked_at=_AT, signer_id=person.id))

    def set_handler(self, person: Person) -> None:
        self.case.handler_id = person.id
        self.session.flush()
        self.session.execute(update(Assignment).where(is_live_share(LEAD)).values(signed_by=person.id))

    def add_last_act(self, person: Person) -> None:
        self._add(
            Event(
                case_id=self.case.id,
                number=1,
                act="accept",
                actor_id=person.id,
                actor_name="",
                status_to=self.case.status,
                at=_AT,
            )
        )

    def request_void(self, person: Person) -> None:
        self.case.requested, self.case.requested_by = "void", person.id
        self.session.flush()

    def lose_place(self) -> None:
        self.case.area_id = self.case.unit_id = None
        self.session.flush()


_STANDINGS = (
    _Standing("区", "Q"),
    _Standing("甲镇街", "A"),
    _Standing("一网格", "A1"),
    _Standing("二网格", "A2"),
    _Standing("乙镇街", "B"),
    _Standing("主办局", "D"),
    _Standing("主办局科室", "D1"),
    _Standing("协办局", "E"),
    _Standing("原办局", "F"),
    _Standing("别的局", "G"),
    _Standing("乙镇街，报事人", "B", _SampleCase.set_reporter),
    _Standing("乙镇街，被并入的报事人", "B", _SampleCase.add_joined_case),
    _Standing("乙镇街，被请去核实", "B", _SampleCase.ask_for_site_check),
    _Standing("乙镇街，核实过", "B", _SampleCase.answer_site_check),
    _Standing("主办局，报事人", "D", _SampleCase.set_reporter),
    _Standing("主办局，被并入的报事人", "D", _SampleCase.add_joined_case),
    _Standing("主办局，办理人", "D", _SampleCase.set_handler),
    _Standing("协办局，报事人", "E", _SampleCase.set_reporter),
    _Standing("区，办理人", "Q", _SampleCase.set_handler),
    _Standing("区，做上一步", "Q", _SampleCase.add_last_act),
    _Standing("区，提出申请", "Q", _SampleCase.request_void),
    _Standing("区，审签人", "Q", _SampleCase.ask_for_signature),
    _Standing("主办局，审签人", "D", _SampleCase.ask_for_signature),
    _Standing("区，没有地点", "Q", placeless=True),
    _Standing("甲镇街，没有地点", "A", placeless=True),
)
_Post = tuple[Role, str]
"""A role, and the code of its unit."""
_UNIT_NAMES = {"A": "甲镇街", "B": "乙镇街", "D": "主办局", "Q": "区"}
_PAIRS: tuple[tuple[_Post, _Post], ...] = (
    ((Role.LEADER, "B"), (Role.HANDLER, "D")),
    ((Role.LEADER, "A"), (Role.HANDLER, "D")),
    ((Role.DUTY, "Q"), (Role.GRID, "B")),
)
_OWN = (
    ("主办＝甲镇街，值班台也在甲镇街", "A", ("A", "Q")),
    ("主办＝区", "Q", ("Q",)),
)
_OWN_STANDINGS = (
    _Standing("区", "Q"),
    _Standing("区，办理人", "Q", _SampleCase.set_handler),
    _Standing("甲镇街", "A"),
    _Standing("甲镇街，办理人", "A", _SampleCase.set_handler),
    _Standing("甲镇街，报事人", "A", _SampleCase.set_reporter),
    _Standing("乙镇街，报事人", "B", _SampleCase.set_reporter),
)


def build_rights_page() -> str:
    """The Markdown text of `docs/rights.md`."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/rights.db")
        try:
            schema.create(database)
            tables = [_build_table(database.engine, role) for role in ROLE_NAMES]
            posts = [_build_posts_table(database.engine, *pair) for pair in _PAIRS]
            own = [_build_own_table(database.engine, title, lead, duty) for title, lead, duty in _OWN]
        finally:
            database.dispose()
    return f"{_HEAD}{''.join(tables)}{_POSTS_HEAD}{''.join(posts)}{_OWN_HEAD}{''.join(own)}"


def _build_table(engine: Engine, role: Role) -> str:
    standings, acts = _STANDINGS, ACTS.values()
    columns = [_ask(engine, role, standing) for standing in standings]
    keys = ["", *(act.key for act in acts if not act.opens_case)]
    rows = [_row(_name(key), [column[key] for column in columns]) for key in keys]
    filled = [row for row in rows if row.split("|", 2)[2].strip(" |\n")]
    titles = [standing.title for standing in standings]
    return (
        f"\n## {ROLE_NAMES[role]}\n\n{_row(' ', titles)}{_row('---', ['---'] * len(titles))}{''.join(filled)}"
    )


def _build_posts_table(engine: Engine, first: "_Post", second: "_Post") -> str:
    """What each of two posts gives, and what somebody has who holds both."""
    held = (first, second)
    columns = [_ask(engine, role, _Standing("", unit)) for role, unit in held]
    columns.append(_ask(engine, first[0], _Standing("", first[1]), second))
    keys = ["", *(act.key for act in ACTS.values() if not act.opens_case)]
    rows = [_row(_name(key), [column[key] for column in columns]) for key in keys]
    filled = [row for row in rows if row.split("|", 2)[2].strip(" |\n")]
    names = [f"{_UNIT_NAMES[unit]}{ROLE_NAMES[role]}" for role, unit in held]
    titles = [*names, f"{names[0]}，兼{names[1]}"]
    return f"{_row(' ', titles)}{_row('---', ['---'] * len(titles))}{''.join(filled)}\n"


def _build_own_table(engine: Engine, title: str, lead: str, duty: tuple[str, ...]) -> str:
    lines = [_row(title, [standing.title for standing in _OWN_STANDINGS])]
    lines.append(_row("---", ["---"] * len(_OWN_STANDINGS)))
    for role in (Role.DUTY, Role.COORDINATOR, Role.LEADER, Role.HANDLER, Role.GRID):
        columns = [_ask(engine, role, standing, lead=lead, duty=duty) for standing in _OWN_STANDINGS]
        for act in (act for act in ACTS.values() if act.impartial):
            name = f"{ROLE_NAMES[role]}：{act.verb}"
            lines.append(_row(name, [column[act.key] for column in columns]))
    return "".join([*lines, "\n"])


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cell or ' ' for cell in cells)} |\n"


def _name(key: str) -> str:
    return ACTS[key].verb if key else "**查阅**"


def _ask(
    engine: Engine,
    role: Role,
    standing: _Standing,
    *further: "_Post",
    lead: str = "D",
    duty: tuple[str, ...] = ("Q",),
) -> dict[str, str]:
    """The cells of one column: by act, and what they may read under the empty key."""
    # Closed without a commit: every column finds the tables empty.
    with Session(engine) as session:
        sample = _SampleCase(session, lead=lead, duty=duty)
        person = sample.hire(role, standing.unit, *further)
        standing.prepare(sample, person)
        if standing.placeless:
            sample.lose_place()
        actor = Actor(person)
        return {"": _describe_reading(sample, actor)} | {
            act.key: _describe_right(sample, act, actor) for act in ACTS.values() if not act.opens_case
        }


def _describe_reading(sample: _SampleCase, actor: Actor) -> str:
    reading = readers.find_reading(sample.session, actor, sample.case, ())
    if reading is None:
        return ""
    if reading.follower is not None:
        return "己"
    return "全" if reading.until is None else "当时"


def _describe_right(sample: _SampleCase, act: Act, actor: Actor) -> str:
    """What is not to be read can be acted upon by nobody."""
    if readers.find_reading(sample.session, actor, sample.case, ()) is None:
        return ""
    target = merged.target_case(sample.session, act, actor, sample.case)
    if not merged.may_as_reporter(sample.session, act, actor, target):
        return ""
    return "✓" if target is sample.case else "己"
