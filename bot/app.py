"""The web application: callbacks, API, pages, health, and the runtime behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from bot.api import operations
from bot.callbacks import CallbackDoor
from bot.channels.base import Clock
from bot.config.settings import Settings
from bot.process.roles import ALL_ROLES, ProcessRole
from bot.process.runtime import Runtime, system_clock

_MACHINES = ("/api", "/callback", "/healthz", "/readyz", "/metrics", "/m/")
"""What programs call, and photos by signed addresses."""


class Application(FastAPI):
    """FastAPI, with the door for platforms in front of all its layers."""

    door: CallbackDoor | None = None
    """None where this process takes no callbacks."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and end."""
        if self.door is not None and self.door.takes(scope):
            await self.door.answer(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build_app(
    settings: Settings,
    *,
    roles: frozenset[ProcessRole] = ALL_ROLES,
    clock: Clock = system_clock,
    is_demo: bool = False,
) -> Application:
    """The FastAPI application of one process. Starting the app starts its loops; stopping it stops them.

    `roles` choose the loops and routes of this process; `clock` returns the present time as aware UTC.
    `is_demo`: whoever opens the console on this machine may choose whom to be.
    """
    runtime = Runtime(settings, roles=roles, clock=clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with runtime:
            yield

    app = Application(
        title=settings.site.name, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.runtime = runtime
    if ProcessRole.INTAKE in roles:
        app.door = CallbackDoor(runtime)
    if ProcessRole.CONSOLE in roles:
        # What a process without pages would load for nothing is 20 MB.
        import console
        from bot.api.routes import build_router
        from bot.process.console_host import ConsoleHost

        app.router.routes.extend(build_router(runtime).routes)
        console.add_pages(app, ConsoleHost(runtime, is_demo=is_demo), machines=_MACHINES)
    else:
        app.router.routes.extend(operations.build_router(runtime).routes)
    return app
