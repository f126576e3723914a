"""The platform is silent, refuses or is busy (issue 10, D16 and D17), over the real doors."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.outbox.queue import MAX_ATTEMPTS
from models.database import Database
from models.processes import DEAD_AFTER
from models.pushes import Push, PushPurpose, PushState
from tests.stories.town import MovableClock, StoryHarness

RUBBLE = "长江路静海路口工地门口建筑垃圾"
RESENT = "补发"


def load_pushes(database: Database) -> list[Push]:
    with database.read() as session:
        return list(session.scalars(select(Push).order_by(Push.id)))


def is_settled(database: Database) -> bool:
    return not {PushState.READY, PushState.LEASED} & {push.state for push in load_pushes(database)}


def count_receipts(people: StoryHarness, chat: str) -> Counter[bool]:
    """Receipts in a chat, by whether they say that they are sent again."""
    said = [m for m in people.box.messages(chat) if m["sender"]["kind"] != "user" and "已收到" in m["text"]]
    return Counter(RESENT in m["text"] for m in said)


def pass_time(
    people: StoryHarness,
    clock: MovableClock,
    database: Database,
    state: PushState,
    *,
    step: timedelta = timedelta(0),
) -> None:
    """Let time go by until everything is in this state, at least by `step` at each look."""

    def look() -> bool:
        pushes = load_pushes(database)
        waiting = [push.not_before for push in pushes if push.state == PushState.READY]
        if not waiting and PushState.UNKNOWN in {push.state for push in pushes}:
            clock.move_to(clock.now + timedelta(seconds=20))
        elif waiting:
            clock.move_to(max(min(waiting), clock.now + step))
        return {push.state for push in pushes} <= {state, PushState.MERGED}

    people.wait_until(look, f"everything {state}")


def test_what_a_silent_platform_did_not_answer_is_sent_once_more_and_says_so(
    haimen: StoryHarness, clock: MovableClock, database: Database
) -> None:
    """80 receipts and 33 orders were of unknown fate for good."""
    haimen.box.arm_faults(lost_acks=10_000)
    haimen.say("wrINTAKE", "zhangsf", RUBBLE)
    haimen.wait_until(
        lambda: any(push.state == PushState.UNKNOWN for push in load_pushes(database)), "a silence"
    )
    receipt = next(push for push in load_pushes(database) if push.purpose == PushPurpose.RECEIPT)
    assert (receipt.state, receipt.outcome) == (PushState.UNKNOWN, "ack_timeout")
    haimen.box.arm_faults(clear=True)
    pass_time(haimen, clock, database, PushState.SENT)
    # The sandbox had carried it out: that is what nobody knew.
    assert count_receipts(haimen, "wrINTAKE") == {False: 1, True: 1}
    # A card has its own id, by which the platform keeps it single.
    cards = [m for m in haimen.box.messages("wrDUTY") if m["msgtype"] == "template_card"]
    assert len(cards) == 1


@pytest.mark.parametrize("code", [-1, 40001], ids=["busy", "credentials"])
def test_a_platform_that_takes_nothing_for_an_hour_costs_nothing(
    haimen: StoryHarness, clock: MovableClock, database: Database, code: int
) -> None:
    """After five tries, and with wrong credentials at once, every push was a dead letter."""

    def count_refusals() -> int:
        return int(haimen.box.stats()["refusals"].get(str(code), 0))

    haimen.box.arm_faults(push_errors=(code, 10_000), webhook_errcode=(code, 10_000))
    haimen.say("wrINTAKE", "zhangsf", RUBBLE)
    haimen.wait_until(lambda: count_refusals() > 0, "a refusal")
    until = clock.now + timedelta(minutes=60)

    def look() -> bool:
        clock.move_to(min(clock.now + timedelta(seconds=10), until))
        return clock.now >= until and count_refusals() > MAX_ATTEMPTS

    haimen.wait_until(look, "tries")
    pushes = load_pushes(database)
    assert {push.state for push in pushes} <= {PushState.READY, PushState.LEASED}
    assert {push.attempts for push in pushes} == {0}
    held = [push for push in pushes if push.dedupe_key.startswith("held:")]
    assert len(held) == (2 if code == 40001 else 0), "said once of each channel"
    haimen.box.arm_faults(clear=True)
    pass_time(haimen, clock, database, PushState.SENT, step=timedelta(seconds=10))
    assert count_receipts(haimen, "wrINTAKE") == {False: 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"webhook_errcode": (-1, 10_000)},
        {"webhook_errcode": (40001, 10_000)},
        {"webhook_status": (502, 10_000)},
        {"webhook_status": (200, 10_000)},
    ],
    ids=["busy", "credentials", "gateway", "html"],
)
def test_a_webhook_that_takes_nothing_leaves_it_to_the_bot(
    haimen: StoryHarness, clock: MovableClock, database: Database, fault: dict[str, object]
) -> None:
    haimen.box.arm_faults(**fault)
    number = haimen.report("wrINTAKE", "zhangsf", RUBBLE)
    haimen.press_button(haimen.wait_for_card("wrDUTY", number), "duty1", "交办", unit=["HM-CG"])
    haimen.wait_for_status(number, "DISPATCHED")
    pass_time(haimen, clock, database, PushState.SENT)
    assert {push.purpose for push in load_pushes(database)} >= {PushPurpose.RECEIPT, PushPurpose.ORDER}
    haimen.wait_until(lambda: is_settled(database), "everything settled")


# The database -------------------------------------------------------------------------------------


def rename(database: Database, old: str, new: str) -> None:
    with database.write() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@pytest.mark.slow
def test_people_are_heard_while_the_database_is_away(haimen: StoryHarness, database: Database) -> None:
    """The connection was hung up after 12 s, and nobody was heard until the database was back."""
    for table in ("inbox", "processes"):
        rename(database, table, f"{table}_away")
    before = haimen.box.say("wrINTAKE", "zhangsf", RUBBLE, at_bot=True)
    time.sleep(DEAD_AFTER.total_seconds() + 5)
    assert haimen.box.is_online("AIB1")
    after = haimen.box.say("wrINTAKE", "liay", "长江路8号路灯不亮", at_bot=True)
    assert before["delivered"]
    assert after["delivered"]
    for table in ("inbox", "processes"):
        rename(database, f"{table}_away", table)
    haimen.wait_until(lambda: len(haimen.cases()) == 2, "both cases")
    assert [case.get("status") for case in haimen.cases()] == ["NEW", "NEW"]
