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
from bot.media.fetching import Fetched, fetch
from bot.media.storing import StoredMedia, store, sweep

__all__ = [
    "Fetched",
    "MediaBroken",
    "MediaError",
    "MediaExpired",
    "MediaRefused",
    "MediaTooLarge",
    "MediaUnreachable",
    "StoredMedia",
    "fetch",
    "store",
    "sweep",
]
