"""The one door through which a case changes: `acts.perform(session, key, case, actor, …)`."""

from handlers.acts.execution import announce, perform

__all__ = ["announce", "perform"]
