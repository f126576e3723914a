"""What a file is by its first bytes, whatever its name says: lists arrive as `.xls` renamed `.xlsx`."""

import re
from enum import StrEnum, auto
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from bot.config.problems import ConfigProblem, ConfigProblemsFound

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 4096
_RESAVE = "请用 WPS 或 Excel 打开，另存为 .xlsx 再导入"
_UTF16_TEXT = "这是 UTF-16 编码的文字（“Unicode 文本”），请另存为 .xlsx，或“CSV UTF-8”再导入"

_OTHER_STARTS = (
    (b"%PDF", f"这是 PDF，不是表格；{_RESAVE}"),
    (b"Rar!", "这是压缩包，请先解压"),
    (b"7z\xbc\xaf", "这是压缩包，请先解压"),
    (b"\x89PNG", "这是图片，不是表格"),
    (b"\xff\xd8\xff", "这是图片，不是表格"),
)
_OTHER_PACKAGES = (
    ("xl/workbook.bin", f"这是 .xlsb 二进制表格；{_RESAVE}"),
    ("word/document.xml", "这是 Word 文档，请把里面的表格复制到 .xlsx 再导入"),
    ("ppt/presentation.xml", "这是演示文稿，不是表格"),
    ("content.xml", f"这是 OpenDocument（.ods）文件；{_RESAVE}"),
)
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html|table|meta)\b", re.IGNORECASE)


class FileFormat(StrEnum):
    WORKBOOK = auto()
    TEXT = auto()


def detect_format(path: Path) -> FileFormat:
    """A workbook that `workbook.open_workbook` reads, or text of one byte order.

    Raises ConfigProblemsFound with the name of what it is instead (`.xls`, `.et`, UTF-16, PDF, …), and
    where the file cannot be read or is empty.
    """
    try:
        head = _read_head(path)
        reason = _explain_refusal(path, head)
    except OSError as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), "读不了这个文件")]) from error
    if reason:
        raise ConfigProblemsFound([ConfigProblem(str(path), reason)])
    return FileFormat.WORKBOOK if head.startswith(b"PK\x03\x04") else FileFormat.TEXT


def _read_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _explain_refusal(path: Path, head: bytes) -> str | None:
    if not head:
        return "这是空文件"
    if head.startswith(b"PK\x03\x04"):
        return _explain_package(path)
    if head.startswith(_OLE):
        return _explain_ole(path)
    reason = _explain_text(head)
    if reason is None and path.suffix.lower() == ".xlsx":
        return f"打不开这个表格：名字是 .xlsx，里面不是；{_RESAVE}"
    return reason


def _explain_text(head: bytes) -> str | None:
    for start, reason in _OTHER_STARTS:
        if head.startswith(start):
            return reason
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _UTF16_TEXT
    if b"\0" in head:
        return f"不是表格，也不是普通文字（可能是没有标记的 UTF-16）；{_RESAVE}"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return f"这是“XML 电子表格 2003”；{_RESAVE}"
    if _WEB_PAGE.search(head[:1024]):
        return f"这是网页（不少系统导出的“Excel”其实是网页）；{_RESAVE}"
    return None


def _explain_ole(path: Path) -> str:
    """The container of Office before 2007; it names its streams in UTF-16."""
    raw = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in raw:
        return "这个文件设了打开密码，请去掉密码再导入"
    if "WordDocument".encode("utf-16-le") in raw:
        return "这是 Word 文档，请把里面的表格复制到 .xlsx 再导入"
    if path.suffix.lower() in (".et", ".ett"):
        return f"这是 WPS 表格的 .et 文件；{_RESAVE}"
    return f"这是旧格式的 .xls 表格（97-2003）；{_RESAVE}"


def _explain_package(path: Path) -> str | None:
    try:
        with ZipFile(path) as package:
            parts = set(package.namelist())
    except (BadZipFile, NotImplementedError, ValueError):
        # Not implemented is a version of the format that nobody writes: bytes that were damaged.
        return "这个表格不完整（没有下载完，或已损坏），请重新取一份"
    for part, reason in _OTHER_PACKAGES:
        if part in parts:
            return reason
    if not any(part.endswith("workbook.xml") for part in parts):
        return "这是压缩包，不是表格，请先解压"
    return None
