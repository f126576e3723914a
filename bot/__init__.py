"""The edge: HTTP and sockets in, pushes out, start-up, command line."""

from bot.ops.light_imports import import_without

# For tracebacks in colours and a command line of its own: a twentieth of a start, and 4 MB.
import_without("structlog", "rich")
import_without("httpx", "pygments")
