"""The API beyond what the suite asks of it: no 5xx, and every answer one that its document names."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.bot.api.openapi_requests import build_request, send
from tests.bot.api.test_openapi import TOKEN, address, numbers, read_operations
from tests.fuzz.conftest import Explore

__all__ = ["address", "numbers"]


def fuzz_every_operation(explore: Explore, address: str, numbers: Sequence[str]) -> None:
    requests = st.one_of([build_request(operation, numbers) for operation in read_operations(address)])
    explore(requests, lambda request: send(request, address, TOKEN))
