"""Lists of places and of villages into the database, on both databases."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from bot.config.problems import ConfigProblemsFound
from bot.imports import import_org, places, villages
from bot.imports.places import OrganisationIndex, PlacesReport
from bot.imports.spreadsheet import ListFile
from handlers.environment.areas import CRS
from handlers.environment.snapshot import load_areas, load_place_facts, load_unit_facts
from handlers.triage.address.gazetteer import NameFilter
from handlers.triage.rules.packs import load_pack
from handlers.triage.types import PlaceFact
from models.cases import Counter
from models.database import Database
from models.organisation import Unit
from models.places import PlaceName
from tests.bot.imports.test_organisation import org

RULES = Path(__file__).parents[3] / "rules" / "default.yaml"
OUTLINE = [[121.12, 31.86], [121.20, 31.86], [121.20, 31.92], [121.12, 31.92]]
UNITS: list[dict[str, Any]] = [
    {"code": "HM", "name": "海门区", "kind": "district"},
    {"code": "HM-HM", "name": "海门街道", "kind": "town", "parent": "HM", "polygon": OUTLINE},
    {"code": "HM-SX", "name": "三星镇", "kind": "town", "parent": "HM"},
    {"code": "HM-SX-TS", "name": "天山村", "kind": "village", "parent": "HM-SX"},
]


@pytest.fixture(scope="module")
def sieve() -> NameFilter:
    return NameFilter(load_pack([RULES]))


@pytest.fixture
def town(database: Database) -> Database:
    with database.write() as session:
        import_org(session, org(units=UNITS))
    return database


def bring_in(
    database: Database,
    sieve: NameFilter,
    path: Path,
    *,
    unit: str | None = None,
    replace: bool = False,
    crs: CRS = CRS.WGS84,
) -> PlacesReport:
    rows = places.parse(ListFile(path, places.COLUMNS), crs=crs)
    with database.write() as session:
        ground = OrganisationIndex.load(session, load_areas(session))
        return places.import_places(
            session, rows, index=ground, sieve=sieve, source=path.stem, unit=unit, replace=replace
        )


def known(database: Database) -> set[PlaceFact]:
    with database.read() as session:
        return set(load_place_facts(session))


def write(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_units_and_aliases(town: Database, sieve: NameFilter, tmp_path: Path) -> None:
    path = write(tmp_path, "名称,别名,单位,类型\n印象汇,印象城、印象广场,三星镇,商场\n静海东路,,HM-HM,道路\n")
    assert bring_in(town, sieve, path).added == 4
    assert known(town) == {
        PlaceFact("印象汇", "HM-SX"),
        PlaceFact("印象城", "HM-SX"),
        PlaceFact("印象广场", "HM-SX"),
        PlaceFact("静海东路", "HM-HM"),
    }


def test_bringing_it_in_again_changes_nothing(town: Database, sieve: NameFilter, tmp_path: Path) -> None:
    path = write(tmp_path, "印象汇\n静海东路\n", "list.txt")
    bring_in(town, sieve, path)
    report = bring_in(town, sieve, path)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 2)


def test_processes_that_run_are_told_to_look(town: Database, sieve: NameFilter, tmp_path: Path) -> None:
    def version() -> int | None:
        with town.read() as session:
            return session.scalar(select(Counter.value).where(Counter.name == "organisation"))

    before = version()
    path = write(tmp_path, "印象汇\n", "list.txt")
    bring_in(town, sieve, path)
    after = version()
    assert after != before
    bring_in(town, sieve, path)
    assert version() == after


def test_lines_of_no_use_are_told_and_left_out(town: Database, sieve: NameFilter, tmp_path: Path) -> None:
    path = write(tmp_path, "停车场\n印象汇\n印象汇(东门)\n31\n", "list.txt")
    report = bring_in(town, sieve, path)
    assert report.dropped == {
        "太平常": ["停车场（第 1 行）"], "重复": ["印象汇（第 3 行）"], "没有汉字": ["31（第 4 行）"],
    }  # fmt: skip
    assert known(town) == {PlaceFact("印象汇")}


def test_one_wrong_line_refuses_the_file_and_every_one_is_told(
    town: Database, sieve: NameFilter, tmp_path: Path
) -> None:
    path = write(tmp_path, "名称,单位\n印象汇,海门街道\n静海东路,海们街道\n人民路,没有\n")
    with pytest.raises(ConfigProblemsFound) as found:
        bring_in(town, sieve, path)
    assert [mistake.path for mistake in found.value.problems] == [
        "第 3 行「单位」（静海东路）",
        "第 4 行「单位」（人民路）",
    ]
    assert "是不是 海门街道" in str(found.value)
    assert known(town) == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("名称,纬度\n印象汇,31.9\n", "第 2 行（印象汇）：纬度和经度要写就都写；例：31.885"),
        ("名称,纬度,经度\n印象汇,121.1,31.9\n", "第 2 行「纬度」（印象汇）：应当不大于 90"),
        ("名称,纬度,经度\n印象汇,北纬,121\n", "第 2 行「纬度」（印象汇）：应当是数字；例：31.885"),
        ("名称,电话\n印象汇,1\n", "第 2 行「电话」（印象汇）：不认识的列"),
        ("名字,单位\n印象汇,HM\n", "第 1 行：应当是表头，要有“名称”一列"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigProblemsFound) as found:
        places.parse(ListFile(write(tmp_path, text), places.COLUMNS))
    assert said in str(found.value)


def test_a_place_with_a_point_lies_where_the_outlines_say(
    town: Database, sieve: NameFilter, tmp_path: Path
) -> None:
    path = write(tmp_path, "名称,纬度,经度\n印象汇,31.885,121.165\n远方大厦,30,120\n")
    bring_in(town, sieve, path)
    assert known(town) == {PlaceFact("印象汇", "HM-HM"), PlaceFact("远方大厦")}


def test_points_of_a_chinese_map_are_moved(town: Database, sieve: NameFilter, tmp_path: Path) -> None:
    bring_in(town, sieve, write(tmp_path, "名称,纬度,经度\n印象汇,31.885,121.165\n"), crs=CRS.GCJ02)
    with town.read() as session:
        row = session.scalars(select(PlaceName)).one()
    assert row.lat is not None
    assert 0.001 < abs(row.lat - 31.885) < 0.01


def test_a_name_that_was_nobodys_becomes_somebodys(town: Database, sieve: NameFilter, tmp_path: Path) -> None:
    path = write(tmp_path, "印象汇\n", "list.txt")
    bring_in(town, sieve, path)
    assert bring_in(town, sieve, path, unit="HM-SX").changed == 1
    assert bring_in(town, sieve, path).dropped == {"已有": ["印象汇（有单位的同名地点）"]}
    assert known(town) == {PlaceFact("印象汇", "HM-SX")}


def test_one_name_may_lie_in_two_towns(town: Database, sieve: NameFilter, tmp_path: Path) -> None:
    bring_in(town, sieve, write(tmp_path, "名称,单位\n人民东路,HM-HM\n人民东路,HM-SX\n"))
    assert known(town) == {PlaceFact("人民东路", "HM-HM"), PlaceFact("人民东路", "HM-SX")}


def test_a_list_in_place_of_the_one_before_takes_names_away(
    town: Database, sieve: NameFilter, tmp_path: Path
) -> None:
    bring_in(town, sieve, write(tmp_path, "远方大厦\n", "other.txt"))
    bring_in(town, sieve, write(tmp_path, "印象汇\n静海东路\n", "list.txt"))
    assert bring_in(town, sieve, write(tmp_path, "印象汇\n", "list.txt"), replace=True).removed == 1
    assert known(town) == {PlaceFact("印象汇"), PlaceFact("远方大厦")}


def test_a_list_that_excel_saved_on_a_chinese_windows(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("名称,单位\n印象汇,海门街道\n".encode("gb18030"))
    assert [row.name for _, row in places.parse(ListFile(path, places.COLUMNS))] == ["印象汇"]


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (
        ["名称", "纬度", "经度"],
        ["印象汇", 31.885, 121.165],
        [None, None, None],
        ["静海东路", None, None],
    ):
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    rows = places.parse(ListFile(tmp_path / "list.xlsx", places.COLUMNS))
    assert [(line.place, row.name, row.lat) for line, row in rows] == [
        ("Sheet!第 2 行", "印象汇", 31.885),
        ("Sheet!第 4 行", "静海东路", None),
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblemsFound, match="读不了"):
        list(ListFile(tmp_path / "none.csv", places.COLUMNS))


# Villages ---------------------------------------------------------------------------------------

VILLAGES = (
    "county,town_code,town,village_code,village\n"
    "海门区,320614106,三星镇（叠石桥家纺产业园区）,320614106200,天山村村委会\n"
    "海门区,320614106,三星镇（叠石桥家纺产业园区）,320614106201,汇南村委会\n"
    "海门区,320614106,三星镇（叠石桥家纺产业园区）,320614106001,通江街居委会\n"
    "海门区,320614102,海永镇,320614102001,沙南村村委会\n"
)


@pytest.mark.parametrize(
    ("official", "said"),
    [
        ("沙南村村委会", "沙南村"),
        ("汇南村委会", "汇南村"),
        ("汇南村民委员会", "汇南村"),
        ("通江街居委会", "通江街社区"),
        ("望江社区居民委员会", "望江社区"),
        ("江心沙农场", "江心沙农场"),
    ],
)
def test_a_village_is_called_as_people_call_it(official: str, said: str) -> None:
    assert villages.simplify_name(official) == said


def test_villages_of_the_towns_there_are_become_units(town: Database, tmp_path: Path) -> None:
    path = write(tmp_path, VILLAGES)
    with town.write() as session:
        report = villages.import_villages(session, ListFile(path, villages.COLUMNS))
    assert report.added == ["320614106201", "320614106001"]
    assert (report.already_known, report.unknown_towns) == (1, {"海永镇": 1})
    with town.read() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "320614106001")).one()
        assert (unit.name, unit.kind, unit.path) == ("通江街社区", "village", "/HM/HM-SX/320614106001/")
        assert "通江街居委会" in {name for fact in load_unit_facts(session) for name in fact.list_names()}


def test_the_list_again_adds_nothing_and_changes_nothing(town: Database, tmp_path: Path) -> None:
    path = write(tmp_path, VILLAGES)
    for _ in range(2):
        with town.write() as session:
            report = villages.import_villages(session, ListFile(path, villages.COLUMNS))
    assert (report.added, report.already_known) == ([], 3)


def test_a_list_without_its_columns_is_refused(town: Database, tmp_path: Path) -> None:
    with town.write() as session, pytest.raises(ConfigProblemsFound, match="缺少 乡镇代码、村居代码"):
        villages.import_villages(
            session, ListFile(write(tmp_path, "乡镇,村居\n三星镇,天山村\n"), villages.COLUMNS)
        )


def test_codes_made_of_digits_are_read_from_a_spreadsheet_as_they_were_written(tmp_path: Path) -> None:
    """A spreadsheet program makes numbers of them: 320684100001.0."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["乡镇代码", "乡镇", "村居代码", "村居"])
    sheet.append([320684100.0, "海门街道", 320684100001.0, "解放村"])
    book.save(tmp_path / "villages.xlsx")
    (line,) = ListFile(tmp_path / "villages.xlsx", villages.COLUMNS)
    assert (line.fields["town_code"], line.fields["village_code"]) == ("320684100", "320684100001")
