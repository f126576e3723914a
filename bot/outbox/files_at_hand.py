"""The files of a delivery, brought to this machine or made on it for as long as they are sent."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from bot.channels.base import Delivery, StoredFile
from bot.media.stores import MediaStore
from handlers.insight import papers, pictures
from handlers.wording import marks
from handlers.wording.papers import Paper
from models.messages import FilePush, PhotoPush, PushBody


def name_made_file(body: PushBody, folder: Path) -> StoredFile | None:
    """The file that is made of this push as it is sent; None where one is stored, or there is none."""
    match body:
        case FilePush(paper=paper, name=name) if paper is not None:
            return StoredFile(folder / name, name, papers.DOCX)
        case PhotoPush(drawing=drawing) if drawing:
            return StoredFile(folder / marks.DRAWING_NAME, marks.DRAWING_NAME, pictures.MEDIA_TYPE)
        case _:
            return None


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

        if (made := name_made_file(delivery.body, store.folder)) is not None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / made.path.name
            path.write_bytes(_make_content(delivery.body))
            yield replace(delivery, file=replace(made, path=path))
            return
        yield replace(delivery, file=open_file(delivery.file), beside=open_file(delivery.beside))


def _make_content(body: PushBody) -> bytes:
    match body:
        case FilePush(paper=paper) if paper is not None:
            return papers.write_docx(Paper.from_plain(paper))
        case PhotoPush(drawing=drawing):
            return pictures.draw_png(drawing)
        case _:
            raise ValueError(type(body).__name__)
