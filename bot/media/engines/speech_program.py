"""The process in which a speech model lives: a SenseVoice model as sherpa-onnx distributes them.

    python -m bot.media.engines.speech_program FD FOLDER THREADS

It is given base64 of 16-bit samples, `RATE` a second, and answers the words.
"""

import base64
import sys
from pathlib import Path

import numpy as np
import sherpa_onnx

from bot.config.speech_folder import find_model
from bot.media.engines.child import serve, step_back
from bot.media.voices import RATE


def main() -> None:
    """Serve the socket that is the first argument, with the model in the folder that is the second."""
    step_back()
    model, tokens = find_model(Path(sys.argv[2]))
    recognizer = sherpa_onnx.OfflineRecognizer.from_sense_voice(
        model=str(model), tokens=str(tokens), num_threads=int(sys.argv[3]), language="zh", use_itn=True
    )

    def transcribe(samples: str) -> str:
        heard = recognizer.create_stream()
        sound = np.frombuffer(base64.b64decode(samples), np.int16).astype(np.float32) / 32768
        heard.accept_waveform(RATE, sound)
        recognizer.decode_stream(heard)
        return str(heard.result.text)

    serve(sys.argv[1], transcribe)


if __name__ == "__main__":
    main()
