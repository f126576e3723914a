"""What is handled with others in one transaction comes out as if it had been handled alone.

What a batch looks up once, or is known to be without, must not outlive the message that changes it.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event

from handlers import router
from models.organisation import Participation, Role
from tests.district import GAS, LAMP, RUBBLE, District

Said = tuple[str, str, str]
"""Chat, person and words."""


def handle_together(district: District, said: Sequence[Said]) -> list[str]:
    """All of it in one transaction, as the worker does; the slugs."""
    incomings = [district.build_message(chat, user, text) for chat, user, text in said]
    rows = [district.receive(incoming) for incoming in incomings]
    with district.database.write() as session:
        router.load_batch(session, incomings)
        return [
            router.handle_message(session, incoming, inbox_id=row.id, env=district.env, now=row.received_at)
            for row, incoming in zip(rows, incomings, strict=True)
        ]


def handle_alone(district: District, said: Sequence[Said]) -> list[str]:
    return [district.say(chat, user, text) for chat, user, text in said]


WAYS = pytest.mark.parametrize("handle", [handle_alone, handle_together])


@WAYS
def test_a_case_is_known_to_what_its_reporter_says_next(district: District, handle: Any) -> None:
    said = [("wrINTAKE", "zhangsf", RUBBLE), ("wrINTAKE", "zhangsf", "我看错了，不用来了")]
    assert handle(district, said) == ["case.opened", "act.withdraw"]
    assert district.acts() == ["report", "withdraw"]


@WAYS
def test_a_command_waits_for_its_confirmation_within_a_batch(district: District, handle: Any) -> None:
    district.report_case()
    said = [("wrDUTY", "duty1", "/作废 0001 重复登记"), ("wrDUTY", "duty1", "确认")]
    assert handle(district, said)[-1] == "act.void"
    assert district.acts()[-1] == "void"


@WAYS
def test_who_joined_just_now_hears_of_the_next_step(district: District, handle: Any) -> None:
    district.report_case(LAMP)
    said = [
        ("wrDUTY", "duty1", "/交办 0001 住建局"),
        ("wrRESIDENTS", "wangdm", LAMP),
        ("wrDUTY", "duty1", "/督办 0001 今天办好"),
        ("wrDUTY", "duty1", "/改派 0001 城管局"),
    ]
    handle(district, said)
    assert [case.parent_id for case in district.cases()] == [None, 1]
    heard = district.chat_text("wrRESIDENTS")
    assert heard.count("WG260330-0002") == 2, heard


@WAYS
def test_a_flood_is_held_in_one_report_within_a_batch(district: District, handle: Any) -> None:
    """The second that was held began a report of its own, which there cannot be: all were handled anew."""
    most = district.env.most_per_hour
    said = [("wrINTAKE", "newcomer", f"北京路{n * 20 + 1}号路灯不亮") for n in range(most + 3)]
    assert handle(district, said)[most:] == ["flood.held"] * 3
    assert len(district.cases()) == most


@WAYS
def test_who_was_parted_just_now_hears_no_more(district: District, handle: Any) -> None:
    district.report_case(LAMP)
    district.say("wrRESIDENTS", "wangdm", LAMP)
    said = [
        ("wrDUTY", "duty1", "/交办 0001 住建局"),
        ("wrDUTY", "duty1", "/拆分 0002"),
        ("wrDUTY", "duty1", "/改派 0001 城管局"),
    ]
    handle(district, said)
    heard = [push.text for push in district.pushes("wrRESIDENTS")]
    assert "已单独办理" in heard[-1], heard


@WAYS
def test_who_helps_from_the_first_minute_is_told(district: District, handle: Any) -> None:
    said = [
        ("wrINTAKE", "newcomer", RUBBLE),
        ("wrDUTY", "duty1", "/交办 0001 城管局"),
        ("wrDUTY", "duty1", "/协办 0001 住建局"),
    ]
    assert handle(district, said) == ["case.opened", "act.assign", "act.assist"]
    assert [share.role for share in district.assignments()] == ["lead", "assist"]


@WAYS
def test_danger_that_helpers_are_called_to_at_once_is_theirs(district: District, handle: Any) -> None:
    said = [("wrINTAKE", "newcomer", GAS), ("wrDUTY", "duty1", "/协办 0001 住建局")]
    handle(district, said)
    assert [share.role for share in district.assignments()][-1] == "assist"
    assert GAS[:6] in district.chat_text("wrZJ")


@WAYS
def test_who_cries_for_the_first_time_is_not_asked_whether_they_take_part(
    district: District, handle: Any
) -> None:
    for rider, first in (("qishou", GAS), ("kuaidi", LAMP)):
        district.hire(rider, Role.INFORMANT, "HM-HM-CJ-1", participation=Participation.ENROLLED)
        handle(district, [("wrINTAKE", rider, first)])
    asked = [district.person(rider).participation for rider in ("qishou", "kuaidi")]
    assert asked == [Participation.ENROLLED, Participation.UNCONFIRMED]


@WAYS
def test_what_neighbours_see_joins_what_was_reported_just_now(district: District, handle: Any) -> None:
    seen = "我也碰到过，上个礼拜推轮椅的都过不去"
    said = [
        ("wrINTAKE", "liay", "今天天气不错"),
        ("wrINTAKE", "zhangsf", "解放路地铁2号口的共享单车把盲道全占了"),
        ("wrINTAKE", "liay", seen),
    ]
    handle(district, said)
    assert district.acts() == ["report", "add"]


def test_whoever_never_reported_is_not_asked_about_once_a_message(sqlite_district: District) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(sqlite_district.database.engine, "before_cursor_execute", note)
    handle_together(sqlite_district, [("wrINTAKE", f"talker{n}", f"今天吃了{n}个包子") for n in range(5)])
    event.remove(sqlite_district.database.engine, "before_cursor_execute", note)
    about = [statement for statement in asked if "WHERE cases.reporter_id" in statement]
    assert len(about) == 1, about
