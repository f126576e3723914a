"""The sandbox as one ASGI app: page, control API and the platform's own addresses."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, HTTPException, Query, Request, Response, UploadFile, WebSocket
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from sandbox import control, group_robot, outbound
from sandbox.callback import CallbackSender
from sandbox.customer_service import routes as service_routes
from sandbox.customer_service.conversations import ServiceConversations
from sandbox.customer_service.interfaces import ServiceInterfaces
from sandbox.customer_service.sessions import ServiceBook
from sandbox.gateway import Gateway
from sandbox.group_robot import GroupRobots
from sandbox.hub import Hub
from sandbox.loading import load_world
from sandbox.member_app import contact_routes
from sandbox.member_app import routes as app_routes
from sandbox.member_app.accounts import AppAccounts
from sandbox.member_app.contacts import AppContacts
from sandbox.member_app.conversations import AppConversations
from sandbox.member_app.interfaces import AppInterfaces
from sandbox.options import Options
from sandbox.origin_gate import OriginGate
from sandbox.public_account import routes as account_routes
from sandbox.public_account.conversations import AccountConversations
from sandbox.public_account.followers import AccountBook
from sandbox.public_account.interfaces import AccountInterfaces
from sandbox.tenant import Tenant
from sandbox.webhook import Webhooks
from sandbox.wire import BAD_PARAMS, OK, Json, PlatformError
from sandbox.world import World

_PAGE = Path(__file__).with_name("page")
_POLICY = (
    "default-src 'self'; img-src 'self' data: http: https:; connect-src 'self' ws: wss:; object-src 'none'"
)


def build_app(world: World | Json | str | Path, **options: Any) -> FastAPI:
    """The app for this world; `options` are the fields of `sandbox.options.Options`."""
    tenant = Tenant(load_world(world), Options(**options))
    hub = Hub()
    accounts = AppAccounts(tenant.world, tenant.options, tenant.clock)
    interfaces = AppInterfaces(tenant, accounts)
    conversations = AppConversations(tenant, accounts, interfaces)
    robots = GroupRobots(tenant)
    book = AccountBook(tenant.world, tenant.options, tenant.clock)
    account_interfaces = AccountInterfaces(tenant, book)
    account_talks = AccountConversations(tenant, book, account_interfaces)
    service_book = ServiceBook(tenant.world, tenant.options, tenant.clock)
    service_interfaces = ServiceInterfaces(tenant, service_book)
    service_talks = ServiceConversations(tenant, service_book, service_interfaces)
    tenant.world.on_change.append(hub.publish_message)
    tenant.on_presence.append(lambda: hub.publish({"type": "online", "online": sorted(tenant.connections)}))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sender = CallbackSender(tenant)
        tenant.callbacks = sender
        yield
        await sender.close()
        await conversations.close()
        await account_talks.close()
        await service_talks.close()
        await robots.close()

    app = FastAPI(title="gridbot sandbox", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.tenant = tenant
    app.state.service_book = service_book
    app.add_exception_handler(PlatformError, _answer_refusal)
    app.add_middleware(OriginGate, hosts=_list_hosts(tenant.options))
    for router in (
        control.build_router(tenant, hub, conversations),
        app_routes.build_router(tenant, accounts, interfaces),
        group_robot.build_router(tenant, robots),
        contact_routes.build_router(tenant, accounts, AppContacts(tenant, conversations)),
        account_routes.build_router(tenant, book, account_interfaces, account_talks),
        service_routes.build_router(tenant, accounts, service_interfaces, service_talks),
    ):
        # Including a router would build each of its routes once more.
        app.router.routes.extend(router.routes)
    _add_gateway_route(app, tenant)
    _add_platform_routes(app, tenant)
    _add_webhook_routes(app, tenant, robots)
    _add_page_route(app)
    return app


def _list_hosts(options: Options) -> list[str]:
    """The names under which this server may be addressed, beside the loopback ones."""
    own = urlsplit(options.base_url).hostname or ""
    return [own, *(name.strip() for name in options.allowed_hosts.split(","))]


async def _answer_refusal(_request: Request, error: Exception) -> Response:
    """A refused control call answers 400; the platform's own addresses answer 200 with an errcode instead."""
    return JSONResponse({"error": str(error)}, status_code=400)


def _add_gateway_route(app: FastAPI, tenant: Tenant) -> None:
    gateway = Gateway(tenant)

    # The platform's own address has no path, so clients that only know a host work too.
    @app.websocket("/")
    @app.websocket("/aibot")
    async def aibot(socket: WebSocket) -> None:
        control.learn_base_url(tenant, socket)
        await gateway.serve(socket)


def _add_platform_routes(app: FastAPI, tenant: Tenant) -> None:
    @app.get("/media/{token}")
    async def download(token: str) -> Response:
        opened = tenant.links.open(token)
        if opened is None:
            raise HTTPException(403, "Request has expired")
        blob, cipher = opened
        if tenant.faults.cut_media.take() is not None:
            cipher = cipher[: len(cipher) // 2 + 1]
        named = f"attachment; filename*=UTF-8''{quote(blob.name)}"
        return Response(cipher, media_type="application/octet-stream", headers={"Content-Disposition": named})

    @app.post("/cgi-bin/aibot/response")
    async def response_url(request: Request, response_code: str = "") -> Json:
        try:
            # A request that breaks off before its body is whole was never made: its code is still good.
            body = await _read_json(request)
            ticket = tenant.tickets.spend_code(response_code)
            bot = tenant.world.bots[ticket.bot_id]
            outbound.push(tenant, bot, body, chat=ticket.chat, allowed=outbound.RESPONSE_URL)
        except PlatformError as refusal:
            tenant.stats.count_refusal(refusal.code)
            return refusal.to_json()
        return OK


def _add_webhook_routes(app: FastAPI, tenant: Tenant, robots: GroupRobots) -> None:
    webhooks = Webhooks(tenant, robots)

    @app.post("/cgi-bin/webhook/send")
    async def send(request: Request, key: str = "") -> Response:
        delay = tenant.faults.webhook_delay.take()
        if delay is not None:
            await asyncio.sleep(delay)
        status = tenant.faults.webhook_status.take()
        if status is not None:
            return Response("injected fault", status_code=int(status))
        try:
            webhooks.send(key, await _read_json(request))
        except PlatformError as refusal:
            tenant.stats.count_refusal(refusal.code)
            return JSONResponse(refusal.to_json())
        return JSONResponse(OK)

    @app.post("/cgi-bin/webhook/upload_media")
    async def upload(
        key: str = "", kind: Annotated[str, Query(alias="type")] = "file", media: UploadFile | None = None
    ) -> Json:
        data = await media.read() if media is not None else None
        try:
            name = media.filename if media is not None else None
            return webhooks.upload(key, kind, name=name, data=data)
        except PlatformError as refusal:
            tenant.stats.count_refusal(refusal.code)
            return refusal.to_json()


def _add_page_route(app: FastAPI) -> None:
    @app.get("/")
    async def index() -> Response:
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
        return FileResponse(_PAGE / "index.html", headers=headers)

    app.mount("/page", StaticFiles(directory=_PAGE))


async def _read_json(request: Request) -> Json:
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise PlatformError(BAD_PARAMS, "not JSON") from error
    if not isinstance(body, dict):
        raise PlatformError(BAD_PARAMS, "an object is wanted")
    return body
