"""The tracked files of the repository, and the Python modules among them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("models/migrations/versions/",)
"""Written by alembic: a table is as long as it is."""
LAYERS = ("bench", "bot", "console", "scheduler", "handlers", "models", "sandbox")


def tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            yield path


def python_files() -> Iterator[tuple[str, str]]:
    """Path below the root and text of every Python file that a person writes, tests included."""
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if path.suffix == ".py" and not name.startswith(GENERATED):
            yield name, path.read_text(encoding="utf-8")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the program itself by its dotted name."""
    return {_dotted(name): ast.parse(text) for name, text in python_files() if name.split("/")[0] in LAYERS}


def _dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module a module imports, also inside functions; of `from a import b` both `a.b`s that are modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules() else node.module
