"""What people say and press, through the whole house: a slug comes back, and every case is the sum of its events."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import strategies as st

from handlers.commands.run import known_words
from handlers.environment.snapshot import Environment
from models.database import Database
from models.messages import Incoming, IncomingKind, LostFile
from models.workflow import ACTS
from tests.databases import copy_template, open_sqlite
from tests.district import District
from tests.fuzz import damage
from tests.fuzz.conftest import Explore
from tests.fuzz.fuzz_payloads import VALUES, read_stored
from tests.fuzz.payload_seeds import PAYLOADS

_Said = TypeVar("_Said")
PLACES = st.sampled_from(
    (
        ("wrINTAKE", "zhangsf"), ("wrINTAKE", "wgxw"), ("wrRESIDENTS", "chendy"), ("wrDUTY", "duty1"), ("wrDUTY", "duty2"),
        ("wrCG", "cg1"), ("wrZJ", "zj1"), ("leader1", "leader1"), ("zhangsf", "zhangsf"), ("wrNEW", "stranger"),
    )
)  # fmt: skip
NUMBERS = st.sampled_from(
    (
        "WG260330-0001",
        "WG260330-0002",
        "WG260330-0003",
        "0001",
        "0002",
        "0003",
        "0004",
        "WG260330-0001",
        "WG260330-0002",
        "WG260330-0003",
        "WG260330-0004",
        "0001",
        "0002",
        "1",
        "00001",
        "0001 0002",
        "９９９",
        "",
    )
)
UNITS_AND_ANSWERS = st.sampled_from(
    (
        "城管局",
        "住建局 公安局",
        "4小时",
        "通过",
        "不通过",
        "已解决 满意",
        "到2月29日",
        "到2028-02-29",
        "追回4000元",
        "追回,元",
        "路灯不亮",
        "静海路8号",
    )
)
NUMERALS = st.one_of(
    st.integers(0, 100),
    st.sampled_from((2**31, 2**63 - 1, 2**63, 10**19 - 1, 10**40)),
    st.sampled_from(("²", "٣", "-1", "")),
)
ROLES = st.sampled_from(("duty", "handling", "reporter", "partner", "surveyor", "leader", "x"))


def several(messages: st.SearchStrategy[_Said]) -> st.SearchStrategy[list[_Said]]:
    return st.lists(messages, min_size=1, max_size=8)


@pytest.fixture(scope="module")
def filled(haimen_file: Path, env: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district with a case at every stage."""
    path = Path(shutil.copy(haimen_file, tmp_path_factory.mktemp("filled") / "filled.db"))
    database = Database(f"sqlite:///{path}")
    district = District(database, env)
    district.report_case()
    for advance in (district.dispatch_case, district.sign_case, district.submit_case, district.close_case):
        advance()
    district.say("wrDUTY", "duty1", "/告知 路灯不亮 正在修理")
    database.dispose()
    return path


@pytest.fixture
def town(filled: Path, env: Environment) -> Iterator[District]:
    with open_sqlite() as database:
        district = District(copy_template(database, filled), env)
        district.disable_disk_sync()
        district.message_count = 1_000
        yield district


def play(town: District, filled: Path, messages: Sequence[Incoming]) -> None:
    """Some messages in a row, on the district as it was filled."""
    copy_template(town.database, filled)
    for incoming in messages:
        town.message_count += 1
        # A payload may say the same id twice; the inbox keeps it once, before any of this.
        incoming = replace(incoming, message_id=f"f{town.message_count}")  # noqa: PLW2901 - the same message
        # What its addresses lead to is fetched before; here there is nothing.
        lost = [LostFile(at, part.kind, "expired") for at, part in enumerate(incoming.media_parts())]
        assert town.handle(town.receive(incoming), incoming, (), lost)
    assert town.find_drift() == {}
    # Whatever was said, it can be shown: the rows are read back as pushes.
    assert all(isinstance(push.text, str) for push in town.pushes())


def fuzz_commands(explore: Explore, town: District, filled: Path) -> None:
    verbs = st.sampled_from((*sorted(known_words()), "", "签收0001", "xyz"))
    parts = st.lists(st.one_of(UNITS_AND_ANSWERS, damage.clean_words), max_size=3).map(" ".join)
    said = st.builds(
        "/{}{}{}{}{}".format,
        verbs,
        st.sampled_from(("", " ", "：")),
        NUMBERS,
        st.sampled_from(("", " ")),
        parts,
    )
    quotes = st.one_of(st.just(""), st.builds("〔{}〕新任务".format, NUMBERS), damage.clean_words)

    def build(place: tuple[str, str], text: str, quote: str, addressed: bool) -> Incoming:
        chat, user = place
        return town.build_message(chat, user, text, quote=quote, addressed=addressed, direct=chat == user)

    messages = st.builds(build, PLACES, said, quotes, st.booleans())
    explore(several(messages), lambda some: play(town, filled, some))


def fuzz_reports_and_replies(explore: Explore, town: District, filled: Path) -> None:
    quotes = st.one_of(
        st.just(""),
        st.builds("〔{}〕{}".format, NUMBERS, damage.clean_words),
        st.builds("【待写】〔{}〕{}：".format, NUMBERS, st.sampled_from([act.verb for act in ACTS.values()])),
    )

    def build(place: tuple[str, str], text: str, quote: str) -> Incoming:
        chat, user = place
        return town.build_message(chat, user, text, quote=quote, direct=chat == user)

    said = st.one_of(damage.clean_words, st.builds("{}{}".format, UNITS_AND_ANSWERS, damage.clean_words))
    explore(several(st.builds(build, PLACES, said, quotes)), lambda some: play(town, filled, some))


def fuzz_presses(explore: Explore, town: District, filled: Path) -> None:
    acts = st.sampled_from((*ACTS, "more", "confirm", "cancel", "which", "publish", "x"))
    ids = st.sampled_from(("confirm", "cancel", "more", "publish"))
    keys = st.one_of(
        st.builds("{}:{}".format, ids, NUMERALS),
        st.builds("which:{}:{}".format, NUMERALS, NUMBERS),
        st.builds(
            "{}:{}:{}".format,
            acts,
            NUMBERS,
            st.one_of(st.sampled_from(("pass", "fail", "form", "words")), NUMERALS),
        ),
        st.builds("{}:{}".format, acts, NUMERALS),
        st.builds("{}:{}:{}".format, acts, NUMERALS, NUMBERS),
        damage.clean_words,
    )
    tasks = st.one_of(
        st.builds("{}-{}-{}-{}".format, NUMBERS, NUMERALS, ROLES, NUMERALS),
        st.builds("{}-m{}-{}-{}".format, NUMBERS, NUMERALS, ROLES, NUMERALS),
        st.builds("more-{}-{}-{}".format, NUMBERS, ROLES, NUMERALS),
        st.builds("{}-{}-{}".format, st.sampled_from(("preview", "notice")), NUMERALS, NUMERALS),
        damage.clean_words,
    )
    chosen = st.dictionaries(
        st.sampled_from(("unit", "class", "limit", "x")),
        st.one_of(UNITS_AND_ANSWERS, damage.clean_words),
        max_size=2,
    )

    def build(place: tuple[str, str], key: str, task: str, selected: dict[str, str]) -> Incoming:
        return town.build_click(*place, key[:256], task_id=task[:256], **selected)

    presses = st.builds(build, PLACES, keys, tasks, chosen)
    explore(several(presses), lambda some: play(town, filled, some))


def fuzz_messages_of_the_bot(explore: Explore, town: District, filled: Path) -> None:
    """Payloads as they come, from the wire to the case."""

    def check(payloads: Sequence[object]) -> None:
        read = [read_stored(json.dumps(said), hears_all=False) for said in payloads if isinstance(said, dict)]
        heard = [one for one in read if one.kind is not IncomingKind.IGNORED and one.chat_id]
        play(town, filled, heard)

    explore(several(damage.twisted(PAYLOADS, VALUES, most=2)), check)
