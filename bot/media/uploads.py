"""Photos that came in a request: checked, cleaned and stored like photos from the groups."""

import hashlib
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.media import kinds
from bot.media.errors import MediaNoPhoto, MediaTooLarge
from bot.media.fetching import INCOMING, FetchedFile
from bot.media.storing import StoredMedia, store
from bot.ops.private_files import make_private_folder
from models.messages import PartKind


def store_upload(data: bytes, *, folder: Path, most: int, zone: ZoneInfo) -> StoredMedia:
    """Store one photo in the media folder; `most`: bytes it may have, `zone`: of the cameras' local times.

    Slow (decoding, syncing): call it outside any transaction. Raises MediaNoPhoto, MediaTooLarge,
    MediaTooDetailed, or another MediaError for what does not decode.
    """
    kind = kinds.sniff(data[: kinds.HEAD])
    if kind.part is not PartKind.PHOTO:
        raise MediaNoPhoto
    if len(data) > most:
        raise MediaTooLarge("photo")
    incoming = folder / INCOMING
    make_private_folder(incoming)
    with tempfile.NamedTemporaryFile(dir=incoming, delete=False) as out:
        out.write(data)
    fetched = FetchedFile(Path(out.name), kind, len(data), hashlib.sha256(data).hexdigest())
    return store(fetched, folder=folder, zone=zone, strict=True)
