"""Folders that nobody else on the machine may look into, whatever the umask."""

from contextlib import suppress
from pathlib import Path

_OWN = 0o700


def make_private_folder(folder: Path) -> None:
    """Make the folder and what is missing above it, each for its owner alone; leave those there are."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=_OWN, exist_ok=True)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(str(folder))


def close_folder(folder: Path) -> None:
    """Close the folder, and so what lies in it, to everybody else, where it is one and ours."""
    # Another user's folder, or a file in its place, is what `gridbot check` speaks of.
    with suppress(OSError):
        if folder.is_dir():
            folder.chmod(_OWN)
