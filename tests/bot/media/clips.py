"""Voice messages and videos, encoded on the spot."""

import io
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from PIL import Image


def spoken_amr(*, seconds: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="amr") as container:
        stream = container.add_stream("libopencore_amrnb", rate=8000)
        stream.layout = "mono"
        frame = AudioFrame(format="s16", layout="mono", samples=8000 * seconds)
        frame.planes[0].update(bytes(2 * 8000 * seconds))
        frame.rate, frame.pts = 8000, 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return out.getvalue()


def spoken_mp4(*, seconds: int, size: tuple[int, int]) -> bytes:
    """The silent video with a track of sound."""
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(silent_mp4(seconds=seconds, size=size)), "r") as silent,
        av.open(out, "w", format="mp4") as container,
    ):
        picture = container.add_stream_from_template(silent.streams.video[0])
        sound = container.add_stream("aac", rate=8000)
        sound.layout = "mono"
        for packet in silent.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                container.mux(packet)
        frame = AudioFrame(format="fltp", layout="mono", samples=8000 * seconds)
        frame.planes[0].update(bytes(4 * 8000 * seconds))
        frame.rate, frame.pts = 8000, 0
        container.mux([*sound.encode(frame), *sound.encode(None)])
    return out.getvalue()


def silent_mp4(*, seconds: int, size: tuple[int, int], place: str = "") -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        container.metadata.update({"location": place} if place else {})
        stream = container.add_stream("mpeg4", rate=Fraction(5))
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(5 * seconds):
            frame = VideoFrame(*size, "yuv420p")
            for plane in frame.planes:  # the memory of a new frame holds whatever was there before
                plane.update(bytes([64]) * plane.buffer_size)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def hummed(form: str, codec: str, *, seconds: int = 2, rate: int = 16_000) -> bytes:
    """A tone as a file of this container (FFmpeg's name) and codec."""
    out = io.BytesIO()
    wave = (8000 * np.sin(np.arange(rate * seconds) / 10)).astype(np.int16)
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.rate, frame.pts = rate, 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return out.getvalue()


def record_with_cover() -> bytes:
    """A tone as MP3 with the picture that music players show."""
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(hummed("mp3", "libmp3lame")), "r") as tone,
        av.open(out, "w", format="mp3") as container,
    ):
        sound = container.add_stream_from_template(tone.streams.audio[0])
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        picture = VideoFrame(64, 48, "yuvj420p")
        picture.pts = 0
        for packet in tone.demux(audio=0):
            if packet.dts is not None:
                packet.stream = sound
                container.mux(packet)
        container.mux([*cover.encode(picture), *cover.encode(None)])
    return out.getvalue()


def dark_then_red_mp4(*, turned: int = 0) -> bytes:
    """A second of black, then of red, 64 wide and 48 high, filmed with the phone turned by these degrees."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(5))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if turned:
            stream.set_display_rotation(turned)
        for number in range(10):
            image = Image.new("RGB", (64, 48), "black" if number < 5 else "red")
            frame = VideoFrame.from_ndarray(np.asarray(image), format="rgb24").reformat(format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
