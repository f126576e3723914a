"""`/healthz`, `/readyz`, `/metrics`: for operators and their monitoring. They tell nothing of any case."""

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.api.context import Context
from models import schema
from models.database import Database
from models.schema import SchemaState

log = structlog.get_logger()


def build_router(context: Context) -> APIRouter:
    """A router with the three pages; none needs a token, and none is in the OpenAPI document."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def alive() -> PlainTextResponse:
        """Says only that the process answers, even while every worker thread is busy."""
        return PlainTextResponse("ok")

    @router.get("/readyz")
    def ready() -> JSONResponse:
        """200 when every part is ready, else 503; the body names each part and its state."""
        waiting = {**_unready_database_parts(context.database), **context.unready_parts()}
        parts = {"database": "ok", "schema": "ok", **waiting}
        return JSONResponse({"ready": not waiting, "parts": parts}, 503 if waiting else 200)

    @router.get("/metrics")
    def metrics() -> Response:
        """The Prometheus text format. Gauges read from the database keep their values while it is down."""
        try:
            with context.database.read() as session:
                context.metrics.measure(session, now=context.clock())
        except SQLAlchemyError as error:
            # Counters do not need the database, and are wanted most while it is down.
            log.warning("metrics.not_measured", error=type(error).__name__)
        context.record_gauges()
        return Response(context.metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router


def _unready_database_parts(database: Database) -> dict[str, str]:
    """The database and its schema, where they are not ready: part to reason. Empty when both are."""
    try:
        state = schema.read_state(database)
    except SQLAlchemyError as error:
        return {"database": type(error).__name__, "schema": "unknown"}
    return {} if state is SchemaState.CURRENT else {"schema": str(state)}
