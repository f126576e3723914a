"""The list of members and the groups of an app, read from and made at the sandbox."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from bot.channels.app.channel import AppChannel
from bot.channels.app.contact_watch import ContactWatch
from bot.channels.base import Delivered, DirectoryRefused, Envelope, GroupRefused
from handlers.environment.people import contacts
from models.account_ids import WECOM
from models.contacts import ContactChangeKind
from models.database import Database
from models.messages import IncomingKind, TextPush
from sandbox.server import SandboxServer
from tests.bot.channels.app.samples import AGENT, CORP, SENT, event, open_channel
from tests.bot.channels.conftest import delivery
from tests.bot.channels.vectors import KEY
from tests.sandbox.conftest import small_world

pytestmark = pytest.mark.anyio
APP = {
    "id": str(AGENT),
    "name": "网格",
    "corp_id": CORP,
    "secret": "app-secret",
    "token": "T",
    "aes_key": KEY,
}


@pytest.fixture(scope="module")
def box() -> Iterator[SandboxServer]:
    with SandboxServer({**small_world(), "apps": [APP]}) as found:
        yield found


@pytest.fixture
async def app(sqlite_database: Database, box: SandboxServer) -> AsyncIterator[AppChannel]:
    box.world.apps[str(AGENT)].visible_to = []
    clock = lambda: datetime.now(UTC)  # noqa: E731 - the sandbox's own
    async with open_channel(sqlite_database, clock=clock, api_base=box.url) as channel:
        yield channel


async def read(app: AppChannel, database: Database) -> dict[str, str]:
    """What the list says is new, taken over as the worker does: kind by id."""
    assert app.directory is not None
    envelope = await app.directory.read_changes("x")
    if envelope is None:
        return {}
    incoming = app.read(envelope.raw)
    assert (incoming.kind, incoming.sender) == (IncomingKind.CONTACTS, "sys")
    with database.write() as session:
        contacts.apply_changes(session, WECOM, incoming.contacts, now=datetime.now(UTC))
    return {change.id: str(change.kind) for change in incoming.contacts}


async def test_the_list_is_read_once_and_then_what_changed(
    app: AppChannel, box: SandboxServer, sqlite_database: Database
) -> None:
    first = await read(app, sqlite_database)
    assert {*box.world.members} <= {*first}
    assert await read(app, sqlite_database) == {}
    box.post("contacts", do="department", id="7", name="环卫所")
    box.post("contacts", do="member", id="newone", name="新人", departments=[7], quiet=True)
    assert await read(app, sqlite_database) == {"7": "department", "newone": "member"}
    box.world.apps[str(AGENT)].visible_to = [name for name in box.world.members if name != "newone"]
    assert await read(app, sqlite_database) == {}, "out of sight is not gone"
    box.world.apps[str(AGENT)].visible_to = []
    box.post("contacts", do="remove", id="newone", quiet=True)
    assert await read(app, sqlite_database) == {"newone": "member_left"}
    del box.world.departments[7]
    assert await read(app, sqlite_database) == {"7": "department_left"}


async def test_a_refusal_is_named(app: AppChannel, box: SandboxServer) -> None:
    box.world.apps[str(AGENT)].secret, kept = "other", "app-secret"
    try:
        assert app.directory is not None
        with pytest.raises(DirectoryRefused, match="errcode_40001"):
            await app.directory.read_changes("x")
    finally:
        box.world.apps[str(AGENT)].secret = kept


async def test_a_group_is_made_and_pushed_into(app: AppChannel, box: SandboxServer) -> None:
    assert app.groups is not None
    first, second, *_ = box.world.members
    chat_id = await app.groups.create_group("城管局处置群", owner=first, members=[second], chat_id="HMCG")
    assert chat_id == "HMCG"
    assert isinstance(await app.send(delivery(TextPush("请办", (second,)), chat_id=chat_id)), Delivered)
    (shown,) = box.messages(chat_id)
    assert (shown["text"], shown["mentions"]) == ("请办", [second])
    with pytest.raises(GroupRefused, match="wrong_size"):
        await app.groups.create_group("一个人", owner=first, members=[], chat_id="ONE")
    with pytest.raises(GroupRefused, match="errcode_86216"):
        await app.groups.create_group("外人", owner=first, members=["stranger"], chat_id="TWO")
    with pytest.raises(GroupRefused, match="errcode_40058"):
        await app.groups.create_group("又一个", owner=first, members=[second], chat_id="HMCG")
    box.world.apps[str(AGENT)].visible_to = [first, second]
    with pytest.raises(GroupRefused, match="errcode_48002"):
        await app.groups.create_group("看不全", owner=first, members=[second], chat_id="THREE")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (("<ChangeType>update_user</ChangeType><UserID>ZhangSan</UserID><NewUserID>zhangsan001</NewUserID>"
         "<Name>张三</Name><Department>1,2,3</Department><Status>1</Status>"),
         ("member", "ZhangSan", (1, 2, 3), "zhangsan001")),
        ("<ChangeType>update_user</ChangeType><UserID>a</UserID><Name>张</Name>", ("member", "a", None, "")),
        ("<ChangeType>update_user</ChangeType><UserID>a</UserID><Status>5</Status>",
         ("member_left", "a", None, "")),
        ("<ChangeType>delete_user</ChangeType><UserID>a</UserID>", ("member_left", "a", None, "")),
        ("<ChangeType>create_party</ChangeType><Id>8</Id><Name>科室</Name><ParentId>1</ParentId>",
         ("department", "8", None, "")),
        ("<ChangeType>delete_party</ChangeType><Id>8</Id>", ("department_left", "8", None, "")),
        ("<ChangeType>update_tag</ChangeType><TagId>1</TagId>", None),
    ],
)  # fmt: skip
async def test_events_of_the_list_are_read(
    app: AppChannel, elements: str, expected: tuple[str, str, tuple[int, ...] | None, str] | None
) -> None:
    """The sheet's own examples, and each kind beside them."""
    incoming = app.read(event("change_contact", elements, user="sys"))
    if expected is None:
        assert incoming.kind is IncomingKind.IGNORED
        return
    (change,) = incoming.contacts
    assert (str(change.kind), change.id, change.departments, change.new_id) == expected
    assert change.kind in ContactChangeKind


async def test_only_the_platform_itself_speaks_of_the_list(app: AppChannel) -> None:
    said = event("change_contact", "<ChangeType>delete_user</ChangeType><UserID>a</UserID>", user="zhangsan")
    assert app.read(said).kind is IncomingKind.IGNORED


async def test_the_daily_look_hands_on_what_changed_and_comes_again_where_it_was_refused(
    app: AppChannel, box: SandboxServer
) -> None:
    stored: list[Envelope] = []

    async def receive(envelope: Envelope) -> None:
        stored.append(envelope)

    assert app.directory is not None
    watch = ContactWatch(app.directory, receive=receive, clock=lambda: SENT)
    assert await watch.look()
    assert [(one.message_id, one.sender) for one in stored] == [("contacts:2026-01-01", "sys")]
    box.world.apps[str(AGENT)].secret = "other"
    try:
        box.arm_faults(expire_tokens=True)
        assert not await watch.look()
    finally:
        box.world.apps[str(AGENT)].secret = "app-secret"
