"""The machine: room on its disks, whose eyes may see the files, and the newest backup."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bot.ops.nightly_backup import find_newest
from bot.process.doctor.diagnoses import Diagnosis, Installation, Level

_GIGABYTE = 1024**3
_LITTLE, _VERY_LITTLE = 0.20, 0.10
"""Shares of a disk that is free."""
_OTHERS = 0o077
"""Whatever anybody but the owner may."""
_WRITTEN_SECRET = re.compile(
    r"^[^#\n]*\b(?:secret|token|aes_key|secret_key|access_key|key)\s*:\s*[\"']?(?!\$\{)[\w+/=.-]{6,}",
    re.MULTILINE,
)
"""A value that stands in the file itself, and not `${NAME}`."""
_OLD = timedelta(hours=26)
"""A night is missing."""


def _find_database_file(installation: Installation) -> Path | None:
    database = installation.database
    name = database.engine.url.database if database.sqlite else None
    return Path(name) if name else None


def _list_folders(installation: Installation) -> dict[str, Path]:
    """Folders in which this program writes, by what they hold."""
    file = _find_database_file(installation)
    folders = {
        "数据库": file.parent if file is not None else None,
        "附件": installation.settings.media.folder,
        "备份": installation.settings.backup.folder,
    }
    return {name: folder for name, folder in folders.items() if folder is not None and folder.exists()}


def check_disks(installation: Installation) -> Iterator[Diagnosis]:
    """Each disk once, named by what lies on it."""
    disks: dict[int, list[str]] = {}
    folders = _list_folders(installation)
    for name, folder in folders.items():
        disks.setdefault(folder.stat().st_dev, []).append(name)
    for names in disks.values():
        used = shutil.disk_usage(folders[names[0]])
        free, share = used.free / _GIGABYTE, used.free / used.total
        told = f"{'、'.join(names)}所在的磁盘剩 {free:.1f} GB（{share:.0%}）"
        if share < _VERY_LITTLE or free < 1:
            yield Diagnosis("disk", Level.BAD, f"{told}，请马上清理或扩容")
        elif share < _LITTLE:
            yield Diagnosis("disk", Level.WARN, f"{told}，不多了")
        else:
            yield Diagnosis("disk", Level.OK, told)


def check_rights(installation: Installation) -> Iterator[Diagnosis]:
    """Files and folders that others on the machine may look into."""
    config = installation.config
    # One without keys in it may be read by everybody.
    closed = [config] if _WRITTEN_SECRET.search(config.read_text("utf-8")) else []
    file = _find_database_file(installation)
    if file is not None:
        closed += sorted(file.parent.glob(f"{file.name}*"))
    settings = installation.settings
    for folder in (settings.media.folder, settings.archives, settings.backup.folder):
        if folder is not None and folder.exists():
            closed.append(folder)
    open_ones = [path for path in closed if path.stat().st_mode & _OTHERS]
    for path in open_ones:
        right = "700" if path.is_dir() else "600"
        yield Diagnosis("rights", Level.BAD, f"其他用户能看 {path}，请 chmod {right} {path}")
    if not open_ones:
        yield Diagnosis("rights", Level.OK, f"{len(closed)} 个文件和文件夹只有自己能看")


def check_backup(installation: Installation) -> Iterator[Diagnosis]:
    """Whether a night is missing."""
    folder = installation.settings.backup.folder
    if folder is None:
        yield Diagnosis(
            "backup", Level.WARN, "没有设每天备份，请在 config.yaml 里写 backup: {folder: data/backups}"
        )
        return
    newest = find_newest(folder)
    if newest is None:
        yield Diagnosis("backup", Level.WARN, f"{folder} 里还没有备份，可以现在就 gridbot db backup")
        return
    age = installation.now - newest
    told = f"最近一次备份在 {newest.astimezone(installation.settings.zone):%Y-%m-%d %H:%M}"
    if age > _OLD:
        yield Diagnosis("backup", Level.BAD, f"{told}，已经漏了一夜，请看日志里的 backup.failed")
    else:
        yield Diagnosis("backup", Level.OK, told)
