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
