"""Few modules name an act: its row, its definition, a button, and whoever does it without being asked.

Whatever else depends on an act asks its row. Counted are literals equal to an act's key, per module.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator

from models.workflow import ACTS
from tests.house.sources import modules

AVERAGE, MOST = 3.0, 5
OTHERWISE = {
    # the word: where it names no act, and what it names there
    "place": {
        "bot.api.acting": "a field of a request",
        "bot.cli.cases.commands": "a column of a list",
        "handlers.intake.duplicates": "a parameter of a query",
        "handlers.intake.reports.pieces": "what a report lacks",
        "handlers.wording.talk": "what a report lacks",
        "handlers.talk.steps.planned_acts": "a detail of a planned step",
        "bot.cli.talk.reading": "a line of the output",
        "handlers.commands.personal_data.collection": "a column",
        "handlers.wording.topics": "a reason of likeness",
        "handlers.acts.revision.transcription": "a column",
        "handlers.intake.files.stamped_places": "what a report lacks",
        "handlers.notifications.subscribers.case_events": "a field of what other systems get",
        "handlers.talk.explanation": "a line of the output",
        "handlers.wording.pages": "a side of a reason",
    },
    "report": {
        "bot.api.open311.doors": "a scope of a token",
        "bot.config.settings": "a scope of a token",
        "bot.cli.loading": "a command of the command line",
        "handlers.intake.reports.pieces": "a kind of message",
        "handlers.wording.pages": "a kind of message",
    },
    "progress": {
        "handlers.chat.smalltalk": "a kind of message",
        "handlers.talk.quoted_replies": "a kind of message",
        "handlers.talk.planning": "a sign",
        "handlers.talk.sayings.learned_signs": "a sign",
    },
    "praise": {"handlers.talk.conversation": "a dialogue act"},
    "withdraw": {
        "handlers.talk.signs": "a sign",
        "handlers.talk.planning": "a dialogue act",
    },
    "nudge": {"handlers.talk.planning": "a dialogue act"},
    "complain": {"handlers.talk.planning": "a dialogue act"},
    "extend": {
        "handlers.talk.steps.planned_acts": "a detail of a planned step",
        "handlers.talk.steps.spoken_answers": "a detail of a planned step",
    },
    "stage": {
        "handlers.acts.acceptance": "a column",
        "handlers.acts.closure": "a column",
        "handlers.acts.revision.transcription": "a column",
    },
    "assist": {"models.cases": "the role of a share"},
    "sign": {"bot.media.links": "a parameter of an address"},
    "recall": {"bot.channels.archive.payload": "a message that is taken back"},
    "close": {"bot.callbacks": "a header of HTTP"},
}
KNOWS_NO_ACT = ("models.workflow_terms", "handlers.triage.")
"""Steps, fields and kinds of request have names of their own; triage knows words and places only."""
LAYERS = ("bot.", "handlers.", "models.", "scheduler.")


def literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ACTS:
            yield node.value


def naming_modules() -> dict[str, set[str]]:
    """The modules that have the key of an act as a literal, whatever it means there."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, tree in modules().items():
        if module.startswith(LAYERS) and not module.startswith(KNOWS_NO_ACT):
            for key in literals(tree):
                found[key].add(module)
    return found


def test_three_modules_name_an_act_and_never_more_than_five() -> None:
    found = naming_modules()
    acts = {key: found[key] - OTHERWISE.get(key, {}).keys() for key in ACTS}
    assert {key: sorted(where) for key, where in acts.items() if len(where) > MOST} == {}
    assert sum(map(len, acts.values())) / len(acts) <= AVERAGE


def test_what_means_something_else_is_still_there() -> None:
    """An exception that nothing needs any more would let a literal in."""
    found = naming_modules()
    assert {
        key: where.keys() - found[key] for key, where in OTHERWISE.items() if where.keys() - found[key]
    } == {}


def constants(tree: ast.Module) -> Iterator[str]:
    """What a module or a class of it assigns the key of an act to."""
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for node in [*tree.body, *(node for one in classes for node in one.body)]:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            if any(isinstance(value, ast.Constant) and value.value in ACTS for value in values):
                yield ast.unparse(target)


def test_no_constant_stands_for_an_act() -> None:
    """Under another name it would be named unseen."""
    found = {
        f"{module}: {name}"
        for module, tree in modules().items()
        if module.startswith(LAYERS) and not module.startswith(KNOWS_NO_ACT)
        for name in constants(tree)
    }
    # The archive calls it so when somebody takes back a message.
    assert found == {"models.cases: (LEAD, ASSIST)", "bot.channels.archive.payload: RECALL"}
