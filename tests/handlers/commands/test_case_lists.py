"""/待办, /超时, /本网格, /今日: what is in them, for whom, and that they fit a phone."""

import pytest
from sqlalchemy import select, update

from models.cases import Case
from models.organisation import Unit
from tests.district import LAMP, RUBBLE, District

A_PHONE = 15
"""Lines that one looks at without scrolling much."""
LISTS = ("待办", "超时", "本网格")


def many(district: District, count: int) -> None:
    """Cases of different numbers and places, in the duty officer's own district."""
    with district.database.write() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "HM-CG")).one()
        session.execute(update(Case).values(unit_id=unit.id))
        first = session.scalars(select(Case)).one()
        columns = {
            column.key: getattr(first, column.key)
            for column in Case.__mapper__.column_attrs
            if column.key not in ("id", "number", "tail")
        }
        for serial in range(2, count + 1):
            session.add(Case(**columns, number=f"WG260330-{serial:04d}", tail=f"{serial:04d}"))


def listed(district: District, user: str, said: str, chat: str = "") -> list[str]:
    slug = district.say(chat or user, user, said, direct=not chat)
    assert slug in ("command.list", "command.today", "command.mine")
    return district.last_text(chat or user).splitlines()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("user", ["duty1", "cg1", "wgxw", "leader1", "zhangsf", "chendy"])
def test_an_empty_list_says_so_in_one_line(sqlite_district: District, name: str, user: str) -> None:
    assert listed(sqlite_district, user, f"/{name}") == [f"{name}：没有。"]


@pytest.mark.parametrize("name", LISTS)
def test_a_long_list_fits_a_phone_and_says_how_to_go_on(sqlite_district: District, name: str) -> None:
    sqlite_district.report_case()
    many(sqlite_district, 23)
    sqlite_district.advance(days=60)
    pages = [listed(sqlite_district, "duty1", f"/{name} {page}".removesuffix(" 1")) for page in (1, 2, 3)]
    assert [page[0] for page in pages] == [f"{name}（23 件，第 {page}/3 页）" for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [12, 12, 4]
    assert [page[-1] for page in pages[:2]] == [f"还有 13 件，发 /{name} 2", f"还有 3 件，发 /{name} 3"]
    numbers = [line.split()[0] for page in pages for line in page if line[:4].isdigit()]
    assert len(set(numbers)) == len(numbers) == 23
    assert max(len(page) for page in pages) <= A_PHONE
    assert max(len(line) for page in pages for line in page) <= 44


def test_a_page_beyond_the_last_is_the_last(sqlite_district: District) -> None:
    sqlite_district.report_case()
    many(sqlite_district, 12)
    assert listed(sqlite_district, "duty1", "/待办 9")[0] == "待办（12 件，第 2/2 页）"
    assert listed(sqlite_district, "duty1", "/待办 0")[0] == "待办（12 件，第 1/2 页）"
    assert listed(sqlite_district, "duty1", "/待办 第2页")[0] == "待办（12 件，第 2/2 页）"


@pytest.mark.parametrize("name", [*LISTS, "今日"])
def test_a_restricted_case_is_listed_in_no_group_and_for_no_one_else(district: District, name: str) -> None:
    district.report_case()
    district.advance(days=60)
    with district.database.write() as session:
        session.execute(update(Case).values(restricted=True, reporter_id=None))
    for chat in ("wrDUTY", ""):
        text = "\n".join(listed(district, "duty1", f"/{name}", chat))
        assert "0001" not in text
        assert name != "今日" or "在办 0 件" in text


def test_waiting_is_what_my_own_desk_must_do(district: District) -> None:
    district.report_case()
    assert listed(district, "duty1", "/待办", "wrDUTY")[1].startswith("0001 待受理")
    assert listed(district, "cg1", "/待办", "wrCG") == ["待办：没有。"]
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    assert listed(district, "duty1", "/待办", "wrDUTY") == ["待办：没有。"]
    assert listed(district, "cg2", "/待办", "wrCG")[1].startswith("0001 待签收")
    assert listed(district, "zj1", "/待办", "wrZJ") == ["待办：没有。"]


def test_the_most_pressing_comes_first(sqlite_district: District) -> None:
    sqlite_district.say("wrINTAKE", "zhangsf", RUBBLE)
    sqlite_district.advance(minutes=3)
    sqlite_district.say("wrINTAKE", "liay", LAMP)
    sqlite_district.tick(sqlite_district.advance(minutes=3))
    numbers = [line.split()[0] for line in listed(sqlite_district, "duty1", "/待办", "wrDUTY")[1:]]
    assert numbers == ["0002", "0001"]


def test_overdue_is_what_should_be_done_by_now_in_my_own_units(sqlite_district: District) -> None:
    sqlite_district.dispatch_case()
    assert listed(sqlite_district, "duty1", "/超时", "wrDUTY") == ["超时：没有。"]
    sqlite_district.advance(days=60)
    assert len(listed(sqlite_district, "duty1", "/超时", "wrDUTY")) == 2
    assert len(listed(sqlite_district, "cg1", "/超时", "wrCG")) == 2
    assert listed(sqlite_district, "zj1", "/超时", "wrZJ") == ["超时：没有。"]
    assert len(listed(sqlite_district, "zhangsf", "/超时")) == 2
    assert listed(sqlite_district, "liay", "/超时") == ["超时：没有。"]


def test_here_is_my_own_area(sqlite_district: District) -> None:
    sqlite_district.say("wrRESIDENTS", "chendy", LAMP)
    sqlite_district.tick(sqlite_district.advance(minutes=3))
    assert len(listed(sqlite_district, "wgxw", "/本网格", "wrRESIDENTS")) == 2
    assert listed(sqlite_district, "wgxl", "/本网格") == ["本网格：没有。"]


def test_today_counts_my_own_units_only(sqlite_district: District) -> None:
    sqlite_district.dispatch_case()
    assert "新收 1 件" in listed(sqlite_district, "cg1", "/今日", "wrCG")[0]
    assert "新收 0 件" in listed(sqlite_district, "zj1", "/今日", "wrZJ")[0]
    sqlite_district.advance(days=1)
    assert "新收 0 件，办结 0 件；在办 1 件" in listed(sqlite_district, "cg1", "/今日", "wrCG")[0]
