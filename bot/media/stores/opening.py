"""The store that the settings name."""

from pathlib import Path
from typing import TYPE_CHECKING

from bot.config.storage import FolderStorage, StorageSettings
from bot.media.stores.base import MediaStore
from bot.media.stores.folder import FolderStore

if TYPE_CHECKING:
    from bot.media.stores.mover import FileMover


def open_store(storage: StorageSettings, folder: Path) -> MediaStore:
    """The store; `folder`: the media folder. Nothing is asked yet whether it answers.

    Raises ModuleNotFoundError where the extra `s3` is not installed.
    """
    if isinstance(storage, FolderStorage):
        return FolderStore(folder)
    # Only who keeps files in a bucket needs the library.
    from bot.media.stores.bucket import BucketStore

    return BucketStore(storage, folder)


def build_mover(store: MediaStore) -> "FileMover | None":
    """What moves the files of the media folder on to where the store keeps them; None where they stay."""
    if isinstance(store, FolderStore):
        return None
    from bot.media.stores.bucket import BucketStore
    from bot.media.stores.mover import FileMover

    return FileMover(store) if isinstance(store, BucketStore) else None
