"""Faults injected on purpose. Each one is armed over the control API and runs out."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Countdown:
    """A value that takes effect a limited number of times."""

    value: float
    left: int

    def take(self) -> float | None:
        """The value, one time fewer left; None once it has run out."""
        if self.left <= 0:
            return None
        self.left -= 1
        return self.value


def _no_fault() -> Countdown:
    return Countdown(0, 0)


@dataclass(slots=True)
class Faults:
    """The armed faults of one tenant."""

    errcodes: dict[str, Countdown] = field(default_factory=dict)
    """Client command -> errcode of its next answers; the command is not carried out."""
    ack_delay: Countdown = field(default_factory=_no_fault)
    """Seconds; the command is carried out at once, its acknowledgement comes late."""
    lost_acks: Countdown = field(default_factory=_no_fault)
    """The command is carried out, its acknowledgement never comes."""
    webhook_status: Countdown = field(default_factory=_no_fault)
    webhook_delay: Countdown = field(default_factory=_no_fault)
    webhook_errcode: Countdown = field(default_factory=_no_fault)
    lost_calls: Countdown = field(default_factory=_no_fault)
    """Calls of customer service that are never made; what they announce is there."""
    cut_media: Countdown = field(default_factory=_no_fault)
    """Downloads that end half-way."""
    gone_media: Countdown = field(default_factory=_no_fault)
    """Downloads by media id that find the file expired."""


@dataclass(slots=True)
class Stats:
    """Counters that tests and the bench read."""

    refused_for_rate: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    """Frames that found no live connection."""
    dropped_by_zombie: int = 0
    acks: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    """errcode -> how often it was answered."""
    callback_posts: int = 0
    callback_failures: list[str] = field(default_factory=list)
    """Why callbacks or their passive replies were not accepted."""

    def count_rate_refusal(self, chat: str) -> None:
        """Count a send to this chat that a rate limit refused."""
        self.refused_for_rate[chat] = self.refused_for_rate.get(chat, 0) + 1

    def count_refusal(self, code: int) -> None:
        """Count an answer with this errcode."""
        self.refusals[str(code)] = self.refusals.get(str(code), 0) + 1
