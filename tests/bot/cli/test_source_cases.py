"""A county's message board: 300 rows come in, each desk and unit gets one message, the answers go back."""

import csv
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import yaml
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from bot.cli.cases import source_answers
from bot.cli.tree import app
from bot.config.settings import Settings
from bot.imports import import_org, parse_organisation
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers import acts
from handlers.cases import event_log
from handlers.cases.actors import Actor
from handlers.cases.context import ActInput
from handlers.environment.snapshot import Environment
from models.cases import Case, Event
from models.clocks import ClockRow
from models.database import Database
from models.organisation import Chat, Person
from models.pushes import Push
from models.spot_checks import SpotCheck, SpotDraw
from models.workflow import Status

ROOT = Path(__file__).resolve().parents[3]
ZONE = ZoneInfo("Asia/Shanghai")
HEAD = ("留言号", "诉求", "来电时间", "诉求人", "联系电话", "坐席", "承办单位")
MAPPING = {"source": "县留言板", "columns": {"留言号": "number", "诉求": "text"}, "ignore": "坐席"}
NAME, PHONE = "贺兰明珠", "13812345678"
KINDS = ("路灯不亮", "门口垃圾成堆没人清", "墙上贴满小广告", "乱停车堵门")


def build_row(index: int, received: datetime, *, text: str = "", unit: str = "") -> tuple[Any, ...]:
    said = text or f"解放路{index}号{KINDS[index % 4]}，我叫{NAME}"
    return (f"LY-{index:04}", said, received, NAME, PHONE, "七号坐席", unit)


class Board:
    """The terminal of an office, and the files that its county sends."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        data = {
            "database": {"url": database.url},
            "rules": {
                "packs": [str(ROOT / "rules/default.yaml")], "limits": str(ROOT / "rules/limits.yaml"),
            },
        }  # fmt: skip
        self.config = folder / "config.yaml"
        self.config.write_text(yaml.safe_dump(data), encoding="utf-8")
        (folder / "board.yaml").write_text(yaml.safe_dump(MAPPING, allow_unicode=True), encoding="utf-8")
        with database.write() as session:
            import_org(session, parse_organisation(ROOT / "examples/haimen/org.yaml"))
        self.env: Environment = EnvironmentBuilder(database, Settings.parse(data))()

    def run(self, *said: object) -> Result:
        return CliRunner().invoke(app, ["case", *map(str, said), "--config", str(self.config)])

    def write(self, rows: Sequence[tuple[Any, ...]], name: str = "board.xlsx") -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "留言"
        for row in (HEAD, *rows):
            sheet.append(list(row))
        book.save(self.folder / name)
        return self.folder / name

    def import_file(self, file: Path, *more: str) -> Result:
        return self.run("import", file, "--mapping", self.folder / "board.yaml", *more)

    def count(self, table: type[Any]) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def board(sqlite_database: Database, tmp_path: Path) -> Board:
    return Board(sqlite_database, tmp_path)


def test_three_hundred_rows_come_in_with_one_message_each_and_their_answers_go_back(board: Board) -> None:
    now = datetime.now(ZONE).replace(microsecond=0, tzinfo=None)
    file = board.write(build_county_rows(now))
    before = board.count(Push)
    preview = board.import_file(file, "--dry-run")
    assert (preview.exit_code, board.count(Case), board.count(Push)) == (0, 0, before), preview.output
    assert "立案 300 件，其中 8 件已超过时限" in preview.stdout

    done = board.import_file(file, "--json")
    summary = json.loads(done.stdout)
    counts = (len(summary["opened"]), summary["late"], len(summary["known"]), len(summary["alone"]))
    assert (counts, summary["units"]["城管局"]) == ((300, 8, 1, 1), 10)
    check_what_was_told(board, done.output)
    check_clocks(board, now)
    again = board.import_file(file, "--json")
    assert (json.loads(again.stdout)["opened"], board.count(Case)) == ([], 300)

    handle(board, "LY-0290", "=已清理，联系人13911112222")
    check_answers(board, f"{now:%Y-%m-%d}")


def build_county_rows(now: datetime) -> list[tuple[Any, ...]]:
    """280 of this hour, 8 that are late, 10 for one unit, a danger, and a number that comes twice."""
    rows = [build_row(index, now - timedelta(hours=1)) for index in range(280)]
    rows += [build_row(index, now - timedelta(days=60)) for index in range(280, 288)]
    rows += [build_row(index, now, unit="城管局") for index in range(288, 298)]
    rows += [build_row(298, now, text="解放新村3幢燃气泄漏味道很重")]
    return [*rows, build_row(299, now), build_row(299, now)]


def check_what_was_told(board: Board, printed: str) -> None:
    """One message for the desk and one for the unit; the danger apart; nobody named anywhere."""
    with board.database.read() as session:
        told = list(session.execute(select(Chat.code, Push.body, Push.dedupe_key).join(Chat)))
    lists = [push.code for push in told if push.dedupe_key.startswith("batch:")]
    assert sorted(lists) == ["cg", "duty"]
    assert len(told) - len(lists) < 20
    words = printed + "".join(json.dumps(push.body, ensure_ascii=False) for push in told)
    assert (NAME in words, PHONE in words) == (False, False)


def check_clocks(board: Board, now: datetime) -> None:
    """They count from when the board received it; what is late already rings nobody."""
    with board.database.read() as session:
        late, fresh = (
            session.scalars(select(Case).where(Case.external_number == number)).one()
            for number in ("LY-0280", "LY-0001")
        )
        assert (late.source, event_log.find_drift(session, late)) == ("县留言板", {})
        assert late.opened_at.astimezone(ZONE).replace(tzinfo=None) == now - timedelta(days=60)
        silent = session.scalars(select(ClockRow.mark_at).where(ClockRow.case_id == late.id)).all()
        rings = session.scalars(select(ClockRow.mark_at).where(ClockRow.case_id == fresh.id)).all()
    assert (set(silent), all(rings)) == ({None}, True)


def check_answers(board: Board, since: str) -> None:
    """Written as text, masked; recorded as brought back by who says so; never over another file."""
    source = ("export", "--source", "县留言板", "--since", since, "--out")
    csv_file, workbook, again = (board.folder / name for name in ("a.csv", "a.xlsx", "b.csv"))
    assert [board.run(*source, out).exit_code for out in (csv_file, workbook, workbook)] == [0, 0, 1]
    with csv_file.open(encoding="utf-8-sig", newline="") as out:
        [head, answer] = list(csv.reader(out))
    assert head[:4] == ["编号", "事件编号", "收到时间", "答复"]
    assert (answer[0], answer[3], *answer[5:]) == (
        "LY-0290",
        "'=已清理，联系人139****2222",
        "待回访",
        "城管局",
    )
    sheet = openpyxl.load_workbook(workbook).active
    assert sheet is not None
    assert (sheet.cell(2, 4).value, sheet.cell(2, 4).data_type) == ("=已清理，联系人139****2222", "s")
    back = board.run(*source, again, "--by", "duty1", "--json")
    assert json.loads(back.stdout) == {"written": 1, "delivered": 1, "refused": []}
    with board.database.read() as session:
        answered = select(Case.external_number).where(Case.replied_at.is_not(None))
        assert session.scalars(answered).all() == ["LY-0290"]
        called = session.scalars(select(Event.text).where(Event.act == "call_back")).all()
        assert called == ["联系上，已解决：答复已经送回来源"]


def handle(board: Board, external: str, result: str) -> None:
    """The unit signs, does it, and the desk finds it done."""
    with board.database.write() as session:
        case = session.scalars(select(Case).where(Case.external_number == external)).one()
        people = {person.code: person for person in session.scalars(select(Person))}
        at = session.scalars(select(Event.at).order_by(Event.id.desc()).limit(1)).one()
        for key, who, given in (
            ("feedback", "cg1", ActInput(text=result)), ("verify", "duty1", ActInput(passed=True)),
        ):  # fmt: skip
            acts.perform(session, key, case, Actor(people[who]), given, env=board.env, now=at)
        assert case.status == Status.CALLBACK


def test_a_wrong_row_refuses_the_whole_file_by_sheet_and_row_and_repeats_nothing_of_it(board: Board) -> None:
    now = datetime.now(ZONE).replace(microsecond=0, tzinfo=None)
    rows = [
        build_row(0, now - timedelta(hours=1)),
        ("LY-1", "解放路15号路灯不亮", "上周三", NAME, PHONE, "", ""),
        ("LY-2", "解放路16号路灯不亮", now + timedelta(days=2), NAME, f"打{NAME}手机", "", "没有的局"),
        ("", "解放路17号路灯不亮", now, NAME, PHONE, "", ""),
    ]
    refused = board.import_file(board.write(rows))
    assert (refused.exit_code, board.count(Case), board.count(Person)) == (1, 0, count_roster(board))
    lines = refused.stderr.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("留言!第 3 行「来电时间」（LY-1）：时间看不懂")
    assert [line.partition("」")[0] for line in lines[1:4]] == [
        "留言!第 4 行「联系电话", "留言!第 4 行「来电时间", "留言!第 4 行「承办单位",
    ]  # fmt: skip
    assert lines[4].startswith("留言!第 5 行「留言号」：没有填")
    assert NAME not in refused.output
    assert PHONE not in refused.output
    other = board.run("import", board.write(rows[:1], "other.xlsx"))
    assert (other.exit_code, "不认识的列" in other.stderr or "表头" in other.stderr) == (1, True)


def count_roster(board: Board) -> int:
    with board.database.read() as session:
        return session.scalar(select(func.count()).select_from(Person).where(~Person.code.contains(":"))) or 0


def test_a_csv_with_our_own_headings_needs_no_mapping(board: Board) -> None:
    file = board.folder / "12345.csv"
    file.write_text(
        "来源,编号,内容,收到时间\n12345,A-7,解放路15号路灯不亮,2026/11/01 9:30\n", encoding="gb18030"
    )
    done = board.run("import", file)
    assert done.exit_code == 0, done.output
    with board.database.read() as session:
        case = session.scalars(select(Case)).one()
    assert (case.source, case.external_number, case.place) == ("12345", "A-7", "解放路15号")


def test_an_answer_that_went_back_ends_no_spot_check(board: Board) -> None:
    """Nobody has asked the reporter of a closed case."""
    now = datetime.now(ZONE).replace(microsecond=0)
    board.import_file(board.write([build_row(1, now.replace(tzinfo=None) - timedelta(hours=1))]))
    with board.database.write() as session:
        case = session.scalars(select(Case)).one()
        case.status, case.closed_at = Status.CLOSED, now
        draw = SpotDraw(day=now.date(), seed="", groups=[], drawn_at=now)
        session.add(draw)
        session.flush()
        session.add(SpotCheck(draw_id=draw.id, case_id=case.id))
    with board.database.write() as session:
        case = session.scalars(select(Case)).one()
        done, refused = source_answers.record_delivery(session, [case.number], "duty1", board.env, now=now)
        assert (done, len(refused), case.replied_at) == (0, 1, None)
        assert session.scalars(select(SpotCheck.outcome)).all() == [None]
