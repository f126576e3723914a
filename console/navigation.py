"""The pages that the head of each page leads to: those that this person may see."""

from collections.abc import Sequence

from handlers.cases.queries import Asker
from handlers.insight.audit import may_audit, may_operate
from handlers.insight.cohort import may_read_table
from handlers.insight.topic_reading import may_read_topics
from models.organisation import Person

_FOR_STAFF = (
    ("/", "待办"), ("/cases", "全部"), ("/map", "地图"), ("/due", "时限"), ("/org", "组织"),
    ("/responsibilities", "清单"),
)  # fmt: skip
_FOR_OVERSEERS = (
    ("/rates", "三率"), ("/units", "排名"), ("/insights", "分析"), ("/notices", "通知"), ("/rules", "规则"),
)  # fmt: skip
_FOR_DESKS = (("/topics", "热点"),)
_FOR_AUDITORS = (("/audit", "审计"),)
_FOR_OPERATORS = (("/health", "运行"),)


def list_pages(person: Person, *, at_top: bool) -> Sequence[tuple[str, str]]:
    """Address and name of each; `at_top`: they sit at the desk of a unit that has none above."""
    asker = Asker(person)
    pages: tuple[tuple[str, str], ...] = _FOR_STAFF
    if may_read_table(asker):
        pages += _FOR_OVERSEERS
    if may_read_topics(asker):
        pages += _FOR_DESKS
    if may_audit(asker):
        pages += _FOR_AUDITORS
    if may_operate(asker, at_top=at_top):
        pages += _FOR_OPERATORS
    return pages


def oversees(person: Person) -> bool:
    """Whether somebody looks after an area, which has posters and figures."""
    return may_read_table(Asker(person))
