"""Why a page is not shown, beside what `handlers.errors` refuses.

PageProblem
├── SignInNeeded 303      sent to /login, and back afterwards
├── ForeignForm 403       the form did not come from our own page, or its page is of another session
├── FormTooLarge 413      FormTooSlow 408
├── StaleChoice 409       what was confirmed has changed meanwhile
└── WrongForm 422         what was filled in cannot be used
"""

from typing import ClassVar

from handlers.wording import pages as say


class PageProblem(Exception):
    """Something that a page says instead of what was asked for; `sentence` is Chinese."""

    slug: ClassVar[str] = "problem"
    status: ClassVar[int] = 400

    def __init__(self, sentence: str) -> None:
        super().__init__(self.slug)
        self.sentence = sentence


class SignInNeeded(PageProblem):
    """Nobody is signed in."""

    slug, status = "sign_in_needed", 303

    def __init__(self) -> None:
        super().__init__(say.sign_in_first())


class ForeignForm(PageProblem):
    """The form did not come from a page of ours that is still good."""

    slug, status = "foreign_form", 403

    def __init__(self) -> None:
        super().__init__(say.form_over())


class FormTooLarge(PageProblem):
    """More than a form may carry."""

    slug, status = "too_large", 413

    def __init__(self) -> None:
        super().__init__(say.form_too_large())


class FormTooSlow(PageProblem):
    """It took too long to arrive."""

    slug, status = "too_slow", 408

    def __init__(self) -> None:
        super().__init__(say.form_too_slow())


class WrongForm(PageProblem):
    """A field cannot be read."""

    slug, status = "wrong_form", 422


class StaleChoice(PageProblem):
    """What was to be confirmed is not any more what would be done."""

    slug, status = "stale", 409
