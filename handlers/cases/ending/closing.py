"""At which level a case is ended: the rules file says the lowest whose desk may (requirements A20).

The word of whoever reported it, and time that is over, end a case at any level.
"""

from collections.abc import Sequence

from handlers.cases import permissions
from handlers.cases.actors import Actor
from handlers.cases.context import ActContext
from handlers.environment.levels import heads
from handlers.errors import NotAllowed
from handlers.wording import levels as say
from models.organisation import Unit


def require_level(context: ActContext) -> None:
    """Raise NotAllowed, naming who may, where the actor's desk is below the level that ends such a case."""
    actor, case = context.actor, context.case
    if actor.person is None:
        return
    needed = context.env.limits.closing_level(case)
    if any(_get_level(context, one) >= needed for one in _list_acting(context)):
        return
    head = heads.find_head(context.session, case, needed)
    name = head.unit.display_name if head is not None else ""
    raise NotAllowed(say.too_low(case.number, context.act, heads.LEVELS[needed], name))


def _list_acting(context: ActContext) -> Sequence[Actor]:
    """The actor in the posts that give them the act; where they take somebody's place, as they are."""
    posts = [
        one
        for one in context.actor.in_each_post
        if permissions.may_perform(context.session, context.act, one, context.case)
    ]
    return posts or (context.actor,)


def _get_level(context: ActContext, actor: Actor) -> int:
    unit = context.session.get(Unit, actor.unit_id) if actor.unit_id is not None else None
    return heads.get_level(unit)


def require_level_of_check(context: ActContext) -> None:
    """As `require_level`; whoever reported the case calls its result good at any level."""
    if not permissions.is_own(context.session, context.actor, context.case):
        require_level(context)
