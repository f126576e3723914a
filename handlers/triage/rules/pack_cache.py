"""Rule files as they were checked once, kept on disk: reading them again costs a third of the YAML.

Each stands under the digest of what it was made from: the text of the file, this reader and the shape of a
pack. What is not found, is damaged or belongs to somebody else is not used: the file is then read as it was
written, and kept anew. JSON, so that nothing but the values of rules can come out of it.
"""

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

import structlog
from pydantic import ValidationError

from handlers.triage.rules.schema import PackFile
from models import normalization

log = structlog.get_logger()

_WORTHWHILE = 16 * 1024
"""Bytes of YAML below which a file is read as quickly itself."""
_KEPT = 64
"""Files kept; the oldest are those of rules that have changed since."""
_DIGEST = 64


def load(text: str) -> PackFile | None:
    """What a rule file of this text holds; None where it was not kept."""
    path = _find_path(text)
    if path is None:
        return None
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    digest, content = kept[:_DIGEST], kept[_DIGEST:]
    if digest != hashlib.sha256(content).hexdigest().encode():
        log.warning("rules.cache_damaged", file=path.name)
        return None
    try:
        return PackFile.model_validate_json(content)
    except ValidationError:
        log.warning("rules.cache_damaged", file=path.name)
        return None


def keep(text: str, content: PackFile) -> None:
    """Keep what a rule file of this text holds, whole or not at all; a disk that is full keeps nothing."""
    path = _find_path(text)
    if path is None:
        return
    body = content.model_dump_json(by_alias=True, exclude_unset=True).encode()
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(hashlib.sha256(body).hexdigest().encode() + body)
        Path(draft.name).replace(path)
        _forget_old(path.parent)
    except OSError as error:
        log.warning("rules.not_cached", error=type(error).__name__)


def _find_path(text: str) -> Path | None:
    folder = _find_folder() if len(text) >= _WORTHWHILE else None
    if folder is None:
        return None
    made_of = f"{_fingerprint_reader()}\0{text}".encode("utf-8", "surrogatepass")
    return folder / f"{hashlib.sha256(made_of).hexdigest()}.json"


def _find_folder() -> Path | None:
    """The folder of this user's own, or None where there is none that nobody else writes to."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
        folder = home / "gridbot" / "rules"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except (OSError, RuntimeError):  # no disk, or a user without a home
        return None
    # A link has all its bits set.
    return folder if found.st_uid == os.geteuid() and not found.st_mode & 0o077 else None


@cache
def _fingerprint_reader() -> str:
    """Of the code that reads a file: another version may read it otherwise."""
    beside = Path(__file__).parent
    code = (beside / "data_files.py", beside / "schema.py", Path(normalization.__file__))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in code)).hexdigest()


def _forget_old(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-_KEPT]:
        file.unlink(missing_ok=True)
