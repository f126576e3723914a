"""The person a request names, and the origin under which its events are recorded."""

from typing import Annotated
from uuid import uuid4

from fastapi import Header
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api.bodies import PersonRef
from bot.api.problems import FieldError, InvalidRequest
from models.account_ids import WECOM, spell_account
from models.organisation import Account, Person

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x20-\x7e]+$",
        description="同一个值再来一次，不会再做一次，只回答那件事现在的样子",
    ),
]


def build_origin(caller: str, key: str | None) -> str:
    """The origin stored with an event: `api:<caller>:<Idempotency-Key>`.

    Without a key a random one is made, so that the request is never taken for a repetition.
    """
    return f"api:{caller}:{key if key is not None else uuid4().hex}"


def find_person(session: Session, ref: PersonRef, *, path: str) -> Person:
    """The person with this code or WeCom account. Raises InvalidRequest with `path` where there is none."""
    if ref.code is not None:
        query, problem = select(Person).where(Person.code == ref.code), f"没有代码为 {ref.code} 的人员"
    else:
        account = (Account.provider == WECOM, Account.user_id == spell_account(WECOM, ref.account or ""))
        query, problem = (
            select(Person).join(Account).where(*account),
            f"没有企业微信账号为 {ref.account} 的人员",
        )
    person = session.scalar(query)
    if person is None:
        raise InvalidRequest(FieldError(path=path, problem=problem))
    return person
