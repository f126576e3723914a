"""The one door through which a case changes: `acts.perform(session, key, case, actor, …)`."""

from handlers.acts.execution import acts_of, allows, could, find, perform

__all__ = ["acts_of", "allows", "could", "find", "perform"]
