"""The parts of the work that a process may take; by default it takes all of them."""

from enum import StrEnum


class ProcessRole(StrEnum):
    INTAKE = "intake"
    """Receives callbacks over HTTP."""
    WORKER = "worker"
    """Handles messages."""
    SENDER = "sender"
    """Sends pushes, and holds the bots' long connections: all sending goes through their owner."""
    TICKER = "ticker"
    """Does what time asks for."""
    CONSOLE = "console"
    """Serves the pages and the API."""


ALL_ROLES = frozenset(ProcessRole)
