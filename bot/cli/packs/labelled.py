"""Files of labelled messages: one JSON object a line, plain or gzip."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from bot.cli.common import refuse

GZIP = b"\x1f\x8b"


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Every row of the file; ends with exit code 1 and the number of the first line that is no object."""
    try:
        raw = file.read_bytes()
        text = (gzip.decompress(raw) if raw.startswith(GZIP) else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        refuse(f"{file}：读不了：{error}")
    rows = []
    # Not splitlines: U+2028 and other line separators stand inside messages.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        row = _parse_row(line)
        if row is None:
            refuse(f"{file}:{number}：不是一条 JSON 消息")
        rows.append(row)
    return rows


def _parse_row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row if isinstance(row, dict) else None
