"""陈大爷 reports to the app, in private: by words, photo and place. The unit signs on its own card there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.demo import build_channels, prepare_database
from models.database import Database
from sandbox.server import SandboxServer
from tests.stories.town import (
    WORLD,
    MovableClock,
    StoryHarness,
    build_settings,
    make_photo,
    serve_gridbot,
)

APP, ELDER, HANDLER = "1000002", "1000002/chendy", "1000002/cg1"
PLACE = {"latitude": 31.885, "longitude": 121.165, "label": "解放新村3幢"}
REPORT = "解放新村3幢门口堆了一大堆建筑垃圾，好几天没人清"


@pytest.fixture
def haimen(sqlite_database: Database, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    with SandboxServer(WORLD) as box:
        app = box.world.apps[APP]
        # The callbacks carry the platform's own time.
        clock.move_to(clock.now.fromtimestamp(box.tenant.clock.now(), clock.now.tzinfo))
        staff = {
            "kind": "app",
            "corp_id": app.corp_id,
            "agent_id": int(APP),
            "secret": app.secret,
            "token": app.token,
            "aes_key": app.aes_key,
            "api_base": box.url,
            "replay_window": "P1D",
        }
        channels = {**build_channels(box), "staff": staff}
        settings = build_settings(tmp_path, str(sqlite_database.engine.url), box, channels=channels)
        prepare_database(settings)
        with serve_gridbot(settings, clock) as url, closing(StoryHarness(box, url, clock)) as people:
            app.callback_url = f"{url}/callback/staff"
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield people


def tell(haimen: StoryHarness, user: str, text: str = "", **more: Any) -> None:
    haimen.box.say(APP, user, text, **more)


def report_in_private(haimen: StoryHarness) -> str:
    tell(haimen, "chendy", REPORT, photos=[make_photo()])
    tell(haimen, "chendy", other={"msgtype": "location", "location": PLACE})
    haimen.wait_for_message(ELDER, "已收到")
    haimen.wait_until(lambda: bool(haimen.cases()), "the case")
    number: str = haimen.cases()[0]["number"]
    haimen.wait_for_message(ELDER, "已收到", number)
    return number


def dispatch_case(haimen: StoryHarness, number: str) -> None:
    haimen.say("wrDUTY", "duty1", f"/交办 {number[-4:]} 城管局")
    haimen.wait_for_status(number, "DISPATCHED")


def ask_for_card(haimen: StoryHarness, user: str, number: str) -> dict[str, Any]:
    tell(haimen, user, f"/卡片 {number[-4:]}")
    return haimen.wait_for_card(f"{APP}/{user}", number)


def title(haimen: StoryHarness, message: dict[str, Any]) -> str:
    words: str = haimen.reload_message(message)["card"]["main_title"]["title"]
    return words


def test_the_address_is_verified(haimen: StoryHarness) -> None:
    assert haimen.box.post("verify", bot=APP)["ok"] is True


def test_whoever_opens_the_app_is_told_what_it_is_for(haimen: StoryHarness) -> None:
    haimen.box.enter(APP, "chendy")
    haimen.wait_for_message(ELDER, "网格助手")


def test_a_token_that_ends_early_is_replaced_unseen(haimen: StoryHarness) -> None:
    report_in_private(haimen)
    haimen.box.arm_faults(expire_tokens=True)
    tell(haimen, "chendy", "/我的")
    haimen.wait_for_message(ELDER, "1 件")
    assert haimen.box.stats()["refusals"].get("40014", 0) <= 1


def test_words_photo_and_place_are_one_case_and_the_card_tells_what_became_of_it(
    haimen: StoryHarness,
) -> None:
    number = report_in_private(haimen)
    haimen.wait_until(lambda: len(haimen.case(number)["photos"]) == 1, "the photo")
    haimen.wait_until(lambda: haimen.case(number)["lat"] is not None, "the place")
    assert len(haimen.cases()) == 1
    dispatch_case(haimen, number)
    elders = ask_for_card(haimen, "chendy", number)
    before = title(haimen, elders)
    handlers = ask_for_card(haimen, "cg1", number)
    haimen.press_button(handlers, "cg1", "签收")
    haimen.wait_for_status(number, "IN_PROGRESS")
    haimen.wait_until(lambda: title(haimen, elders) != before, "the elder's card, drawn anew")
    haimen.wait_until(lambda: title(haimen, handlers) != before, "the pressed card, drawn anew")
    haimen.wait_for_message(ELDER, number, "城管局")
    tell(haimen, "cg1", f"/反馈 {number[-4:]} 清完了", photos=[make_photo("green")])
    haimen.wait_for_status(number, "SUBMITTED")
    haimen.say("wrDUTY", "duty1", f"/核查 {number} 通过")
    rating = haimen.wait_for_card(ELDER, number, "已解决，满意")
    haimen.press_button(rating, "chendy", "已解决，满意")
    haimen.wait_for_status(number, "CLOSED")
    haimen.wait_until(lambda: haimen.count_photos(ELDER) == 2, "before and after, in the app")
    assert haimen.box.stats()["callback_failures"] == []


def test_whoever_leaves_the_corporation_has_no_right_left_and_the_desk_hears_of_it(
    haimen: StoryHarness,
) -> None:
    number = report_in_private(haimen)
    dispatch_case(haimen, number)
    haimen.box.post("contacts", do="remove", id="cg1")
    haimen.wait_for_message("wrDUTY", "已离开企业", "权限已停")
    assert haimen.case(number)["status"] == "DISPATCHED"
