"""HEIC photos: the boxes are read here, the pictures in them are decoded by FFmpeg, tiles are joined.

    meta ─ pitm   which item is the photo
         ├ iinf   what each item is: hvc1 a picture, grid a photo made of tiles, Exif
         ├ iloc   where its bytes are: in the file, or in idat
         ├ iref   which tiles a grid is made of
         └ iprp   size, decoder settings, turns

FFmpeg alone opens such a file and gives the first tile of a phone's 48.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.channels.pictures.pixel_budget import DECODING, PixelBudget
from bot.media.errors import MediaRefused, MediaTooDetailed

MAX_TILES = 1024
"""A phone's photo has 48; a hostile file names 65,536."""
MAX_PIECES = 4096
"""Boxes, items, pieces of items: a phone's photo has some 60; a hostile file names billions for nothing."""
_MOST_TURNS = 8
"""A phone's photo has one or two; each is work on every pixel."""
_EXIF = b"Exif\0\0"
_SLACK = 64
"""A coded picture is as much larger than the one shown, at most."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded photo, already upright; `exif` are the bytes Pillow expects, empty where there are none."""

    image: Image.Image
    exif: bytes


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of the file: its type, its bytes, and its properties in the order the file lists them."""

    kind: bytes
    data: bytes
    properties: Sequence[tuple[bytes, bytes]]
    parts: Sequence[int]
    """Ids of the tiles of a grid, row by row."""

    def find_property(self, kind: bytes) -> bytes:
        """The first property of this kind; ValueError where there is none."""
        for name, data in self.properties:
            if name == kind:
                return data
        raise ValueError("heif property")

    @property
    def size(self) -> tuple[int, int]:
        width, height = struct.unpack_from(">4xII", self.find_property(b"ispe"))
        return width, height


class _Reader:
    """Big-endian numbers, one after the other; ValueError past the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, width: int) -> int:
        if self._at + width > len(self._data):
            raise ValueError("heif box")
        self._at += width
        return int.from_bytes(self._data[self._at - width : self._at])

    def count(self, width: int) -> int:
        """A number of entries. Raises MediaRefused where it is larger than any photo needs."""
        return _few(self.number(width))

    def full(self) -> tuple[int, int]:
        """Version and flags."""
        return self.number(1), self.number(3)

    def text(self, width: int) -> bytes:
        return self.number(width).to_bytes(width)

    def rest(self) -> bytes:
        return self._data[self._at :]


def _few(count: int) -> int:
    if count > MAX_PIECES:
        raise MediaRefused("heif_pieces")
    return count


@contextmanager
def open_photo(path: Path, *, max_pixels: int, budget: PixelBudget = DECODING) -> Iterator[Opened]:
    """The photo in a HEIC file; its pixels are held in the budget until the block ends.

    Raises MediaTooDetailed where it has more than `max_pixels` pixels (counted before anything is decoded)
    and ValueError where it does not decode.
    """
    import av

    items, primary = _items(path.read_bytes())
    photo = items[primary]
    try:
        tiles = [items[part].size for part in photo.parts]
        pixels = max(_pixels([photo.size]), _pixels(tiles) // 2)
        if pixels > max_pixels:
            raise MediaTooDetailed("pixels")
        changes = _changes(photo)
        with budget.take(pixels):
            image = _grid(photo, items) if photo.kind == b"grid" else _picture(photo)
            yield Opened(_apply_turns(image, changes), _exif(items))
    except (av.error.FFmpegError, struct.error, ZeroDivisionError) as error:
        raise ValueError("heif picture") from error


def _pixels(sizes: Sequence[tuple[int, int]]) -> int:
    return sum(width * height for width, height in sizes)


def _grid(grid: _Item, items: Mapping[int, _Item]) -> Image.Image:
    reader = _Reader(grid.data)
    _, flags = reader.number(1), reader.number(1)
    rows, columns = reader.number(1) + 1, reader.number(1) + 1
    wide = 4 if flags & 1 else 2
    size = reader.number(wide), reader.number(wide)
    if rows * columns != len(grid.parts) or len(grid.parts) > MAX_TILES or size != grid.size:
        raise ValueError("heif grid")
    width, height = items[grid.parts[0]].size
    if width * columns < size[0] or height * rows < size[1]:
        raise ValueError("heif tiles")  # or the rest would be black
    whole = Image.new("RGB", size)
    for place, part in enumerate(grid.parts):
        if items[part].size != (width, height):
            raise ValueError("heif tile")
        whole.paste(_picture(items[part]), (place % columns * width, place // columns * height))
    return whole


def _picture(item: _Item) -> Image.Image:
    """One decoded picture. FFmpeg refuses one larger than declared; a smaller one raises ValueError."""
    import av

    width, height = item.size
    context = av.VideoCodecContext.create("hevc", "r")
    context.extradata = item.find_property(b"hvcC")
    context.thread_count = 1
    context.options = {"max_pixels": str((width + _SLACK) * (height + _SLACK))}
    frames = [*context.decode(av.Packet(item.data)), *context.decode(None)]
    # A smaller one would be filled up with black: 750 MB for a file of 8 kB.
    if len(frames) != 1 or frames[0].width < width or frames[0].height < height:
        raise ValueError("heif frames")
    image: Image.Image = frames[0].to_image()  # type: ignore[no-untyped-call]
    return image.crop((0, 0, width, height))


def _changes(item: _Item) -> list[tuple[bytes, bytes]]:
    """The crops and turns of a picture; counted before anything is decoded."""
    changes = [one for one in item.properties if one[0] in (b"clap", b"irot", b"imir")]
    if len(changes) > _MOST_TURNS:
        raise MediaRefused("heif_turns")
    return changes


def _apply_turns(image: Image.Image, changes: Sequence[tuple[bytes, bytes]]) -> Image.Image:
    """Cut, turned and mirrored in the order the file says; the orientation in the EXIF only repeats it."""
    for kind, data in changes:
        if kind == b"clap":
            image = _cut(image, data)
        elif kind == b"irot" and data and data[0] & 3:
            turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
            image = image.transpose(turns[(data[0] & 3) - 1])
        elif kind == b"imir" and data:
            mirrors = (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT)
            image = image.transpose(mirrors[data[0] & 1])
    return image


def _cut(image: Image.Image, data: bytes) -> Image.Image:
    """The picture without what the sender cut off; the data are fractions: width, height, shift of centre."""
    numbers = struct.unpack_from(">IIIIiIiI", data)
    width, height, right, down = (numbers[at] / numbers[at + 1] for at in (0, 2, 4, 6))
    left, top = round(right + (image.width - width) / 2), round(down + (image.height - height) / 2)
    box = left, top, left + round(width), top + round(height)
    if not (0 <= left < box[2] <= image.width and 0 <= top < box[3] <= image.height):
        raise ValueError("heif cut")
    return image.crop(box)


def _exif(items: Mapping[int, _Item]) -> bytes:
    """The EXIF bytes, which follow a number that tells their offset."""
    for item in items.values():
        if item.kind == b"Exif" and len(item.data) > 4:
            start = 4 + int.from_bytes(item.data[:4])
            return _EXIF + item.data[start:] if start < len(item.data) else b""
    return b""


def _items(data: bytes) -> tuple[dict[int, _Item], int]:
    """Every item of the file by id, and the id of the photo."""
    try:
        meta = dict(_boxes(dict(_boxes(data))[b"meta"][4:]))
        kinds, places = _kinds(meta[b"iinf"]), _places(meta[b"iloc"])
        parts = _parts(meta.get(b"iref", bytes(4)))
        properties = _properties(dict(_boxes(meta[b"iprp"])))
        primary = _Reader(meta[b"pitm"])
        photo = primary.number(2 if primary.full()[0] == 0 else 4)
        if sum(length for several in places.values() for _, _, length in several) > len(data):
            raise ValueError("heif places")  # or one file of 10 MB would become thousands
        sources = {0: data, 1: meta.get(b"idat", b"")}
        items = {
            item: _Item(
                kind, _bytes(places.get(item, ()), sources), properties.get(item, ()), parts.get(item, ())
            )
            for item, kind in kinds.items()
        }
        if any(part not in items for part in (photo, *items[photo].parts)):
            raise ValueError("heif item")
    except (KeyError, IndexError) as error:
        raise ValueError("heif box") from error
    return items, photo


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = found = 0
    while at + 8 <= len(data):
        found = _few(found + 1)
        reader = _Reader(data[at : at + 16])
        size, kind, header = reader.number(4), reader.text(4), 8
        if size == 1:
            size, header = reader.number(8), 16
        end = at + size if size else len(data)
        if not at + header <= end <= len(data):
            raise ValueError("heif box")
        yield kind, data[at + header : end]
        at = end


def _kinds(iinf: bytes) -> dict[int, bytes]:
    reader = _Reader(iinf)
    reader.number(2 if reader.full()[0] == 0 else 4)
    found = {}
    for _, entry in _boxes(reader.rest()):
        item = _Reader(entry)
        version, _ = item.full()
        number = item.number(4 if version == 3 else 2)
        item.number(2)
        found[number] = item.text(4)
    return found


_Place = tuple[int, int, int]
"""Number of the source, offset and length in bytes."""


def _places(iloc: bytes) -> dict[int, list[_Place]]:
    reader = _Reader(iloc)
    version, _ = reader.full()
    sizes, more = reader.number(1), reader.number(1)
    wide = 4 if version == 2 else 2
    found: dict[int, list[_Place]] = {}
    pieces = 0
    for _ in range(reader.count(wide)):
        item = reader.number(wide)
        source = reader.number(2) & 15 if version else 0
        reader.number(2)
        base = reader.number(more >> 4)
        found[item] = []
        extents = reader.count(2)
        pieces = _few(pieces + extents)
        for _ in range(extents):
            reader.number(more & 15 if version else 0)
            offset = base + reader.number(sizes >> 4)
            found[item].append((source, offset, reader.number(sizes & 15)))
    return found


def _bytes(places: Sequence[_Place], sources: Mapping[int, bytes]) -> bytes:
    return b"".join(sources[source][offset : offset + length] for source, offset, length in places)


def _parts(iref: bytes) -> dict[int, list[int]]:
    reader = _Reader(iref)
    wide = 2 if reader.full()[0] == 0 else 4
    found = {}
    for kind, entry in _boxes(reader.rest()):
        if kind == b"dimg":
            item = _Reader(entry)
            whole = item.number(wide)
            found[whole] = [item.number(wide) for _ in range(item.count(2))]
    return found


def _properties(iprp: Mapping[bytes, bytes]) -> dict[int, list[tuple[bytes, bytes]]]:
    known = list(_boxes(iprp[b"ipco"]))
    reader = _Reader(iprp[b"ipma"])
    version, flags = reader.full()
    wide = 2 if flags & 1 else 1
    found: dict[int, list[tuple[bytes, bytes]]] = {}
    for _ in range(reader.count(4)):
        item = reader.number(2 if version == 0 else 4)
        indices = [reader.number(wide) & (0x7FFF if wide == 2 else 0x7F) for _ in range(reader.number(1))]
        found[item] = [known[index - 1] for index in indices if index]
    return found
