"""What each act does to the case, beyond moving it to its next state.

An effect is given the scene and answers with the columns to set. It may also write what belongs
to the act elsewhere (shares of units, requests, ratings). It never sends and never commits.
"""

from collections.abc import Callable, Mapping

from handlers.effects import asking, coming, doing, ending, giving, pressing
from handlers.effects.scene import Changes, Given, Scene

__all__ = ["EFFECTS", "Changes", "Given", "Scene"]

EFFECTS: Mapping[str, Callable[[Scene], Changes]] = {
    **coming.EFFECTS,
    **giving.EFFECTS,
    **doing.EFFECTS,
    **asking.EFFECTS,
    **pressing.EFFECTS,
    **ending.EFFECTS,
}
"""One for every act but `report`, which opens the case."""
