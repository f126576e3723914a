"""The parts of the work that a process may take; by default it takes all of them."""

from enum import StrEnum


class ProcessRole(StrEnum):
    """One part of the work, as `gridbot serve --role` names it."""

    INTAKE = "intake"
    """Receives callbacks over HTTP."""
    WORKER = "worker"
    """Handles messages."""
    SENDER = "sender"
    """Sends pushes, and holds the bots' long connections, which all sending goes through."""
    TICKER = "ticker"
    """Runs the scheduled jobs: clocks, notices, daily checks."""
    ARCHIVE = "archive"
    """Pulls message archives, through a library that may take a process of its own down."""
    CONSOLE = "console"
    """Serves the pages and the API."""


ALL_ROLES = frozenset(ProcessRole)
