"""Strangers and new groups are made known once, in one order, however many workers meet them."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from handlers import router
from handlers.environment.people import senders
from models.database import Database
from models.messages import Incoming, IncomingKind
from models.organisation import Account, Chat, Person


def hear(chat: str, user: str, **more: object) -> Incoming:
    usual: dict[str, object] = {"direct": False, "sender": user, "provider": "wecom", "bot_name": "网格助手"}
    return Incoming("grid", f"m-{chat}-{user}", chat, **usual | more)  # type: ignore[arg-type]


def test_all_of_a_batch_are_made_known_in_the_order_of_their_keys(database: Database) -> None:
    with database.write() as session:
        router.load_batch(session, [hear("wrZ", "li"), hear("wrA", "wang"), hear("wrM", "an")])
    with database.read() as session:
        assert list(session.scalars(select(Chat.chat_id).order_by(Chat.id))) == ["wrA", "wrM", "wrZ"]
        assert list(session.scalars(select(Account.user_id).order_by(Account.id))) == ["an", "li", "wang"]


def test_what_is_ignored_makes_nobody_known(database: Database) -> None:
    with database.write() as session:
        router.load_batch(session, [hear("wrZ", "li", kind=IncomingKind.IGNORED)])
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_a_stranger_is_of_the_unit_of_the_group(database: Database) -> None:
    with database.write() as session:
        chat, person = senders.find_chat_and_sender(session, hear("li", "li", direct=True))
        assert (chat.person_id, chat.use, person.role) == (person.id, "direct", "resident")
        assert senders.find_chat_and_sender(session, hear("li", "li", direct=True)) == (chat, person)


def test_one_person_in_two_spellings_is_one(database: Database) -> None:
    with database.write() as session:
        router.load_batch(session, [hear("wrA", "ZhangYL"), hear("wrA", "zhangyl")])
        chat, person = senders.find_chat_and_sender(session, hear("ZHANGYL", "ZHANGYL", direct=True))
        assert senders.find_chat_and_sender(session, hear("zhangyl", "zhangyl", direct=True)) == (
            chat,
            person,
        )
        assert session.scalar(select(func.count()).select_from(Account)) == 1


def test_two_workers_that_meet_the_same_people_in_another_order_agree(postgres_database: Database) -> None:
    """Each inserted the first of two new groups and waited for the other's: PostgreSQL ended one of them."""
    start = threading.Barrier(2, timeout=60)
    rounds = 15

    def work(backwards: bool) -> list[tuple[int, int]]:
        found = []
        for n in range(rounds):
            heard = [hear(f"wr{n}-{one}", f"u{n}-{one}") for one in range(6)]
            start.wait()
            with postgres_database.write() as session:
                router.load_batch(session, heard[::-1] if backwards else heard)
                pairs = [senders.find_chat_and_sender(session, incoming) for incoming in heard]
                found += [(chat.id, person.id) for chat, person in pairs]
        return found

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(work, (False, True))
    assert one == other
    assert len(set(one)) == rounds * 6
