"""Which case is meant: number, place, matter, what was spoken of last, and the state."""

from handlers.talk.referents import Candidate, SpokenMatter, choose, keep_named, rank
from models.workflow import Status
from tests.handlers.talk.conftest import know_case, make_situation

LAMP = know_case("CALLBACK")
COVER = know_case("IN_PROGRESS", id=2, text="静海路井盖没了", place="静海路", class_id="fac.manhole")
OLD_LAMP = know_case("CLOSED", id=3, text="长江路88号路灯一闪一闪", place="长江路88号")


def said(text: str, place: str = "", *classes: str) -> SpokenMatter:
    return SpokenMatter(text, place, lambda: classes)


def ranked(matter: SpokenMatter, *named: int) -> list[Candidate]:
    cases = [LAMP, COVER, OLD_LAMP]
    return rank(make_situation(*cases, named=named), cases, matter)


def ids(found: list[Candidate]) -> list[int]:
    return [each.case.id for each in found]


def test_a_case_that_is_named_comes_before_all_others() -> None:
    found = ranked(said("路灯还是黑的", "", "fac.lamp"), COVER.id)
    assert (ids(found)[0], found[0].is_named) == (COVER.id, True)


def test_a_number_is_never_taken_for_another_case() -> None:
    assert ids(keep_named(ranked(said("路灯还是黑的", "", "fac.lamp"), COVER.id))) == [COVER.id]
    assert len(keep_named(ranked(said("路灯还是黑的", "", "fac.lamp")))) == 3


def test_the_matter_tells_a_case_from_a_newer_one() -> None:
    assert ids(ranked(said("井盖盖上了没")))[0] == COVER.id


def test_another_place_speaks_against_a_case_and_the_same_for_it() -> None:
    places = {
        each.case.id: each.place for each in ranked(said("长江路88号还是黑的", "长江路88号", "fac.lamp"))
    }
    assert places[OLD_LAMP.id] > 0 > places[LAMP.id]
    assert ids(ranked(said("长江路88号还是黑的", "长江路88号", "fac.lamp")))[0] == OLD_LAMP.id


def test_another_house_of_the_same_road_is_another_place() -> None:
    [found] = rank(make_situation(LAMP), [LAMP], said("解放路98号也黑", "解放路98号"))
    assert found.place < 0


def test_so_is_one_whose_number_is_long() -> None:
    """A day of a county has numbers of six figures: 36 reports joined the case of another house of the road."""
    far = know_case("NEW", text="长江路100009号停水一整天了", place="长江路100009号", class_id="util.water")
    [found] = rank(make_situation(far), [far], said("长江路100039号停水一整天了", "长江路100039号"))
    assert found.place < 0


def test_only_cases_in_a_state_that_leads_somewhere_are_chosen() -> None:
    found = ranked(said("灯还是黑的", "", "fac.lamp"))
    assert ids(choose(found, [Status.CALLBACK], recent=False)) == [LAMP.id]
    assert choose(found, [Status.VOID], recent=False) == []


def test_several_that_fit_alike_are_all_given_back() -> None:
    twin = know_case("CALLBACK", id=4, text="北京路50号路灯不亮", place="北京路50号")
    matter = said("灯还是黑的", "", "fac.lamp")
    found = rank(make_situation(LAMP, twin), [LAMP, twin], matter)
    assert set(ids(choose(found, None, recent=False))) == {LAMP.id, twin.id}
