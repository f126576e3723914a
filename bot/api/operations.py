"""`/healthz`, `/readyz`, `/metrics`: for operators and their monitoring. They tell nothing of any case."""

import hmac
import ipaddress
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from bot.api.context import Context
from bot.ops.readiness import WITHIN, DatabaseProbe
from bot.ops.single_flight import SingleFlight

log = structlog.get_logger()


def build_router(context: Context) -> APIRouter:
    """A router with the three pages; none is in the OpenAPI document. `monitor.token` closes two of them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def alive() -> PlainTextResponse:
        """Says only that the process answers, even while every worker thread is busy."""
        return PlainTextResponse("ok")

    monitor = context.settings.monitor.token
    look = SingleFlight(DatabaseProbe(context.database, clock=context.clock), name="readyz")
    measure = SingleFlight(partial(_measure, context), name="metrics")

    @router.get("/readyz")
    async def ready(request: Request) -> JSONResponse:
        """200 when every part is ready, else 503, within 2 s; the body names each part and its state.

        A healthy process that stands by while another one holds a bot's connection is ready, and says so.
        """
        try:
            found = await look.result(within=WITHIN)
        except TimeoutError:
            found = {"database": "timeout", "schema": "unknown"}
        waiting = {**found, **context.unready_parts()}
        standby = context.standby_parts()
        body: dict[str, Any] = {"ready": not waiting} | ({"standby": True} if standby else {})
        if may_monitor(request, monitor):
            body["parts"] = {"database": "ok", "schema": "ok", **standby, **waiting}
        return JSONResponse(body, 503 if waiting else 200)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        """The Prometheus text format, for the holder of the monitor's token, else for this machine only.

        Gauges read from the database keep their values while it is down."""
        if not may_monitor(request, monitor):
            return PlainTextResponse("monitor.token", 401, {"WWW-Authenticate": 'Bearer realm="monitor"'})
        try:
            await measure.result(within=WITHIN)
        except (SQLAlchemyError, TimeoutError) as error:
            # Counters do not need the database, and are wanted most while it is down.
            log.warning("metrics.not_measured", error=type(error).__name__)
        context.record_gauges()
        return Response(context.metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router


def may_monitor(request: Request, token: SecretStr | None) -> bool:
    """Whether the request carries the monitor's token; where none is configured, comes from this machine."""
    if token is None:
        client = request.client
        return client is None or _is_loopback(client.host)
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    given = credentials.strip() if scheme.lower() == "bearer" else ""
    return hmac.compare_digest(given.encode(), token.get_secret_value().encode())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _measure(context: Context) -> None:
    with context.database.read() as session:
        context.metrics.measure(session, now=context.clock())
