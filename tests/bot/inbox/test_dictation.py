"""A voice finds its words beside all other work; an engine that is slow, dead or wrong costs nobody a report."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Channel, RefusedInput
from bot.config.settings import SpeechServerSettings
from bot.inbox.dictation import Dictation
from bot.media.errors import SpeechRefused, SpeechUnreachable
from bot.media.stores import FolderStore
from bot.media.transcripts import Transcript
from bot.media.voices import Speech
from models.messages import Incoming
from models.voices import VoiceState
from tests.bot.media.clips import hummed
from tests.bot.posting import FakeChannel
from tests.district import RUBBLE, District

pytestmark = pytest.mark.anyio
DESK, ME = "wrDUTY", "zhangsf"
SETTINGS = SpeechServerSettings.model_validate({"engine": "http", "url": "http://asr"})
Transcribe = Callable[[Speech], Coroutine[Any, Any, Transcript]]


class Reading(FakeChannel):
    """A channel whose messages are all from one person, in private."""

    def read(self, raw: str) -> Incoming:
        return Incoming(self.name, "m", ME, sender=ME, provider="wecom", bot_name="", direct=True)


class Engine:
    """Answers as the test says."""

    def __init__(self, answer: Transcribe) -> None:
        self.answer = answer

    async def transcribe(self, speech: Speech) -> Transcript:
        return await self.answer(speech)


class Harness:
    def __init__(self, district: District, folder: Path) -> None:
        self.district, self.folder = district, folder
        self.channel: Channel = Reading("grid")
        self.woken = 0
        (folder / "0.amr").write_bytes(hummed("amr", "libopencore_amrnb", rate=8_000))

    def wake(self) -> None:
        self.woken += 1

    def build(self, transcribe: Transcribe) -> Dictation:
        return Dictation(
            self.district.database, SETTINGS, Engine(transcribe), store=FolderStore(self.folder),
            channels=lambda: {"grid": self.channel}, env=lambda: self.district.env,
            clock=lambda: self.district.now, wake=self.wake,
        )  # fmt: skip

    @property
    def state(self) -> str:
        return self.district.voices()[0].state

    def is_desk_asked(self) -> bool:
        """Whether the report is a case by now, and the desk asked to listen."""
        self.district.tick(self.district.now)
        return any("/转写" in push.text for push in self.district.pushes(DESK))


@pytest.fixture
def spoken(district: District, tmp_path: Path) -> Harness:
    """Somebody spoke, and an engine is configured."""
    district.env = replace(district.env, has_speech_engine=True)
    district.speak(ME, ME)
    return Harness(district, tmp_path)


async def hear_rubble(speech: Speech) -> Transcript:
    assert speech.seconds == pytest.approx(2, abs=0.2)
    return Transcript(RUBBLE)


async def wait_for(event: asyncio.Event, running: asyncio.Task[Any]) -> None:
    """Wait until the task has come to the event; a task that ended before says why."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
    if not event.is_set():
        pytest.fail(f"it ended first: {await running}")


async def test_the_words_of_a_voice_are_handled_as_a_message(spoken: Harness) -> None:
    dictation = spoken.build(hear_rubble)
    assert await dictation.step()
    case = spoken.district.case()
    assert (case.text, case.class_id) == (RUBBLE, "env.rubble")
    assert spoken.state == VoiceState.KNOWN
    assert spoken.woken == 1
    assert not await dictation.step()


async def test_an_engine_that_is_away_is_asked_three_times(spoken: Harness) -> None:
    async def fail(speech: Speech) -> Transcript:
        raise SpeechUnreachable("http_502")

    dictation = spoken.build(fail)
    for _ in range(3):
        assert await dictation.step()
        assert not await dictation.step()
        spoken.district.advance(seconds=31)
    assert spoken.state == VoiceState.UNHEARD
    assert spoken.is_desk_asked()


async def test_an_engine_that_refuses_is_asked_once(spoken: Harness) -> None:
    async def refuse(speech: Speech) -> Transcript:
        raise SpeechRefused("http_401")

    assert await spoken.build(refuse).step()
    assert spoken.state == VoiceState.UNHEARD
    assert spoken.is_desk_asked()


async def test_words_that_cannot_be_believed_leave_the_voice_to_the_desk(spoken: Harness) -> None:
    async def make_up(speech: Speech) -> Transcript:
        return Transcript("请不吝点赞订阅")

    assert await spoken.build(make_up).step()
    assert spoken.is_desk_asked()


async def test_a_file_that_is_gone_leaves_the_voice_to_the_desk(spoken: Harness) -> None:
    (spoken.folder / "0.amr").unlink()
    assert await spoken.build(hear_rubble).step()
    assert spoken.state == VoiceState.UNHEARD


async def test_a_message_that_cannot_be_read_any_more_leaves_the_voice_to_the_desk(spoken: Harness) -> None:
    spoken.channel = FakeChannel("grid")
    with pytest.raises(RefusedInput):
        spoken.channel.read("")
    assert await spoken.build(hear_rubble).step()
    assert spoken.state == VoiceState.UNHEARD


async def test_a_voice_is_written_down_by_one_process(spoken: Harness) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def wait(speech: Speech) -> Transcript:
        asked.set()
        await answer.wait()
        return Transcript(RUBBLE)

    first = asyncio.create_task(spoken.build(wait).step())
    await wait_for(asked, first)
    assert not await spoken.build(hear_rubble).step()
    answer.set()
    assert await first
    assert len(spoken.district.cases()) == 1


async def test_who_ends_over_a_voice_leaves_it_to_the_next(spoken: Harness) -> None:
    asked = asyncio.Event()

    async def hang(speech: Speech) -> Transcript:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    slow = spoken.build(hang)
    running = asyncio.create_task(slow.run())
    await wait_for(asked, running)
    await slow.stop()
    await running
    assert spoken.state == VoiceState.WAITING
    spoken.district.advance(minutes=4)
    assert await spoken.build(hear_rubble).step()
    assert spoken.district.case().text == RUBBLE


async def test_the_desk_may_be_faster_than_the_engine(spoken: Harness) -> None:
    async def wait_for_desk(speech: Speech) -> Transcript:
        district = spoken.district
        district.tick(district.advance(minutes=4))
        district.say(DESK, "duty1", f"/转写 {district.case().tail} {RUBBLE}")
        return Transcript("长江路有天主阿姨")

    assert await spoken.build(wait_for_desk).step()
    assert spoken.district.case().text == RUBBLE
