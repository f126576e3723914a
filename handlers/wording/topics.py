"""What is said of reports that are alike, and of topics that many report."""

from collections.abc import Sequence

_REASONS = {
    "place": "地点相同",
    "point": "位置相近",
    "words": "说法相近",
    "photo": "照片相同",
    "identical": "内容相同",
}


def reasons(found: Sequence[str]) -> str:
    """Why two reports are taken for one matter, for the record."""
    return "，".join(_REASONS.get(reason, reason) for reason in found)
