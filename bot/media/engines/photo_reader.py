"""Asks the engine's process for the lines on a photo."""

from pathlib import Path

from bot.media.engines.child import EngineDied, EngineProcess
from bot.media.errors import PhotoUnread

_PROGRAM = "bot.media.engines.photo_program"


class PhotoReader:
    """One engine, started with the first photo; `read` is called from one thread, `close` from any."""

    def __init__(self, *, patience: float, program: str = _PROGRAM) -> None:
        """`patience`: seconds until a photo is given up, and the process with it."""
        self._engine = EngineProcess(program, patience=patience)

    def read(self, path: Path) -> list[str]:
        """The lines on the photo, top to bottom. Raises PhotoUnread."""
        try:
            lines = self._engine.ask(str(path))
        except EngineDied as error:
            raise PhotoUnread(str(error)) from error
        if lines is None:
            raise PhotoUnread("unopened")
        return [str(line) for line in lines]

    def close(self) -> None:
        """End the process, whatever it does."""
        self._engine.close()
