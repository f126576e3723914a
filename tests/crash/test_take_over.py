"""Two hosts, of which the one that holds the bot is cut off; what is said meanwhile, and who answers.

             said before   said to the cut host          said after the other has the bot
database     once          once: kept, stored later      once
platform     once          the platform's to send again  once
both         once          the platform's to send again  once
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from models.database import Database
from models.inbox import InboxRow, InboxState
from models.processes import Lock, Process
from models.pushes import Push, PushState
from sandbox.server import SandboxServer
from tests.crash.hosts import Host, may_make_namespaces
from tests.crash.killing import free_port, wait_for

PEOPLE = [f"p{number}" for number in range(3)]
TIMES = ("before", "meanwhile", "after")


@dataclass
class Pair:
    """Both hosts, the platform and the database they share."""

    database: Database
    box: SandboxServer
    hosts: tuple[Host, Host]
    said: int = 0

    def find_holder(self) -> Host | None:
        """The host of the living process that holds the bot."""
        query = select(Process.pid).join(Lock, Lock.holder == Process.name)
        with self.database.read() as session:
            pid = session.scalar(query)
        return next((host for host in self.hosts if host.pid == pid), None)

    def other(self, host: Host) -> Host:
        return self.hosts[1] if host is self.hosts[0] else self.hosts[0]

    def say(self) -> set[str]:
        """Each reports another place; the places."""
        places = set()
        for who in PEOPLE:
            self.said += 1
            places.add(f"长江路{self.said}号")
            self.box.say("AIB1", who, f"长江路{self.said}号门口有建筑垃圾")
        return places

    def count_places(self) -> Counter[str]:
        """How often each place was stored as a message."""
        with self.database.read() as session:
            raws = list(session.scalars(select(InboxRow.raw)))
        return Counter(
            f"长江路{n}号" for n in range(1, self.said + 1) for raw in raws if f"长江路{n}号" in raw
        )

    def count_receipts(self) -> Counter[str]:
        """How often the bot said each place to its person."""
        heard = [
            message["text"]
            for who in PEOPLE
            for message in self.box.messages(f"AIB1/{who}")
            if message["sender"]["kind"] == "bot"
        ]
        return Counter(
            f"长江路{n}号" for n in range(1, self.said + 1) for words in heard if f"长江路{n}号" in words
        )

    def is_settled(self, *places: set[str]) -> bool:
        """Whether all of these are stored, and whatever is stored is handled and sent."""
        # In the order in which it happens: what is stored is handled, what is handled is sent.
        if not set[str]().union(*places) <= self.count_places().keys():
            return False
        live = select(InboxRow.id).where(InboxRow.state != InboxState.DONE).limit(1)
        unsent = select(Push.id).where(Push.state != PushState.SENT).limit(1)
        with self.database.read() as session:
            return session.scalar(live) is None and session.scalar(unsent) is None


@pytest.fixture(scope="module")
def pair(
    postgres_engine: Database, postgres_emptying: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    with postgres_engine.write() as session:
        session.execute(text(postgres_emptying))
    world = {
        "members": [{"id": who, "name": who} for who in PEOPLE],
        "bots": [{"id": "AIB1", "name": "网格助手", "secret": "S", "known_by": PEOPLE}],
    }
    url = make_url(postgres_engine.url)
    folder, is_apart = tmp_path_factory.mktemp("hosts"), may_make_namespaces()
    sys.stdout.write(f"hosts are {'network namespaces' if is_apart else 'processes behind relays'}\n")
    port = free_port()
    targets = {"database": f"{url.query['host']}/.s.PGSQL.5432", "platform": f"127.0.0.1:{port}"}
    with Host("a", 1, targets, is_apart=is_apart) as a, Host("b", 2, targets, is_apart=is_apart) as b:
        options: dict[str, Any] = {
            "chat_per_minute": 10**6, "chat_per_hour": 10**6,
            "allowed_hosts": ",".join(host.relays["platform"].listens_on for host in (a, b)),
        }  # fmt: skip
        with SandboxServer(world, port=port, **options) as box:
            found = Pair(postgres_engine, box, (a, b))
            for host in found.hosts:
                _start(host, folder / host.addresses["database"].replace(":", "-"), postgres_engine.url)
            yield found
    postgres_engine.dispose()


def _start(host: Host, folder: Path, url: str) -> None:
    name, _, port = host.addresses["database"].rpartition(":")
    bot = {
        "kind": "aibot", "bot_id": "AIB1", "bot_name": "网格助手", "secret": "S",
        "ws_url": f"ws://{host.addresses['platform']}/aibot",
    }  # fmt: skip
    through = make_url(url).set(host=name, port=int(port), query={})
    host.start(folder, {"grid": bot}, database_url=through.render_as_string(hide_password=False))


# The platform first: who could not use the bot leaves it to others for a minute.
@pytest.mark.parametrize("links", [("platform",), ("database",), ("database", "platform")], ids="+".join)
def test_the_other_host_takes_over_and_nothing_is_said_twice(pair: Pair, links: tuple[str, ...]) -> None:
    wait_for(
        lambda: pair.box.is_online("AIB1") and pair.find_holder() is not None, "the bot online", every=0.1
    )
    holder = pair.find_holder()
    assert holder is not None
    before = pair.say()
    wait_for(lambda: pair.is_settled(before), "what was said before answered", every=0.1)
    sessions = pair.other(holder).count_sessions()
    holder.cut(*links)
    meanwhile = pair.say()
    other = pair.other(holder)
    wait_for(lambda: pair.find_holder() is other, "the other host to hold the bot", every=0.1)
    wait_for(lambda: other.count_sessions() > sessions, "it to subscribe", every=0.1)
    after = pair.say()
    wait_for(lambda: after <= pair.count_receipts().keys(), "what was said after answered", every=0.1)
    holder.mend(*links)
    kept = meanwhile if links == ("database",) else set()
    wait_for(lambda: pair.is_settled(before, kept, after), "everything settled", every=0.1)
    wait_for(lambda: _count_living(pair) == 2, "both hosts back", every=0.1)
    stored, told = pair.count_places(), pair.count_receipts()
    assert {stored[place] for place in before | kept | after} == {1}
    assert {told[place] for place in before | kept | after} == {1}
    assert all(stored[place] == told[place] <= 1 for place in meanwhile)
    assert pair.find_holder() is other


def _count_living(pair: Pair) -> int:
    pids = [host.pid for host in pair.hosts]
    with pair.database.read() as session:
        return len(list(session.scalars(select(Process).where(Process.pid.in_(pids)))))
