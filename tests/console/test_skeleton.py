"""What every page has: security headers, style and script that browsers keep, faults as pages."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy.exc import OperationalError
from starlette.responses import Response

from console import assets
from console.context import PageSettings
from console.errors import build_page_route
from console.posting import Posted
from console.templating import Pages
from handlers.errors import WrongState
from tests.console.serving import open_browser, serve_app


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serve_app(build_app()) as address, open_browser(address) as client:
        yield client


def build_app() -> FastAPI:
    """An application with one route of each kind of end."""
    pages = Pages(PageSettings(site_name="试验<b>", base_url="http://testserver"))
    app = FastAPI()
    app.router.route_class = build_page_route(pages)

    @app.get("/shown")
    def show(request: Request) -> Response:
        return pages.render(request, "error.html", sentence="<script>alert(1)</script>" * 40, code=200)

    @app.get("/refused")
    def refuse() -> Response:
        raise WrongState("城管一号已于 11-21 12:00 签收。")

    @app.get("/broken")
    def break_down() -> Response:
        raise OperationalError("SELECT secret", {}, Exception("secret"))

    @app.get("/defect")
    def fail() -> Response:
        raise ValueError("secret")

    @app.post("/form")
    def take(posted: Posted) -> Response:
        return Response(posted.text("text"))

    assets.add_routes(app.router)
    return app


def test_a_page_is_escaped_packed_and_closed_to_scripts_of_others(client: httpx.Client) -> None:
    answer = client.get("/shown")
    assert "<script>alert" not in answer.text
    assert "试验&lt;b&gt;" in answer.text
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_refusals_and_faults_are_pages_that_tell_nothing_of_the_inside(client: httpx.Client) -> None:
    answers = {path: client.get(path) for path in ("/refused", "/broken", "/defect", "/static/0/console.css")}
    assert [answer.status_code for answer in answers.values()] == [409, 503, 500, 404]
    for answer in answers.values():
        assert 'role="alert"' in answer.text
        assert "secret" not in answer.text
    assert "城管一号已于 11-21 12:00 签收。" in answers["/refused"].text


def test_style_and_script_are_kept_under_the_hash_of_their_content(client: httpx.Client) -> None:
    for name in ("console.css", "console.js", "icon.svg"):
        answer = client.get(assets.find_address(name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.content == (Path(assets.__file__).parent / "static" / name).read_bytes()


def test_a_form_of_another_site_is_not_taken(client: httpx.Client) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/form", data={"text": "好"}, headers=headers).status_code == 403
    for headers in ({}, {"Origin": str(client.base_url).rstrip("/")}, {"Origin": "null"}):
        assert client.post("/form", data={"text": "好"}, headers=headers).text == "好"
