"""Voices without words: the speech engine is asked for them one by one, beside all other work.

    claim a voice ─> decode ─> ask the engine ─> judge ─> handle its words as a message
                                    └─> later, or the desk listens

Nothing waits for it but the report itself, and that for as long as `speech.patience` says. Whoever dies
over a voice leaves it to the next after its lease.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from bot.channels.base import Channel, Clock, RefusedInput
from bot.config.settings import SpeechModelSettings, SpeechServerSettings
from bot.inbox.stepping import SteppingTask, lease_next
from bot.media.errors import MediaError
from bot.media.stores import MediaStore, StoreUnreachable
from bot.media.transcripts import Transcript, judge_transcript
from bot.media.voices import Speech, read_speech
from handlers.environment.snapshot import Environment
from handlers.talk.heard import transcripts
from handlers.talk.heard.words import SpokenWords
from models.database import Database
from models.inbox import InboxRow
from models.messages import Incoming
from models.reports import Media
from models.voices import WAITS_FOR_ENGINE, Voice

log = structlog.get_logger()

_TRIES = 3
_PAUSE = timedelta(seconds=10)
"""Before another try, for each one made."""
_SPARE = timedelta(minutes=1)
"""Of a lease, beyond what the engine may take: for decoding, and for a server asked twice."""


class SpeechEngine(Protocol):
    """Whatever turns sound into words."""

    async def transcribe(self, speech: Speech) -> Transcript:
        """What is said. Raises SpeechUnreachable, which is worth another try, or SpeechRefused."""
        ...


@dataclass(frozen=True, slots=True)
class _ClaimedVoice:
    media_id: int
    tries: int
    """This one included."""
    path: str
    message: InboxRow | None
    """What it came in; None where that is kept no longer."""


class Dictation(SteppingTask):
    """One speech engine at work. `run` until `stop`."""

    name = "dictation"

    def __init__(
        self,
        database: Database,
        settings: SpeechServerSettings | SpeechModelSettings,
        engine: SpeechEngine,
        *,
        store: MediaStore,
        channels: Callable[[], dict[str, Channel]],
        env: Callable[[], Environment],
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """`wake`: called after each commit, to wake the senders."""
        super().__init__()
        self._database = database
        self._settings = settings
        self._engine = engine
        self._store = store
        self._channels = channels
        self._env = env
        self._clock = clock
        self._wake = wake

    async def step(self) -> bool:
        """Have one voice written down; False where none waits."""
        voice = await asyncio.to_thread(self._claim)
        if voice is None:
            return False
        if voice.tries > _TRIES:
            await asyncio.to_thread(self._settle, voice, None)
            return True
        try:
            speech = await asyncio.to_thread(self._read_speech, voice.path)
            heard = await self._ask(speech)
        except (MediaError, OSError) as error:
            await asyncio.to_thread(self._settle_failure, voice, error)
            return True
        if heard is not None:
            spoken = judge_transcript(heard, speech, prompt=self._settings.prompt)
            await asyncio.to_thread(self._settle, voice, spoken)
        return True

    def _claim(self) -> _ClaimedVoice | None:
        """The voice that has waited longest, leased for as long as the engine may take."""
        now = self._clock()
        with self._database.write() as session:
            lease = 2 * self._settings.timeout + _SPARE
            row = lease_next(session, Voice, WAITS_FOR_ENGINE, now=now, lease=lease)
            if row is None:
                return None
            media = session.get_one(Media, row.media_id)
            message = session.get(InboxRow, media.inbox_id) if media.inbox_id is not None else None
            return _ClaimedVoice(row.media_id, row.tries, media.path, message)

    def _read_speech(self, name: str) -> Speech:
        with self._store.open_file(name) as path:
            return read_speech(path)

    def _read(self, row: InboxRow | None) -> Incoming | None:
        """The message; None where it cannot be read any more."""
        channel = self._channels().get(row.channel) if row is not None else None
        try:
            return channel.read(row.raw) if row is not None and channel is not None else None
        except RefusedInput:
            return None

    async def _ask(self, speech: Speech) -> Transcript | None:
        """The engine's answer; None where the process ends first."""
        question = asyncio.create_task(self._engine.transcribe(speech))
        end = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({question, end}, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if not question.done():
            question.cancel()
            return None
        return question.result()

    def _settle(self, voice: _ClaimedVoice, spoken: SpokenWords | None) -> None:
        now, env, incoming = self._clock(), self._env(), self._read(voice.message)
        with self._database.write() as session:
            if spoken is None or incoming is None:
                result = transcripts.give_up(session, media_id=voice.media_id, env=env, now=now)
            else:
                result = transcripts.receive_transcript(
                    session, incoming, spoken, media_id=voice.media_id, env=env, now=now
                )
        log.info("voice.heard", media=voice.media_id, result=result)
        self._wake()

    def _settle_failure(self, voice: _ClaimedVoice, error: MediaError | OSError) -> None:
        may_pass = error.retryable if isinstance(error, MediaError) else isinstance(error, StoreUnreachable)
        is_final = not may_pass or voice.tries >= _TRIES
        slug = error.slug if isinstance(error, MediaError) else type(error).__name__
        log.warning("voice.not_heard", media=voice.media_id, tries=voice.tries, error=slug, detail=str(error))
        if is_final:
            self._settle(voice, None)
            return
        with self._database.write() as session:
            row = session.get(Voice, voice.media_id)
            if row is not None:
                row.not_before = self._clock() + voice.tries * _PAUSE
