"""A model folder as the engine of voices: the real library with a model that only knows loud from soft."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.config.settings import SpeechModelSettings
from bot.media.engines.speech_model import SpeechModel
from bot.media.errors import SpeechUnreachable
from bot.media.voices import RATE, Speech

pytestmark = pytest.mark.anyio
MODEL = Path(__file__).parents[2] / "data" / "tiny_speech"


def build_speech(*loudness: float) -> Speech:
    """Half a second of noise of each loudness."""
    noise = np.random.default_rng(1)
    pieces = [level * noise.standard_normal(RATE // 2) for level in loudness]
    samples = np.clip(np.concatenate(pieces), -1, 1) * 32767
    return Speech(samples.astype(np.int16).tobytes())


def build_settings(folder: Path) -> SpeechModelSettings:
    return SpeechModelSettings.model_validate({"engine": "sherpa", "folder": folder})


async def test_a_voice_becomes_words_by_the_model_in_the_folder() -> None:
    engine = SpeechModel(build_settings(MODEL))
    try:
        heard = await engine.transcribe(build_speech(0.001, 0.003, 0.012, 0.06, 0.3))
        assert (heard.text, heard.segments) == ("江路灯坏", ())
        assert (await engine.transcribe(build_speech(0.3))).text == "坏"
    finally:
        engine.close()


async def test_a_folder_without_its_tokens_is_no_engine_and_takes_nothing_with_it(tmp_path: Path) -> None:
    shutil.copy(MODEL / "model.onnx", tmp_path)
    engine = SpeechModel(build_settings(tmp_path))
    try:
        for _ in range(2):
            with pytest.raises(SpeechUnreachable):
                await engine.transcribe(build_speech(0.3))
    finally:
        engine.close()
