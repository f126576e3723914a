"""Files people send: fetched within their few minutes, decrypted, checked, kept, made showable.

MediaRef ──fetch──> Fetched (a temporary file, its kind known) ──store──> StoredMedia (paths, facts)
"""

from bot.media.errors import (
    MediaBroken,
    MediaError,
    MediaExpired,
    MediaRefused,
    MediaTooLarge,
    MediaUnreachable,
)
from bot.media.fetching import FetchedFile, fetch
from bot.media.storing import StoredMedia, delete_temp_files, store

__all__ = [
    "FetchedFile",
    "MediaBroken",
    "MediaError",
    "MediaExpired",
    "MediaRefused",
    "MediaTooLarge",
    "MediaUnreachable",
    "StoredMedia",
    "delete_temp_files",
    "fetch",
    "store",
]
