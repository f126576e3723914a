"""What each act does to the case, beyond moving it to its next state.

An effect is given the scene and answers with the columns to set. It may also write what belongs
to the act elsewhere (shares of units, requests, ratings). It never sends and never commits.
"""

from collections.abc import Callable, Mapping

from handlers.acts import acceptance, approvals, assignment, closure, handling, supervision
from handlers.cases.context import ActContext, ActInput, ColumnChanges

__all__ = ["EFFECTS", "ActContext", "ActInput", "ColumnChanges"]

EFFECTS: Mapping[str, Callable[[ActContext], ColumnChanges]] = {
    **acceptance.EFFECTS,
    **assignment.EFFECTS,
    **handling.EFFECTS,
    **approvals.EFFECTS,
    **supervision.EFFECTS,
    **closure.EFFECTS,
}
"""One for every act but `report`, which opens the case."""
