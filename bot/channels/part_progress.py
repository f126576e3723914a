"""How far a push of several pieces has come, so that trying again does not repeat the first ones."""

from collections import OrderedDict

_KEPT = 1_000
"""Pushes half sent and never tried again must not add up; far more than can be in flight."""


class Progress:
    """Accepted pieces per push id. In memory only: after a crash a push is sent whole again."""

    def __init__(self) -> None:
        self._done: OrderedDict[int, int] = OrderedDict()

    def sent_count(self, push_id: int) -> int:
        """How many pieces of this push (id) were accepted."""
        return self._done.get(push_id, 0)

    def advance(self, push_id: int) -> None:
        """Count one more accepted piece of this push."""
        self._done[push_id] = self.sent_count(push_id) + 1
        self._done.move_to_end(push_id)
        if len(self._done) > _KEPT:
            self._done.popitem(last=False)

    def forget(self, push_id: int) -> None:
        """Drop the count of this push, which is settled."""
        self._done.pop(push_id, None)
