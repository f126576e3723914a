"""The one door through which a case changes: `acts.perform(session, key, case, actor, …)`."""

from handlers.acts.execution import allows, available_acts, can_perform, find_case, perform

__all__ = ["allows", "available_acts", "can_perform", "find_case", "perform"]
