"""Where stored files lie: in the media folder, or in a bucket that the folder's files move to.

    store ──> folder ──────────────────────────────> read, listed, deleted
                 └─ FileMover ─> bucket (s3) ──────> read, listed, deleted

Every file is stored in the folder first, durably: whether the bucket answers is no matter of those who write.
"""

from bot.media.stores.base import MediaStore, StoreUnreachable
from bot.media.stores.folder import FolderStore
from bot.media.stores.opening import build_mover, open_store

__all__ = ["FolderStore", "MediaStore", "StoreUnreachable", "build_mover", "open_store"]
