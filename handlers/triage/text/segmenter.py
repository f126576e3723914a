"""jieba's segmenter, with its cache in a folder that is ours alone.

jieba keeps its dictionary in a shared temporary folder and loads it from there with `marshal`: whoever
writes a file of that name first decides what the program loads.
"""

import logging
import os
import tempfile
from pathlib import Path
from typing import Any

_PRIVATE = 0o700


def build_tokenizer() -> Any:
    """A `jieba.Tokenizer` with the shipped dictionary. ModuleNotFoundError where jieba is not installed."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    folder = open_cache_folder()
    if folder is not None:
        tokenizer.tmp_dir = str(folder)
        tokenizer.initialize()
        return tokenizer
    with tempfile.TemporaryDirectory(prefix="gridbot-") as private:
        tokenizer.tmp_dir = private
        tokenizer.initialize()
    return tokenizer


def open_cache_folder() -> Path | None:
    """`gridbot` in the user's cache folder, made for us alone; None where there is no such place."""
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(home) / "gridbot"
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != os.geteuid():
            return None
        folder.chmod(_PRIVATE)
    except (OSError, RuntimeError):
        return None
    return folder
