"""Units, limits, verdicts and answers as people write them."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.commands import arguments
from handlers.environment import spoken_units, units
from handlers.environment.snapshot import Environment
from handlers.errors import NotFound
from models.workflow import ACTS
from tests.district import District


@pytest.fixture
def district(sqlite_district: District) -> District:
    """Words and rights: which database it is cannot matter."""
    return sqlite_district


@pytest.mark.parametrize("name", ["城管局", "HM-CG", "hm-cg", "海门区城市管理局", "城管", "综合执法局"])
def test_a_unit_is_known_by_each_of_its_names(district: District, name: str) -> None:
    with district.database.read() as session:
        assert units.find_unit(session, name).code == "HM-CG"


@pytest.mark.parametrize("words", ["交市监局", "0031给市监局，快一点", "这个转市监局"])
def test_an_office_is_known_by_two_characters_of_its_name(district: District, words: str) -> None:
    with district.database.read() as session:
        meant = spoken_units.find_spoken_unit(session, words)
        assert meant is not None
        assert meant.code == "HM-SCJG"
        assert units.find_unit(session, "市监局").code == "HM-SCJG"
        assert spoken_units.find_spoken_unit(session, "交卫计局") is None


def test_an_unknown_unit_gets_the_nearest_ones(district: District) -> None:
    with district.database.read() as session, pytest.raises(NotFound) as refused:
        units.find_unit(session, "城管中队局")
    assert "没有找到单位「城管中队局」，是不是城管局" in refused.value.sentence


def test_a_unit_nobody_could_mean_is_asked_for_in_full(district: District) -> None:
    district.report_case()
    assert district.say("wrDUTY", "duty1", "/交办 0001 xyz") == "refused.not_found"
    assert "请写单位的全称或简称" in district.last_text("wrDUTY")


def test_assign_reads_unit_limit_and_remark(district: District) -> None:
    district.report_case()
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 4小时 注意安全")
    event = district.events()[-1]
    assert event.text == "注意安全"
    assert district.case().due_at == district.now + timedelta(hours=4)


def test_words_after_the_unit_that_are_no_limit_are_a_remark(district: District) -> None:
    due = district.report_case().due_at
    district.say("wrDUTY", "duty1", "/交办 0001 城管局 尽快处理")
    assert (district.events()[-1].text, district.case().due_at) == ("尽快处理", due)


@pytest.mark.parametrize(
    ("text", "solved", "satisfied"),
    [
        ("已解决", True, None), ("已解决 满意", True, True), ("解决了，不满意，太慢", True, False), ("修好了谢谢", True, True),
        ("不满意", True, False), ("未解决", False, None), ("没有解决，不满意", False, False), ("没修好", False, None), ("还没好", False, None),
    ],
)  # fmt: skip
def test_an_answer_is_read(text: str, solved: bool, satisfied: bool | None) -> None:
    given = arguments.parse_rating(text)
    assert given is not None
    assert (given.solved, given.satisfied, given.text) == (solved, satisfied, text)


@pytest.mark.parametrize("text", ["", "门口还有一堆", "谢谢"])
def test_no_answer_is_none(text: str) -> None:
    assert arguments.parse_rating(text) is None


def test_a_rating_without_an_answer_is_asked_for_one(district: District) -> None:
    district.verify_case()
    assert district.say("wrINTAKE", "zhangsf", "/评价 0001 嗯") == "refused.missing_need"
    assert "请写「已解决」或「未解决」" in district.last_text("wrINTAKE")


def test_a_reason_that_ends_in_no_unit_stays_whole(district: District) -> None:
    district.dispatch_case()
    district.say("wrCG", "cg1", "/退回 0001 不归我们 请改派")
    assert district.events()[-1].text == "不归我们 请改派"


@pytest.mark.parametrize(
    ("today", "said", "until"),
    [
        (datetime(2028, 3, 6, 2, tzinfo=UTC), "到2月29日", None),
        (datetime(2027, 12, 6, 2, tzinfo=UTC), "到2月29日", datetime(2028, 2, 29, 0, 30, tzinfo=UTC)),
        (datetime(2027, 12, 6, 2, tzinfo=UTC), "到1月5日", datetime(2028, 1, 5, 0, 30, tzinfo=UTC)),
        (datetime(2027, 12, 6, 2, tzinfo=UTC), "到2028-02-29", datetime(2028, 2, 29, 0, 30, tzinfo=UTC)),
        (datetime(2027, 12, 6, 2, tzinfo=UTC), "到2月30日", None),
    ],
)
def test_a_day_without_a_year_is_the_next_such_day(
    env: Environment, sqlite_district: District, today: datetime, said: str, until: datetime | None
) -> None:
    with sqlite_district.database.read() as session:
        given = arguments.parse_arguments(session, ACTS["suspend"], f"等雨停 {said}", env, now=today)
    assert given.until == until
