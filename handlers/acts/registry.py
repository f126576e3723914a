"""Every act with its definition, and how one more act is added from outside."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import MappingProxyType

from handlers.acts import (
    acceptance,
    approvals,
    assignment,
    closure,
    handling,
    reply,
    sign_off,
    supervision,
    withdrawal,
)
from handlers.acts.definition import ActDefinition
from handlers.acts.revision import transcription, urgency
from handlers.acts.special import concerned, meetings, rechecks, suggestions
from handlers.cards import layout
from handlers.cards.keys import CardRole
from handlers.cards.layout import ButtonSpec
from models import workflow
from models.workflow import Act, Status, Step

_definitions: dict[str, ActDefinition] = {
    **acceptance.DEFINITIONS,
    **assignment.DEFINITIONS,
    **handling.DEFINITIONS,
    **concerned.DEFINITIONS,
    **suggestions.DEFINITIONS,
    **meetings.DEFINITIONS,
    **rechecks.DEFINITIONS,
    **approvals.DEFINITIONS,
    **supervision.DEFINITIONS,
    **closure.DEFINITIONS,
    **reply.DEFINITIONS,
    **sign_off.DEFINITIONS,
    **withdrawal.DEFINITIONS,
    **transcription.DEFINITIONS,
    **urgency.DEFINITIONS,
}
DEFINITIONS: Mapping[str, ActDefinition] = MappingProxyType(_definitions)
"""By the act's key; an act without an effect and without notifiers needs none."""

_PLAIN = ActDefinition()


def find_definition(act: Act) -> ActDefinition:
    """The definition of the act; without one, an act only asks for approval, or is only recorded."""
    if act.request is not None:
        return DEFINITIONS.get(act.key, approvals.REQUEST)
    return DEFINITIONS.get(act.key, _PLAIN)


def program_reason(act: Act, step: Step) -> str:
    """Why the program does this act when a clock of this step ran out; empty: it needs no reason."""
    reason = find_definition(act).program_reason
    return reason(step) if reason is not None else ""


@contextmanager
def register_act(
    act: Act,
    definition: ActDefinition,
    buttons: Sequence[tuple[CardRole, Status, ButtonSpec]] = (),
) -> Iterator[None]:
    """Add an act for all commands, buttons and addresses of this process, as long as the context lasts.

    `buttons`: the card role and case state whose cards carry each button. Raises ValueError where a word of
    the act is taken, or where the definition has no notifier for one of its audiences.
    """
    if untold := set(act.audiences) - set(definition.notify):
        raise ValueError(f"{act.key}: no notifier for {'、'.join(sorted(untold))}")
    with ExitStack() as stack:
        stack.enter_context(workflow.register_act(act))
        _definitions[act.key] = definition
        stack.callback(_definitions.pop, act.key)
        for desk, status, button in buttons:
            stack.enter_context(layout.register_button(desk, status, button))
        yield
