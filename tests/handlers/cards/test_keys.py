"""Keys and task ids stay readable: what stands on cards in people's chats was written by older versions."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.cards import keys
from handlers.cards.keys import (
    AnotherKey,
    ButtonKey,
    CardKey,
    CardRole,
    CardTask,
    CaseTask,
    ChoiceKey,
    LineKey,
    LineTask,
    MenuTask,
    MoreKey,
    NoticeTask,
    PreviewKey,
    PreviewTask,
    PublishKey,
)
from models.desk_lines import LineDecision
from models.organisation import ChatUse
from models.workflow import ACTS

NUMBER = "WG261121-0031"
OLD_KEYS: dict[str, CardKey] = {
    "sign:WG261121-0031": ButtonKey("sign", NUMBER),
    "verify:WG261121-0031:pass": ButtonKey("verify", NUMBER, "pass"),
    "rate:WG261121-0031:unsolved": ButtonKey("rate", NUMBER, "unsolved"),
    "reject:WG261121-0031:words": ButtonKey("reject", NUMBER, "words"),
    "extend:WG261121-0031:form": ButtonKey("extend", NUMBER, "form"),
    "pass_on:WG261121-0031:form2": ButtonKey("pass_on", NUMBER, "form2"),
    "assist:WG261121-0031:go": ButtonKey("assist", NUMBER, "go"),
    "suspend:WG261121-0031:30d": ButtonKey("suspend", NUMBER, "30d"),
    "survey_report:WG261121-0031:words": ButtonKey("survey_report", NUMBER, "words"),
    "more:WG261121-0031": MoreKey(NUMBER),
    "more:WG261121-0031:2": MoreKey(NUMBER, 2),
    "confirm:12": PreviewKey(12, confirms=True),
    "cancel:12": PreviewKey(12, confirms=False),
    "which:12:WG261121-0031": ChoiceKey(12, NUMBER),
    "publish:TZ261121-001": PublishKey("TZ261121-001"),
    "publish:JH261121-012": PublishKey("JH261121-012"),
    "line:12:opened": LineKey(12, LineDecision.OPENED),
    "line:12:answered": LineKey(12, LineDecision.ANSWERED),
    "line:12:dropped": LineKey(12, LineDecision.DROPPED),
    "another:WG261121-0031": AnotherKey(NUMBER),
}
"""As version 0.1 wrote them. Never change a line: add lines."""
OLD_TASKS: dict[str, CardTask] = {
    "WG261121-0031-2-duty-7": CaseTask(NUMBER, CardRole.DUTY, 7, event_number=2),
    "WG261121-0031-14-handling-30": CaseTask(NUMBER, CardRole.HANDLING, 30, event_number=14),
    "WG261121-0031-1-reporter-1": CaseTask(NUMBER, CardRole.REPORTER, 1, event_number=1),
    "WG261121-0031-3-partner-9": CaseTask(NUMBER, CardRole.PARTNER, 9, event_number=3),
    "WG261121-0031-3-surveyor-9": CaseTask(NUMBER, CardRole.SURVEYOR, 9, event_number=3),
    "WG261121-0031-3-leader-9": CaseTask(NUMBER, CardRole.LEADER, 9, event_number=3),
    "WG261121-0031-m55-duty-7": CaseTask(NUMBER, CardRole.DUTY, 7, inbox_id=55),
    "more-WG261121-0031-duty-55": MenuTask(NUMBER, CardRole.DUTY, 55),
    "more-WG261121-0031-partner-1": MenuTask(NUMBER, CardRole.PARTNER, 1),
    "preview-12-55": PreviewTask(12, 55),
    "notice-3-55": NoticeTask(3, 55),
    "line-12-3-7": LineTask(12, 3, 7),
}
"""As version 0.1 wrote them. Never change a line: add lines."""


@pytest.mark.parametrize("old", OLD_KEYS)
def test_a_key_of_an_older_version_is_read_and_written_alike(old: str) -> None:
    assert keys.parse_key(old) == OLD_KEYS[old]
    assert OLD_KEYS[old].to_key() == old


@pytest.mark.parametrize("old", OLD_TASKS)
def test_a_task_id_of_an_older_version_is_read_and_written_alike(old: str) -> None:
    assert keys.parse_task(old) == OLD_TASKS[old]
    assert OLD_TASKS[old].to_id() == old
    assert keys.is_menu(old) == old.startswith("more-")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "sign",
        "sign:",
        "fly:WG261121-0031",
        "more",
        "more:",
        "confirm:",
        "confirm:x",
        "cancel:²",
        "publish:",
        "another:",
        "line:12:lost",
    ],
)
def test_what_no_version_wrote_is_no_key(key: str) -> None:
    assert keys.parse_key(key) is None


@pytest.mark.parametrize(
    "task_id", ["", "task", "CASE-1-v3", "WG261121-0031-2-nobody-7", "more-duty", "preview-x-1"]
)
def test_a_card_of_unknown_task_is_taken_for_the_chats_own(task_id: str) -> None:
    assert keys.parse_task(task_id) is None
    assert not keys.is_menu(task_id)
    assert keys.role_of_card(task_id, ChatUse.DUTY) is CardRole.DUTY
    assert keys.role_of_card(task_id, ChatUse.INTAKE) is CardRole.REPORTER


def test_a_card_keeps_its_role_in_whatever_chat_it_is_pressed() -> None:
    assert keys.role_of_card("WG261121-0031-3-partner-9", ChatUse.HANDLING) is CardRole.PARTNER
    assert keys.role_of_card("more-WG261121-0031-surveyor-9", ChatUse.DIRECT) is CardRole.SURVEYOR
    assert keys.role_of_card("preview-12-55", ChatUse.DUTY) is CardRole.DUTY


numbers = st.from_regex(r"[A-Z]{1,4}\d{6}-\d{4,8}", fullmatch=True).filter(str.isascii)
ids = st.integers(min_value=1, max_value=10**12)
some_keys = st.one_of(
    st.builds(
        ButtonKey, st.sampled_from(sorted(ACTS)), numbers, st.sampled_from(["", "pass", "form3", "30d"])
    ),
    st.builds(MoreKey, numbers, st.integers(0, 99)),
    st.builds(PreviewKey, ids, confirms=st.booleans()),
    st.builds(PublishKey, st.from_regex(r"(TZ|JH)[0-9]{6}-[0-9]{3,5}", fullmatch=True)),
)
roles = st.sampled_from(CardRole)
some_tasks = st.one_of(
    st.builds(CaseTask, numbers, roles, ids, event_number=ids),
    st.builds(CaseTask, numbers, roles, ids, inbox_id=ids),
    st.builds(MenuTask, numbers, roles, ids),
    st.builds(PreviewTask, ids, ids),
    st.builds(NoticeTask, ids, ids),
)


@settings(deadline=None)
@given(some_keys)
def test_every_key_is_read_back(key: CardKey) -> None:
    assert keys.parse_key(key.to_key()) == key


@settings(deadline=None)
@given(some_tasks)
def test_every_task_id_is_read_back_and_allowed(task: CardTask) -> None:
    assert keys.parse_task(task.to_id()) == task
    assert re.fullmatch(r"[0-9A-Za-z_@-]{1,128}", task.to_id())


@pytest.mark.parametrize("digits", ["9" * 19, str(2**63), "1" * 5_000, "²"])
def test_a_number_that_no_row_has_is_no_key(digits: str) -> None:
    for key in (f"confirm:{digits}", f"cancel:{digits}", f"which:{digits}:WG261121-0031"):
        assert keys.parse_key(key) is None
    for task in (
        f"WG261121-0031-2-duty-{digits}",
        f"more-WG261121-0031-duty-{digits}",
        f"preview-{digits}-1",
    ):
        assert keys.parse_task(task) is None
