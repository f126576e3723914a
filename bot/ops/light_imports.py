"""Libraries loaded without what they would load for a purpose that nobody here has."""

import sys
from importlib import import_module


def import_without(name: str, unused: str) -> None:
    """Import a module as where another one is not installed, which it uses where it is there.

    Does nothing where either was imported before.
    """
    if name in sys.modules or unused in sys.modules:
        return
    sys.modules[unused] = None  # type: ignore[assignment]  # what Python itself writes there of a module that is none
    try:
        import_module(name)
    finally:
        del sys.modules[unused]
