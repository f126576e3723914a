"""A voice message and a video, encoded on the spot."""

import io
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame


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
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
