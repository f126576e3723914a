"""The workbook that people fill in: sheets, headings, drop-down lists and examples.

Codes of the examples begin with 示例: an import passes such rows over with a word, so that a template
nobody filled in is refused as empty.
"""

from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports.org_columns import SHEET_TITLES, TABLES
from bot.imports.spreadsheet.columns import SAMPLE_MARK, Column

_LAST_ROW = 2000
"""To which the drop-down lists reach."""
_INSTRUCTIONS = (
    "每张表一行一个：单位、人、群。表头带 * 的必须填，鼠标停在表头上有说明。",
    f"灰色斜体是示例，编码以“{SAMPLE_MARK}”开头的行不会导入；照着填在下面，示例行可以留着。",
    "编码、编号定了就不要改：再次导入时按它更新。人名、单位名可以改。",
    "人员和群的“单位”、单位的“上级”，填单位的编码；名称只有一个单位用时也可以填名称。",
    "手机号不用填：花名册里不存电话。人通过企业微信账号认出来。",
    "填好后运行 gridbot org import 这个文件；有一处写错就整份不导入，并逐处说明在哪张表、哪一行、哪一列。",
)
_SAMPLES = {
    "units": (
        {"code": "HM", "name": "海门区", "kind": "区县"},
        {
            "code": "HM-CG", "name": "海门区城市管理局", "kind": "部门", "short": "城管局",
            "parent": "HM", "lead": "cg1", "keywords": "占道、小广告",
        },
        {"code": "HM-HM", "name": "海门街道", "kind": "镇街", "parent": "HM", "places": "长江路、静海路"},
    ),
    "people": (
        {"id": "duty1", "name": "值班一号", "role": "受理员", "unit": "HM", "accounts.wecom": "duty1"},
        {"id": "cg1", "name": "城管一号", "role": "承办员", "unit": "HM-CG", "accounts.wecom": "cg1"},
        {
            "id": "zhangyl", "name": "张师傅", "role": "信息员", "unit": "HM-HM", "occupation": "外卖骑手",
            "participation": "在册", "accounts.wecom": "zhangyl",
        },
        {
            "id": "pingan1", "name": "平安一号", "role": "网格员", "unit": "HM-HM", "duties": "排查、服务",
            "posts": f"{SAMPLE_MARK}-HM-CG 承办员（调解）", "skills": "调解、法律",
            "accounts.wecom": "pingan1",
        },
    ),
    "chats": (
        {
            "code": "duty", "name": "区值班群", "use": "值班", "unit": "HM", "channel": "grid",
            "chat_id": "wrDUTY",
        },
        {
            "code": "cg", "name": "城管处置群", "use": "处置", "unit": "HM-CG", "channel": "grid",
            "chat_id": "wrCG", "quiet": "22:00-07:00",
        },
    ),
}  # fmt: skip
_CODE_FIELDS = frozenset({"code", "id", "parent", "unit", "lead", "deputy", "accounts.wecom"})
"""In a sample these refer to other samples, and are marked as they are."""
_REFERENCES = {"unit": ("units", "code"), "parent": ("units", "code"), "lead": ("people", "id"),
               "deputy": ("people", "id")}  # fmt: skip
_HEADING = PatternFill("solid", fgColor="DDEBF7")
_SAMPLE_FONT = Font(italic=True, color="808080")


def write_template(path: Path) -> None:
    """Raises ConfigProblemsFound where the name does not end in .xlsx, or something is there already."""
    if path.suffix.lower() != ".xlsx":
        raise ConfigProblemsFound([ConfigProblem(str(path), "模板是 .xlsx 文件", f"{path.stem}.xlsx")])
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in TABLES:
        _write_table(book.create_sheet(SHEET_TITLES[table]), table)
    _write_instructions(book.create_sheet("填写说明"))
    try:
        with path.open("xb") as file:
            book.save(file)
    except FileExistsError as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), "已经有这个文件，请换个名字")]) from error
    except OSError as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), "写不了这个文件，看看文件夹在不在")]) from error


def _write_instructions(sheet: Worksheet) -> None:
    for number, sentence in enumerate(_INSTRUCTIONS, start=1):
        sheet.cell(number, 1, f"{number}. {sentence}").alignment = Alignment(wrap_text=True)
    sheet.column_dimensions["A"].width = 100


def _write_table(sheet: Worksheet, table: str) -> None:
    sheet.freeze_panes = "A2"
    for index, column in enumerate(TABLES[table].columns, start=1):
        _write_column(sheet, index, column)
        for row, sample in enumerate(_SAMPLES[table], start=2):
            value = sample.get(column.field, "")
            marked = f"{SAMPLE_MARK}-{value}" if value and column.field in _CODE_FIELDS else value
            sheet.cell(row, index, marked or None).font = _SAMPLE_FONT


def _write_column(sheet: Worksheet, index: int, column: Column) -> None:
    letter = get_column_letter(index)
    # As text, so that 007 keeps its zeros and 3-1 does not become a date.
    sheet.column_dimensions[letter].number_format = "@"
    sheet.column_dimensions[letter].width = max(12, 2 * len(column.title) + 6)
    cell = sheet.cell(1, index, f"{column.title}{' *' if column.needed else ''}")
    cell.font, cell.fill = Font(bold=True), _HEADING
    if note := "；".join(filter(None, (column.hint, column.example and f"例：{column.example}"))):
        cell.comment = Comment(note, "gridbot")
    if (validation := _build_validation(column)) is not None:
        validation.add(f"{letter}2:{letter}{_LAST_ROW}")
        sheet.add_data_validation(validation)


def _build_validation(column: Column) -> DataValidation | None:
    if column.choices:
        words = "、".join(column.choices)
        return DataValidation(
            type="list",
            formula1=f'"{",".join(column.choices)}"',
            allow_blank=True,
            showErrorMessage=True,
            errorTitle=column.title,
            error=f"只能是 {words}",
        )
    if column.field not in _REFERENCES:
        return None
    table, key = _REFERENCES[column.field]
    fields = [other.field for other in TABLES[table].columns]
    letter = get_column_letter(fields.index(key) + 1)
    # A list to choose from, not a fence: a unit may be in the program already, or be called by its name.
    source = f"'{SHEET_TITLES[table]}'!${letter}$2:${letter}${_LAST_ROW}"
    return DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
