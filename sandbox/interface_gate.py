"""What stands before every interface that is called with a token: injected faults, the token, refusals."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Generic, TypeVar

from fastapi import APIRouter, Query, Request

from sandbox.tenant import Tenant
from sandbox.wire import BAD_PARAMS, Json, PlatformError

Owner = TypeVar("Owner")
Token = Annotated[str, Query(alias="access_token")]


class InterfaceGate(Generic[Owner]):
    """The gate of one platform's interfaces.

    `open_token`: whose token it is, or PlatformError; `prefix`: goes before a path in the names of faults.
    """

    def __init__(self, tenant: Tenant, open_token: Callable[[str], Owner], *, prefix: str = "") -> None:
        self._tenant = tenant
        self._open_token = open_token
        self._prefix = prefix

    def call(self, path: str, token: str, answer: Callable[[Owner], Json]) -> Json:
        """The answer for whoever has this token, or the refusal as the platform answers it."""
        return self.run(path, lambda: answer(self._open_token(token)))

    def run(self, path: str, answer: Callable[[], Json]) -> Json:
        """The answer of an interface that takes no token, or the refusal."""
        try:
            self._raise_fault(path)
            return answer()
        except PlatformError as refusal:
            return self.refuse(refusal)

    def open(self, path: str, token: str) -> Owner:
        """Whose token it is, where the answer is no JSON. Raises PlatformError."""
        self._raise_fault(path)
        return self._open_token(token)

    def refuse(self, refusal: PlatformError) -> Json:
        """A refusal, counted, as the platform answers it."""
        self._tenant.stats.count_refusal(refusal.code)
        return refusal.to_json()

    def _raise_fault(self, path: str) -> None:
        fault = self._tenant.faults.errcodes.get(f"{self._prefix}{path}")
        code = fault.take() if fault else None
        if code is not None:
            raise PlatformError(int(code), "injected fault")


def add_posts(
    router: APIRouter,
    prefix: str,
    gate: InterfaceGate[Owner],
    answers: Mapping[str, Callable[[Owner, Json], Json]],
) -> None:
    """Interfaces that take an object and a token: by path, under `prefix`."""
    for path, answer in answers.items():
        _add_post(router, prefix, gate, path, answer)


def _add_post(
    router: APIRouter,
    prefix: str,
    gate: InterfaceGate[Owner],
    path: str,
    answer: Callable[[Owner, Json], Json],
) -> None:
    @router.post(f"{prefix}/{path}")
    async def call(request: Request, token: Token = "") -> Json:
        raw = await request.body()
        return gate.call(path, token, lambda owner: answer(owner, read_json(raw)))


def read_json(raw: bytes) -> Json:
    """The object of a body. Raises PlatformError for anything else."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise PlatformError(BAD_PARAMS, "not JSON") from error
    if not isinstance(body, dict):
        raise PlatformError(BAD_PARAMS, "an object is wanted")
    return body
