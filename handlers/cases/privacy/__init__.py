"""Keeping people's contacts and names out of what others read (standards §13)."""

from handlers.cases.privacy.masking import display_actor, mask
from handlers.cases.privacy.names import REPORTER

__all__ = ["REPORTER", "display_actor", "mask"]
