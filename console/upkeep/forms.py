"""A form as it was filled in, shown again with why it was not taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Path
from starlette.responses import RedirectResponse

RowId = Annotated[int, Path(ge=1, le=2**62)]
"""The number of a row in an address."""


@dataclass(frozen=True, slots=True)
class TypedForm:
    """The fields of a form by their names, and the sentence that refuses it; empty where there is none."""

    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    failure: str = ""
    status: int = 200

    def get(self, name: str) -> str:
        """The field; "" where it was not filled in."""
        return next(iter(self.typed.get(name, ())), "")

    def get_all(self, name: str) -> Sequence[str]:
        """Every value of a field that may be sent several times."""
        return self.typed.get(name, ())


def go_to(address: str) -> RedirectResponse:
    """Done: on to this page."""
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
