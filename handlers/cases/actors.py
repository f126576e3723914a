"""Who acts: a person, or the program itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from handlers.cases.privacy.names import REPORTER
from models.organisation import Person, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who performs an act: a person in one post, or the program itself where `person` is None.

    Of a person with several posts this is the first one; `in_each_post` has the others.
    """

    person: Person | None
    """None: the program itself, because time passed or because the rules decided (automatic dispatch)."""
    is_follower: bool = False
    """Reported the same matter in a case that was joined to this one; stays unnamed as the reporter does."""

    @property
    def id(self) -> int | None:
        return self.person.id if self.person else None

    @property
    def unit_id(self) -> int | None:
        return self.person.unit_id if self.person else None

    @property
    def in_each_post(self) -> Sequence["Actor"]:
        """The actor as the holder of each single post: a right is one post's, never two posts' together."""
        if self.person is None or not self.person.further_posts:
            return (self,)
        return tuple(replace(self, person=one) for one in self.person.in_each_post)

    @property
    def capacities(self) -> Sequence["Actor"]:
        """The actor in each post of theirs, then as each whose place they take today."""
        stands_in_for = self.person.stands_in_for if self.person is not None else ()
        return (*self.in_each_post, *(Actor(one) for one in stands_in_for))

    @property
    def is_outside(self) -> bool:
        """Whether they speak where nobody vouches for them, or are nobody: no right of staff is theirs."""
        return self.person is None or self.person.is_outside

    @property
    def name(self) -> str:
        """The name for the ledger: 系统 for the program; whoever reported a joined case stays unnamed."""
        if self.is_follower:
            return REPORTER
        return self.person.name if self.person else "系统"

    def is_one_of(self, roles: Collection[Role]) -> bool:
        """Whether a person acts, and has one of these roles."""
        return self.person is not None and self.person.role in roles


PROGRAM = Actor(None)
