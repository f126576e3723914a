"""What gridbot does all day, piece by piece: a page opened, a command typed, a look of the ticker, a report
drawn up. Each can be done again and again, in one process and on whatever database it is given.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx
from sqlalchemy import select

from bench import district
from bot.app import build_app
from bot.ops.metrics import Metrics
from bot.process.roles import ProcessRole
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from console.sign_in import sessions
from handlers import router
from handlers.environment.snapshot import Environment
from handlers.insight import monthly_report
from models.database import Database
from models.messages import Incoming, Part, PartKind
from models.organisation import Person
from scheduler.ticker import Ticker

Work = Callable[[], object]
DESK, UNIT, GRID, REPORTER = "duty1", "cg1", "wgxw", "reporter1"
_PAGES: Mapping[str, tuple[str, ...]] = {
    DESK: (
        "/", "/?folder=late", "/?folder=mine", "/cases", "/cases?status=CLOSED", "/cases?unit=HM-CG",
        "/cases?class=env.rubble&urgent=1", "/cases?q=长江路", "/cases?q=窨井盖 违停", "/cases?q=没有人说过",
        "/cases?own=1", "/due", "/map", "/topics", "/rates", "/units", "/boards/area", "/insights",
        "/health", "/notices", "/org", "/responsibilities", "/answers", "/published",
    ),
    UNIT: ("/", "/?folder=mine", "/cases", "/cases?q=长江路", "/cases?q=没有人说过", "/cases?own=1", "/due"),
    GRID: ("/", "/cases", "/cases?q=没有人说过", "/due", "/map"),
}  # fmt: skip
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    DESK: (
        "/待办", "/待办 3", "/超时", "/本网格", "/我的", "/议程", "/抽查", "/今日", "/月报", "/噪音", "/热点",
        "/清单", "/通知统计", "/查 长江路", "/查 没有人说过", "/查 0000031", "/告知 长江路 已经在修了",
        "/关注 隧道 通车", "/留言",
    ),
    UNIT: ("/待办", "/超时", "/本网格", "/我的", "/查 长江路", "/查 没有人说过"),
    REPORTER: ("/我的", "/查 长江路", "长江路8号门口的路灯不亮，晚上看不见", "还是没修好", "谢谢"),
}  # fmt: skip
_TICKS = (
    "fire_clocks", "queue_notices", "call_next", "announce_duty", "resume_suspensions", "remind_of_lines",
    "raise_questions", "remind_of_checks", "raise_topics", "process_reports", "repair_rows", "fold_figures",
    "fold_words", "run_daily_checks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilledDistrict:
    """A filled database, and the parts of the program that work on it."""

    database: Database
    env: Environment
    open_page: Callable[[str, str], int]
    """Opens an address with the cookies of somebody; the status."""
    cookies: Mapping[str, str]

    @classmethod
    @contextmanager
    def open(cls, folder: Path, url: str = "") -> Iterator[Self]:
        """The district whose database lies in this folder, or is at this URL."""
        settings = district.build_settings(folder, url=url)
        database = Database(settings.database.url)
        env = EnvironmentBuilder(database, settings).refresh()
        cookies = _sign_in(database)
        app = build_app(settings, roles=frozenset({ProcessRole.CONSOLE}))
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
        with asyncio.Runner() as runner:

            def open_page(path: str, cookie: str) -> int:
                client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
                return runner.run(client.get(path, headers={"Cookie": cookie})).status_code

            lifespan = app.router.lifespan_context(app)
            runner.run(lifespan.__aenter__())
            try:
                yield cls(database, env, open_page, cookies)
            finally:
                runner.run(lifespan.__aexit__(None, None, None))
                database.dispose()

    def list_works(self) -> Mapping[str, Work]:
        """Every work by its name."""
        return {
            **{f"{who} {path}": self._opening(who, path) for who, paths in _PAGES.items() for path in paths},
            **{f"{who} {said}": self._saying(who, said) for who, all_ in _COMMANDS.items() for said in all_},
            **{f"tick {name}": self._ticking(name) for name in _TICKS},
            "report month": self._report,
            "metrics": self._measure,
        }

    def _opening(self, who: str, path: str) -> Work:
        def work() -> None:
            status = self.open_page(path, f"gridbot={self.cookies[who]}")
            assert status == 200, f"{who} {path}: {status}"

        return work

    def _saying(self, who: str, words: str) -> Work:
        count = iter(range(1_000_000))

        def say() -> None:
            """In private, and forgotten again, so that it can be said once more."""
            incoming = Incoming(
                district.CHANNEL, f"work-{who}-{next(count)}", who, True, who, "wecom", district.BOT,
                parts=(Part(PartKind.TEXT, words),),
            )  # fmt: skip
            with self.database.write() as session, session.begin_nested() as undone:
                router.handle_message(session, incoming, inbox_id=1, env=self.env, now=datetime.now(UTC))
                undone.rollback()

        return say

    def _ticking(self, name: str) -> Work:
        ticker = Ticker(
            self.database, env=lambda: self.env, clock=lambda: datetime.now(UTC), wake=lambda: None
        )
        work: Work = getattr(ticker, name)
        return work

    def _report(self) -> None:
        now = datetime.now(UTC)
        first = self.env.local(now).date().replace(day=1)
        with self.database.read() as session:
            monthly_report.build_report(session, self.env, first, None, now=now)

    def _measure(self) -> None:
        with self.database.read() as session:
            Metrics().measure(session, now=datetime.now(UTC))


def _sign_in(database: Database) -> Mapping[str, str]:
    now = datetime.now(UTC)
    with database.write() as session:
        people = session.scalars(select(Person).where(Person.code.in_(tuple(_PAGES)))).all()
        return {
            one.code: sessions.open_session(session, one, "demo", now=now, lasts=timedelta(days=1))
            for one in people
        }
