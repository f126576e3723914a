"""What a channel says of itself before it runs: what it can carry, whose ids it speaks of, who it is.

settings ──declare──> ChannelDeclaration ──> routes, checks and senders choose by it, never by kind
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from models.messages import CardUpdatePush, HandOverOrder, HandOverPush, PartKind, PushBody

PushType = type[PushBody]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do (protocols/README.md §1), as far as this program makes use of it."""

    receives: frozenset[PartKind] = frozenset()
    """What people can send through it; empty where it only pushes."""
    sends: frozenset[PushType] = frozenset()
    """Kinds of push it can carry, card updates aside: `card_update_window` says whether it can carry them."""
    markdown: bool = False
    """It shows the small markdown of a text push; otherwise the marks are taken out."""
    mention: bool = False
    """A text push with mentions really rings the people it names."""
    card_update_window: timedelta | None = None
    """How long after a press its card may be changed; None: cards stay as they were sent."""
    hand_over: HandOverOrder | None = None
    """When it can hand a conversation over to people; None: it cannot."""
    needs_consent: bool = False
    """Whoever is to be told anything later has to agree to that beforehand."""
    answers_only: bool = False
    """It can speak in answer to a message only, while a reply handle is good; otherwise at any time."""
    hears_groups: bool = True
    """What people write in its groups reaches it; otherwise they only read there what it pushes."""
    overhears: bool = False
    """What people say to each other in its groups reaches it, and nobody there waits for an answer."""
    needs_address: bool = False
    """A chat is reached by an address of its own (`Delivery.address`), not by its chat id."""

    @property
    def is_mute(self) -> bool:
        """Whether it only hears."""
        return bool(self.receives) and not self.sends

    def carries(self, body: PushBody) -> bool:
        """Whether the channel can carry a push of this kind at all, whatever its state now."""
        if isinstance(body, CardUpdatePush):
            return self.card_update_window is not None
        if isinstance(body, HandOverPush):
            return self.hand_over is not None
        return type(body) in self.sends


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDeclaration:
    """What the rest of the program may know of a channel."""

    provider: str
    """Whose account ids its senders have: the `provider` of `models.organisation.Account`."""
    capabilities: Capabilities
    bot_name: str = ""
    """What people call the bot here; empty where nobody can speak to it."""
    handle_lifetimes: Mapping[str, timedelta] = field(default_factory=dict)
    """Kinds of reply handle that come with its messages, and how long each is good."""
    units: tuple[str, ...] = ()
    """Codes of the units whose cases it is told of, with everything beneath them; empty: all."""
    budgets: Mapping[str, int] = field(default_factory=dict)
    """Kinds of reply handle that are good for so many messages only: then nothing more can be said, until
    the person speaks again. Empty where nobody counts."""

    @property
    def is_terse(self) -> bool:
        """Whether each message counts, so that little is said, and what is said must matter."""
        return bool(self.budgets)
