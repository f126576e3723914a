"""A speech engine behind HTTP, as OpenAI's `/v1/audio/transcriptions` (https://platform.openai.com/docs).

faster-whisper-server, vLLM, FunASR's and SenseVoice's servers, LocalAI and others answer alike.
"""

import io
import wave
from collections.abc import Mapping
from typing import Any

import httpx

from bot.config.settings import SpeechServerSettings
from bot.media.errors import SpeechRefused, SpeechUnreachable
from bot.media.transcripts import Segment, Transcript
from bot.media.voices import RATE, Speech

_OF_THE_FORM = frozenset({400, 422})
"""Statuses of a server that does not know `verbose_json`."""
_REFUSED = frozenset({401, 403, 404, 405, 413, 415})


class SpeechServer:
    """One server of `speech` in config.yaml."""

    def __init__(self, settings: SpeechServerSettings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._client = client

    async def transcribe(self, speech: Speech) -> Transcript:
        """What is said. Raises SpeechUnreachable, which is worth another try, or SpeechRefused."""
        answer = await self._ask(speech, "verbose_json")
        if answer.status_code in _OF_THE_FORM:
            answer = await self._ask(speech, "json")
        if answer.status_code in _REFUSED | _OF_THE_FORM:
            raise SpeechRefused(f"http_{answer.status_code}")
        if answer.status_code != 200:
            raise SpeechUnreachable(f"http_{answer.status_code}")
        try:
            data = answer.json()
        except ValueError as error:
            raise SpeechUnreachable("answer_not_json") from error
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            raise SpeechRefused("no_text")
        return _read_transcript(data)

    async def _ask(self, speech: Speech, form: str) -> httpx.Response:
        own = self._settings
        # Whisper makes sentences up where it may guess: temperature 0 forbids it.
        fields = {"model": own.model, "language": own.language, "temperature": "0", "response_format": form}
        fields |= {"prompt": own.prompt} if own.prompt else {}
        headers = {"Authorization": f"Bearer {own.key.get_secret_value()}"} if own.key else {}
        try:
            return await self._client.post(
                own.address,
                data=fields,
                files={"file": ("voice.wav", _to_wav(speech), "audio/wav")},
                headers=headers,
                timeout=own.timeout.total_seconds(),
            )
        except httpx.TransportError as error:
            raise SpeechUnreachable(type(error).__name__) from error


def _to_wav(speech: Speech) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(speech.samples)
    return out.getvalue()


def _read_transcript(data: Mapping[str, Any]) -> Transcript:
    rows = data.get("segments")
    found = [_read_segment(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return Transcript(data["text"].strip(), tuple(found))


def _read_segment(row: Mapping[str, Any]) -> Segment:
    def read(name: str, usual: float) -> float:
        value = row.get(name)
        return float(value) if isinstance(value, int | float) else usual

    return Segment(
        str(row.get("text") or "").strip(),
        log_probability=read("avg_logprob", 0.0),
        silence=read("no_speech_prob", 0.0),
        compression=read("compression_ratio", 1.0),
    )
