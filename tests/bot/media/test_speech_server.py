"""A server in OpenAI's form is asked, whatever it is like, and its failures are told apart."""

import json

import httpx
import pytest
from pydantic import SecretStr

from bot.config.settings import Settings, SpeechServerSettings
from bot.media.errors import MediaError, SpeechRefused, SpeechUnreachable
from bot.media.speech_server import SpeechServer
from bot.media.transcripts import Segment, Transcript
from bot.media.voices import Speech
from tests.bot.channels.http_server import Answer, FakePlatform

pytestmark = pytest.mark.anyio
SOUND = Speech(bytes(3200))


def build(platform: FakePlatform, client: httpx.AsyncClient, **more: object) -> SpeechServer:
    given = {"engine": "http", "url": platform.url, "timeout": "PT1S"} | more
    return SpeechServer(SpeechServerSettings.model_validate(given), client)


def answer(status: int = 200, **body: object) -> Answer:
    return Answer(json.dumps(body, ensure_ascii=False).encode(), status)


async def test_the_question_is_a_form_with_the_sound(
    platform: FakePlatform, client: httpx.AsyncClient
) -> None:
    platform.default = answer(
        text=" 路灯不亮 ",
        segments=[{"text": "路灯不亮", "avg_logprob": -0.2, "no_speech_prob": 0.1, "compression_ratio": 0.8}],
    )
    server = build(platform, client, model="sense-voice", prompt="长江路", key=SecretStr("K"))
    assert await server.transcribe(SOUND) == Transcript("路灯不亮", (Segment("路灯不亮", -0.2, 0.1, 0.8),))
    (request,) = platform.requests
    assert request.path == "/v1/audio/transcriptions"
    for part in ("sense-voice", "长江路", "verbose_json", "voice.wav"):
        assert part.encode() in request.body
    assert b"RIFF" in request.body


async def test_a_server_that_gives_no_more_than_the_words_is_asked_for_them(
    platform: FakePlatform, client: httpx.AsyncClient
) -> None:
    platform.script = [answer(400, error="response_format"), answer(text="路灯不亮")]
    assert await build(platform, client).transcribe(SOUND) == Transcript("路灯不亮")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(401), SpeechRefused),
        (answer(404), SpeechRefused),
        (answer(422), SpeechRefused),
        (answer(words="no"), SpeechRefused),
        (answer(500), SpeechUnreachable),
        (answer(429), SpeechUnreachable),
        (Answer(b"<html>"), SpeechUnreachable),
        (Answer(drop=True), SpeechUnreachable),
        (Answer(hang=5.0), SpeechUnreachable),
    ],
)
async def test_every_failure_is_one_of_two(
    platform: FakePlatform, client: httpx.AsyncClient, said: Answer, error: type[MediaError]
) -> None:
    platform.default = said
    with pytest.raises(error):
        await build(platform, client).transcribe(SOUND)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://asr:8000", "http://asr:8000/v1/audio/transcriptions"),
        ("http://asr:8000/v1/", "http://asr:8000/v1/audio/transcriptions"),
        ("http://asr:8000/api/v1/audio/transcriptions", "http://asr:8000/api/v1/audio/transcriptions"),
    ],
)
def test_the_server_or_the_whole_address_may_be_given(url: str, address: str) -> None:
    speech = Settings.parse({"speech": {"engine": "http", "url": url}}).speech
    assert isinstance(speech, SpeechServerSettings)
    assert speech.address == address
