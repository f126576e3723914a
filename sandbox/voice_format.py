"""What a browser records, as a platform stores voices: AMR with one channel at 8 kHz."""

import io

from sandbox.wire import PlatformError

_BAD_VOICE = 40007
LONGEST = 60
"""Seconds: a phone stops there."""


def make_amr(data: bytes) -> bytes:
    """The sound as an AMR file of at most LONGEST seconds. Raises PlatformError for what holds none."""
    if data.startswith(b"#!AMR"):
        return data
    # Only a page with a microphone needs the library.
    import av

    out = io.BytesIO()
    try:
        with av.open(io.BytesIO(data), "r") as source, av.open(out, "w", format="amr") as target:
            stream = target.add_stream("libopencore_amrnb", rate=8000, bit_rate=12_200, layout="mono")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
            samples = 0
            for frame in source.decode(audio=0):
                for piece in resampler.resample(frame):
                    samples += piece.samples
                    piece.pts = None
                    target.mux(stream.encode(piece))
                if samples > LONGEST * 8000:
                    break
            target.mux(stream.encode(None))
    except (av.error.FFmpegError, ValueError, IndexError, OSError, AttributeError) as error:
        raise PlatformError(_BAD_VOICE, "这个文件里没有声音") from error
    return out.getvalue()


def make_silence(seconds: float) -> bytes:
    """An AMR file in which nobody says anything: its words come with it as the platform's transcript."""
    return b"#!AMR\n" + (b"\x04" + b"\x00" * 12) * round(seconds * 50)
