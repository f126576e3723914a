"""Charts as pictures: with the figures of the page, sent by who may to groups of staff, drawn as they are sent."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from bot.channels.base import Delivery
from bot.media.stores import FolderStore
from bot.outbox.files_at_hand import name_made_file, open_files
from handlers.insight import pictures
from models.messages import FilePush, PhotoPush
from models.pushes import Push
from tests.console.office import Office
from tests.papers import read_paper

MONTH = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture(scope="module", autouse=True)
def cases(office: Office) -> None:
    district = office.district
    for _ in range(5):
        case = district.verify_case()
        district.say("wrINTAKE", "zhangsf", f"/评价 {case.number} 已解决 满意")
    district.dispatch_case("住建局")


@pytest.fixture
def leader(office: Office) -> Iterator[httpx.Client]:
    with office.browse("leader1") as client:
        yield client


def read_csrf(client: httpx.Client, address: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def list_words(drawing: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - ours


def load_pushes(office: Office, kind: str) -> list[Push]:
    with office.database.read() as session:
        return list(session.scalars(select(Push).where(Push.kind == kind).order_by(Push.id)))


@pytest.mark.parametrize("kind", ["month", "ranking", "trend"])
def test_a_chart_is_a_picture_wide_enough_for_a_phone(leader: httpx.Client, kind: str) -> None:
    answer = leader.get(f"/pictures/{kind}.png", params=MONTH)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.width == 1440
    assert len(answer.content) < 300_000


def test_chinese_is_drawn_and_not_shown_as_boxes() -> None:
    """A character that a font has not is an empty box, one like the other."""
    draw = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text x="4" y="30" font-size="30">{}</text></svg>'
    drawn = {pictures.draw_png(draw.format(char)) for char in "月报埭浜溇垟圩"}
    assert len(drawn) == 7


def test_a_chart_goes_to_a_group_once_with_the_figures_of_the_page(
    office: Office, leader: httpx.Client
) -> None:
    page = leader.get("/units", params=MONTH).text
    assert 'action="/pictures/ranking/send"' in page
    given = {"csrf": read_csrf(leader, "/units"), "once": "k1", "chat": "cg", **MONTH}
    assert given["chat"] in page
    for _ in range(2):
        answer = leader.post("/pictures/ranking/send", data=given)
        assert answer.status_code == 303
    assert "已排队，发到「城管处置群」" in leader.get(answer.headers["Location"]).text
    [push] = [push for push in load_pushes(office, "photo") if push.body["drawing"]]
    assert push.lane == str(push.chat_id)
    words = list_words(push.body["drawing"])
    assert words[1] == "1. 城管局"
    assert f">{words[2]}<" in page  # its score
    assert "leader1" not in push.body["caption"]
    assert "发" in push.body["caption"]


def test_only_who_looks_after_an_area_sends_and_only_to_its_groups_of_staff(office: Office) -> None:
    with office.browse("leader1") as leader:
        csrf = read_csrf(leader, "/units")
        for chat in ("jfxc", "intake-hm", "nowhere"):
            given = {"csrf": csrf, "once": chat, "chat": chat, **MONTH}
            assert leader.post("/pictures/ranking/send", data=given).status_code == 404, chat
        assert leader.post("/pictures/other/send", data={**given, "chat": "cg"}).status_code == 404
        assert leader.post("/pictures/month/send", data={**given, "csrf": "x"}).status_code == 403
    with office.browse("wgxs") as grid:
        assert "/send" not in grid.get("/units").text
        given = {"csrf": read_csrf(grid, "/units"), "once": "g", "chat": "cg", **MONTH}
        assert grid.post("/pictures/ranking/send", data=given).status_code == 403
    with office.browse("cg1") as handler:
        assert handler.get("/pictures/month.png").status_code == 403


def send(body: Any, folder: Path) -> tuple[str, bytes]:
    """Name and content of the file that a channel gets."""
    delivery = Delivery(1, "wrDUTY", direct=False, body=body, file=name_made_file(body, folder))
    with open_files(FolderStore(folder), delivery) as ready:
        assert ready.file is not None
        return ready.file.name, ready.file.path.read_bytes()


def test_the_month_comes_as_words_picture_or_file_by_one_command(office: Office, tmp_path: Path) -> None:
    district = office.district
    for tail in ("图 2026-03", "2026-03 排名图", "2026年3月 趋势图"):
        assert district.say("wrDUTY", "duty1", f"/月报 {tail}") == "command.month"
        drawing = load_pushes(office, "photo")[-1].body["drawing"]
        name, content = send(PhotoPush(0, drawing=drawing), tmp_path)
        assert (name, content[:4]) == ("统计图.png", b"\x89PNG")
    assert district.say("wrDUTY", "duty1", "/月报 文件 2026-03") == "command.month"
    [push] = load_pushes(office, "file")
    name, content = send(FilePush(0, push.body["name"], push.body["paper"]), tmp_path)
    assert name == "海门区网格事件情况（2026 年 3 月）.docx"
    assert read_paper(content).tables[0][-1][1:3] == ["合计", "6"]
