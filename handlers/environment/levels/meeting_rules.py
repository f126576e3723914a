"""Whose time stands still while a joint meeting is waited for (rules/limits.yaml, requirements D21)."""

from typing import Annotated

from pydantic import BeforeValidator

from handlers.environment.levels.ending_rules import CaseSelection
from models.time_limits import TimeLimit


def _parse_limit(value: object) -> object:
    try:
        return value if isinstance(value, TimeLimit) else TimeLimit.parse(str(value))
    except ValueError as error:
        raise ValueError("应当是时限，如 30min、4h、3d、1wd、4wh") from error


LimitText = Annotated[TimeLimit, BeforeValidator(_parse_limit)]


class MeetingRule(CaseSelection):
    """The time to finish these cases stands still until they were discussed, for `pause` at the longest."""

    pause: LimitText
