"""The house as it is drawn in docs/architecture.md: few rooms, imports that point down, names that say it.

A room is a file or folder directly below a folder; a floor is how many rooms lie beneath it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.sources import ROOT, imported, modules, tracked

HOUSES = {
    # folder: (rooms, floors) at most
    "handlers": (16, 12),
    "handlers/triage": (11, 7),
    "bot": (15, 9),
    "console": (14, 8),
}
MOST_FILES = 14
UNSHOWN = frozenset({"errors"})
"""Rooms of one small file, which everybody knows."""
LARGE_FOLDERS = {"bot/api", "handlers/wording", "models"}
"""A file a resource, a subject people read of, a table: as many as there are."""

Edges = dict[str, set[str]]


@pytest.fixture(scope="module", autouse=True)
def _forget_modules() -> Iterator[None]:
    """Their syntax trees take 150 MB."""
    yield
    modules.cache_clear()


def rooms(folder: str) -> Edges:
    """Which rooms of a folder each of its rooms imports."""
    prefix = folder.replace("/", ".")
    depth = prefix.count(".") + 1
    edges: Edges = defaultdict(set)
    for name, tree in modules().items():
        if (room := _room(name, prefix, depth)) is not None:
            targets = {_room(target, prefix, depth) for target in imported(tree)}
            edges[room] |= {target for target in targets if target is not None} - {room}
    return edges


def _room(module: str, prefix: str, depth: int) -> str | None:
    parts = module.split(".")
    return parts[depth] if module.startswith(f"{prefix}.") and len(parts) > depth else None


def floors(edges: Edges) -> dict[str, int]:
    """The floor of each room: one above the highest it imports. Raises CycleError for a circle."""
    found: dict[str, int] = {}
    for room in TopologicalSorter(edges).static_order():
        found[room] = 1 + max((found[below] for below in edges.get(room, ())), default=0)
    return found


@pytest.mark.parametrize("folder", HOUSES)
def test_a_house_has_few_rooms_on_few_floors_and_no_circle(folder: str) -> None:
    most_rooms, most_floors = HOUSES[folder]
    try:
        storeys = floors(rooms(folder))
    except CycleError as circle:
        pytest.fail(f"{folder}: rooms import each other in a circle: {circle.args[1]}")
    assert len(storeys) <= most_rooms, sorted(storeys)
    assert max(storeys.values()) <= most_floors, storeys


def test_the_picture_of_the_house_shows_every_room() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    shown = set(re.findall(r"\w+", picture))
    missing = {folder: rooms(folder).keys() - shown - UNSHOWN for folder in ("handlers", "bot")}
    assert missing == {"handlers": set(), "bot": set()}


@pytest.mark.parametrize(
    "folder",
    ["bot/channels", "bot/cli", "bot/cli/talk", "handlers/talk", "handlers/acts", "handlers/cases", "models"],
)
def test_modules_of_a_folder_do_not_import_each_other_in_circles(folder: str) -> None:
    edges = rooms(folder)
    TopologicalSorter(edges).prepare()


def test_a_folder_holds_about_a_dozen_files() -> None:
    counts: dict[str, int] = defaultdict(int)
    for path in tracked():
        folder = str(path.relative_to(ROOT).parent)
        if path.suffix == ".py" and not folder.startswith(("tests", "models/migrations", "sandbox")):
            counts[folder] += path.name != "__init__.py"
    crowded = {folder: count for folder, count in counts.items() if count > MOST_FILES}
    assert crowded.keys() <= LARGE_FOLDERS, crowded


# Names -------------------------------------------------------------------------------------------

FILLERS = frozenset({
    "of", "at", "into", "by", "with", "for", "from", "to", "in", "on", "off", "out", "again", "anew",
    "here", "there", "then", "those", "these", "mine", "its", "theirs", "it", "them", "one", "ones",
    "each", "all", "any", "some", "others", "what", "who", "how", "way", "same", "both", "so", "too",
})  # fmt: skip
PARTICIPLES = frozenset({
    "told", "said", "begun", "made", "known", "written", "given", "done", "shown", "kept", "held",
    "sent", "drawn", "taken", "heard", "seen", "meant", "gone", "come", "built", "bound", "caught",
    "chosen", "grown", "hidden", "laid", "led", "lent", "paid", "sold", "understood", "won",
})  # fmt: skip
NO_PARTICIPLES = frozenset({"feed", "need", "embed", "seed"})
THEATRE = frozenset({
    "Scene", "Given", "Telling", "Teller", "Desk", "Rung", "Heart", "Post", "Office", "Heard", "Hearing",
    "Leaning", "Mistake", "Arrival", "Ladder",
})  # fmt: skip


def bare_names() -> Iterator[str]:
    """Functions called by a filler, or by what was done to something, and classes out of a play."""
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_bare(node.name.strip("_")):
                yield f"{module}.{node.name}"
            if isinstance(node, ast.ClassDef) and node.name.strip("_") in THEATRE:
                yield f"{module}.{node.name}"


def _is_bare(name: str) -> bool:
    participle = name in PARTICIPLES or (re.fullmatch("[a-z]+ed", name) and name not in NO_PARTICIPLES)
    return name in FILLERS or bool(participle)


def test_functions_are_called_for_what_they_do() -> None:
    assert list(bare_names()) == []


def test_a_class_name_means_one_thing() -> None:
    """Among public classes of the program; the sandbox has words of its own, being another program."""
    places: dict[str, list[str]] = defaultdict(list)
    for module, tree in modules().items():
        if not module.startswith("sandbox"):
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(module)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
