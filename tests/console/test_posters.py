"""Posters: a code that a phone reads, for who looks after the place."""

import io
import re
from xml.etree import ElementTree as ET

import numpy as np
import segno
from PIL import Image

from console.resident.posters import draw_code
from tests.console.office import Office

GRID = "HM-HM-JF"


def read_modules(picture: bytes, modules: int) -> list[list[int]]:
    """The modules of a drawn code, dark 1, without the quiet zone."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L")) < 128
    step = len(pixels) // (modules + 8)
    middle = step // 2
    return [
        [int(pixels[(y + 4) * step + middle, (x + 4) * step + middle]) for x in range(modules)]
        for y in range(modules)
    ]


def test_a_poster_shows_the_code_of_the_form_of_its_grid(office: Office) -> None:
    address = f"{office.settings.base_url}/report/{GRID}"
    code = segno.make(address, error="q", micro=False)
    expected = [[int(module) for module in row] for row in code.matrix]
    with office.browse("leader1") as client:
        page = client.get(f"/posters/{GRID}").text
        assert address in page
        pictures = [client.get(found) for found in re.findall(r'src="(/posters/[^"]+)"', page)]
        assert [answer.headers["Content-Type"] for answer in pictures] == ["image/svg+xml"]
        assert ET.fromstring(pictures[0].content).tag.endswith("svg")  # noqa: S314 - our own answer
        png = client.get(f"/posters/{GRID}.png").content
        assert read_modules(png, len(expected)) == expected
        assert f"/posters/{GRID}" in client.get("/posters").text
        assert 'href="/posters"' in client.get("/").text
        with office.browse() as resident:
            assert resident.get(f"/report/{GRID}").status_code == 200


def test_who_looks_after_no_area_has_no_posters(office: Office) -> None:
    with office.browse("cg1") as client:
        refused = client.get("/posters")
        assert refused.status_code == 403
        assert "扫码海报给" in refused.text


def test_a_channel_for_residents_adds_its_own_code(office: Office) -> None:
    with office.browse("leader1") as client:
        assert client.get(f"/posters/{GRID}/chat.png").status_code == 422
        office.scene_code = "https://work.weixin.qq.com/kfid/kf1?scene_param="
        assert f"/posters/{GRID}/chat.png" in client.get(f"/posters/{GRID}").text
        picture = client.get(f"/posters/{GRID}/chat.png").content
        assert picture == draw_code(f"{office.scene_code}{GRID}", "png")
        office.scene_code = ""


def test_nobody_has_posters_of_places_that_they_do_not_look_after(office: Office) -> None:
    with office.browse("wgxs") as grid:
        own = re.findall(r'href="/posters/([^"]+)"', grid.get("/posters").text)
        assert own
        assert "HM" not in own
        assert grid.get("/posters/HM").status_code == 404
    with office.browse("leader1") as leader:
        for code in ("HM-CG", "nowhere"):
            assert leader.get(f"/posters/{code}").status_code == 404
    with office.browse("cg1") as handler:
        assert handler.get("/posters").status_code == 403
        assert "/posters" not in handler.get("/").text
