"""`/robots.txt`: no search engine keeps anything of this site."""

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

_NOTHING = "User-agent: *\nDisallow: /\n"


def add_routes(router: APIRouter) -> None:
    """Add `GET /robots.txt` to the router."""

    @router.get("/robots.txt")
    async def tell_robots() -> Response:
        return PlainTextResponse(_NOTHING)
