"""`/healthz`, `/readyz`, `/metrics`: for operators and their monitoring. They tell nothing of any case."""

from functools import partial

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.api.context import Context
from bot.ops.readiness import WITHIN, DatabaseProbe
from bot.ops.single_flight import SingleFlight

log = structlog.get_logger()


def build_router(context: Context) -> APIRouter:
    """A router with the three pages; none needs a token, and none is in the OpenAPI document."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def alive() -> PlainTextResponse:
        """Says only that the process answers, even while every worker thread is busy."""
        return PlainTextResponse("ok")

    look = SingleFlight(DatabaseProbe(context.database, clock=context.clock), name="readyz")
    measure = SingleFlight(partial(_measure, context), name="metrics")

    @router.get("/readyz")
    async def ready() -> JSONResponse:
        """200 when every part is ready, else 503, within 2 s; the body names each part and its state.

        A healthy process that stands by while another one holds a bot's connection is ready, and says so.
        """
        try:
            found = await look.result(within=WITHIN)
        except TimeoutError:
            found = {"database": "timeout", "schema": "unknown"}
        waiting = {**found, **context.unready_parts()}
        standby = context.standby_parts()
        body = {"ready": not waiting, "parts": {"database": "ok", "schema": "ok", **standby, **waiting}}
        return JSONResponse(body | ({"standby": True} if standby else {}), 503 if waiting else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        """The Prometheus text format. Gauges read from the database keep their values while it is down."""
        try:
            await measure.result(within=WITHIN)
        except (SQLAlchemyError, TimeoutError) as error:
            # Counters do not need the database, and are wanted most while it is down.
            log.warning("metrics.not_measured", error=type(error).__name__)
        context.record_gauges()
        return Response(context.metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router


def _measure(context: Context) -> None:
    with context.database.read() as session:
        context.metrics.measure(session, now=context.clock())
