"""Whole cases moved into a file of their own and back: rows, file, and the moving of one into the other."""

from bot.ops.case_archive.archive_file import ArchiveRefused, CaseArchive
from bot.ops.case_archive.moving import ArchiveSummary, archive_cases, list_archived, restore_cases

__all__ = [
    "ArchiveRefused",
    "ArchiveSummary",
    "CaseArchive",
    "archive_cases",
    "list_archived",
    "restore_cases",
]
