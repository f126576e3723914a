"""A card in a private conversation stays true when others move the case, as long as it can be changed."""

from datetime import timedelta

from sqlalchemy import select

from handlers.notifications import standing_cards
from models.inbox import InboxRow, ReplyHandle
from models.messages import Card, CardUpdatePush
from models.organisation import Chat
from models.pushes import Push
from tests.district import RUBBLE, District


def open_card(district: District, user: str) -> Card:
    """The card of the newest case, which this person asked for in private."""
    number = district.case().number
    district.say(user, user, f"/卡片 {number}", direct=True)
    return district.last_card(user)


def hold_handle(district: District, user: str, card: Card, *, hours: int = 72) -> None:
    """As the outbox keeps what the platform gave when it accepted the card."""
    with district.database.write() as session:
        session.add(
            ReplyHandle(
                channel="grid", chat_id=user, message_id=card.task_id, case_id=district.case().id,
                kind="response_code", value="RC", event=True, expires_at=district.now + timedelta(hours=hours),
            )
        )  # fmt: skip


def list_updates(district: District, user: str) -> list[Card]:
    return [said.body.card for said in district.pushes(user) if isinstance(said.body, CardUpdatePush)]


def words(card: Card) -> list[str]:
    return [button.text for button in card.buttons]


def test_a_private_card_offers_nothing_that_is_over(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    assert "签收" in words(card)
    hold_handle(district, "cg1", card)
    district.press("wrCG", "cg2", "签收")
    (update,) = list_updates(district, "cg1")
    assert update.task_id == card.task_id
    assert words(update) == ["更多"]
    assert "城管二号" in dict(update.rows)["状态"]


def test_whoever_acts_in_words_has_a_true_card_too(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    hold_handle(district, "cg1", card)
    district.say("cg1", "cg1", f"/签收 {district.case().number[-4:]}", direct=True)
    (update,) = list_updates(district, "cg1")
    assert words(update) == ["更多"]


def test_a_press_brings_what_keeps_the_card_true(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    hold_handle(district, "cg1", card)
    with district.database.write() as session:
        session.scalars(select(ReplyHandle)).one().used_at = district.now
        brought = session.scalars(select(InboxRow).order_by(InboxRow.id)).all()[-1]
        session.add(
            ReplyHandle(
                channel="grid", chat_id="cg1", message_id=brought.message_id, inbox_id=brought.id, value="RC-2",
                kind="response_code", event=True, expires_at=district.now + timedelta(hours=72),
            )
        )  # fmt: skip
        standing_cards.keep_handle(session, brought.id, brought.message_id, card.task_id)
    district.press("wrCG", "cg2", "签收")
    (update,) = list_updates(district, "cg1")
    assert (update.task_id, words(update)) == (card.task_id, ["更多"])


def test_a_card_is_drawn_anew_at_night(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    hold_handle(district, "cg1", card)
    with district.database.write() as session:
        chat = session.scalars(select(Chat).where(Chat.chat_id == "cg1")).one()
        chat.quiet_from, chat.quiet_to = "00:00", "23:59"
    district.press("wrCG", "cg2", "签收")
    with district.database.read() as session:
        redrawn = session.scalars(select(Push).where(Push.dedupe_key.startswith("redraw:"))).one()
    assert redrawn.not_before == redrawn.created_at


def test_one_press_brings_the_buttons_back(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    hold_handle(district, "cg1", card)
    district.press("wrCG", "cg2", "签收")
    district.press("cg1", "cg1", "更多")
    assert "反馈结果" in words(list_updates(district, "cg1")[-1])


def test_a_card_that_shows_what_is_is_left_alone(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    hold_handle(district, "cg1", card)
    district.say("wrDUTY", "duty1", f"/催办 {district.case().number[-4:]}")
    assert list_updates(district, "cg1") == []


def test_an_expired_or_spent_handle_changes_nothing(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    hold_handle(district, "cg1", card, hours=0)
    hold_handle(district, "cg1", card)
    with district.database.write() as session:
        session.scalars(select(ReplyHandle).order_by(ReplyHandle.id)).all()[-1].used_at = district.now
    district.press("wrCG", "cg2", "签收")
    assert list_updates(district, "cg1") == []


def test_whoever_has_lost_the_case_is_offered_nothing(district: District) -> None:
    district.dispatch_case()
    card = open_card(district, "cg1")
    hold_handle(district, "cg1", card)
    district.say("wrDUTY", "duty1", f"/转办 {district.case().number[-4:]} 住建局")
    (update,) = list_updates(district, "cg1")
    assert [word for word in words(update) if word != "更多"] == []


def test_a_case_that_is_over_has_a_card_without_acts(district: District) -> None:
    district.report_case(RUBBLE)
    card = open_card(district, "duty1")
    hold_handle(district, "duty1", card)
    district.say("wrDUTY", "duty2", f"/不予受理 {district.case().number[-4:]} 重复反映")
    (update,) = list_updates(district, "duty1")
    assert [word for word in words(update) if word != "更多"] == []
