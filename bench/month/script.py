"""What the people of the county do in the month: whoever has to do with a case looks at it, throws dice, and
says one thing. Times are local; everything that is said goes through the sandbox.
"""

import base64
import heapq
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
from PIL import Image
from sqlalchemy import Row, text

from bench.month.county import COORDINATOR, DUTY, DUTY_CHAT, LEADERS, County, Town
from bench.month.running import RunningCounty
from bot.imports import outside_cases
from bot.imports.outside_cases import ColumnMapping

ZONE = ZoneInfo("Asia/Shanghai")
SLOT = timedelta(minutes=20)
"""What happens within it happens at its beginning."""
_MORNING, _EVENING = 8, 18
_MATTERS = (
    "门口的窨井盖坏了，骑车差点摔进去", "路灯坏了一个星期", "垃圾堆了三天没人清，味道很大", "有建筑垃圾",
    "对面工地半夜施工，吵得睡不着", "门口占道经营，人行道走不过去", "下水道堵了，污水流到路上",
    "有人把车停在消防通道上", "路面坑坑洼洼", "邻居吵架，闹得很凶", "建议加一排停车位", "绿化带里的树倒了",
    "停水一整天了", "有人乱贴小广告", "店外经营，桌子摆到路上", "燃气泄漏味道很重", "老板拖欠工资三个月",
    "乱堆杂物",
)  # fmt: skip
_RATINGS = (
    *["已解决 满意"] * 5, *["已解决"] * 2, *["已解决 不满意"] * 2, "未解决", "未解决 不满意",
)  # fmt: skip
_CALLS = (
    "联系上 已解决 满意", "联系上 已解决 满意 谢谢", "联系上 已解决 不满意 等了好几天", "联系上 已解决",
    "联系上 未解决 不满意 还是老样子", "未联系上 关机",
)  # fmt: skip
_LOOK = text("""
    SELECT c.number, c.status, c.nature, c.withdrawal, c.requested, c.requested_by, c.signoff_asked_at,
        c.arbitration, c.charged_at, c.supervised, c.urgent, u.code AS unit, h.code AS handler,
        s.code AS suggested, p.code AS reporter, ch.chat_id AS chat,
        (SELECT max(caller.code) FROM spot_checks k JOIN people caller ON caller.id = k.caller_id
            WHERE k.case_id = c.id AND k.outcome IS NULL) AS caller,
        (SELECT group_concat(v.code) FROM assignments a JOIN units v ON v.id = a.unit_id
            WHERE a.case_id = c.id AND a.role = 'assist' AND a.ended_at IS NULL) AS partners
    FROM cases c LEFT JOIN units u ON u.id = c.unit_id LEFT JOIN people h ON h.id = c.handler_id
        LEFT JOIN units s ON s.id = c.suggested_unit_id LEFT JOIN people p ON p.id = c.reporter_id
        LEFT JOIN chats ch ON ch.id = c.chat_id
    WHERE c.number = :number
""")
# By their words: of two that were said in one slot either may be stored first.
_NEW = text("""
    SELECT c.id, c.number FROM cases c JOIN events e ON e.case_id = c.id AND e.number = 1 WHERE c.id > :last
    ORDER BY e.text
""")
_OPEN = text(
    "SELECT number FROM cases WHERE status IN ('NEW', 'ACCEPTED') AND NOT urgent ORDER BY id DESC LIMIT 20"
)

Looked = Row[tuple[object, ...]]


@dataclass(slots=True)
class Played:
    """What was played."""

    reports: int = 0
    said: int = 0
    imported: int = 0


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    order: int
    what: Callable[[], None] = field(compare=False)


class Script:
    """The month from its first day on: `play` lets all of it happen."""

    def __init__(
        self, running: RunningCounty, county: County, folder: Path, *, cases: int, seed: int
    ) -> None:
        self._running = running
        self._county = county
        self._folder = folder
        self._dice = random.Random(seed)
        self._cases = cases
        self._due: list[_Due] = []
        self._order = count()
        self._last_id = 0
        self._photo = _draw_photo()
        self._told: dict[str, datetime] = {}
        """When each reporter speaks next: soon after a report it would be a piece of it."""
        self._now = datetime.min.replace(tzinfo=ZONE)
        """Beginning of the slot: the clock itself moves with each look of a thread, which no seed decides."""
        self.played = Played()
        self._steps: Mapping[str, Callable[[Looked], tuple[float, float] | None]] = {
            "NEW": self._on_new,
            "ACCEPTED": self._on_accepted,
            "DISPATCHED": self._on_dispatched,
            "IN_PROGRESS": self._on_progress,
            "SUSPENDED": self._on_suspended,
            "SUBMITTED": self._on_submitted,
            "CALLBACK": self._on_callback,
            "CLOSED": self._on_closed,
            "DUPLICATE": self._on_duplicate,
            "REJECTED": self._on_end,
            "VOID": self._on_end,
        }

    def play(self, first: datetime, last: datetime) -> Played:
        """From the one local time to the other."""
        self._plan_reports(first, last)
        now = first
        while now < last:
            self._now = now
            self._running.move_to(now.astimezone(UTC))
            while self._due and self._due[0].at <= now:
                heapq.heappop(self._due).what()
            self._running.settle()
            self._meet_new_cases(now)
            now += SLOT
        self._running.move_to(last.astimezone(UTC))
        self._running.settle()
        self.played.said = self._running.said
        return self.played

    # What is reported ----------------------------------------------------------------------------

    def _plan_reports(self, first: datetime, last: datetime) -> None:
        days = (last - first).days
        rows: dict[int, list[int]] = {}
        for number in range(self._cases):
            day = self._dice.randrange(days)
            if self._dice.random() < 0.15:
                rows.setdefault(day, []).append(number)
                continue
            at = first + timedelta(days=day, minutes=10 * int(self._dice.triangular(30, 143, 60)))
            self._put(at, partial(self._report, number))
        for day, numbers in rows.items():
            at = first + timedelta(days=day, hours=16)
            self._put(at, partial(self._import, numbers))

    def _report(self, number: int) -> None:
        town = self._dice.choice(self._county.towns)
        at_home = self._dice.random() < 0.4
        chat = town.homes if at_home else town.intake
        people = [one for one in (town.residents if at_home else town.riders) if self._may_speak(one)]
        if not people:
            self._put(self._now + SLOT, lambda: self._report(number))
            return
        person = self._dice.choice(people)
        self._told[person] = self._now + 2 * SLOT
        lead = "/上报 " if self._dice.random() < 0.5 else ""
        photo = self._photo if self._dice.random() < 0.15 else ""
        self.played.reports += 1
        self._running.say(chat, person, f"{lead}{self._spell(town, number)}", photo)

    def _may_speak(self, person: str) -> bool:
        return self._told.get(person, self._now) <= self._now

    def _spell(self, town: Town, number: int) -> str:
        return f"{self._dice.choice(town.roads)}{number + 1}号{self._dice.choice(_MATTERS)}"

    def _import(self, numbers: Sequence[int]) -> None:
        """Rows of 12345 and letters of petition, as `gridbot case import` takes them in."""
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["来源", "编号", "内容", "收到时间", "姓名", "电话", "承办单位"])
        now = self._now
        for number in numbers:
            town = self._dice.choice(self._county.towns)
            source = "信访" if self._dice.random() < 0.3 else "12345"
            unit = (
                self._dice.choice([*self._county.offices.values()]).name
                if self._dice.random() < 0.3
                else None
            )
            received = (now - timedelta(hours=self._dice.randrange(1, 8))).replace(tzinfo=None)
            sheet.append([source, f"A-{number}", self._spell(town, number), received, None, None, unit])
        path = self._folder / "rows.xlsx"
        book.save(path)
        lines = outside_cases.open_list(path, ColumnMapping())
        env, at = self._running.runtime.env(), self._running.clock()
        with self._running.database.write() as session:
            rows = outside_cases.parse(session, lines, ColumnMapping(), env.zone, now=at)
            outside_cases.import_cases(session, rows, env, now=at)
        self.played.imported += len(numbers)
        self._running.runtime.wake()

    def _meet_new_cases(self, now: datetime) -> None:
        with self._running.database.read() as session:
            found = session.execute(_NEW, {"last": self._last_id}).all()
        for row in found:
            self._last_id = max(self._last_id, row.id)
            self._visit_later(row.number, now, 0.1, 4)

    # What becomes of it --------------------------------------------------------------------------

    def _put(self, at: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._due, _Due(at, next(self._order), what))

    def _visit_later(self, number: str, now: datetime, least: float, most: float) -> None:
        """Somebody looks at it again so many hours later, mostly soon, when people are awake."""
        at = now + timedelta(hours=least + (most - least) * self._dice.random() ** 3)
        if at.hour >= _EVENING:
            at = (at + timedelta(days=1)).replace(hour=_MORNING)
        at = at.replace(hour=max(at.hour, _MORNING))
        self._put(at, lambda: self._visit(number))

    def _visit(self, number: str) -> None:
        with self._running.database.read() as session:
            case = session.execute(_LOOK, {"number": number}).one()
        now = self._now
        waits = self._step(case)
        if waits is not None:
            self._visit_later(number, now, *waits)

    def _step(self, case: Looked) -> tuple[float, float] | None:
        """Do one thing; in how many hours somebody looks again. None: it is over."""
        if case.requested:
            return self._decide(case)
        if case.withdrawal == "stops" and case.status not in ("CLOSED", "REJECTED", "VOID", "DUPLICATE"):
            return self._decide_withdrawal(case)
        return self._steps[case.status](case)

    def _decide(self, case: Looked) -> tuple[float, float]:
        word = "同意" if self._chance(0.7) else "不同意"
        self._desk(f"/{word} {case.number}", user=LEADERS[1])
        return 0.5, 12

    def _decide_withdrawal(self, case: Looked) -> tuple[float, float]:
        if self._chance(0.3):
            return 20, 200  # nobody looks at it for days
        word = "撤回作废" if self._chance(0.7) else "继续办"
        self._desk(f"/{word} {case.number}")
        return 1, 8

    def _on_new(self, case: Looked) -> tuple[float, float]:
        number = case.number
        if case.nature == "建议" and self._chance(0.5):
            self._desk(f"/采纳 {number} {self._dice.choice(('全部', '部分', '暂不'))} 已列入明年计划")
            return 5, 60
        fate = self._dice.random()
        if fate < 0.04:
            self._desk(f"/不予受理 {number} 不属于本区")
        elif fate < 0.08:
            self._merge(case)
        elif fate < 0.12:
            self._reporter(case, f"/撤回 {number} 已经好了")
        elif fate < 0.18:
            self._officer(case, f"/自办 {number} 当场处理好了")
        elif fate < 0.22:
            self._desk(f"/受理 {number}")
        elif fate < 0.24:
            self._desk(f"/核实 {number} 看看还在不在")
        elif fate < 0.25:
            self._desk(f"/作废 {number} 重复登记")
            self._desk(f"/确认 {number}")
        elif fate < 0.27:
            return 40, 90  # left lying
        else:
            self._assign(case)
        return 0.5, 12

    def _assign(self, case: Looked) -> None:
        unit = case.suggested if case.suggested in self._county.offices else None
        if unit is None or self._chance(0.1):
            unit = self._dice.choice([*self._county.offices])
        limit = " 4小时" if self._chance(0.1) else ""
        self._desk(f"/交办 {case.number} {self._county.offices[unit].name}{limit}")

    def _merge(self, case: Looked) -> None:
        with self._running.database.read() as session:
            others = [row.number for row in session.execute(_OPEN) if row.number != case.number]
        if others:
            self._desk(f"/并案 {case.number} {self._dice.choice(others)}")
            self._desk(f"/确认 {case.number}")

    def _on_accepted(self, case: Looked) -> tuple[float, float]:
        if case.arbitration:
            unit = self._dice.choice([*self._county.offices.values()]).name
            self._desk(f"/裁定 {case.number} {unit} 就由你们办")
        else:
            self._assign(case)
        return 0.5, 10

    def _on_dispatched(self, case: Looked) -> tuple[float, float]:
        fate = self._dice.random()
        if fate < 0.08:
            self._handler(case, f"/退回 {case.number} 不归我们管")
        elif fate < 0.11:
            self._desk(f"/转办 {case.number} {self._dice.choice([*self._county.offices.values()]).name}")
        elif fate < 0.16:
            return 30, 60  # silent
        elif fate < 0.26:
            self._handler(case, f"/反馈 {case.number} 已处理", photo=self._photo)
        else:
            self._handler(case, f"/签收 {case.number}")
        return 0.5, 16

    def _on_progress(self, case: Looked) -> tuple[float, float]:
        number, fate = case.number, self._dice.random()
        for share, act in self._acts_of_progress():
            if fate < share:
                act(case)
                return 1, 30
            fate -= share
        if fate < 0.05:
            return 100, 250  # forgotten
        if case.partners and self._chance(0.5):
            self._partner(case)
        self._handler(case, f"/反馈 {number} 已处理", photo=self._photo)
        return 0.5, 14

    def _acts_of_progress(self) -> Sequence[tuple[float, Callable[[Looked], None]]]:
        """Besides handing in a result: how often, and what."""
        others = [one.name for one in self._county.offices.values()]
        first, second = self._dice.sample(others, 2)
        until = self._now + timedelta(days=self._dice.randrange(2, 9))
        day = f"{until.month}月{until.day}日"
        return (
            (0.05, lambda case: self._handler(case, f"/进展 {case.number} 正在处理")),
            (0.05, lambda case: self._handler(case, f"/联系 {case.number} 电话里说了")),
            (0.05, lambda case: self._handler(case, f"/延期 {case.number} 2个工作日 等配件")),
            (0.04, lambda case: self._handler(case, f"/申请挂账 {case.number} 等雨停 到{day}")),
            (0.04, lambda case: self._desk(f"/挂账 {case.number} 等材料 到{day}")),
            (0.04, lambda case: self._desk(f"/吹哨 {case.number} {first} {second}")),
            (0.02, lambda case: self._desk(f"/协办 {case.number} {first}")),
            (0.05, self._charge),
            (0.03, lambda case: self._desk(f"/督办 {case.number} 三天内办好", user=LEADERS[0])),
            (0.02, lambda case: self._handler(case, f"/督办回复 {case.number} 正在办")),
            (0.02, lambda case: self._desk(f"/提级 {case.number} 县 部门意见不一")),
            (0.03, lambda case: self._reporter(case, f"/催办 {case.number}")),
            (0.02, lambda case: self._reporter(case, f"/撤回 {case.number} 自己弄好了")),
            (0.02, lambda case: self._handler(case, f"/申请复杂 {case.number} 涉及三个部门")),
            (0.02, lambda case: self._handler(case, f"/退回 {case.number} 看过了，不归我们管")),
            (0.02, self._meet),
            (0.01, self._merge),
        )

    def _charge(self, case: Looked) -> None:
        if case.charged_at is not None:
            self._desk(f"/解除包案 {case.number} 分工调整", user=LEADERS[0])
        else:
            self._desk(f"/包案 {case.number} {self._dice.choice(LEADERS)}")

    def _meet(self, case: Looked) -> None:
        self._desk(f"/提请会商 {case.number} 几家说法不一", user=COORDINATOR)
        office = self._dice.choice([*self._county.offices.values()])
        self._desk(f"/会商 {case.number} 按属地办\n{office.name}：配合清理，三天内", user=COORDINATOR)

    def _partner(self, case: Looked) -> None:
        office = self._county.offices.get(case.partners.split(",")[0])
        if office is not None:
            word = "报到" if self._chance(0.7) else "协办完成"
            self._running.say(office.chat, office.people[1], f"/{word} {case.number} 到了")

    def _on_suspended(self, case: Looked) -> tuple[float, float]:
        if self._chance(0.4):
            self._desk(f"/恢复 {case.number}")
        return 10, 60

    def _on_submitted(self, case: Looked) -> tuple[float, float]:
        if case.signoff_asked_at is not None:
            word = "同意" if self._chance(0.75) else "退改 写清楚一点"
            for leader in LEADERS:
                self._desk(f"/审签 {case.number} {word}", user=leader)
            return 1, 40
        if self._chance(0.1):
            return 30, 80  # the desk forgets it
        self._desk(f"/核查 {case.number} {'不通过 没有处理干净' if self._chance(0.08) else '通过'}")
        return 0.5, 20

    def _on_callback(self, case: Looked) -> tuple[float, float]:
        fate = self._dice.random()
        if fate < 0.6 and case.reporter is not None:
            self._reporter(case, f"/评价 {case.number} {self._dice.choice(_RATINGS)}")
        elif fate < 0.75:
            self._desk(f"/回访 {case.number} {self._dice.choice(_CALLS)}")
        elif fate < 0.85:
            self._desk(f"/结案 {case.number}")
        else:
            return 24, 200  # nobody says anything
        return 2, 40

    def _on_closed(self, case: Looked) -> tuple[float, float] | None:
        if case.caller is not None:
            self._desk(f"/回访 {case.number} {self._dice.choice(_CALLS)}", user=case.caller)
            return 26, 40
        fate = self._dice.random()
        if fate < 0.03:
            self._reporter(case, f"/重开 {case.number} 又出现了")
        elif fate < 0.04:
            self._desk(f"/重开 {case.number} 抽查没解决")
        elif fate < 0.05:
            self._reporter(case, f"/表扬 {case.number} 办得快")
        elif fate < 0.6:
            return None
        return 20, 40

    def _on_duplicate(self, case: Looked) -> tuple[float, float] | None:
        fate = self._dice.random()
        if fate < 0.1:
            self._desk(f"/拆分 {case.number}")
        elif fate < 0.2:
            self._reporter(case, f"/评价 {case.number} {self._dice.choice(_RATINGS)}")
        elif fate < 0.25:
            self._reporter(case, f"/撤回 {case.number}")
        elif fate < 0.6:
            return None
        return 20, 60

    def _on_end(self, _case: Looked) -> None:
        return None

    # Who says it ---------------------------------------------------------------------------------

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share

    def _desk(self, words: str, *, user: str = "") -> None:
        self._running.say(DUTY_CHAT, user or self._dice.choice(DUTY), words)

    def _handler(self, case: Looked, words: str, *, photo: str = "") -> None:
        office = self._county.offices.get(case.unit or "")
        if office is not None:
            self._running.say(office.chat, self._dice.choice(office.people), words, photo)
            return
        town = next((one for one in self._county.towns if one.code == case.unit), None)
        if town is not None:  # solved by its grid officer once, and sent back
            self._running.say(town.intake, town.officer, words, photo)

    def _reporter(self, case: Looked, words: str) -> None:
        if case.reporter is not None and case.chat is not None and self._may_speak(case.reporter):
            self._running.say(case.chat, case.reporter, words)

    def _officer(self, case: Looked, words: str) -> None:
        town = next((one for one in self._county.towns if case.chat in (one.intake, one.homes)), None)
        if town is not None:
            self._running.say(town.intake, town.officer, words)


def _draw_photo() -> str:
    """A small JPEG, as base64."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "sienna").save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()
