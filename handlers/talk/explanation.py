"""Why a message was taken for what it was, as plain data: to be shown, and kept beside the message; pure."""

from typing import Any

from handlers.talk.planning import PlannedSteps
from handlers.talk.referents import Candidate
from handlers.talk.understanding import Interpretation
from handlers.triage.types import to_fields

_MOST = 4
"""Cases that came into question; the others are behind those by far."""


def explain_reading(read: Interpretation, planned: PlannedSteps | None) -> dict[str, Any]:
    """Act with its points, signs with their words, cases in question, planned steps.

    `planned`: None where intake takes the message, or passes it over.
    """
    act = read.act
    return {
        "act": to_fields(act) | {"because": dict(act.because)} if act else None,
        "signs": [to_fields(sign) for sign in read.signs],
        "candidates": [_describe_candidate(each) for each in read.candidates[:_MOST]],
        "meant": [each.case.number for each in planned.meant] if planned else [],
        "steps": [" ".join(filter(None, (each.verb, each.detail))) for each in planned.steps]
        if planned
        else ["intake"],
    }


def _describe_candidate(each: Candidate) -> dict[str, Any]:
    case = each.case
    return {
        "number": case.number,
        "status": case.status,
        "class": case.class_id,
        "class_name": case.class_name,
        "place": case.place,
        "score": each.score,
        "matter": each.matter,
        "place_points": each.place,
        "recency": each.recency,
        "named": each.is_named,
    }
