"""What other systems are told of cases: masked, of their units only, and never what is restricted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.channels.base import Channel
from bot.channels.declaration import Capabilities
from bot.outbox.queue import Outbox
from bot.outbox.resending import resend_events
from handlers.environment.snapshot import Subscriber
from handlers.notifications.subscribers.chats import load_subscribers, seed_chats
from models.messages import CaseEventPush
from models.pushes import Push
from tests.bot.posting import FakeChannel
from tests.district import District

RUBBLE = "长江路88号有建筑垃圾，我叫张小明，电话13812345678，住3栋2单元1203室"
BRIBE = "举报解放路15号窗口办事员收受商户红包"


def subscribe(district: District, **units: list[str]) -> None:
    with district.database.write() as session:
        for _ in range(2):  # every process does
            seed_chats(session, units, provider="subscriber")
        found = load_subscribers(session, units)
    assert len(found) == len(units)
    assert all(isinstance(one, Subscriber) for one in found)
    district.env = replace(district.env, subscribers=found)


def list_events(district: District, channel: str) -> list[Any]:
    with district.database.read() as session:
        return [
            push.body["event"]
            for push in session.scalars(select(Push).where(Push.channel == channel).order_by(Push.id))
        ]


def claim(district: District, *names: str) -> list[str]:
    """The events that leave now."""
    channels: dict[str, Channel] = {
        name: FakeChannel(name, capabilities=Capabilities(sends=frozenset({CaseEventPush}))) for name in names
    }
    outbox = Outbox(district.database, worker="w", folder=Path("unused"))
    found = outbox.claim(channels, now=district.now)
    return [item.route.delivery.body.event["id"] for item in found]  # type: ignore[union-attr]


def test_a_system_hears_what_happens_to_the_cases_of_its_units_masked(sqlite_district: District) -> None:
    district = sqlite_district
    subscribe(district, all=[], top=["HM"], cg=["HM-CG"], zj=["HM-ZJ"])
    district.say("wrINTAKE", "zhangsf", RUBBLE)
    district.tick(district.advance(minutes=5))
    district.say("wrDUTY", "duty1", "/交办 0001 城管局")
    opened, *_, assigned = list_events(district, "all")
    assert (opened["act"], assigned["act"]) == ("report", "assign")
    assert assigned["id"] == f"{district.case().number}-2"
    assert (assigned["case"]["status"], assigned["case"]["unit"]) == ("DISPATCHED", "HM-CG")
    assert opened["actor"] == "报事人"
    for word in ("13812345678", "张小明", "张师傅", "1203"):
        assert word not in str((opened, assigned))
    assert "138****5678" in opened["case"]["text"]
    assert [event["act"] for event in list_events(district, "cg")] == ["assign"]
    assert list_events(district, "zj") == []
    assert list_events(district, "top") == list_events(district, "all")


def test_what_is_restricted_never_leaves_not_even_when_it_becomes_so_later(sqlite_district: District) -> None:
    district = sqlite_district
    subscribe(district, all=[])
    district.env = replace(district.env, restricted_to=frozenset({"duty2"}))
    district.say("wrINTAKE", "zhangsf", BRIBE)
    district.tick(district.advance(minutes=5))
    assert district.case().restricted
    assert list_events(district, "all") == []
    district.say("wrINTAKE", "wgxl", "解放路路灯不亮")
    district.tick(district.advance(minutes=5))
    case = district.cases()[-1]
    [queued] = list_events(district, "all")
    assert queued["case"]["number"] == case.number
    with district.database.write() as session:
        session.merge(case).restricted = True
    assert claim(district, "all") == []
    with district.database.write() as session:
        assert resend_events(session, "all", since=district.now.replace(hour=0), now=district.now) == 1
    assert claim(district, "all") == []


def test_a_system_that_lost_what_it_had_gets_it_again_in_order(sqlite_district: District) -> None:
    district = sqlite_district
    subscribe(district, all=[])
    district.report_case("解放路路灯不亮")
    first, *rest = list_events(district, "all")
    assert claim(district, "all") == [first["id"]]
    with district.database.write() as session:
        session.scalars(select(Push).where(Push.channel == "all")).first().state = "sent"  # type: ignore[union-attr]
    with district.database.write() as session:
        begin = district.now.replace(hour=0, minute=0)
        assert resend_events(session, "all", since=begin, now=district.now) == 1
    assert claim(district, "all") == [first["id"]]
    assert len(list_events(district, "all")) == 1 + len(rest)
