"""A resident's question in a group that is heard whole, which nobody answers: whoever leads the grid is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.talk.heard import questions
from models.group_talk import KEPT_FOR
from tests.archived import ALONE, BOTH, ArchivedDistrict

ASKED = "有没有人知道今天停水要停到几点"
NIGHT = datetime(2026, 3, 30, 15, 40, tzinfo=UTC)
"""23:40 in Shanghai."""


def test_the_lead_is_told_by_name_once_nobody_has_answered_for_long_enough(
    archived_on_both: ArchivedDistrict,
) -> None:
    archived, people = archived_on_both, archived_on_both.district
    assert archived.hear(ALONE, "chendy", ASKED) == "talk.chatter"
    assert archived.hear(ALONE, "wangas", "我家也没水") == "talk.chatter"
    assert archived.raise_questions(minutes=29) == 0
    assert archived.raise_questions(minutes=2) == 1
    told = people.last_text("wrDUTY")
    assert told == f"「海棠居民群」09:05 有居民问「{ASKED}」，30 分钟没有人回答。网格员小王，请到群里答一句。"
    assert archived.raise_questions(minutes=60) == 0
    assert [question.text for question in archived.questions()] == [""]


def test_a_lead_with_a_conversation_is_told_there(archived: ArchivedDistrict) -> None:
    archived.district.enter("wgxw")
    archived.hear(ALONE, "chendy", ASKED)
    archived.raise_questions(minutes=31)
    assert ASKED in archived.district.last_text("wgxw")
    assert archived.district.pushes("wrDUTY") == []


@pytest.mark.parametrize(
    ("user", "words", "quote"),
    [("wgxw", "六点来水", ""), ("wangas", "六点", ASKED), ("chendy", "谢谢", "")],
    ids=["staff", "a neighbour who quotes it", "the asker thanks"],
)
def test_an_answer_ends_it(archived: ArchivedDistrict, user: str, words: str, quote: str) -> None:
    archived.hear(ALONE, "chendy", ASKED)
    archived.hear(ALONE, user, words, quote=quote)
    assert archived.raise_questions(hours=2) == 0


def test_quiet_hours_do_not_count(archived: ArchivedDistrict) -> None:
    archived.hear(ALONE, "chendy", ASKED, at=NIGHT)
    morning = NIGHT.replace(hour=23, minute=0)
    assert archived.questions()[0].due_at == morning + timedelta(minutes=30)
    late = NIGHT.replace(hour=13, minute=50) + timedelta(days=1)
    archived.hear(ALONE, "wangas", ASKED, at=late)
    assert archived.questions()[1].due_at == late.replace(hour=23, minute=0)


def test_what_is_no_question_to_somebody_in_charge_is_not_watched(archived: ArchivedDistrict) -> None:
    for words in ("大家吃了吗", "谁家有空调遥控器？", "你知道吗昨天太搞笑了", "好的", "今天真冷"):
        archived.hear(ALONE, "chendy", words)
    archived.hear(ALONE, "wgxw", ASKED)
    archived.district.say("wrRESIDENTS", "chendy", ASKED, addressed=False)
    assert archived.questions() == []


def test_the_setting_turns_it_off_and_old_questions_are_forgotten(archived: ArchivedDistrict) -> None:
    archived.hear(BOTH, "chendy", ASKED)
    people = archived.district
    with people.database.write() as session:
        questions.delete_old(session, now=people.now + KEPT_FOR + timedelta(seconds=2))
    assert archived.questions() == []
    people.env = replace(people.env, answer_within=None)
    archived.hear(BOTH, "chendy", ASKED)
    assert archived.questions() == []


def test_names_and_numbers_are_not_read_out(archived: ArchivedDistrict) -> None:
    archived.hear(ALONE, "chendy", f"{ASKED}，有人知道打我电话13812345678")
    assert "13812345678" not in archived.questions()[0].text
