"""Reading org.yaml and org.xlsx: one set of rows from both, every mistake with its place."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot import imports
from handlers.environment import areas
from models.organisation import Role

UNITS = "units: [{code: HM, name: 海门区, kind: district}]\n"


def parse(folder: Path, text: str) -> imports.Organisation:
    path = folder / "org.yaml"
    path.write_text(text, encoding="utf-8")
    return imports.parse_organisation(path)


def told(folder: Path, text: str) -> list[str]:
    with pytest.raises(imports.OrganisationError) as refused:
        parse(folder, text)
    return [str(mistake) for mistake in refused.value.problems]


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
    book.save(path)
    return path


def test_the_sample_organisation_is_right() -> None:
    sample = imports.parse_organisation(Path("examples/haimen/org.yaml"))
    assert {chat.code for chat in sample.chats} >= {"intake-hm", "duty", "cg"}


def test_a_workbook_says_the_same_as_yaml(tmp_path: Path) -> None:
    text = (
        "units: [{code: HM, name: 海门区, kind: district, places: [长江路, 静海路]}]\n"
        "people: [{id: '007', name: 张师傅, role: informant, unit: HM, accounts: {wecom: zhang}}]\n"
        "chats: [{code: duty, name: 值班群, use: duty, unit: HM, channel: grid, chat_id: wr1,"
        " webhook: {channel: rings, key: k}, quiet: '22:00-07:00'}]\n"
    )
    book = workbook(
        tmp_path / "org.xlsx",
        {
            "units": [("code", "name", "kind", "places"), ("HM", "海门区", "district", "长江路、静海路")],
            "people": [("id", "name", "role", "unit", "wecom"), ("007", "张师傅", "信息员", "HM", "zhang")],
            "chats": [
                (
                    "code",
                    "name",
                    "use",
                    "unit",
                    "channel",
                    "chat_id",
                    "webhook.channel",
                    "webhook.key",
                    "quiet",
                ),
                ("duty", "值班群", "duty", "HM", "grid", "wr1", "rings", "k", "22:00-07:00"),
            ],
        },
    )
    yaml, xlsx = parse(tmp_path, text), imports.parse_organisation(book)
    assert (xlsx.units, xlsx.people, xlsx.chats) == (yaml.units, yaml.people, yaml.chats)


def test_numbers_in_a_workbook_are_ids(tmp_path: Path) -> None:
    sheets = {"people": [("id", "name", "role", "wecom"), (12, "张", "resident", 138.0)]}
    person = imports.parse_organisation(workbook(tmp_path / "o.xlsx", sheets)).people[0]
    assert (person.id, person.accounts) == ("12", {"wecom": "138"})


def test_empty_lines_and_columns_of_a_workbook_do_not_count(tmp_path: Path) -> None:
    sheets = {"units": [("code", "name", "kind", None), (None,) * 4, ("HM", "海门区", "district", None)]}
    assert len(imports.parse_organisation(workbook(tmp_path / "o.xlsx", sheets)).units) == 1


def test_a_mistake_in_a_workbook_names_sheet_and_line(tmp_path: Path) -> None:
    sheets = {"people": [("id", "name", "role"), ("a", "张", "resident"), ("b", "李", "居名")]}
    with pytest.raises(imports.OrganisationError, match="people!第 3 行「role」（李）：只能是 信息员、居民"):
        imports.parse_organisation(workbook(tmp_path / "o.xlsx", sheets))


def test_a_file_that_only_looks_like_a_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "org.xlsx"
    path.write_text("no")
    with pytest.raises(imports.OrganisationError, match="打不开这个表格"):
        imports.parse_organisation(path)


def test_lists_may_be_written_as_one_line(tmp_path: Path) -> None:
    text = "units: [{code: HM, name: 海门区, kind: town, places: '长江路，静海路; 解放路'}]"
    assert parse(tmp_path, text).units[0].places == ("长江路", "静海路", "解放路")


def test_codes_that_look_like_numbers_stay_as_written(tmp_path: Path) -> None:
    assert parse(tmp_path, "units: [{code: 0102, name: 1号, kind: grid}]").units[0].code == "0102"


def test_roles_may_be_written_in_chinese(tmp_path: Path) -> None:
    text = f"{UNITS}people: [{{id: a, name: 张, role: 受理员, unit: HM}}]"
    assert parse(tmp_path, text).people[0].role is Role.DUTY


def test_informants_need_no_unit(tmp_path: Path) -> None:
    assert parse(tmp_path, "people: [{id: a, name: 张, role: informant}]").people[0].unit is None


def test_an_outline_of_a_chinese_map_is_moved_when_its_system_is_named(tmp_path: Path) -> None:
    corners = "[[121.1, 31.8], [121.2, 31.8], [121.2, 31.9]]"
    row = f"{{code: HM, name: 区, kind: district, crs: gcj02, polygon: {corners}}}"
    outline = parse(tmp_path, f"units: [{row}]").units[0].outline
    assert outline is not None
    lat, lon = areas.to_wgs84(31.8, 121.1)
    assert outline["coordinates"][0][0] == [pytest.approx(lon), pytest.approx(lat)]


@pytest.mark.parametrize(
    "outline",
    [
        "[[121.1, 31.8], [121.2, 31.8], [121.2, 31.9]]",
        "'121.1,31.8; 121.2,31.8; 121.2,31.9'",
        "'[[121.1, 31.8], [121.2, 31.8], [121.2, 31.9]]'",
        "{type: Polygon, coordinates: [[[121.1, 31.8], [121.2, 31.8], [121.2, 31.9], [121.1, 31.8]]]}",
    ],
)
def test_an_outline_becomes_a_closed_geojson_polygon(tmp_path: Path, outline: str) -> None:
    unit = parse(tmp_path, f"units: [{{code: HM, name: 区, kind: district, polygon: {outline}}}]").units[0]
    ring = [[121.1, 31.8], [121.2, 31.8], [121.2, 31.9], [121.1, 31.8]]
    assert unit.polygon == {"type": "Polygon", "coordinates": [ring]}


MISTAKES = {
    "units: [{code: HM, name: 区, kind: distrct}]": "units[0].kind：只能是 district、town",
    "units: [{code: HM, kind: district}]": "units[0].name：缺少这一项；例：name: 海门区城市管理局",
    "units: [{code: HM, name: '', kind: district}]": "units[0].name：缺少这一项",
    "units: [{code: H/M, name: 区, kind: district}]": "units[0].code：格式不对；例：code: HM-CG",
    "units: [{code: HM, name: 区, kind: district, plases: [a]}]": "units[0].plases：不认识的键（是不是 places？）",
    "units: [HM]": "units[0]：应当是一组键值",
    "units: {code: HM}": "units：应当是列表",
    "unit: []": "unit：不认识的表（是不是 units？）",
    "[]": "最外层应当是 units、people、chats 三张表",
    f"{UNITS}people: [{{id: a, name: 张, role: cook, unit: HM}}]": "people[0].role：只能是 informant、resident",
    "people: [{id: a, name: 张, role: duty}]": "people[0]：除信息员和居民外，都要写 unit；例：unit: HM-CG",
    "chats: [{code: a, name: 群, use: direct, unit: HM, channel: grid, chat_id: w}]": (
        "chats[0].use：只能是 intake、handling、duty、residents"
    ),
    "chats: [{code: a, name: 群, use: duty, unit: HM, channel: grid, chat_id: w, quiet: 晚上}]": (
        'chats[0].quiet：格式不对；例：quiet: "22:00-07:00"'
    ),
    "chats: [{code: a, name: 群, use: duty, unit: HM, channel: grid, chat_id: w, webhook: {channel: r}}]": (
        'chats[0].webhook.key：缺少这一项；例：webhook: {channel: rings, key: "…"}'
    ),
    "units: [{code: A, name: 甲, kind: town}, {code: A, name: 乙, kind: town}]": "units[1]：“A”和 units[0] 重复了",
    "people: [{id: a, name: 甲, role: resident, accounts: {wecom: x}},"
    " {id: b, name: 乙, role: resident, accounts: {wecom: x}}]": "people[1].accounts.wecom：账号 x 已经是 a 的",
    "chats: [{code: a, name: 群, use: duty, unit: HM, channel: grid, chat_id: w},"
    " {code: b, name: 群, use: duty, unit: HM, channel: grid, chat_id: w}]": "chats[1].chat_id：群 w 已经是 a",
    "units: [{code: A, name: 甲, kind: town, polygon: [[1, 2], [3, 4]]}]": "units[0].polygon：轮廓不成一个面",
    "units: [{code: A, name: 甲, kind: town, polygon: [[0, 0], [1, 1], [1, 0], [0, 1]]}]": "自己与自己相交",
    "units: [{code: A, name: 甲, kind: town, polygon: [[31, 121], [32, 121], [32, 122]]}]": "先写经度，再写纬度",
    "units: [{code: A, name: 甲, kind: town, polygon: somewhere}]": "轮廓应当是一串角",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    assert MISTAKES[text] in "\n".join(told(tmp_path, text))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "units: [{code: A}, {code: B}]\npeople: [{id: a, name: 张, role: cook}]"
    assert len(told(tmp_path, text)) == 5


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(imports.OrganisationError, match="读不到这个文件"):
        imports.parse_organisation(tmp_path / "none.yaml")


def test_a_mistake_in_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    text = "units:\n  - {code: HM, name: 区, kind: district}\n  - code: CG\n    name: 局\n    kind: bureau\n"
    [sentence] = told(tmp_path, text)
    assert sentence.startswith(f"{tmp_path}/org.yaml:5：units[1].kind：只能是")


POSTS = (
    "units: [{code: HM, name: 海门区, kind: district}, {code: JF, name: 解放社区, kind: village, parent: HM}]\n"
    "people: [{id: p1, name: 平安一号, role: handler, unit: HM, duties: [服务], skills: [调解, 法律],"
    " posts: [{unit: JF, role: grid, duties: [调解, 排查]}]},"
    " {id: x1, name: 张师傅, role: informant, unit: JF, participation: 已同意}]\n"
)


def test_posts_skills_and_consent_are_read_alike_from_both_kinds_of_file(tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "org.xlsx",
        {
            "单位": [
                ("编码", "名称", "类型", "上级"),
                ("HM", "海门区", "区县", ""),
                ("JF", "解放社区", "村居", "HM"),
            ],
            "人员": [
                ("编号", "姓名", "角色", "单位", "职责", "兼任", "特长", "参加情况"),
                ("p1", "平安一号", "承办员", "HM", "服务", "JF 网格员（调解、排查）", "调解、法律", ""),
                ("x1", "张师傅", "信息员", "JF", "", "", "", "已同意"),
            ],
        },
    )
    assert imports.parse_organisation(book).people == parse(tmp_path, POSTS).people


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("{id: a, name: 甲, role: informant, unit: HM, posts: [{unit: HM, role: duty}]}", "工作人员的岗位"),
        ("{id: a, name: 甲, role: duty, unit: HM, posts: [{unit: HM, role: duty}]}", "写了两遍"),
        ("{id: a, name: 甲, role: duty, unit: HM, posts: HM网格员}", "单位 角色"),
        ("{id: a, name: 甲, role: duty, unit: HM, posts: [{unit: HM, role: 站长}]}", "people[0].posts"),
    ],
)
def test_a_post_that_is_none_is_refused_with_its_place(tmp_path: Path, person: str, said: str) -> None:
    assert said in "\n".join(told(tmp_path, f"{UNITS}people: [{person}]\n"))
