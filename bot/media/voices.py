"""Voices: how long they are, a copy that any player plays, and the sound as a speech engine wants it.

AMR, WAV, m4a, MP3, Opus and whatever else FFmpeg knows; SILK it does not know, see `kinds`.
"""

import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.media.errors import MediaBroken, MediaTooLong

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

MAX_SECONDS = 600
"""A phone records 60; of a small file that goes on for hours no more than this is decoded."""
RATE = 16_000
"""Samples a second, of the copy and of what an engine gets: speech needs no more."""
_BIT_RATE = 32_000
_NOISE = 330
"""Level, of 32,768: one hundredth."""


@dataclass(frozen=True, slots=True)
class PreparedVoice:
    """A voice and its playable copy, an MP3 with one channel."""

    seconds: float
    playable: bytes


@dataclass(frozen=True, slots=True)
class Speech:
    """Sound with one channel of 16-bit samples in the machine's order, RATE a second."""

    samples: bytes

    @property
    def seconds(self) -> float:
        return len(self.samples) / 2 / RATE

    @property
    def is_silent(self) -> bool:
        """Whether nothing in it is louder than the noise of a telephone."""
        levels = array("h", self.samples)
        return not levels or max(map(abs, levels)) < _NOISE


def prepare_voice(path: Path) -> PreparedVoice:
    """Make the playable copy of the voice in this file. Slow: half a second for a minute of speech.

    What was cut off is decoded as far as it goes. Raises MediaBroken where nothing of it decodes,
    MediaTooLong for more than MAX_SECONDS.
    """
    import av

    out, samples = io.BytesIO(), 0
    with av.open(out, "w", format="mp3") as target:
        stream = target.add_stream("libmp3lame", rate=RATE, bit_rate=_BIT_RATE, layout="mono")
        for frame in _decode(path, format="s16p"):
            samples += frame.samples
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return PreparedVoice(samples / RATE, out.getvalue())


def read_speech(path: Path) -> Speech:
    """The sound of a stored voice. Raises as `prepare_voice` does; OSError where the file is gone."""
    path.stat()
    return Speech(
        b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in _decode(path, format="s16"))
    )


def _decode(path: Path, *, format: str) -> Iterator["AudioFrame"]:  # noqa: A002 - FFmpeg's word
    """The sound frame by frame, with one channel at RATE."""
    import av

    resampler = av.AudioResampler(format=format, layout="mono", rate=RATE)
    samples = 0
    try:
        with av.open(str(path)) as container:
            # Not every kind says so: what AMR holds is known when it is decoded.
            if container.duration and container.duration > MAX_SECONDS * av.time_base:
                raise MediaTooLong("voice")
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    samples += piece.samples
                    if samples > MAX_SECONDS * RATE:
                        raise MediaTooLong("voice")
                    piece.pts = None
                    yield piece
    # A stream of an unknown codec has no context at all: AttributeError.
    except (av.error.FFmpegError, ValueError, IndexError, OSError, AttributeError) as error:
        if not samples:
            raise MediaBroken("voice") from error
    if not samples:
        raise MediaBroken("voice")
    yield from resampler.resample(None)
