"""Voice and video: duration, size, a still picture of a video, and a copy without metadata."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from bot.channels.pixel_budget import DECODING, MAX_PIXELS
from bot.media import images
from bot.media.errors import MediaBroken, MediaTooDetailed

if TYPE_CHECKING:
    from av.container import InputContainer


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """Facts of a voice or video file; `thumb` is a WebP of a video's first frame."""

    duration: float | None
    """Seconds."""
    width: int | None = None
    height: int | None = None
    thumb: bytes | None = None


def probe(path: Path) -> ClipInfo:
    """Duration, size and thumbnail of the file.

    Raises MediaBroken for what has neither sound nor picture, MediaTooDetailed for too many pixels.
    """
    import av

    try:
        with av.open(str(path)) as container:
            if container.streams.video:
                return _probe_video(container)
            if container.streams.audio:
                return ClipInfo(_declared_duration(container) or _decoded_duration(container))
    # A stream of an unknown codec has no context at all: AttributeError.
    except (av.error.FFmpegError, ValueError, OSError, AttributeError) as error:
        raise MediaBroken("clip") from error
    raise MediaBroken("clip")


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


def _probe_video(container: "InputContainer") -> ClipInfo:
    size = container.streams.video[0].codec_context
    if size.width * size.height > MAX_PIXELS:
        raise MediaTooDetailed("pixels")
    with DECODING.take(size.width * size.height):
        frame = next(container.decode(video=0), None)
        if frame is None:
            raise MediaBroken("clip")
        still: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
        thumb = images.make_thumbnail(still)
    return ClipInfo(_declared_duration(container), size.width, size.height, thumb)


def _declared_duration(container: "InputContainer") -> float | None:
    """The duration the container declares, in seconds; None where it declares none, as AMR."""
    return container.duration / 1_000_000 if container.duration else None


def _decoded_duration(container: "InputContainer") -> float:
    """The duration in seconds, counted by decoding: a file with a header alone opens and yields nothing."""
    stream = container.streams.audio[0]
    samples = sum(frame.samples for frame in container.decode(stream))
    if not samples or not stream.rate:
        raise MediaBroken("clip")
    return samples / stream.rate
