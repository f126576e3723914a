"""Words alone: normalised, masked, understood; keys of cards, marks and commands taken apart."""

import pytest
from hypothesis import strategies as st

from bot.channels import text_limits
from handlers.cards import keys
from handlers.cases.privacy import mask
from handlers.commands import parser
from handlers.commands.run import known_words
from handlers.environment.snapshot import Environment
from handlers.triage.types import Facts
from handlers.wording import marks
from models.messages import MAX_WORDS, cut_words
from models.normalization import normalize_text
from models.time_limits import TimeLimit
from tests.fuzz import damage
from tests.fuzz.conftest import Explore

LONG = st.builds(
    lambda text, times: (text * times)[:20_000], damage.clean_words, st.sampled_from((1, 1, 1, 50, 1000))
)
"""Now and then somebody's elbow lies on the keyboard."""


def fuzz_normalising(explore: Explore) -> None:
    def check(text: str) -> None:
        once = normalize_text(text)
        assert normalize_text(once) == once
        kept, rest = cut_words(once)
        assert len(kept) <= MAX_WORDS
        assert (kept + rest).replace("\n", "").strip() or not once.strip()

    explore(st.one_of(LONG, damage.words, st.text()), check)


def fuzz_masking(explore: Explore) -> None:
    def check(case: tuple[str, list[str]]) -> None:
        text, names = case
        masked = mask(text, *names)
        for each in (text, *names):
            if each.isascii() and each.isdigit() and len(each) == 11 and each.startswith("138"):
                assert each not in masked
        masked.encode()

    explore(st.tuples(LONG, st.lists(damage.clean_words, max_size=3)), check)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(chat_unit="HM-HM", sender_unit="HM-HM", sender_role="informant")


def fuzz_triage(explore: Explore, env: Environment, facts: Facts) -> None:
    env.classifier.triage("长江路8号门口有建筑垃圾", facts=facts)

    def check(text: str) -> None:
        said = cut_words(normalize_text(text))[0]
        found = env.classifier.triage(said, facts=facts)
        assert found == env.classifier.triage(said, facts=facts)

    explore(LONG, check)


def fuzz_keys_marks_and_commands(explore: Explore) -> None:
    numbers = st.one_of(
        damage.words,
        st.sampled_from(("confirm:", "more:", "which:", "publish:", "sign:", "preview-", "more-", "notice-")),
    )
    known = known_words()
    said = st.lists(st.one_of(numbers, st.integers().map(str)), max_size=5).map("".join)

    def check(text: str) -> None:
        key, task = keys.parse_key(text), keys.parse_task(text)
        if key is not None:
            assert keys.parse_key(key.to_key()) == key
        if task is not None:
            assert keys.parse_task(task.to_id()) == task
        for role in ("duty", "handling", "direct"):
            keys.role_of_card(text, role)
        marks.find_numbers(text)
        marks.find_hint(text)
        marks.find_notice_number(text)
        for slash in (text, f"/{text}"):
            command = parser.parse(slash, known)
            if command is not None:
                parser.with_glued_number(command)
                parser.with_next_number(command)
                parser.nearest_word(command.word, known)
        parser.parse_bare(text, known)

    explore(said, check)


def fuzz_limits_of_length_and_time(explore: Explore) -> None:
    def check(case: tuple[str, int]) -> None:
        text, most = case
        assert len(text_limits.shorten_bytes(text, most).encode()) <= most
        try:
            limit = TimeLimit.parse(text)
        except ValueError:
            return
        assert TimeLimit.parse(str(limit)) == limit

    texts = st.one_of(
        LONG,
        st.builds(
            "{}{}".format,
            st.integers(-5, 10**12),
            st.sampled_from(("小时", "h", "天", "wd", "工作日", "分钟", "d")),
        ),
    )
    explore(st.tuples(texts, st.integers(64, 5000)), check)
