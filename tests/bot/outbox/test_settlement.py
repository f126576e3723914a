"""Outcomes on their way into the database: together where there is one writer, and none kept by another."""

import asyncio

from sqlalchemy import event

from bot.channels.base import Delivered
from bot.outbox.settlement import SettlementWriter
from models.pushes import PushState
from tests.bot.posting import OutboxHarness
from tests.conftest import NOON


def _claim_many(post: OutboxHarness, count: int) -> list[int]:
    chats = [1, *(post.add_chat(f"wr{number}") for number in range(1, count))]
    for chat in chats:
        post.add_push("好", chat=chat)
    claimed = post.claim_ids()
    assert len(claimed) == count
    return claimed


async def _settle_all(writer: SettlementWriter, push_ids: list[int]) -> None:
    await asyncio.gather(*(writer.settle(push_id, Delivered()) for push_id in push_ids))


def test_what_comes_while_one_is_written_is_written_together(post: OutboxHarness) -> None:
    commits: list[object] = []
    claimed = _claim_many(post, 20)
    event.listen(post.database.engine, "commit", commits.append)
    asyncio.run(_settle_all(SettlementWriter(post.outbox, clock=lambda: NOON), claimed))
    commits_made = len(commits)
    assert {post.load_state(push_id) for push_id in claimed} == {PushState.SENT}
    assert commits_made == (1 if post.database.sqlite else 20)


def test_what_the_database_does_not_take_keeps_no_other(post: OutboxHarness) -> None:
    claimed = _claim_many(post, 3)

    async def settle() -> bool:
        writer = SettlementWriter(post.outbox, clock=lambda: NOON)
        nobodys = asyncio.create_task(writer.settle(4711, Delivered()))
        await _settle_all(writer, claimed)
        nobodys.cancel()
        return nobodys.done()

    assert not asyncio.run(settle())
    assert {post.load_state(push_id) for push_id in claimed} == {PushState.SENT}
