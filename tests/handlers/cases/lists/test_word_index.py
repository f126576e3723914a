"""A rare word is looked for where its pairs of characters stand: all that say it are found, and few others."""

from collections.abc import Collection

from sqlalchemy import delete, func, select, update

from handlers.cases.lists import word_index
from models.cases import Case, Counter
from models.word_index import FOLDED, WordBlock
from tests.district import District

SAID = "三星路3号有人在焚烧秸秆，浓烟"


def fold(district: District) -> None:
    while True:
        with district.database.read() as session:
            read = word_index.read_changed(session)
        if read is None:
            return
        with district.database.write() as session:
            word_index.store(session, read)


def find(district: District, word: str) -> tuple[Collection[int], bool]:
    with district.database.read() as session:
        said, is_rare = word_index.contains(session, word)
        return session.scalars(select(Case.id).where(said).order_by(Case.id)).all(), is_rare


def count_pairs(district: District, word: str) -> int:
    with district.database.read() as session:
        mine = WordBlock.pair.in_(word_index.find_pairs(word))
        return session.scalar(select(func.count()).where(mine)) or 0


def test_a_word_is_found_before_and_after_it_is_in_the_index(district: District) -> None:
    district.report_case()
    case = district.report_case(SAID)
    assert find(district, "焚烧秸秆") == ([case.id], False), "the index is not begun"
    fold(district)
    assert find(district, "焚烧秸秆") == ([case.id], True)
    assert find(district, "烧秸") == ([case.id], True)
    assert find(district, "没有人说过") == ([], True)
    later = district.report_case("江海路9号也在焚烧秸秆")
    assert find(district, "焚烧秸秆") == ([case.id, later.id], True), "not folded in yet"


def test_a_place_that_is_put_right_is_found(district: District) -> None:
    case = district.report_case(SAID)
    fold(district)
    district.say("zhangsf", "zhangsf", f"/更正 {case.number} 泡沫厂路99号", direct=True)
    assert "泡沫厂路" in district.case(case.number).place
    for _ in range(2):
        assert find(district, "泡沫厂") == ([case.id], True)
        fold(district)


def test_a_pair_that_stands_in_too_many_blocks_is_no_help(district: District) -> None:
    case = district.report_case(SAID)
    fold(district)
    pairs = word_index.find_pairs("焚烧")
    with district.database.write() as session:
        session.add_all(WordBlock(pair=pair, block=100 + at) for pair in pairs for at in range(501))
    assert find(district, "焚烧") == ([case.id], False)


def test_while_many_events_wait_the_index_is_not_asked(district: District) -> None:
    case = district.report_case(SAID)
    fold(district)
    with district.database.write() as session:
        session.execute(update(Counter).where(Counter.name == FOLDED).values(value=-9_000))
        session.execute(delete(WordBlock))
    assert find(district, "焚烧秸秆") == ([case.id], False)


def test_telephone_numbers_are_in_no_index(district: District) -> None:
    district.report_case("三星路3号焚烧秸秆，电话13812345678")
    fold(district)
    assert count_pairs(district, "秸秆") == 1
    assert count_pairs(district, "2345") == 0


def test_what_a_case_alone_says_is_forgotten_with_it(district: District) -> None:
    case = district.report_case(SAID)
    other = district.report_case("江海路9号路灯不亮")
    fold(district)
    with district.database.write() as session:
        word_index.forget(session, [case.id])
    assert count_pairs(district, "焚烧秸秆") == 0
    assert count_pairs(district, "路灯") == 1
    assert other.id != case.id
