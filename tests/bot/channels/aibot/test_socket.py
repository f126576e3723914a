"""The long connection: kept alive whatever happens, one at a time, nothing heard is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.channels.aibot.state import Phase, ReconnectBackoff, SessionEnd, Timing
from bot.channels.base import Delivered, Envelope, RetryLater, StoreUnavailable
from models.messages import IncomingKind, TextPush
from tests.bot.channels.bots import run_bot
from tests.bot.channels.conftest import delivery
from tests.bot.channels.gateway import FakeGateway, Frame, fake_gateway

pytestmark = pytest.mark.anyio


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with fake_gateway() as running:
        yield running


def message(number: int, *, sender: str = "lisi", chat: str = "wrCHAT") -> Frame:
    body = {"msgid": f"M-{number}", "chatid": chat, "chattype": "group", "from": {"userid": sender}}
    return {**body, "msgtype": "text", "text": {"content": f"@网格助手 路灯不亮 {number}"}}


async def test_it_subscribes_before_anything_else(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url) as running:
        await running.wait_until_ready()
    assert gateway.frames[0]["cmd"] == "aibot_subscribe"
    assert gateway.frames[0]["body"] == {"bot_id": "AIB1", "secret": "long-secret"}


async def test_a_message_is_handed_over_with_its_way_to_answer(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url) as running:
        await running.wait_until_ready()
        await gateway.push(message(1), req_id="SRV-9")
        envelope = await asyncio.wait_for(running.received.get(), 60)
        assert (envelope.message_id, envelope.chat_id, envelope.sender) == ("M-1", "wrCHAT", "lisi")
        assert envelope.handle == {"req_id": "SRV-9"}
        assert running.bot.read(envelope.raw).text == "路灯不亮 1"
        assert running.bot.state.last_group_callback is not None


async def test_one_persons_messages_stay_in_order(gateway: FakeGateway) -> None:
    stored: list[str] = []

    async def slower_at_first(envelope: Envelope) -> None:
        await asyncio.sleep(0.05 if envelope.message_id == "M-0" else 0)
        stored.append(envelope.message_id)

    async with run_bot(gateway.url, on_frame=slower_at_first) as running:
        await running.wait_until_ready()
        for number in range(20):
            await gateway.push(message(number))
        await running.wait_until(lambda: len(stored) == 20)
    assert stored == [f"M-{number}" for number in range(20)]


async def test_a_frame_that_could_not_be_stored_is_tried_again(gateway: FakeGateway) -> None:
    tries: list[str] = []

    async def fails_twice(envelope: Envelope) -> None:
        tries.append(envelope.message_id)
        if len(tries) < 3:
            raise OSError("database is away")

    async with run_bot(gateway.url, on_frame=fails_twice) as running:
        await running.wait_until_ready()
        await gateway.push(message(1))
        await running.wait_until(lambda: len(tries) == 3)
        assert running.bot.state.lost_frames == 0
    assert tries == ["M-1"] * 3


async def test_what_was_heard_is_stored_before_it_stops(gateway: FakeGateway) -> None:
    begun: list[str] = []
    stored: list[str] = []

    async def slow(envelope: Envelope) -> None:
        begun.append(envelope.message_id)
        await asyncio.sleep(0.1)
        stored.append(envelope.message_id)

    async with run_bot(gateway.url, on_frame=slow) as running:
        await running.wait_until_ready()
        for number in range(3):
            await gateway.push(message(number))
        # Frames are read one after the other, so all three were heard when another person's is being stored.
        await gateway.push(message(3, sender="wangwu"))
        await running.wait_until(lambda: "M-3" in begun)
    assert sorted(stored) == ["M-0", "M-1", "M-2", "M-3"]


async def test_a_lost_connection_comes_back(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url) as running:
        await running.wait_until_ready()
        await gateway.connections[-1].close()
        await gateway.wait_for("aibot_subscribe", 2)
        await running.wait_until_ready()
        assert running.bot.state.reconnects == 1
    assert gateway.open_at_once == 1


async def test_an_unreachable_platform_is_tried_for_ever() -> None:
    async with run_bot("ws://127.0.0.1:9") as running:
        await asyncio.sleep(0.2)
        assert running.bot.state.phase in {Phase.WAITING, Phase.CONNECTING}
        assert await running.bot.send(delivery(TextPush("x"))) == RetryLater(
            "not_connected", 2.0, uncounted=True
        )


async def test_two_missed_pings_end_the_connection(gateway: FakeGateway) -> None:
    gateway.silent = {"ping"}
    async with run_bot(gateway.url, ack=0.3) as running:
        await running.wait_until_ready()
        await gateway.wait_for("ping", 2)
        await running.wait_until(lambda: running.bot.state.reconnects >= 1)
        await running.wait_until_ready()


async def test_acknowledged_pings_keep_it(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url, ping=0.01) as running:
        await gateway.wait_for("ping", 10)
        assert running.bot.state.sessions == 1


async def test_it_stops_at_any_moment_of_a_ping(gateway: FakeGateway) -> None:
    for moment in range(30):
        async with run_bot(gateway.url, ping=0.0005) as running:
            await running.wait_until_ready()
            await asyncio.sleep(moment / 3000)
    assert len(gateway.connections) == 30


async def test_a_store_at_a_standstill_neither_drops_nor_disconnects(gateway: FakeGateway) -> None:
    going = asyncio.Event()
    stored: list[str] = []

    async def stands_still(envelope: Envelope) -> None:
        await going.wait()
        stored.append(envelope.message_id)

    async with run_bot(gateway.url, on_frame=stands_still, ack=0.5, ping=0.02) as running:
        await running.wait_until_ready()
        for number in range(400):
            await gateway.push(message(number))
        # Longer than two acknowledgements may take.
        await asyncio.sleep(1.5)
        assert running.bot.state.sessions == 1
        going.set()
        await running.wait_until(lambda: len(stored) == 400)
    assert stored == [f"M-{number}" for number in range(400)]


async def test_an_unanswered_subscription_is_tried_again(gateway: FakeGateway) -> None:
    gateway.silent = {"aibot_subscribe"}
    async with run_bot(gateway.url, ack=0.05) as running:
        await gateway.wait_for("aibot_subscribe", 2)
        gateway.silent = set()
        await running.wait_until_ready()


async def test_refused_subscriptions_slow_down_but_never_end(gateway: FakeGateway) -> None:
    gateway.codes["aibot_subscribe"] = [40001] * 6
    async with run_bot(gateway.url) as running:
        await gateway.wait_for("aibot_subscribe", 5)
        await running.wait_until(lambda: running.bot.state.phase is Phase.REFUSED)
        assert running.bot.state.needs_alarm
        await running.wait_until_ready()
        assert (running.bot.state.refusals, len(gateway.frames_of("aibot_subscribe"))) == (0, 7)


async def test_a_kicked_bot_closes_at_once_and_waits(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url, after_kick=(1.0, 1.0)) as running:
        await running.wait_until_ready()
        await gateway.send_disconnected()
        await asyncio.wait_for(gateway.connections[0].wait_closed(), 60)
        await running.wait_until(lambda: running.bot.state.phase is Phase.WAITING)
        assert len(gateway.connections) == 1
        await running.wait_until_ready()
        assert running.bot.state.kicks == 1


async def test_a_kicked_bot_without_the_lease_stays_away(gateway: FakeGateway) -> None:
    lease = [True]
    async with run_bot(gateway.url, holds_lease=lambda: lease[0]) as running:
        await running.wait_until_ready()
        lease[0] = False
        await gateway.send_disconnected()
        await running.wait_until(lambda: running.bot.state.phase is Phase.STANDBY)
        await asyncio.sleep(0.1)
        assert len(gateway.connections) == 1


async def test_losing_the_lease_closes_and_getting_it_back_connects(gateway: FakeGateway) -> None:
    lease = [True]
    async with run_bot(gateway.url, holds_lease=lambda: lease[0]) as running:
        await running.wait_until_ready()
        lease[0] = False
        await running.wait_until(lambda: running.bot.state.phase is Phase.STANDBY)
        lease[0] = True
        await running.wait_until_ready()
        assert running.bot.state.sessions == 2


async def test_a_session_goes_on_while_its_lease_is_kept_and_what_is_heard_waits(
    gateway: FakeGateway,
) -> None:
    """The database is away: more tries than any frame that it refuses is given."""
    away, tries, stored = [True], [0], []

    async def store(envelope: Envelope) -> None:
        tries[0] += 1
        if away[0]:
            raise StoreUnavailable
        stored.append(envelope.message_id)

    async with run_bot(
        gateway.url, on_frame=store, holds_lease=lambda: not gateway.frames, keeps_lease=lambda: True
    ) as running:
        await running.wait_until_ready()
        for number in range(50):
            await gateway.push(message(number))
        await running.wait_until(lambda: tries[0] > 2)
        await asyncio.sleep(0.1)
        assert (running.bot.state.sessions, running.bot.state.lost_frames) == (1, 0)
        away[0] = False
        await running.wait_until(lambda: len(stored) == 50)
    assert stored == [f"M-{number}" for number in range(50)]


async def test_a_session_that_ends_without_a_lease_is_not_begun_anew(gateway: FakeGateway) -> None:
    """While only this process cannot reach the database, another one may have taken the bot over."""
    lease = [True]
    async with run_bot(gateway.url, holds_lease=lambda: lease[0], keeps_lease=lambda: True) as running:
        await running.wait_until_ready()
        lease[0] = False
        await asyncio.sleep(0.1)
        assert running.bot.state.is_ready
        await gateway.connections[-1].close()
        await running.wait_until(lambda: running.bot.state.phase is Phase.STANDBY)
        await asyncio.sleep(0.1)
        assert len(gateway.connections) == 1


async def test_a_bot_that_cannot_reach_the_platform_offers_its_lease_until_it_can(
    gateway: FakeGateway,
) -> None:
    offers: list[bool] = []
    gateway.silent.add("ping")
    async with run_bot(
        gateway.url, ping=0.02, ack=0.02, offer_lease=lambda *, offered: offers.append(offered)
    ) as running:
        await running.wait_until(lambda: offers[:3] == [False, True, False])


async def test_a_bot_that_lost_its_lease_while_it_connected_does_not_subscribe(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url, holds_lease=lambda: not gateway.connections) as running:
        await running.wait_until(lambda: len(gateway.connections) == 1)
        await running.wait_until(lambda: running.bot.state.phase is Phase.STANDBY)
        assert gateway.frames == []


async def test_three_kicks_are_an_alarm(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url, after_kick=(0.0, 0.0)) as running:
        for kicks in range(1, 4):
            await running.wait_until_ready()
            await gateway.send_disconnected()
            await running.wait_until(lambda kicks=kicks: running.bot.state.kicks == kicks)  # type: ignore[misc]
        await running.wait_until(lambda: running.bot.state.phase is Phase.CONTESTED)
        assert running.bot.state.needs_alarm


async def test_silence_in_the_groups_forces_a_new_connection(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url, silence=0.2) as running:
        await running.wait_until_ready()
        await gateway.wait_for("aibot_subscribe", 2)
        assert running.bot.state.sessions >= 1


async def test_not_subscribed_leads_to_a_new_subscription(gateway: FakeGateway) -> None:
    gateway.codes["aibot_send_msg"] = [846609]
    async with run_bot(gateway.url) as running:
        await running.wait_until_ready()
        outcome = await running.bot.send(delivery(TextPush("x")))
        assert isinstance(outcome, RetryLater)
        assert outcome.uncounted
        await gateway.wait_for("aibot_subscribe", 2)
        await running.wait_until_ready()
        assert await running.bot.send(delivery(TextPush("x"))) == Delivered()


async def test_noise_on_the_line_does_no_harm(gateway: FakeGateway) -> None:
    async with run_bot(gateway.url) as running:
        await running.wait_until_ready()
        noises = (
            "not json",
            "[]",
            "{}",
            '{"cmd":[]}',
            '{"cmd":"aibot_msg_callback"}',
            '{"cmd":"x","headers":7}',
        )
        for noise in noises:
            await gateway.connections[-1].send(noise)
        await gateway.push(message(1))
        await running.wait_until(lambda: running.received.qsize() == 2)
        kinds = [running.bot.read((await running.received.get()).raw).kind for _ in range(2)]
        assert sorted(kinds) == [IncomingKind.IGNORED, IncomingKind.MESSAGE]


def test_the_pauses_grow_to_half_a_minute_and_start_again() -> None:
    pauses = ReconnectBackoff(Timing())
    delays = [pauses.plan_reconnect(SessionEnd.LOST, now=0.0, jitter=0.0)[1] for _ in range(7)]
    pauses.reset()
    assert delays == [1, 2, 4, 8, 16, 30, 30]
    assert pauses.plan_reconnect(SessionEnd.LOST, now=0.0, jitter=0.0)[1] == 1


def test_kicks_long_past_are_forgotten() -> None:
    pauses = ReconnectBackoff(Timing())
    for at in (0.0, 100.0):
        pauses.plan_reconnect(SessionEnd.KICKED, now=at, jitter=0.5)
    assert pauses.plan_reconnect(SessionEnd.KICKED, now=800.0, jitter=0.5) == (Phase.WAITING, 45.0)
