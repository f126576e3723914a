"""Pieces of rule packs that several tests write."""

import re
from functools import cache
from pathlib import Path

from handlers.triage.rules.packs import Pack, load_pack

SHIPPED = Path(__file__).resolve().parents[1] / "rules"
SPECIAL = "fallback_class: other\nrisk_class: other\nrumour_class: other\nrestricted_classes: []\n"
"""What a pack must say before anything is triaged with it; for tables that have a class `other`."""


@cache
def load_shipped_pack() -> Pack:
    """The shipped pack, which nobody can change, read once."""
    return load_pack([SHIPPED / "default.yaml"])


def rename_classes(folder: Path) -> Path:
    """A copy of the shipped pack in which every class has another id, the same in all its files.

    The id of a class and the new one: see `renamed`.
    """
    table = (SHIPPED / "classes.csv").read_text(encoding="utf-8")
    ids = [line.partition(",")[0] for line in table.splitlines()[1:]]
    for source in sorted(SHIPPED.rglob("*.*")):
        target = folder / source.relative_to(SHIPPED)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_rename(source, ids), encoding="utf-8")
    return folder / "default.yaml"


def renamed(class_id: str) -> str:
    """The id that `rename_classes` gives this class."""
    return f"x-{class_id.replace('.', '-')}"


def _rename(source: Path, ids: list[str]) -> str:
    """Ids stand alone in a cell, before a colon, in a list or at the head of an example."""
    text = source.read_text(encoding="utf-8")
    known = "|".join(sorted(map(re.escape, ids), key=len, reverse=True))
    if source.name == "examples.txt":
        return re.sub(rf"^({known})(?=[ /!~])", lambda m: renamed(m[1]), text, flags=re.MULTILINE)
    if source.suffix == ".csv":
        return re.sub(rf"^({known})(?=,)", lambda m: renamed(m[1]), text, flags=re.MULTILINE)
    return re.sub(rf"(?<![\w.-])({known})(?=[:,}}\] \n])", lambda m: renamed(m[1]), text)
