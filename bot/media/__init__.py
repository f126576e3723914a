"""Files that people send: fetched before their address expires, decrypted, checked, stored, cleaned.

MediaRef ──fetch──> FetchedFile (temporary, its kind known) ──store──> StoredMedia (paths, facts)
"""

from bot.media.errors import (
    MediaBroken,
    MediaError,
    MediaExpired,
    MediaNoPhoto,
    MediaRefused,
    MediaTooDetailed,
    MediaTooLarge,
    MediaUnreachable,
)
from bot.media.fetching import FetchedFile, fetch
from bot.media.storing import StoredMedia, delete_temp_files, store, store_words
from bot.media.uploads import store_upload

__all__ = [
    "FetchedFile",
    "MediaBroken",
    "MediaError",
    "MediaExpired",
    "MediaNoPhoto",
    "MediaRefused",
    "MediaTooDetailed",
    "MediaTooLarge",
    "MediaUnreachable",
    "StoredMedia",
    "delete_temp_files",
    "fetch",
    "store",
    "store_upload",
    "store_words",
]
