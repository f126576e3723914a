"""Another system reports by Open311, hears by webhook what becomes of it, and of nothing that is restricted."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.demo import build_channels, prepare_database
from sandbox.server import SandboxServer
from tests.bot.channels.http_server import Answer, FakePlatform, fake_platform
from tests.stories import town
from tests.stories.town import MovableClock, StoryHarness, serve_gridbot

SECRET = "s" * 24
RUBBLE = "长江路静海路口工地门口建筑垃圾，联系电话13812345678"


@pytest.fixture
def receiver() -> Iterator[FakePlatform]:
    with fake_platform() as platform:
        yield platform


@pytest.fixture
def haimen(receiver: FakePlatform, clock: MovableClock, tmp_path: Path) -> Iterator[StoryHarness]:
    with SandboxServer(town.WORLD, card_window=60.0) as box:
        told: dict[str, Any] = {"kind": "subscriber", "url": receiver.url, "secret": SECRET}
        channels = {**build_channels(box), "jiesu": {**told, "private_hosts": ["127.0.0.1"]}}
        url = f"sqlite:///{tmp_path / 'story.db'}"
        settings = town.build_settings(tmp_path, url, box, channels=channels)
        prepare_database(settings)
        with serve_gridbot(settings, clock) as address:
            people = StoryHarness(box, address, clock)
            people.wait_until(lambda: people.api.get("/readyz").status_code == 200, "ready")
            yield people
            people.close()


def list_events(receiver: FakePlatform) -> list[Any]:
    return [request.json for request in receiver.requests]


def test_what_another_system_reports_it_hears_of_in_order(
    haimen: StoryHarness, receiver: FakePlatform, clock: MovableClock
) -> None:
    receiver.script = [Answer(status=503)]
    haimen.say("wrINTAKE", "zhangsf", "举报解放路15号窗口办事员收受商户红包")
    haimen.wait_for_message("wrINTAKE", "已收到")
    request = {"service_code": "env.rubble", "address_string": "长江路88号", "description": RUBBLE}
    answer = haimen.api.post("/open311/v2/requests.json", data=request).raise_for_status()
    number = answer.json()[0]["service_request_id"]
    haimen.say("wrDUTY", "duty1", f"/交办 {number} 城管局")
    haimen.wait_for_status(number, "DISPATCHED")
    haimen.wait_until(lambda: len(receiver.requests) >= 1, "the first event, which is not taken")
    clock.move_to(clock.now + timedelta(minutes=1))
    haimen.wait_until(lambda: len(receiver.requests) >= 3, "both events, the first of them twice")
    opened, again, assigned = list_events(receiver)
    assert opened == again
    assert [event["id"] for event in (opened, assigned)] == [f"{number}-1", f"{number}-2"]
    assert assigned["case"]["status"] == "DISPATCHED"
    assert "13812345678" not in str(list_events(receiver))
    assert len({request.headers["webhook-signature"] for request in receiver.requests}) >= 2
    [shown] = haimen.api.get(f"/open311/v2/requests/{number}.json").json()
    assert (shown["status"], shown["agency_responsible"]) == ("open", "海门区城市管理局")
    [listed] = haimen.api.get("/open311/v2/requests.json").json()
    assert listed["service_request_id"] == number


def test_the_month_is_had_in_a_group_as_a_picture_and_as_a_file(haimen: StoryHarness) -> None:
    for asked, kind in (("图", "image"), ("文件", "file")):
        haimen.say("wrDUTY", "duty1", f"/月报 2026-03 {asked}")
        haimen.wait_until(partial(_has_posted, haimen, kind), f"the month as {kind}")


def _has_posted(haimen: StoryHarness, kind: str) -> bool:
    messages = haimen.box.messages("wrDUTY")
    return any(one["msgtype"] == kind and one["sender"]["kind"] != "user" for one in messages)
