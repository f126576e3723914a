"""The organisation as offices keep it in a workbook: Chinese sheets, headings and words, and its template."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from bot.cli.tree import app
from bot.imports import Organisation, OrganisationError, import_org, org_columns, parse_organisation
from models.database import Database
from models.organisation import ChatUse, Role, UnitKind
from tests.bot.imports.workbooks import Sheets, patch_parts, write_workbook

UNITS = [("编码", "名称", "类型", "上级"), ("HM", "海门区", "区县", None), ("HM-CG", "城管局", "部门", "HM")]
PEOPLE = [("编号", "姓名", "角色", "单位"), ("cg1", "张三", "承办员", "城管局")]
CHATS = [
    ("编码", "名称", "用途", "单位", "通道", "群编号"),
    ("cg", "城管处置群", "处置", "城管局", "grid", "wrCG"),
]


def parse(folder: Path, sheets: Sheets) -> Organisation:
    return parse_organisation(write_workbook(folder / "组织.xlsx", sheets))


def refuse(folder: Path, sheets: Sheets) -> list[str]:
    with pytest.raises(OrganisationError) as refused:
        parse(folder, sheets)
    return [str(problem) for problem in refused.value.problems]


def refuse_people(folder: Path, *people: Sequence[Any], headings: Sequence[str] = PEOPLE[0]) -> list[str]:
    return refuse(folder, {"人员": [headings, *people]})


def notes(organisation: Organisation) -> list[str]:
    return [str(note) for note in organisation.notes]


def test_sheets_headings_and_words_in_chinese(tmp_path: Path) -> None:
    found = parse(tmp_path, {"单位": UNITS, "人员": PEOPLE, "群": CHATS})
    assert [(unit.code, unit.kind, unit.parent) for unit in found.units] == [
        ("HM", UnitKind.DISTRICT, None),
        ("HM-CG", UnitKind.DEPARTMENT, "HM"),
    ]
    assert [(person.id, person.name, person.role) for person in found.people] == [
        ("cg1", "张三", Role.HANDLER)
    ]
    assert [(chat.code, chat.use, chat.chat_id) for chat in found.chats] == [("cg", ChatUse.HANDLING, "wrCG")]


@pytest.mark.parametrize(("word", "kind"), [*org_columns.KINDS.items(), *org_columns.KIND_SYNONYMS.items()])
def test_every_word_for_a_kind_of_unit(tmp_path: Path, word: str, kind: UnitKind) -> None:
    assert parse(tmp_path, {"单位": [UNITS[0], ("A", "甲", word)]}).units[0].kind is kind


def test_a_kind_and_a_use_in_chinese_are_right_in_yaml_too(tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    path.write_text(
        "units: [{code: HM, name: 海门区, kind: 区县}]\n"
        "chats: [{code: a, name: 群, use: 值班群, unit: HM, channel: grid, chat_id: w}]\n",
        encoding="utf-8",
    )
    found = parse_organisation(path)
    assert (found.units[0].kind, found.chats[0].use) == (UnitKind.DISTRICT, ChatUse.DUTY)


@pytest.mark.parametrize(
    "title", ["人员", "people", "2.人员名单", "二、人员", "人员表（2026年）", "People ", "人员信息表"]
)
def test_a_sheet_may_be_called_much_like_it(tmp_path: Path, title: str) -> None:
    assert len(parse(tmp_path, {title: [PEOPLE[0], ("a", "张三", "居民")]}).people) == 1


def test_units_may_be_called_by_a_name_that_one_has(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        import_org(session, parse(tmp_path, {"单位": UNITS}))
        report = import_org(session, parse(tmp_path, {"人员": PEOPLE, "群": CHATS}))
    assert report.added == ["people/cg1", "chats/cg"]


def test_a_name_that_two_units_have_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    units = [*UNITS, ("HM-CG2", "城管局", "部门", "HM")]
    with sqlite_database.write() as session, pytest.raises(OrganisationError) as refused:
        import_org(session, parse(tmp_path, {"单位": units, "人员": PEOPLE}))
    assert [str(problem) for problem in refused.value.problems] == [
        "人员!第 2 行「单位」（张三）：不止一个单位叫 城管局，请写代码；例：HM"
    ]


def test_a_title_a_remark_and_a_signature_are_passed_over_with_a_word(tmp_path: Path) -> None:
    people = [(), ("海门区网格人员名单",), *PEOPLE, ("注：角色从下拉列表选",), ("填表人：王芳",)]
    found = parse(tmp_path, {"单位": UNITS, "人员": people, "填写说明": [("请逐行填写",)], "Sheet4": []})
    assert len(found.people) == 1
    assert notes(found) == [
        "人员!第 2 行：（提醒）在表头上面，当作标题略过",
        "人员!第 5 行：（提醒）“注：角色从下拉列表选”不是数据，略过",
        "人员!第 6 行：（提醒）“填表人：王芳”不是数据，略过",
        "填写说明：（提醒）不是 单位、人员、群 表，略过",
    ]


def test_phone_numbers_are_said_not_to_be_kept(tmp_path: Path) -> None:
    people = [(*PEOPLE[0], "手机", "备注"), (*PEOPLE[1], 13912345678, "新来")]
    found = parse(tmp_path, {"单位": UNITS, "人员": people})
    assert notes(found) == [
        "人员!「手机」：（提醒）这一列没有导入，花名册里不存电话",
        "人员!「备注」：（提醒）这一列没有导入",
    ]


def test_a_sheet_of_people_by_another_name_is_not_passed_over(tmp_path: Path) -> None:
    said = refuse(tmp_path, {"单位": UNITS, "离职": PEOPLE})
    assert said == ["离职：像是“人员”表；要导入就把工作表改名为“人员”，不要就删去或隐藏"]


def test_a_mistake_names_sheet_row_column_and_person(tmp_path: Path) -> None:
    said = refuse_people(
        tmp_path,
        ("a", "张三", "居名", "HM"),
        ("b/c", "李四", "承办员", "HM"),
        ("d", "王五", "承办员", None),
        ("e", None, "居民", None),
        ("a", "赵六", "居民", None),
        ("a", "钱七", "居民", None),
        headings=PEOPLE[0],
    )
    roles = "、".join(org_columns.ROLES)
    assert said == [
        f"人员!第 2 行「角色」（张三）：只能是 {roles}；例：承办员",
        "人员!第 3 行「编号」（李四）：格式不对；例：cg1",
        "人员!第 4 行（王五）：除信息员和居民外，都要写“单位”；例：HM-CG",
        "人员!第 5 行「姓名」：没有填；例：城管一号",
        "人员!第 7 行（钱七）：“a”和 人员!第 6 行（赵六） 重复了",
    ]


def test_a_heading_is_named_without_its_star(tmp_path: Path) -> None:
    said = refuse_people(tmp_path, ("a", "张三", "居名"), headings=("编号 *", "姓名 *", "角色\n*"))
    assert said[0].startswith("人员!第 2 行「角色」（张三）：")


def test_a_unit_nobody_has_is_told_with_its_cell(sqlite_database: Database, tmp_path: Path) -> None:
    people = [PEOPLE[0], ("cg1", "张三", "承办员", "HM-GC")]
    with sqlite_database.write() as session, pytest.raises(OrganisationError) as refused:
        import_org(session, parse(tmp_path, {"单位": UNITS, "人员": people}))
    assert [str(problem) for problem in refused.value.problems] == [
        "人员!第 2 行「单位」（张三）：没有代码为 HM-GC 的单位（是不是 HM-CG？）；例：HM"
    ]


def test_a_code_that_became_a_date_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "人员"
    sheet.append(PEOPLE[0])
    sheet.append((46082, "张三", "居民"))
    sheet["A2"].number_format = "m-d"
    book.save(tmp_path / "组织.xlsx")
    with pytest.raises(OrganisationError, match="人员!第 2 行「编号」（张三）：是日期或时间（2026-03-01）"):
        parse_organisation(tmp_path / "组织.xlsx")


def test_a_needed_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = refuse(
        tmp_path, {"单位": UNITS, "人员": [("姓名", "角色", "单位", "手机"), ("张三", "居民", "", "1")]}
    )
    assert said == ["人员!第 1 行：表头缺少 编号；例：编号,姓名,角色"]


def test_a_sheet_without_headings_is_refused(tmp_path: Path) -> None:
    assert refuse(tmp_path, {"人员": [("cg1", "张三", "居民")]}) == [
        "人员!第 1 行：应当是表头，要有“姓名”一列；例：编号,姓名,角色"
    ]


@pytest.mark.parametrize("sheets", [{"单位": UNITS[:1], "人员": PEOPLE[:1], "群": []}, {"人员": []}])
def test_a_workbook_without_a_row_is_refused(tmp_path: Path, sheets: Sheets) -> None:
    assert "没有一行可以导入的数据" in refuse(tmp_path, sheets)[0]


def test_a_workbook_without_our_sheets_is_refused(tmp_path: Path) -> None:
    said = refuse(tmp_path, {"统计": [("一月", 3)]})
    assert "没有叫 单位、人员、群 的工作表" in said[0]


def test_a_yaml_without_a_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    path.write_text("units: []\npeople: []\n", encoding="utf-8")
    with pytest.raises(OrganisationError, match="没有一行可以导入的数据"):
        parse_organisation(path)


def test_a_dimension_of_one_cell_loses_nobody(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "组织.xlsx", {"人员": [PEOPLE[0], ("a", "张三", "居民")]})
    patch_parts(path, sheet1=lambda raw: raw.replace(b'ref="A1:D2"', b'ref="A1"'))
    assert [person.name for person in parse_organisation(path).people] == ["张三"]


# The template ------------------------------------------------------------------------------------


def run(*words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(app, list(map(str, words)))
    return ran.exit_code, ran.output


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "模板.xlsx"
    assert run("org", "template", path)[0] == 0
    return path


def test_a_template_nobody_filled_in_is_refused(template: Path) -> None:
    with pytest.raises(OrganisationError) as refused:
        parse_organisation(template)
    said = [str(problem) for problem in refused.value.problems]
    assert "没有一行可以导入的数据" in said[0]
    assert "人员!第 2、3、4、5 行：（提醒）示例，略过" in said


def test_a_template_filled_in_below_its_examples_is_imported(
    sqlite_database: Database, template: Path
) -> None:
    book = load_workbook(template)
    book["单位"].append(["HM", "海门区", "区县"])
    book["人员"].append(["zhang", "张三", "受理员", "海门区"])
    book["群"].append(["duty", "值班群", "值班", "HM", "grid", "wr1"])
    book.save(template)
    with sqlite_database.write() as session:
        report = import_org(session, parse_organisation(template))
    assert report.added == ["units/HM", "people/zhang", "chats/duty"]


def test_examples_of_a_template_are_right_but_for_their_mark(
    sqlite_database: Database, template: Path
) -> None:
    book = load_workbook(template)
    for name in ("单位", "人员", "群"):
        for row in book[name].iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, str):
                    cell.value = cell.value.removeprefix("示例-")
    book.save(template)
    with sqlite_database.write() as session:
        report = import_org(session, parse_organisation(template))
    assert (len(report.added), [str(warning) for warning in report.warnings]) == (9, [])


def test_a_template_offers_words_and_codes_to_choose_from(template: Path) -> None:
    book = load_workbook(template)
    offered = {
        (sheet.title, str(validation.sqref).split(":", maxsplit=1)[0][0]): validation.formula1
        for sheet in book.worksheets
        for validation in sheet.data_validations.dataValidation
    }
    assert offered["人员", "C"] == f'"{",".join(org_columns.ROLES)}"'
    assert offered["单位", "C"] == f'"{",".join(org_columns.KINDS)}"'
    assert offered["群", "C"] == '"上报,处置,值班,居民"'
    assert offered["人员", "D"] == offered["单位", "E"] == "'单位'!$A$2:$A$2000"


def test_a_template_keeps_codes_as_text(template: Path) -> None:
    assert load_workbook(template)["人员"].column_dimensions["A"].number_format == "@"


def test_a_template_never_overwrites(template: Path, tmp_path: Path) -> None:
    before = template.read_bytes()
    code, said = run("org", "template", template)
    assert (code, template.read_bytes()) == (1, before)
    assert "已经有这个文件" in said
    assert run("org", "template", tmp_path / "模板.xls")[0] == 1
    assert run("org", "template", tmp_path / "没有" / "模板.xlsx")[0] == 1
