"""A running process takes up new rules, limits and days, and keeps the old ones where the new are wrong."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.config import rule_files
from bot.config.settings import Settings
from bot.ops.metrics import Metrics
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.environment import calendar
from handlers.triage.types import Facts
from models.calendar import CalendarDay
from models.cases import increment_counter
from models.database import Database
from models.organisation import Chat, Person, Role, Unit, UnitKind
from models.pushes import Push
from models.workflow import Step
from tests.conftest import NOON
from tests.rule_packs import SPECIAL

HEADER = "id,name,group,event_code,hotline_code,nature,unit,limit,urgent,covers\n"
TABLE = "".join(f"{name},{name},组,0101,030301,投诉,城管局,1wd,no,\n" for name in ("a.b", "c.d", "other"))
BASE = "classes: classes.csv\ninclude: [more.yaml]\nrules:\n  a.b: {words: {4: 庚辛}}\n"
LIMITS = Path(__file__).parents[3] / "rules" / "limits.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "classes.csv").write_text(HEADER + TABLE, encoding="utf-8")
    (rules / "base.yaml").write_text(BASE + SPECIAL, encoding="utf-8")
    write(rules, "rules:\n  c.d: {words: {4: 戊己}}\n")
    shutil.copy(LIMITS, rules / "limits.yaml")
    return rules


@pytest.fixture
def keeper(folder: Path, sqlite_database: Database) -> EnvironmentBuilder:
    found = {"packs": [str(folder / "base.yaml")], "limits": str(folder / "limits.yaml")}
    return EnvironmentBuilder(sqlite_database, Settings.parse({"rules": found}))


def write(folder: Path, text: str) -> None:
    (folder / "more.yaml").write_text(text, encoding="utf-8")


def understood(keeper: EnvironmentBuilder, text: str = "壬癸坏了") -> tuple[str, str]:
    """The class of a sentence, and the version of the rules that said so."""
    found = keeper().classifier.triage(text, facts=Facts())
    return found.class_id, found.rules_version


def test_a_changed_file_is_in_force_after_the_next_look(keeper: EnvironmentBuilder, folder: Path) -> None:
    before = understood(keeper)
    write(folder, "rules:\n  c.d: {words: {4: 戊己 壬癸}}\n")
    assert understood(keeper) == before
    keeper.refresh()
    after = understood(keeper)
    assert (before[0], after[0]) == ("other", "c.d")
    assert before[1] != after[1]


@pytest.mark.parametrize(
    "broken",
    [
        "rules: [\n",
        "rules:\n  no.such: {words: {4: 壬癸}}\n",
        "rules:\n  c.d:\n    words:\n      4: 壬癸\n      -4: 壬癸\n",
        "classes: none.csv\n",
    ],
)
def test_rules_that_are_wrong_leave_the_old_ones_in_force(
    keeper: EnvironmentBuilder, folder: Path, broken: str
) -> None:
    before = understood(keeper)
    write(folder, broken)
    env = keeper()
    assert keeper.refresh() is env
    assert understood(keeper) == before
    assert "more.yaml" in str(keeper.refused_rules()["packs"]) or "none.csv" in str(
        keeper.refused_rules()["packs"]
    )


def test_a_wrong_version_is_logged_once(keeper: EnvironmentBuilder, folder: Path) -> None:
    keeper.refresh()
    with capture_logs() as logs:
        write(folder, "rules: [\n")
        keeper.refresh()
        (folder / "more.yaml").touch()
        keeper.refresh()
        keeper.refresh()
    assert [each["event"] for each in logs] == ["rules.refused"]


def test_mended_rules_are_taken_up_and_nothing_is_refused_any_more(
    keeper: EnvironmentBuilder, folder: Path
) -> None:
    keeper.refresh()
    for text in ("include: [deep.yaml]\n", "include: [deep.yaml]\nrules: [\n", "include: [deep.yaml]\n"):
        write(folder, text)
        keeper.refresh()
        assert keeper.refused_rules()["packs"] is not None
    (folder / "deep.yaml").write_text("rules:\n  c.d: {words: {4: 壬癸}}\n", encoding="utf-8")
    keeper.refresh()
    assert (understood(keeper)[0], keeper.refused_rules()["packs"]) == ("c.d", None)


def test_going_back_to_the_rules_in_force_builds_nothing_anew(
    keeper: EnvironmentBuilder, folder: Path
) -> None:
    env, text = keeper(), (folder / "more.yaml").read_text(encoding="utf-8")
    write(folder, "rules: [\n")
    keeper.refresh()
    write(folder, text)
    assert keeper.refresh() is env
    assert keeper.refused_rules()["packs"] is None


def test_a_start_checks_and_uses_one_reading_of_the_rules(keeper: EnvironmentBuilder, folder: Path) -> None:
    """As `serve` does: mistakes are looked for first, and nothing is read again for the work."""
    checked = rule_files.load_triage_pack((folder / "base.yaml",))
    assert keeper().classifier.pack is checked
    write(folder, "rules:\n  c.d: {words: {4: 戊己 壬癸}}\n")
    assert rule_files.load_triage_pack((folder / "base.yaml",)) is not checked


def test_a_change_of_people_keeps_the_classifier_and_a_change_of_units_makes_another(
    keeper: EnvironmentBuilder, sqlite_database: Database
) -> None:
    unit = Unit(code="HM", name="海门区", kind=UnitKind.DISTRICT, path="/HM/")
    with sqlite_database.write() as session:
        session.add(unit)
    before = keeper.refresh()
    with sqlite_database.write() as session:
        session.add(Person(code="p1", name="张三", role=Role.RESIDENT))
        increment_counter(session, "organisation")
    after = keeper.refresh()
    assert after is not before
    assert after.classifier is before.classifier
    with sqlite_database.write() as session:
        session.scalars(select(Unit)).one().name = "通州区"
        increment_counter(session, "organisation")
    assert keeper.refresh().classifier is not before.classifier


def test_a_file_that_goes_missing_leaves_its_rules_in_force(keeper: EnvironmentBuilder, folder: Path) -> None:
    env = keeper()
    (folder / "more.yaml").unlink()
    assert keeper.refresh() is env
    assert keeper.refused_rules()["packs"] is not None


def test_a_changed_limit_counts_from_the_next_look(keeper: EnvironmentBuilder, folder: Path) -> None:
    path = folder / "limits.yaml"
    text = path.read_text(encoding="utf-8")
    keeper.refresh()
    path.write_text(text.replace("accept: {normal: 4wh", "accept: {normal: 2wh"), encoding="utf-8")
    assert str(keeper.refresh().limits.step_limit(Step.ACCEPT, urgent=False)) == "2wh"
    path.write_text(text.replace("accept: {normal: 4wh", "accept: {normal: soon"), encoding="utf-8")
    assert str(keeper.refresh().limits.step_limit(Step.ACCEPT, urgent=False)) == "2wh"
    assert "limits.yaml" in str(keeper.refused_rules()["limits"])


def test_an_overridden_day_reaches_every_running_process(
    keeper: EnvironmentBuilder, sqlite_database: Database
) -> None:
    saturday = date(2026, 11, 21)
    assert not keeper().calendar.is_workday(saturday)
    with sqlite_database.write() as session:
        calendar.override_day(session, saturday, working=True, note="迎检")
    assert keeper.refresh().calendar.is_workday(saturday)


def test_the_desk_is_told_of_wrong_rules_once_a_day(
    keeper: EnvironmentBuilder, folder: Path, sqlite_database: Database
) -> None:
    with sqlite_database.write() as session:
        session.add(Chat(code="duty", name="值班群", use="duty", channel="grid", chat_id="wrDUTY"))
    keeper.alert_refused_rules(now=NOON)
    write(folder, "rules: [\n")
    keeper.refresh()
    for hours in (0, 1, 24):
        keeper.alert_refused_rules(now=NOON + timedelta(hours=hours))
    with sqlite_database.read() as session:
        said = [push.body["text"] for push in session.scalars(select(Push))]
    assert len(said) == 2
    assert "还按原来的识别" in said[0]


def test_stale_rules_can_be_seen_from_outside(keeper: EnvironmentBuilder, folder: Path) -> None:
    metrics = Metrics()
    write(folder, "rules: [\n")
    keeper.refresh()
    metrics.record_rules(keeper.refused_rules())
    page = metrics.render().decode()
    assert 'gridbot_rules_stale{what="packs"} 1.0' in page
    assert 'gridbot_rules_stale{what="limits"} 0.0' in page


def test_hosts_that_start_at_once_seed_once(postgres_database: Database) -> None:
    builder = EnvironmentBuilder(postgres_database, Settings())
    with ThreadPoolExecutor(4) as hosts:
        assert list(hosts.map(builder.seed_calendar, [NOON] * 4)) == [None] * 4
    with postgres_database.read() as session:
        days = list(session.scalars(select(CalendarDay.day)))
    assert len(days) == len(set(days)) > 700
