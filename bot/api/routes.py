"""The integration API (design §7) and the pages for operations, as one router.

    gate ── cases, reports, media, topics, papers  token, problem+json everywhere below /api
            /m                             photos by signed addresses
            /open311                       services and requests of GeoReport v2
    operations                             /healthz, /readyz, /metrics

`build_router` is all that the rest of the program needs; it takes any `Context`.
"""

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from bot.api import cases, files, open311, openapi, operations, papers, topics
from bot.api.context import Context
from bot.api.gate import build_guarded_route
from bot.api.photo_links import PhotoLinks
from bot.api.problems import NoSuchAddress, Unauthorized, WrongMethod

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def build_router(context: Context) -> APIRouter:
    """One router with everything below /api and with `/healthz`, `/readyz` and `/metrics`."""
    api = APIRouter(route_class=build_guarded_route(context))
    links = PhotoLinks(context)
    cases.add_routes(api, context, links)
    files.add_routes(api, context, links)
    topics.add_routes(api, context)
    papers.add_routes(api, context)
    known = [route for route in api.routes if isinstance(route, APIRoute)]

    @cache
    def page() -> dict[str, Any]:
        """The OpenAPI document, built when first asked for: it takes a tenth of a second."""
        return openapi.describe(api, title=context.settings.site.name)

    async def get_openapi_page(request: Request) -> JSONResponse:
        """The OpenAPI document, for the monitor's token or one of the API's. 404 where the API is off."""
        if not (request.state.caller or operations.may_monitor(request, context.settings.monitor.token)):
            raise Unauthorized
        return JSONResponse(page())

    async def refuse_unknown_path(request: Request) -> Response:
        """Registered last, so it gets every path below /api that no other route takes: 405 or 404."""
        path = request.scope["path"]
        methods = [m for r in known if r.path_regex.match(path) for m in sorted(r.methods or ())]
        raise WrongMethod(methods) if methods else NoSuchAddress

    api.add_api_route(
        openapi.PATH,
        get_openapi_page,
        route_class_override=build_guarded_route(context, token=False),
        include_in_schema=False,
    )
    for path in ("/api", "/api/{rest:path}"):
        api.add_api_route(path, refuse_unknown_path, methods=_METHODS, include_in_schema=False)
    router = APIRouter()
    # Including a router would build each of its routes once more.
    router.routes.extend([*operations.build_router(context).routes, *api.routes])
    open311.add_routes(router, context, links)
    return router
