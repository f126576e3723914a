"""Which files a pack consists of, for whoever watches them."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from handlers.triage.rules.data_files import UnreadableFile, YAMLDocument, read_text

Stamp = tuple[tuple[int, int] | None, ...]

_NAMING = re.compile(
    r"^['\"]?(?:include|classes|examples|codes)['\"]?[ \t]*:.*\n?(?:(?:[ \t#-].*)?\n)*(?:[ \t-].*)?",
    re.MULTILINE,
)
"""Such a key with everything below it, as far as the next key."""
_AT_THE_MARGIN = re.compile(r"\A(?:(?:#|---).*\n|[ \t]*\n)*[a-z]+[ \t]*:")


def list_pack_files(paths: Iterable[Path]) -> list[Path]:
    """These packs, what they include and the tables and examples they name, as far as they can be read.

    A file that is not there or is no YAML is in the list, and raises nothing: `load_pack` tells of it.
    """
    found: dict[Path, None] = {}
    waiting = [Path(path) for path in paths]
    while waiting:
        path = waiting.pop(0)
        if path not in found:
            found[path] = None
            waiting += _find_includes(path)
    return list(found)


def stamp_files(files: Iterable[Path]) -> Stamp:
    """Size in bytes and modification time in nanoseconds of each file; None where there is none."""
    return tuple(map(_size_and_time, files))


def _size_and_time(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _find_includes(path: Path) -> list[Path]:
    try:
        status = path.stat()
    except OSError:
        return []  # `load_pack` tells what is wrong with it
    return list(_read_includes(path, status.st_mtime_ns, status.st_size))


def _extract_includes(text: str) -> str:
    """The part of a file that names others; all of it where its keys do not stand at the margin.

    A megabyte of learned weights names nobody, and is read once more by whoever loads the pack.
    """
    return "".join(_NAMING.findall(text)) if _AT_THE_MARGIN.match(text) else text


@lru_cache(maxsize=256)
def _read_includes(path: Path, _changed: int, _size: int) -> tuple[Path, ...]:
    """Read anew only where the file was written since."""
    try:
        text = "" if path.suffix in (".csv", ".txt") else read_text(path)
        data = YAMLDocument(path, _extract_includes(text), repeated_keys=True).value
    except UnreadableFile:
        return ()
    if not isinstance(data, dict):
        return ()
    include, codes = data.get("include"), data.get("codes")
    names = [data.get("classes"), data.get("examples"), *(include if isinstance(include, list) else ())]
    named = (path.parent / name for name in names if name and isinstance(name, str))
    return (*named, *(sorted((path.parent / codes).glob("*.csv")) if isinstance(codes, str) else ()))
