"""Sliding windows: how often something happened in the last so many seconds."""

from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` times in any `seconds` seconds."""

    count: int
    seconds: float


class SlidingWindows:
    """Several rate limits over one log of times per key."""

    def __init__(self, *limits: RateLimit) -> None:
        self._limits = limits
        self._longest = max(limit.seconds for limit in limits)
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str, now: float) -> bool:
        """Count one attempt at `now` (seconds); False, and not counted, where a limit is reached."""
        times = self._times[key]
        while times and times[0] <= now - self._longest:
            times.popleft()
        for limit in self._limits:
            if self._count_since(times, now - limit.seconds) >= limit.count:
                return False
        times.append(now)
        return True

    @staticmethod
    def _count_since(times: deque[float], start: float) -> int:
        count = 0
        for at in reversed(times):
            if at <= start:
                break
            count += 1
        return count
