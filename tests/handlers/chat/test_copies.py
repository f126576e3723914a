"""A message that the bot and the archive both bring is handled once, whichever comes first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from tests.archived import ALONE, BOTH, ArchivedDistrict
from tests.district import LAMP, District


@pytest.mark.parametrize("first", ["bot", "archive"])
def test_the_second_copy_is_dropped_whichever_comes_first(
    archived_on_both: ArchivedDistrict, first: str
) -> None:
    people = archived_on_both.district
    ways = {
        "bot": partial(people.say, "wrRESIDENTS"),
        "archive": partial(archived_on_both.hear, BOTH, addressed=True),
    }
    one, other = sorted(ways, key=lambda way: way != first)
    assert ways[one]("chendy", LAMP, photos=1) == "case.opened"
    assert ways[other]("chendy", LAMP, photos=1) == "copy"
    assert len(people.cases()) == 1
    assert people.chat_text("wrRESIDENTS").count("已收到") == 1


def test_who_says_the_same_twice_is_heard_twice(archived: ArchivedDistrict) -> None:
    people = archived.district
    assert people.say("wrRESIDENTS", "chendy", "/我的") == "command.mine"
    assert archived.hear(BOTH, "chendy", "/我的") == "copy"
    assert archived.hear(BOTH, "chendy", "/我的") == "command.mine"
    assert people.say("wrRESIDENTS", "chendy", "/我的") == "copy"


def test_another_person_another_time_and_another_group_are_no_copies(archived: ArchivedDistrict) -> None:
    people = archived.district
    assert people.say("wrRESIDENTS", "chendy", "/帮助") == "command.help"
    assert archived.hear(BOTH, "wangas", "/帮助") == "command.help"
    assert archived.hear(ALONE, "chendy", "/帮助") == "command.help"
    late = people.now + timedelta(seconds=11)
    assert archived.hear(BOTH, "chendy", "/帮助", sent_at=late) == "command.help"


def test_two_workers_with_a_copy_each_handle_one_of_them(postgres_district: District) -> None:
    archived = ArchivedDistrict(postgres_district)
    people = archived.district
    by_bot = people.build_message("wrRESIDENTS", "chendy", LAMP)
    by_archive = archived.build(BOTH, "chendy", LAMP, addressed=True)
    rows = [(people.receive(incoming), incoming) for incoming in (by_bot, by_archive)]
    with ThreadPoolExecutor(2) as workers:
        results = list(workers.map(lambda row: people.handle(*row), rows))
    assert sorted(results) == ["case.opened", "copy"]
