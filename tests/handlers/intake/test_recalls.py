"""A message that was taken back is used and forwarded no further."""

from sqlalchemy import select

from handlers.wording import groups
from models.group_talk import HeardMessage
from models.inbox import InboxRow
from models.messages import TextPush
from models.reports import RECALLED, Media, Message
from models.workflow import Status, Withdrawal
from tests.archived import ALONE, BOTH, TOWN, ArchivedDistrict
from tests.district import LAMP

GOSSIP = "三楼那家偷电弄坏的"


def test_a_case_that_nobody_accepted_loses_the_words_and_is_withdrawn(
    archived_on_both: ArchivedDistrict,
) -> None:
    archived, people = archived_on_both, archived_on_both.district
    archived.hear(BOTH, "chendy", f"{LAMP}，{GOSSIP}", message_id="A", photos=1)
    assert GOSSIP in people.chat_text("wrDUTY")
    assert archived.recall(BOTH, "chendy", "A") == "recall.done"
    case = people.case()
    assert (case.text, case.withdrawal) == (groups.TAKEN_BACK, Withdrawal.STOPS)
    assert all(GOSSIP not in event.text for event in people.events(case))
    assert people.find_drift() == {}
    assert GOSSIP not in people.chat_text("wrDUTY")  # nothing of it was sent yet
    with people.database.read() as session:
        assert [media.role for media in session.scalars(select(Media))] == [RECALLED]
        assert [message.text for message in session.scalars(select(Message))] == [""]
        heard = session.scalars(select(HeardMessage)).one()
        assert session.get_one(InboxRow, heard.inbox_id).raw == ""


def test_an_accepted_case_keeps_its_words_and_says_that_it_was_taken_back(archived: ArchivedDistrict) -> None:
    people = archived.district
    archived.hear(BOTH, "chendy", LAMP, message_id="A", photos=1)
    people.say("wrDUTY", "duty1", "/交办 0001 住建局")
    assert archived.recall(BOTH, "chendy", "A") == "recall.done"
    case = people.case()
    assert (case.text, case.status, case.withdrawal) == (LAMP, Status.DISPATCHED, Withdrawal.STOPS)
    with people.database.read() as session:
        assert [media.role for media in session.scalars(select(Media))] == [RECALLED]


def test_one_piece_of_several_is_taken_out_alone(archived: ArchivedDistrict) -> None:
    people = archived.district
    archived.hear(BOTH, "chendy", LAMP)
    archived.hear(BOTH, "chendy", "楼道门口那盏也不亮，老李弄坏的", message_id="B")
    assert archived.recall(BOTH, "chendy", "B") == "recall.done"
    case = people.case()
    assert (case.text, case.withdrawal) == (LAMP, None)
    assert [event.text for event in people.events(case)][1:] == [groups.TAKEN_BACK, groups.PIECE_TAKEN_BACK]


def test_a_report_that_is_no_case_yet_forgets_the_piece(archived: ArchivedDistrict) -> None:
    people = archived.district
    assert archived.hear(TOWN, "chendy", "路灯坏了好几天没人修", message_id="A") == "report.waiting"
    assert archived.recall(TOWN, "chendy", "A") == "recall.done"
    people.tick(people.advance(hours=1))
    assert (people.cases(), people.pushes()) == ([], [])


def test_what_was_taken_back_before_it_could_be_handled_is_not_used(archived: ArchivedDistrict) -> None:
    people = archived.district
    recall = archived.build(ALONE, "chendy", "")
    early = people.receive(archived.as_recall(recall, "A"))
    assert archived.hear(ALONE, "chendy", LAMP, message_id="A") == "recalled"
    assert people.handle(early, archived.as_recall(recall, "A")) == "recall.nothing"
    assert people.cases() == []


def test_what_the_bot_brought_first_is_taken_back_by_the_archives_recall(archived: ArchivedDistrict) -> None:
    people = archived.district
    people.say("wrRESIDENTS", "chendy", LAMP)
    assert archived.hear(BOTH, "chendy", LAMP, message_id="A", addressed=True) == "copy"
    assert archived.recall(BOTH, "chendy", "A") == "recall.done"
    assert people.case().text == groups.TAKEN_BACK


def test_chatter_and_unknown_messages_are_taken_back_without_a_word(archived: ArchivedDistrict) -> None:
    archived.hear(BOTH, "chendy", "哈哈哈", message_id="A")
    assert archived.recall(BOTH, "chendy", "A") == "recall.nothing"
    assert archived.recall(BOTH, "chendy", "nobody knows it") == "recall.unknown"
    assert archived.district.pushes() == []


def test_a_question_that_was_taken_back_is_nobodys_any_more(archived: ArchivedDistrict) -> None:
    archived.hear(ALONE, "chendy", "有没有人知道今天停水要停到几点", message_id="A")
    archived.recall(ALONE, "chendy", "A")
    assert archived.raise_questions(hours=2) == 0
    assert not any(isinstance(push.body, TextPush) for push in archived.district.pushes())
