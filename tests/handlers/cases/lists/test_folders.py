"""The folders of a desk and of a unit, and who is signed in, on both databases."""

from datetime import timedelta

from sqlalchemy import select

from console.sign_in import sessions
from handlers.cases.lists import folders
from handlers.cases.lists.folders import Folder
from handlers.cases.queries import Asker, CaseFilter
from handlers.insight.case_search import list_matching
from models.organisation import Person
from tests.district import District


def look(district: District, user: str) -> dict[str, list[str]]:
    """The numbers in each folder, whose counts are as many."""
    with district.database.read() as session:
        person = session.scalars(select(Person).where(Person.code == user)).one()
        asker = Asker(person, in_private=True)
        counts = folders.count_folders(session, asker, now=district.now)
        found = {}
        for folder in Folder:
            numbers: list[str] = []
            after = None
            while True:
                cases, after = folders.list_folder(
                    session, asker, folder, now=district.now, size=1, after=after
                )
                numbers += [case.tail for case in cases]
                if after is None:
                    break
            assert len(numbers) == counts[folder], folder
            if numbers:
                found[str(folder)] = numbers
        return found


def test_each_case_lies_where_it_waits(district: District) -> None:
    district.report_case()
    district.dispatch_case()
    district.report_case()
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0004 城管局 4小时")
    district.say("wrCG", "cg1", "/签收 0004")
    assert look(district, "duty1") == {"new": ["0001", "0003"], "unsigned": ["0002"], "due": ["0004"]}
    assert look(district, "cg1") == {"unsigned": ["0002"], "due": ["0004"], "mine": ["0004"]}
    assert look(district, "zj1") == {}
    district.say("wrCG", "cg1", "/申请挂账 0004 等上级批复")
    district.say("leader1", "leader1", "/督办 0002 今天办完", direct=True)
    district.say("wrCG", "cg1", "/退回 0002 不归我们管")
    district.advance(hours=5)
    assert look(district, "duty1") == {
        "new": ["0001", "0003"], "late": ["0004"], "returned": ["0002"], "orders": ["0002"], "mine": ["0004"],
    }  # fmt: skip


def test_pages_follow_each_other_and_words_are_found_as_they_are_read(district: District) -> None:
    for place in (11, 12, 13):
        district.report_case(f"南京路{place}号路灯不亮，我叫王小明")
    with district.database.read() as session:
        person = session.scalars(select(Person).where(Person.code == "duty1")).one()
        asker = Asker(person, in_private=True)
        for words in ((), ("南京路",), ("路灯", "12号")):
            seen: list[str] = []
            before: int | None = None
            while True:
                cases, before = list_matching(
                    session, asker, district.env, CaseFilter(), words, limit=2, before=before
                )
                seen += [case.tail for case in cases]
                if before is None:
                    break
            assert seen == (["0002"] if len(words) == 2 else ["0003", "0002", "0001"])
        for letters in ("王小", "王小明"):
            found, _ = list_matching(session, asker, district.env, CaseFilter(), (letters,), limit=2)
            assert found == []


def test_a_session_is_found_by_its_token_until_it_ends(district: District) -> None:
    lasts = timedelta(hours=12)
    with district.database.write() as session:
        person = session.scalars(select(Person).where(Person.code == "cg1")).one()
        token = sessions.open_session(session, person, "demo", now=district.now, lasts=lasts)
    with district.database.read() as session:
        viewer = sessions.find_viewer(session, token, now=district.now)
        assert viewer is not None
        assert (viewer.person.code, viewer.unit_name) == ("cg1", "城管局")
        assert sessions.find_viewer(session, token, now=district.now + lasts) is None
        assert sessions.find_viewer(session, "another", now=district.now) is None
