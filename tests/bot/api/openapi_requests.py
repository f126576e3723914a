"""Requests as the API's own document allows them, and as it does not; on cases, people and words that exist."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

from models.workflow import ACTS, Status
from tests.bot.media.conftest import jpeg

PEOPLE = ("duty1", "leader1", "cg1", "zj1", "ga1", "wgxw", "zhangsf", "liay", "nobody", {"account": "duty1"})
WORDS: Mapping[str, Sequence[Any]] = {
    "actor": PEOPLE,
    "reporter": PEOPLE,
    "account": ("duty1", "cg1", "nobody"),
    "unit": ("HM-CG", "城管局", "住建局", "nowhere"),
    "class": ("env.rubble", "路灯不亮", "nothing"),
    "limit": ("4h", "2wd", 50),
    "chat": ("intake-hm", "nowhere"),
    "text": ("长江路8号门口有建筑垃圾", "已清运", "举报城管一号收红包"),
    "act": tuple(ACTS),
    "photos": ([], [{"data": base64.b64encode(jpeg()).decode()}]),
    "status": tuple(Status),
}
"""What the document cannot know, by the name of the field."""
_CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def list_operations(document: dict[str, Any]) -> Iterator[Any]:
    """Every operation of an OpenAPI document."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok), "a part of the document that cannot be read"
        yield found.ok()


def send(request: Any, address: str, token: str) -> None:
    """Send it; fails where the answer is not one of those that the document names."""
    request.call_and_validate(
        base_url=address, headers={"Authorization": f"Bearer {token}"}, checks=_CHECKS, timeout=60
    )


@st.composite
def build_request(draw: st.DrawFn, operation: Any, numbers: Sequence[str]) -> Any:
    """A request for this operation; `numbers`: of cases that exist."""
    mode = draw(st.sampled_from((*[GenerationMode.POSITIVE] * 3, GenerationMode.NEGATIVE)))
    case = draw(operation.as_strategy(generation_mode=mode))
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            _fill_in(draw, part, {**WORDS, "number": numbers, "parent": numbers, "q": numbers})
    return case


def _fill_in(draw: st.DrawFn, part: dict[str, Any], known: Mapping[str, Sequence[Any]]) -> None:
    for name in list(part):
        if name in known and draw(st.integers(0, 4)):
            part[name] = draw(st.sampled_from(list(known[name])))
