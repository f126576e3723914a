"""Videos: what a file holds, duration, size, a still picture, and a copy without metadata and sound."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageStat

from bot.channels.pictures.image_fit import scale_size
from bot.channels.pictures.pixel_budget import DECODING, MAX_PIXELS
from bot.media import images
from bot.media.errors import MediaBroken, MediaTooDetailed

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_FRAMES = 30
"""Frames among which the still picture is chosen: many videos begin with black."""
_DARK = 24
"""Mean brightness, of 255, of a frame that shows nothing."""


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """Facts of a video; `thumb` is a WebP and `poster` a JPEG of one of its first frames."""

    duration: float | None
    """Seconds; None where the file does not say."""
    width: int
    height: int
    thumb: bytes
    poster: bytes
    """With the sign of a video and its duration on it: the picture that may leave."""


def has_picture(path: Path) -> bool:
    """Whether the file holds moving pictures, and not only sound, perhaps with the cover of a record.

    Raises MediaBroken for what has neither sound nor picture.
    """
    import av

    try:
        with av.open(str(path)) as container:
            if _find_picture(container) is not None:
                return True
            if container.streams.audio:
                return False
    except (av.error.FFmpegError, ValueError, OSError, AttributeError) as error:
        raise MediaBroken("clip") from error
    raise MediaBroken("clip")


def probe(path: Path) -> ClipInfo:
    """Duration, size and still pictures of the video in this file.

    Raises MediaBroken for what shows nothing, MediaTooDetailed for too many pixels.
    """
    import av

    try:
        with av.open(str(path)) as container:
            picture = _find_picture(container)
            if picture is None:
                raise MediaBroken("clip")
            return _probe_video(container, picture)
    # A stream of an unknown codec has no context at all: AttributeError.
    except (av.error.FFmpegError, ValueError, OSError, AttributeError) as error:
        raise MediaBroken("clip") from error


def clean_video(source: Path, target: Path) -> bool:
    """Copy the picture of `source` into the new MP4 `target`, without the position a phone records.

    The sound stays behind: people know a voice. Nothing is encoded anew. False where the picture does not
    fit into an MP4.
    """
    import av

    try:
        with av.open(str(source)) as old, av.open(str(target), "w", format="mp4") as new:
            picture = old.streams.video[0]
            copy = new.add_stream_from_template(picture)
            for packet in old.demux(picture):
                # The last packet of a stream is empty and only flushes.
                if packet.dts is not None:
                    packet.stream = copy
                    new.mux(packet)
    except (av.error.FFmpegError, ValueError, OSError):
        return False
    return True


def _find_picture(container: "InputContainer") -> "VideoStream | None":
    """The first stream of moving pictures."""
    from av.stream import Disposition

    moving = (s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
    return next(moving, None)


def _probe_video(container: "InputContainer", picture: "VideoStream") -> ClipInfo:
    size = picture.codec_context
    if size.width * size.height > MAX_PIXELS:
        raise MediaTooDetailed("pixels")
    duration = container.duration / 1_000_000 if container.duration else None
    with DECODING.take(size.width * size.height):
        still = _choose_still(container, picture)
        return ClipInfo(
            duration,
            still.width,
            still.height,
            images.make_thumbnail(still),
            make_poster(still, duration),
        )


def _choose_still(container: "InputContainer", picture: "VideoStream") -> Image.Image:
    """The first frame that shows something, upright; the first of all where none does."""
    first: Image.Image | None = None
    for number, frame in enumerate(container.decode(picture)):
        if number >= _FRAMES:
            break
        if frame.width * frame.height > MAX_PIXELS:
            raise MediaTooDetailed("pixels")  # the container may have said less
        still = _to_image(frame)
        if ImageStat.Stat(still.convert("L")).mean[0] > _DARK:
            return still
        first = first or still
    if first is None:
        raise MediaBroken("clip")
    return first


def _to_image(frame: "VideoFrame") -> Image.Image:
    still: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    # Phones note how they were held instead of turning the picture.
    return still.rotate(frame.rotation, expand=True) if frame.rotation else still


def make_poster(still: Image.Image, duration: float | None) -> bytes:
    """The still as a JPEG with a triangle in the middle and the duration below: a video, not a photo."""
    small = still.convert("RGB")
    small.thumbnail(scale_size(small.size, images.CLEAN_SIDE))
    draw = ImageDraw.Draw(small, "RGBA")
    radius = max(min(small.size) // 8, 8)
    x, y = small.width // 2, small.height // 2
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(0, 0, 0, 150))
    half = radius // 2
    draw.polygon(
        [(x - half, y - radius * 0.6), (x - half, y + radius * 0.6), (x + radius * 0.7, y)], fill="white"
    )
    if duration is not None:
        minutes, seconds = divmod(round(duration), 60)
        label, place = f"{minutes}:{seconds:02d}", (radius // 3, small.height - radius // 3)
        box = draw.textbbox(place, label, anchor="lb", font_size=radius)
        draw.rectangle(box, fill=(0, 0, 0, 150))
        draw.text(place, label, anchor="lb", font_size=radius, fill="white")
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    return out.getvalue()
