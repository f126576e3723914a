"""The pages that the head of each page leads to: those that this person may see."""

from collections.abc import Sequence

from handlers.cases.queries import Asker
from handlers.insight.cohort import may_read_table
from models.organisation import Person

_FOR_STAFF = (("/", "待办"), ("/cases", "全部"), ("/due", "时限"), ("/org", "组织"))
_FOR_OVERSEERS = (("/rates", "三率"), ("/units", "排名"), ("/notices", "通知"), ("/rules", "规则"))


def list_pages(person: Person) -> Sequence[tuple[str, str]]:
    """Address and name of each."""
    return (*_FOR_STAFF, *(_FOR_OVERSEERS if may_read_table(Asker(person)) else ()))
