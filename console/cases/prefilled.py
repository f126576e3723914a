"""Words of a kept answer in the form of an act, its blanks filled from the case as its reader sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from console.cases.dossier import Dossier
from handlers.environment.upkeep import answers
from handlers.wording import formats
from models.console import SavedAnswer
from models.organisation import Person
from models.workflow import Act, ActField, Audience

_WORDS = frozenset({ActField.TEXT, ActField.REASON})


@dataclass(frozen=True, slots=True)
class Prefilled:
    """The answers that fit a case, and one of them in the form of an act."""

    answers: Sequence[SavedAnswer] = ()
    act: str = ""
    typed: Mapping[str, Sequence[str]] | None = None

    def get_typed(self, act: Act) -> Mapping[str, Sequence[str]]:
        """What stands in the form of this act before anybody types."""
        return self.typed if self.typed is not None and self.act == act.key else {}

    @staticmethod
    def takes_words(act: Act) -> bool:
        """Whether an answer can stand in the form of this act: a result, or words that the reporter hears."""
        says = Audience.REPORTER in act.audiences and not _WORDS.isdisjoint(act.required_fields)
        return says or ActField.EVIDENCE in act.required_fields


def load_prefilled(
    session: Session, person: Person, dossier: Dossier, class_id: str, wanted: str
) -> Prefilled:
    """The kept answers for this class; `wanted`: `feedback.3`, the act and the number of one of them."""
    kept = answers.list_answers(session, person, class_id)
    act, _, number = wanted.partition(".")
    chosen = next((each for each in kept if str(each.id) == number), None)
    if chosen is None:
        return Prefilled(kept)
    words = answers.fill_blanks(chosen.text, _list_values(dossier))
    return Prefilled(kept, act, {"text": [words], "reason": [words]})


def _list_values(dossier: Dossier) -> Mapping[str, str]:
    view = dossier.view
    return {
        "编号": dossier.number,
        "类别": view.class_name,
        "地点": dossier.place,
        "单位": view.unit,
        "时限": formats.format_time(view.due, now=view.now) if view.due is not None else "",
        "今天": f"{view.now.month}月{view.now.day}日",
    }
