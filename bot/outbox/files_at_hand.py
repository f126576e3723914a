"""The files of a delivery, brought to this machine for as long as they are sent."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bot.channels.base import Delivery, StoredFile
from bot.media.stores import MediaStore


@contextmanager
def open_files(store: MediaStore, delivery: Delivery) -> Iterator[Delivery]:
    """The delivery with files that can be read inside the block. Slow: enter it in a thread.

    Its files are named by their place in the media folder. Raises FileNotFoundError, StoreUnreachable.
    """
    with ExitStack() as stack:

        def open_file(file: StoredFile | None) -> StoredFile | None:
            if file is None:
                return None
            name = str(file.path.relative_to(store.folder))
            return replace(file, path=stack.enter_context(store.open_file(name)))

        yield replace(delivery, file=open_file(delivery.file), beside=open_file(delivery.beside))
