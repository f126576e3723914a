"""Why something was not done: one exception a reason, with a slug for logs and a Chinese answer.

    Refused
    ├── NotFound          no such case, unit, class
    │   └── Archived      it was moved to the archive
    ├── NotAllowed        this person may not
    ├── WrongState        the case is elsewhere by now
    ├── MissingNeed       a reason, a unit, a photo… must come with it
    ├── Ambiguous         more than one case would fit
    └── TooMany           too much came in too short a time

A refusal is an expected answer, not a fault: it is counted and said, never logged as an error.
"""

from collections.abc import Sequence


class Refused(Exception):
    """The root of all refusals; `sentence` is the Chinese answer to the person who asked."""

    slug = "refused"
    status = 409
    """HTTP status of the API's answer."""

    def __init__(self, sentence: str) -> None:
        super().__init__(self.slug)
        self.sentence = sentence


class NotFound(Refused):
    """There is no such case, unit, class or topic, at least for whoever asks."""

    slug = "not_found"
    status = 404


class Archived(NotFound):
    """The case is in the archive: nothing can be done to it before it is brought back."""

    slug = "archived"


class NotAllowed(Refused):
    """This person may not do it."""

    slug = "not_allowed"
    status = 403


class WrongState(Refused):
    """The case is in another state, or lacks what the act requires beside it."""

    slug = "wrong_state"


class MissingNeed(Refused):
    """Something must come with it that was not given: a reason, a unit, a photo."""

    slug = "missing_need"
    status = 422


class TooMany(Refused):
    """Too much came from there in too short a time; later it is taken again."""

    slug = "too_many"
    status = 429


class Ambiguous(Refused):
    """More than one case would fit; the sentence names them."""

    slug = "ambiguous"

    def __init__(self, sentence: str, *, said: str = "", numbers: Sequence[str] = ()) -> None:
        """`numbers`: the cases that may be meant, one of which can be chosen by a button.

        `said`: the typed number that is all of theirs; "" where none was typed.
        """
        super().__init__(sentence)
        self.said, self.numbers = said, tuple(numbers)
