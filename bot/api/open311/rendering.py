"""Answers as JSON, and the same as XML: a list is an element with an element for each item."""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree as ET

from fastapi import Response

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML document can hold, in whatever spelling."""


class AnswerFormat(StrEnum):
    """What an address ends with."""

    JSON = "json"
    XML = "xml"


def render(
    rows: Sequence[Mapping[str, Any]],
    *,
    names: tuple[str, str],
    wanted: AnswerFormat,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """`rows` as the standard writes them; `names`: what XML calls the list, and an item of it."""
    if wanted is AnswerFormat.JSON:
        body = json.dumps(list(rows), ensure_ascii=False).encode()
        return Response(body, status, headers, media_type="application/json; charset=utf-8")
    root = ET.Element(names[0])
    for row in rows:
        _write_item(ET.SubElement(root, names[1]), row)
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, status, headers, media_type="text/xml; charset=utf-8")


def _write_item(element: ET.Element, row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        below = ET.SubElement(element, name)
        if isinstance(value, bool):
            below.text = "true" if value else "false"
        elif value is not None and not isinstance(value, list):
            below.text = _NOT_XML.sub("", str(value))
