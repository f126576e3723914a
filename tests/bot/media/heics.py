"""HEIC photos, encoded and boxed on the spot: one picture, or a grid of tiles as phones make them."""

import io
import struct

import av
import pytest
from av.video.frame import VideoFrame
from PIL import Image

Item = tuple[bytes, bytes, list[tuple[bytes, bytes]]]
"""What it is, its bytes, its properties."""


def heic(
    image: Image.Image,
    *,
    tile: int | None = None,
    exif: Image.Exif | None = None,
    turns: list[tuple[bytes, bytes]] | None = None,
    told: tuple[int, int] | None = None,
) -> bytes:
    """`tile` makes it a grid of squares; `told` is a size it claims and does not have."""
    turned = list(turns or ())
    if tile is None:
        items = [_coded(image, told or image.size, turned)]
        tiles: list[int] = []
    else:
        columns, rows = -(-image.width // tile), -(-image.height // tile)
        crops = [image.crop((x, y, x + tile, y + tile)) for y in range(0, rows * tile, tile) for x in range(0, columns * tile, tile)]  # fmt: skip
        size = told or image.size
        grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
        items = [(b"grid", grid, [_size(size), *turned]), *(_coded(crop, crop.size, []) for crop in crops)]
        tiles = list(range(2, len(items) + 1))
    if exif is not None:
        items.append((b"Exif", bytes(4) + exif.tobytes().removeprefix(b"Exif\0\0"), []))
    return _boxed(items, tiles)


def _coded(image: Image.Image, size: tuple[int, int], turns: list[tuple[bytes, bytes]]) -> Item:
    if "libx265" not in av.codecs_available:
        pytest.skip("this FFmpeg encodes no HEVC")
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx265",
            rate=1,
            options={"x265-params": "log-level=none:qp=10:info=0:keyint=1:pools=1:frame-threads=1"},
        )
        stream.width, stream.height, stream.pix_fmt = *image.size, "yuv420p"
        frame = VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    with av.open(io.BytesIO(out.getvalue()), "r") as coded:
        settings = coded.streams.video[0].codec_context.extradata
        packet = next(coded.demux(video=0))
    return b"hvc1", bytes(packet), [(b"hvcC", bytes(settings or b"")), _size(size), *turns]


def _size(size: tuple[int, int]) -> tuple[bytes, bytes]:
    return b"ispe", struct.pack(">4xII", *size)


def box(kind: bytes, *data: bytes) -> bytes:
    body = b"".join(data)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _links(items: list[Item], tiles: list[int]) -> list[bytes]:
    """Which tiles the photo is made of, and that the facts are about the photo. libheif refuses a link to nothing."""
    grid = [box(b"dimg", struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *tiles))] if tiles else []
    about = [number for number, (kind, _, _) in enumerate(items, 1) if kind == b"Exif"]
    return grid + [box(b"cdsc", struct.pack(">HHH", number, 1, 1)) for number in about]


def _boxed(items: list[Item], tiles: list[int]) -> bytes:
    numbers = range(1, len(items) + 1)
    names = [
        box(b"infe", struct.pack(">B3xHH4sB", 2, number, 0, kind, 0))
        for number, (kind, _, _) in zip(numbers, items, strict=True)
    ]
    known = [each for _, _, properties in items for each in properties]
    bound = [
        struct.pack(f">HB{len(each)}B", number, len(each), *(known.index(p) + 1 for p in each))
        for number, (_, _, each) in zip(numbers, items, strict=True)
    ]
    # The plan of a grid stands in a box of its own, as phones have it.
    plan = b"".join(data for kind, data, _ in items if kind == b"grid")
    parts = (
        # What kind of thing is inside; libheif opens nothing without it.
        box(b"hdlr", bytes(8), b"pict", bytes(13)),
        box(b"idat", plan),
        box(b"pitm", struct.pack(">4xH", 1)),
        box(b"iinf", struct.pack(">4xH", len(items)), *names),
        box(b"iref", bytes(4), *_links(items, tiles)),
        box(
            b"iprp",
            box(b"ipco", *(box(*each) for each in known)),
            box(b"ipma", struct.pack(">4xI", len(items)), *bound),
        ),
    )
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    # Heads of meta, iloc and mdat, and 16 bytes of iloc an item.
    at = len(head) + 12 + sum(map(len, parts)) + 16 + 16 * len(items) + 8
    places = b""
    for number, (kind, data, _) in zip(numbers, items, strict=True):
        planned = kind == b"grid"
        places += struct.pack(">HHHHII", number, planned, 0, 1, 0 if planned else at, len(data))
        at += 0 if planned else len(data)
    iloc = box(b"iloc", struct.pack(">B3xBBH", 1, 0x44, 0, len(items)), places)
    meta = box(b"meta", bytes(4), *parts, iloc)
    return head + meta + box(b"mdat", *(data for kind, data, _ in items if kind != b"grid"))
