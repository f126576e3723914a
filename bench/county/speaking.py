"""Everybody says what they have to say, when it is time, over the sandbox's door."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.county.plan import CountyDay, Utterance, list_deep, list_others
from sandbox.server import SandboxServer

_SPEAKERS = 6
_SAY_AGAIN = 0.5
"""Seconds."""


@dataclass(slots=True)
class Spoken:
    """What was said, and what the platform gave on."""

    by_door: int = 0
    by_line: int = 0
    """Frames that found a connection."""
    nobody_there: int = 0
    """Frames that found none: the platform keeps nothing for later."""
    deep: list[str] = field(default_factory=list)
    """What one person said at once and a connection took, in order."""
    late: float = 0.0
    """Seconds by which the latest was said later than planned: the machine did not keep up."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def speak(box: SandboxServer, day: CountyDay, *, is_by_door: Callable[[str], bool]) -> Spoken:
    """Say everything of the day; returns when the last was said."""
    spoken, begin = Spoken(), time.monotonic()

    def say(one: Utterance) -> None:
        late = time.monotonic() - begin - one.at
        given = bool(box.say(one.chat, one.user, one.text, at_bot=True)["delivered"])
        with spoken.lock:
            spoken.late = max(spoken.late, late)
            if is_by_door(one.chat):
                spoken.by_door += 1
            elif given:
                spoken.by_line += 1
            else:
                spoken.nobody_there += 1

    deep = threading.Thread(target=_say_deep, args=(box, list_deep(day), begin, spoken))
    deep.start()
    with ThreadPoolExecutor(_SPEAKERS) as pool:
        said = []
        for one in list_others(day):
            time.sleep(max(begin + one.at - time.monotonic(), 0))
            said.append(pool.submit(say, one))
        for future in said:
            future.result()
    deep.join()
    return spoken


def _say_deep(box: SandboxServer, deep: Sequence[Utterance], begin: float, spoken: Spoken) -> None:
    """One after the other without a pause; what nobody was there to hear is said again."""
    for one in deep:
        time.sleep(max(begin + one.at - time.monotonic(), 0))
        while not box.say(one.chat, one.user, one.text, at_bot=True)["delivered"]:
            with spoken.lock:
                spoken.nobody_there += 1
            time.sleep(_SAY_AGAIN)
        with spoken.lock:
            spoken.by_line += 1
        spoken.deep.append(one.text)
