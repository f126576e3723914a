"""Files are named as what they are, whatever their name ends in."""

import zipfile
from pathlib import Path

import pytest

from bot.config.problems import ConfigProblemsFound
from bot.imports import parse_organisation, places
from bot.imports.spreadsheet import ListFile
from bot.imports.spreadsheet.file_format import FileFormat, detect_format
from tests.bot.imports.workbooks import write_workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
FILES = {
    "名单.xls": (OLE + "Workbook".encode("utf-16-le"), "旧格式的 .xls"),
    "改名.xlsx": (OLE + "Workbook".encode("utf-16-le"), "旧格式的 .xls"),
    "名单.et": (OLE + "Workbook".encode("utf-16-le"), "WPS 表格的 .et"),
    "密码.xlsx": (OLE + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
    "名单.doc": (OLE + "WordDocument".encode("utf-16-le"), "Word 文档"),
    "名单.csv": ("名称,单位\n印象汇,HM\n".encode("utf-16"), "UTF-16"),
    "大端.csv": (b"\xfe\xff" + "名称\n印象汇\n".encode("utf-16-be"), "UTF-16"),
    "无标记.csv": ("name,unit\nabc,HM\n".encode("utf-16-le"), "UTF-16"),
    "导出.xls": (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
    "导出2003.xls": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "XML 电子表格 2003",
    ),
    "名单.pdf": (b"%PDF-1.7", "PDF"),
    "空.csv": (b"", "空文件"),
    "名单.xlsx": ("名称\n印象汇\n".encode(), "名字是 .xlsx，里面不是"),
    "没下完.xlsx": (b"PK\x03\x04" + b"\0" * 100, "不完整"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_as_what_it_is(tmp_path: Path, name: str) -> None:
    raw, word = FILES[name]
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(ConfigProblemsFound, match=word):
        list(ListFile(path, places.COLUMNS))


@pytest.mark.parametrize(
    ("part", "word"),
    [("word/document.xml", "Word"), ("content.xml", "ods"), ("xl/workbook.bin", "xlsb"), ("a.txt", "压缩包")],
)
def test_packages_that_are_no_workbooks(tmp_path: Path, part: str, word: str) -> None:
    path = tmp_path / "名单.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(part, "")
    with pytest.raises(ConfigProblemsFound, match=word):
        detect_format(path)


def test_a_workbook_by_another_name_is_read(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "list.xls", {"表": [("名称",), ("印象汇",)]})
    assert detect_format(path) is FileFormat.WORKBOOK
    assert [line.fields["name"] for line in ListFile(path, places.COLUMNS)] == ["印象汇"]


def test_an_organisation_is_no_csv(tmp_path: Path) -> None:
    path = tmp_path / "人员.csv"
    path.write_text("编号,姓名,角色\na,张,居民\n", encoding="utf-8")
    with pytest.raises(ConfigProblemsFound, match="文本文件只有一张，请用"):
        parse_organisation(path)
