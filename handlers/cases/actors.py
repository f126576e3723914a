"""Who acts: a person, or the program itself."""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.cases.personal_names import REPORTER
from models.organisation import Person, Role


@dataclass(frozen=True, slots=True)
class Actor:
    person: Person | None
    """None: time, or the rules (automatic dispatch)."""
    is_follower: bool = False
    """Reported the same matter: a case of theirs was joined to this one. Stays unnamed like its reporter."""

    @property
    def id(self) -> int | None:
        return self.person.id if self.person else None

    @property
    def unit_id(self) -> int | None:
        return self.person.unit_id if self.person else None

    @property
    def name(self) -> str:
        if self.is_follower:
            return REPORTER
        return self.person.name if self.person else "系统"

    def is_one_of(self, roles: Collection[Role]) -> bool:
        """Whether it is a person with one of these roles."""
        return self.person is not None and self.person.role in roles


PROGRAM = Actor(None)
