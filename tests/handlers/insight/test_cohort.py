"""What is counted and what is listed are the same cases, on both databases."""

from datetime import date, timedelta

from sqlalchemy import select

from handlers.cases.queries import Asker, CaseFilter
from handlers.insight import cohort, deadlines, monthly_report
from handlers.insight.case_search import list_matching
from handlers.insight.deadlines import Deadline
from models.cases import Case
from models.organisation import Person
from tests.district import District


def test_each_count_is_the_length_of_its_list(district: District) -> None:
    district.close_case()
    number = district.verify_case().number
    district.say("wrINTAKE", "zhangsf", f"/评价 {number} 未解决")
    district.say("wrINTAKE", "zhangsf", f"/撤回 {district.report_case().number}")
    late = district.sign_case().number
    with district.database.write() as session:
        case = session.scalars(select(Case).where(Case.number == late)).one()
        case.due_at = district.now - timedelta(minutes=1)
    now = district.now
    with district.database.read() as session:
        asker = Asker(session.scalars(select(Person).where(Person.code == "leader1")).one(), in_private=True)
        unit = cohort.find_table_unit(session, asker)
        report = monthly_report.build_report(session, district.env, date(2026, 3, 1), unit, now=now)
        lists = {
            key: len(list_matching(
                session, asker, district.env, CaseFilter(), further=[cohort.lies_in_table(unit), condition],
                limit=20,
            )[0])
            for key, condition in cohort.define_figures(now).items()
        }  # fmt: skip
        ends = deadlines.count_deadlines(session, asker, district.env, now=now)
    total = report.total
    assert lists == {
        "received": total.received, "excluded": 0, "withdrawn": 1, "answered": 1, "rated": total.rated,
        "solved": 1, "judged": 1, "satisfied": total.satisfied, "unrated": 0, "due": total.due,
        "on_time": total.on_time, "overdue": report.overdue, "unanswered": 2, "unsolved": 1,
        "dissatisfied": 0, "not_on_time": 1, "in_grid": 0, "redone": 1, "reopened": 0, "sent_back": 0,
    }  # fmt: skip
    assert (total.received, total.rated, total.satisfied, total.on_time, report.overdue) == (3, 2, 1, 1, 1)
    assert [numbers[Deadline.LATE] for numbers in ends.values()] == [1]
