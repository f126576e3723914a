"""What a case is about, then its number: the beginning of every message about one case.

People know their matter by its place and what is wrong there; the number behind it is for quoting.
"""

import re
from collections.abc import Callable

from handlers.wording import marks
from handlers.wording.case_view import CaseView

_BEGINNING = re.compile(rf"(?m)^(?:{marks.HINT_SIGN})?〔([A-Z]{{1,4}}\d{{6}}-\d{{4,12}})〕")
_CONFIDED = "您反映的事"


def matter(view: CaseView) -> str:
    """Place and class: 长江路乱停车."""
    return f"{view.place}{view.class_name}"


def subject(view: CaseView) -> str:
    """What a case is about, then its number: 长江路乱停车〔WG261121-0031〕."""
    return f"{matter(view)}{marks.case_mark(view.number)}"


def confided_subject(view: CaseView) -> str:
    """The number of a case of which others who read along learn nothing: 您反映的事〔WG261121-0031〕."""
    return f"{_CONFIDED}{marks.case_mark(view.number)}"


def name_cases(text: str, find_matter: Callable[[str], str]) -> str:
    """The text with what each case is about before its mark, in every line that begins with one.

    `find_matter` answers with place and class for a whole number; "" where that is not to be said.
    """
    return _BEGINNING.sub(lambda found: f"{find_matter(found[1])}{found[0]}", text)
