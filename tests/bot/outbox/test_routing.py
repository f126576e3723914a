"""Which way a push takes: the chat's own channel, its webhook, and when one stands in for the other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from bot.channels.base import RetryLater, RouteRefused
from bot.outbox.routing import PATIENCE
from handlers.wording import marks
from models.database import Database
from models.inbox import ReplyHandle
from models.messages import Card, CardPush, FilePush, PhotoPush, TextPush
from models.organisation import Chat, ChatUse
from models.reports import RECALLED, Media
from tests.bot.posting import RINGS, FakeChannel, OutboxHarness
from tests.conftest import NOON

LATE = NOON + PATIENCE
CARD = CardPush(Card("task", "标题"))


@pytest.fixture
def post(database: Database, grid: FakeChannel) -> OutboxHarness:
    post = OutboxHarness(database, grid, FakeChannel("rings", capabilities=RINGS))
    post.add_chat("wrA", webhook_channel="rings", webhook_key="k")
    return post


def way(post: OutboxHarness, *, late: bool = False) -> list[str]:
    return [item.route.channel.name for item in post.claim(now=LATE if late else NOON)]


def test_words_and_cards_take_the_chats_own_channel(post: OutboxHarness) -> None:
    post.add_push(CARD)
    assert way(post) == ["grid"]


def test_who_must_be_rung_is_rung_by_the_webhook(post: OutboxHarness) -> None:
    post.add_push(TextPush("请签收", ("cg1",)))
    (item,) = post.claim()
    assert (item.route.channel.name, item.route.delivery.address) == ("rings", "k")


def test_a_channel_that_rings_by_itself_needs_no_webhook_for_it(
    post: OutboxHarness, grid: FakeChannel
) -> None:
    grid.capabilities = replace(grid.capabilities, mention=True)
    post.add_push(TextPush("请签收", ("cg1",)))
    assert way(post) == ["grid"]


def test_what_the_second_channel_cannot_carry_waits_for_the_first(
    database: Database, grid: FakeChannel
) -> None:
    words_only = replace(RINGS, sends=frozenset({TextPush}))
    post = OutboxHarness(database, grid, FakeChannel("rings", capabilities=words_only))
    post.add_chat("wrA", webhook_channel="rings", webhook_key="k")
    grid.connected = False
    post.add_push(CARD, urgent=True)
    assert way(post, late=True) == []


def test_only_handles_of_the_kinds_a_channel_declares_come_along(
    post: OutboxHarness, grid: FakeChannel
) -> None:
    """What another kind of channel of this name left behind is of no use to it."""
    handles = [
        {
            "channel": "grid", "chat_id": "wrA", "message_id": f"M-{kind}", "kind": kind, "value": "v",
            "event": False, "expires_at": LATE,
        }
        for kind in ("req_id", "slip")
    ]  # fmt: skip
    post.run_in_session(lambda session: session.execute(insert(ReplyHandle), handles))
    post.add_push("一")
    (item,) = post.claim()
    assert [handle.kind for handle in item.route.delivery.handles] == ["req_id"]


def test_a_lost_connection_is_waited_for_and_then_the_webhook_stands_in(
    post: OutboxHarness, grid: FakeChannel
) -> None:
    grid.connected = False
    post.add_push("一")
    assert way(post) == []
    assert way(post, late=True) == ["rings"]


def test_a_connection_that_comes_back_in_time_is_taken(post: OutboxHarness, grid: FakeChannel) -> None:
    grid.connected = False
    post.add_push("一")
    assert way(post) == []
    grid.connected = True
    assert [item.route.channel.name for item in post.claim(now=NOON + timedelta(seconds=3))] == ["grid"]


def test_what_is_urgent_waits_for_nothing(post: OutboxHarness, grid: FakeChannel) -> None:
    grid.connected = False
    post.add_push("急", urgent=True)
    assert way(post) == ["rings"]


def test_a_channel_without_a_connection_is_not_waited_for(post: OutboxHarness, grid: FakeChannel) -> None:
    """Callback mode: what has no request and no URL left has no way at all."""
    grid.connected, grid.capabilities = False, replace(grid.capabilities, answers_only=True)
    post.add_push("一")
    assert way(post) == ["rings"]


def test_what_one_way_refuses_takes_the_other_and_is_parked_after_both(post: OutboxHarness) -> None:
    number = post.add_push("一")
    assert way(post) == ["grid"]
    post.settle(number, RouteRefused("errcode_1"))
    assert way(post) == ["rings"]
    post.settle(number, RouteRefused("errcode_2"))
    assert (post.load_state(number), post.load_push(number).outcome) == ("dead", "errcode_2")
    assert post.load_push(number).refused == ["grid", "rings"]


def test_a_chat_that_is_gone_is_marked_and_reached_by_its_webhook_at_once(post: OutboxHarness) -> None:
    first, second = post.add_push("一"), post.add_push("二")
    post.claim()
    post.settle(first, RouteRefused("errcode_93006", chat_gone=True))
    with post.database.read() as session:
        assert session.get_one(Chat, 1).gone_at == NOON
    for number in (first, second):
        assert way(post) == ["rings"]
        post.settle(number)


def test_a_webhook_that_is_gone_does_not_unbind_the_chat(post: OutboxHarness) -> None:
    number = post.add_push(TextPush("请签收", ("cg1",)))
    post.claim()
    post.settle(number, RouteRefused("errcode_93000", chat_gone=True))
    with post.database.read() as session:
        assert session.get_one(Chat, 1).gone_at is None
    assert way(post) == ["grid"]


def test_a_push_tried_again_may_change_its_way(post: OutboxHarness, grid: FakeChannel) -> None:
    number = post.add_push("一")
    post.claim()
    post.settle(number, RetryLater("not_connected", after=2.0, uncounted=True))
    grid.connected = False
    assert way(post, late=True) == ["rings"]


def add_media(post: OutboxHarness, kind: str, path: str, clean: str | None, **more: str) -> int:
    media = Media(
        position=0, kind=kind, mime="x/y", size=1, sha256="0" * 64, path=path, clean_path=clean, **{"role": "after", **more},
    )  # fmt: skip

    def store(session: Session) -> int:
        session.add(media)
        session.flush()
        return media.id

    number: int = post.run_in_session(store)
    return number


def test_only_the_cleaned_copy_of_a_photo_leaves(post: OutboxHarness) -> None:
    photo = add_media(post, "photo", "00/raw.jpg", "00/raw.clean.jpg")
    post.add_push(PhotoPush(photo))
    (item,) = post.claim()
    assert item.route.delivery.file is not None
    assert item.route.delivery.file.path.name == "raw.clean.jpg"


@pytest.mark.parametrize(
    ("kind", "path", "clean"),
    [
        ("photo", "00/raw.jpg", None),
        ("video", "00/raw.mp4", None),
        ("file", "00/raw.heic", None),
        ("voice", "00/raw.amr", None),
        ("voice", "00/raw.amr", "00/raw.clean.mp3"),
    ],
)
@pytest.mark.parametrize("push", [PhotoPush, FilePush])
def test_an_original_or_a_voice_leaves_by_no_way_and_holds_nothing_up(
    post: OutboxHarness, kind: str, path: str, clean: str | None, push: type[PhotoPush] | type[FilePush]
) -> None:
    media = add_media(post, kind, path, clean)
    post.add_push(push(media))
    (item,) = post.claim()
    assert item.route.delivery.file is None
    assert item.route.delivery.body == TextPush(marks.FILE_WITHHELD)


GROUPS = [(use, use == ChatUse.DUTY) for use in ChatUse if use != ChatUse.DIRECT]


@pytest.mark.parametrize(("use", "leaves"), GROUPS)
def test_a_voice_is_played_at_the_duty_desk_and_nowhere_else(
    post: OutboxHarness, use: ChatUse, leaves: bool
) -> None:
    set_use(post, use)
    post.add_push(FilePush(add_media(post, "voice", "00/raw.amr", None, play_path="00/raw.play.mp3")))
    (item,) = post.claim()
    file = item.route.delivery.file
    assert (file is not None) is leaves
    if file is not None:
        assert (file.path.name, file.name, file.mime) == ("raw.play.mp3", "语音-1.mp3", "audio/mpeg")


def set_use(post: OutboxHarness, use: ChatUse) -> None:
    post.run_in_session(lambda session: session.execute(update(Chat).values(use=use)))


def test_a_video_as_a_picture_is_its_poster(post: OutboxHarness) -> None:
    video = add_media(post, "video", "00/raw.mov", "00/raw.clean.mp4", poster_path="00/raw.poster.jpg")
    post.add_push(PhotoPush(video))
    post.add_push(FilePush(video))
    (first,) = post.claim()
    post.settle(first.push_id)
    (second,) = post.claim()
    shown, whole = first.route.delivery.file, second.route.delivery.file
    assert shown is not None
    assert whole is not None
    assert (shown.path.name, shown.mime) == ("raw.poster.jpg", "image/jpeg")
    assert (whole.path.name, whole.mime) == ("raw.clean.mp4", "video/mp4")


def test_a_channel_that_only_hears_is_not_waited_for(post: OutboxHarness, grid: FakeChannel) -> None:
    grid.capabilities = replace(grid.capabilities, sends=frozenset())
    post.add_push("一")
    assert way(post) == ["rings"]


def test_a_photo_that_was_taken_back_goes_nowhere(post: OutboxHarness) -> None:
    post.add_push(PhotoPush(add_media(post, "photo", "00/raw.jpg", "00/raw.clean.jpg", role=RECALLED)))
    (item,) = post.claim()
    assert item.route.delivery.body == TextPush(marks.FILE_WITHHELD)
