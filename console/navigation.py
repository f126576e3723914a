"""The pages that the head of each page leads to: those that this person may see."""

from collections.abc import Sequence

from handlers.cases.queries import Asker
from handlers.insight.cohort import may_read_table
from models.organisation import Person

_FOR_STAFF = (("/", "待办"), ("/cases", "全部"), ("/due", "时限"))
_FOR_OVERSEERS = (("/rates", "三率"), ("/units", "排名"))


def list_pages(person: Person) -> Sequence[tuple[str, str]]:
    """Address and name of each."""
    return (*_FOR_STAFF, *(_FOR_OVERSEERS if oversees(person) else ()))


def oversees(person: Person) -> bool:
    """Whether somebody looks after an area, which has posters and figures."""
    return may_read_table(Asker(person))
