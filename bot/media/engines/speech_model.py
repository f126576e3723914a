"""A speech engine on this machine: a model folder, in a process of its own."""

import asyncio
import base64

from bot.config.settings import SpeechModelSettings
from bot.media.engines.child import EngineDied, EngineProcess
from bot.media.errors import SpeechUnreachable
from bot.media.transcripts import Transcript
from bot.media.voices import Speech

_PROGRAM = "bot.media.engines.speech_program"


class SpeechModel:
    """The model of `speech` in config.yaml, loaded with the first voice."""

    def __init__(self, settings: SpeechModelSettings) -> None:
        options = (str(settings.folder), str(settings.threads))
        self._engine = EngineProcess(_PROGRAM, *options, patience=settings.timeout.total_seconds())

    async def transcribe(self, speech: Speech) -> Transcript:
        """What is said. Raises SpeechUnreachable, which is worth another try."""
        try:
            words = await asyncio.to_thread(
                self._engine.ask, base64.b64encode(speech.samples).decode("ascii")
            )
        except EngineDied as error:
            raise SpeechUnreachable(str(error)) from error
        return Transcript(str(words).strip())

    def close(self) -> None:
        """End the process, whatever it does."""
        self._engine.close()
