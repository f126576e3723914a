"""The one door through which a case changes: `acts.perform(session, key, case, actor, …)`."""

from handlers.acts.execution import find_case, perform

__all__ = ["find_case", "perform"]
