"""What an API token allows: which scopes, whose cases, in whose name, and which dangerous things.

`config.yaml` says it (`api.tokens`); a token that is written as a bare string may read, report and do
ordinary acts as people of the roster, and nothing of what a person should stand behind.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from bot.api.problems import OutOfScope
from bot.config.settings import ApiScope, ApiToken
from handlers.cases import queries
from handlers.cases.queries import Asker
from handlers.environment.units import find_covered_ids
from handlers.errors import NotFound
from handlers.wording import refusals as say
from models.cases import Case
from models.organisation import LEADERS, Chat, Person
from models.workflow import Act, CaseRelation


@dataclass(frozen=True, slots=True)
class Grant:
    """The rights of the token that a request came with."""

    name: str
    token: ApiToken

    @property
    def asker(self) -> Asker:
        """For the queries of cases: nobody in particular, or one who may read restricted cases."""
        return queries.OPERATOR if self.token.restricted else queries.PUBLIC

    def require_scope(self, scope: ApiScope) -> None:
        """Raises OutOfScope where the token has no such scope."""
        if scope not in self.token.scopes:
            raise OutOfScope(f"这个口令没有 {scope} 的权限")

    def find_unit_ids(self, session: Session) -> list[int] | None:
        """Ids of the token's units and all beneath them; None where it is not bound to units."""
        return find_covered_ids(session, self.token.units)

    def require_case(self, session: Session, case: Case) -> None:
        """Raises NotFound for a case that lies neither in the area nor in the hands of the token's units."""
        unit_ids = self.find_unit_ids(session)
        if unit_ids is not None and not {case.area_id, case.unit_id} & set(unit_ids):
            raise NotFound(say.no_such_case(case.number))

    def require_person(self, session: Session, person: Person) -> None:
        """Raises OutOfScope where the token may do nothing in this person's name."""
        if self.token.people and person.code not in self.token.people:
            raise OutOfScope(f"这个口令不能以 {person.code} 的名义办事")
        if person.find_post(LEADERS) is not None and not self.token.leader:
            raise OutOfScope("这个口令不能以领导或管理员的名义办事")
        unit_ids = self.find_unit_ids(session)
        if unit_ids is not None and any(one.unit_id not in unit_ids for one in person.in_each_post):
            raise OutOfScope(f"{person.code} 不在这个口令的单位里")

    def require_chat(self, session: Session, chat: Chat) -> None:
        """Raises OutOfScope for a chat of other units than the token's."""
        unit_ids = self.find_unit_ids(session)
        if unit_ids is not None and chat.unit_id not in unit_ids:
            raise OutOfScope(f"群 {chat.code} 不在这个口令的单位里")

    def require_act(self, act: Act) -> None:
        """Raises OutOfScope for a second person's decision or a reveal that the token does not have."""
        if not self.allows(act):
            what = "代第二个人确认" if self._is_of_second_person(act) else "查看报事人"
            raise OutOfScope(f"这个口令不能{what}")

    def allows(self, act: Act) -> bool:
        """Whether the token may do such an act at all."""
        if self._is_of_second_person(act):
            return self.token.second_person
        return self.token.reveal or not act.reveals_reporter

    @staticmethod
    def _is_of_second_person(act: Act) -> bool:
        return CaseRelation.SECOND in act.relations or act.grants is not None or act.is_second_word


async def _get_grant(request: Request) -> Grant:
    grant: Grant = request.state.grant
    return grant


Rights = Annotated[Grant, Depends(_get_grant)]
"""What the token allows that the request came with."""
