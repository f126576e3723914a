"""Files that offices hand in: the organisation, lists, week plans, rule packs, config.yaml."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.config.loader import PACKAGE_ROOT, load
from bot.config.problems import ConfigProblemsFound
from bot.imports import import_org, parse_organisation, places, villages, week_plan
from bot.imports.org_template import write_template
from bot.imports.spreadsheet import ListFile
from handlers.environment.limit_table import LimitTable
from handlers.environment.snapshot import load_areas
from handlers.environment.tables.spot_check_rules import SpotCheckRules
from handlers.triage.rules import packs
from handlers.triage.rules.data_files import DataFileError
from tests.bot.imports.workbooks import SHEET, write_as_wps, write_workbook
from tests.databases import copy_template, open_sqlite
from tests.fuzz import damage
from tests.fuzz.conftest import Explore

ORGANISATION = PACKAGE_ROOT / "examples" / "haimen" / "org.yaml"
PLAN: dict[str, Any] = {
    "theme": "防诈骗宣传周", "unit": "HM", "uses": ["residents", "intake"], "week": "2026-03-30", "time": "08:00",
    "workdays_only": "false", "skip": ["2026-04-06"], "items": [{"day": "周一", "text": "先挂断"}, {"day": "2026-03-31", "text": "再打 96110"}],
}  # fmt: skip
PACK: dict[str, Any] = {
    "version": "1", "classes": "classes.csv", "groups": {"bad": ["坏", "不亮"]}, "things": ["路灯"], "idioms": ["打酱油"],
    "rules": {"fac.lamp": {"words": {"3": ["路灯$bad"], "1": ["灯"]}, "near": [["灯", "不亮"]], "not": ["红绿灯"]}},
    "misheard": {"鹿灯": "路灯"}, "limits": {"x": 1},
}  # fmt: skip
CONFIG: dict[str, Any] = {
    "site": {"name": "海门", "base_url": "http://127.0.0.1:8000"}, "database": {"url": "sqlite:///a.db"}, "server": {"port": 8000},
    "api": {"tokens": {"a": "t" * 24, "b": {"secret": "s" * 24, "scopes": ["read"], "units": ["HM"]}}},
    "channels": {"grid": {"kind": "aibot", "mode": "socket", "bot_id": "B", "bot_name": "网格助手", "secret": "s"}},
    "media": {"folder": "media", "max_photo": "20MB"}, "rules": {"packs": ["default.yaml"]}, "backup": {"keep": 7},
}  # fmt: skip

Read = Callable[[Path], object]


@pytest.fixture
def session(haimen_file: Path) -> Iterator[Session]:
    """One that is rolled back after each file."""
    with open_sqlite() as database, copy_template(database, haimen_file).write() as running:
        yield running
        running.rollback()


def read_or_refuse(read: Read, path: Path) -> None:
    with suppress(ConfigProblemsFound, DataFileError):
        read(path)


def to_yaml(value: Any) -> bytes:
    try:
        return yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "replace")
    except RecursionError:
        return b""


def files_of(*seeds: Any) -> st.SearchStrategy[bytes]:
    """YAML with something else in its places, and YAML with holes."""
    names = tuple({name for seed in seeds for name in _iter_names(seed)})
    values = damage.build_json(names)
    return st.one_of(
        damage.twisted(seeds, values).map(to_yaml),
        damage.damaged([to_yaml(seed) for seed in seeds]),
        values.map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=64),
    )


def _iter_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from map(str, value)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _iter_names(inner)


def explore_files(explore: Explore, path: Path, contents: st.SearchStrategy[bytes], read: Read) -> None:
    def check(content: bytes) -> None:
        path.write_bytes(content)
        read_or_refuse(read, path)

    explore(contents, check)


def import_in(session: Session) -> Read:
    def read(path: Path) -> None:
        organisation = parse_organisation(path)
        with session.begin_nested() as savepoint:
            import_org(session, organisation)
            savepoint.rollback()

    return read


def fuzz_organisation_in_yaml(explore: Explore, session: Session, tmp_path: Path) -> None:
    whole = yaml.safe_load(ORGANISATION.read_text("utf-8"))
    short = {table: rows[:4] for table, rows in whole.items() if isinstance(rows, list)}
    explore_files(explore, tmp_path / "org.yaml", files_of(short), import_in(session))


def fuzz_organisation_in_a_workbook(explore: Explore, session: Session, tmp_path: Path) -> None:
    """Cells of any kind under the right headings; parts of the package with holes; the package itself with holes."""
    path = tmp_path / "org.xlsx"
    write_template(path)
    template = path.read_bytes()
    wps = write_as_wps(path, "人员", [["姓名", "角色", "单位"], ["张三", "承办员", "城管局"]]).read_bytes()
    parts = _repacked([template, wps])
    cells = st.one_of(
        st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False),
        damage.clean_words.map(_strip_controls), st.datetimes(), st.dates(), st.times(),
    )  # fmt: skip
    lines = st.lists(st.lists(cells, max_size=6), max_size=6)
    tables = st.fixed_dictionaries({"单位": lines, "人员": lines, "群": lines})
    headings = {
        "单位": ["代码", "名称", "类型", "上级"],
        "人员": ["姓名", "角色", "单位", "手机"],
        "群": ["名称", "用途", "单位", "群号"],
    }

    def written(sheets: Mapping[str, list[list[Any]]]) -> bytes:
        titled = {name: [headings[name], *rows] for name, rows in sheets.items()}
        return write_workbook(path, titled).read_bytes()

    contents = st.one_of(tables.map(written), parts, damage.damaged([template, wps]))
    explore_files(explore, path, contents, import_in(session))


def _strip_controls(text: str) -> str:
    return "".join(char for char in text if char >= " " or char in "\t\n")[:32_000]


@st.composite
def _repacked(draw: st.DrawFn, packages: list[bytes]) -> bytes:
    """One of these packages, a part of it with holes: half of the time the first sheet."""
    out = io.BytesIO()
    package = io.BytesIO(draw(st.sampled_from(packages)))
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = draw(st.one_of(st.just(SHEET), st.sampled_from(names)))
        for name in names:
            raw = old.read(name)
            new.writestr(name, draw(damage.damaged([raw])) if name == chosen else raw)
    return out.getvalue()


LISTS = [
    "名称,别名,单位,类型,纬度,经度,坐标系\n静海路,静海东路,HM-HM,道路,31.885,121.165,gcj02\n".encode(),
    "名称\t单位\n人民广场\tHM\n".encode(),
    "地名,纬度,经度\n长江路,31.9,121.2\n".encode("gb18030"),
    "镇代码,镇,村代码,村\n320684001,海门街道,320684001001,解放社区居委会\n".encode(),
]


def fuzz_places(explore: Explore, session: Session, tmp_path: Path) -> None:
    sieve = places.read_sieve([PACKAGE_ROOT / "rules" / "default.yaml"])
    index = places.OrganisationIndex.load(session, load_areas(session))

    def read(path: Path) -> None:
        rows = places.parse(ListFile(path, places.COLUMNS))
        with session.begin_nested() as savepoint:
            places.import_places(session, rows, index=index, sieve=sieve, source="list")
            savepoint.rollback()

    explore_files(explore, tmp_path / "places.csv", damage.damaged(LISTS), read)


def fuzz_villages(explore: Explore, session: Session, tmp_path: Path) -> None:
    def read(path: Path) -> None:
        with session.begin_nested() as savepoint:
            villages.import_villages(session, ListFile(path, villages.COLUMNS))
            savepoint.rollback()

    explore_files(explore, tmp_path / "villages.csv", damage.damaged(LISTS), read)


def fuzz_week_plans(explore: Explore, tmp_path: Path) -> None:
    explore_files(explore, tmp_path / "plan.yaml", files_of(PLAN), week_plan.read)


def fuzz_rule_packs(explore: Explore, tmp_path: Path) -> None:
    table = PACKAGE_ROOT / "rules" / "classes.csv"
    (tmp_path / "classes.csv").write_bytes(table.read_bytes())
    explore_files(explore, tmp_path / "pack.yaml", files_of(PACK), lambda path: packs.load_pack([path]))


def fuzz_class_tables(explore: Explore, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_bytes(to_yaml({"version": "1", "classes": "classes.csv"}))
    table = (PACKAGE_ROOT / "rules" / "classes.csv").read_bytes()
    pack = [tmp_path / "pack.yaml"]
    explore_files(explore, tmp_path / "classes.csv", damage.damaged([table]), lambda _: packs.load_pack(pack))


def fuzz_time_limits(explore: Explore, tmp_path: Path) -> None:
    limits = yaml.safe_load((PACKAGE_ROOT / "rules" / "limits.yaml").read_text("utf-8"))
    explore_files(explore, tmp_path / "limits.yaml", files_of(limits), LimitTable.load)


def fuzz_spot_checks(explore: Explore, tmp_path: Path) -> None:
    rules = yaml.safe_load((PACKAGE_ROOT / "rules" / "spot_checks.yaml").read_text("utf-8"))
    rules["rules"] = [{"class": "env.spill", "unit": "HM-CG", "source": "12345", "share": 0.2}]
    explore_files(explore, tmp_path / "spot_checks.yaml", files_of(rules), SpotCheckRules.load)


def fuzz_configuration(explore: Explore, tmp_path: Path) -> None:
    explore_files(
        explore, tmp_path / "config.yaml", files_of(CONFIG), lambda path: load(path, environ={"NAME": "x"})
    )
