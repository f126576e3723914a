"""An office's own words put on top of the rules of a class.

A rule written again under `rules` takes the place of the earlier one, so that whoever adds one word
would have to copy four hundred, and miss every later change to them. An addition leaves them be.
"""

from collections.abc import Mapping, Sequence

from handlers.triage.rules.schema import Addition, ClassRule, Words


def apply_additions(rules: Mapping[str, ClassRule], additions: Sequence[Addition]) -> dict[str, ClassRule]:
    """The rules with every addition on top, in the order given."""
    result = dict(rules)
    for addition in additions:
        result[addition.class_id] = _add_to_rule(result.get(addition.class_id, ClassRule()), addition)
    return result


def _add_to_rule(rule: ClassRule, addition: Addition) -> ClassRule:
    """A word that is added again has its new weight only."""
    words = _merge_weights(rule.words, addition.words)
    near = (*rule.near, *addition.near)
    return rule.model_copy(update={"words": words, "near": near, "not_": (*rule.not_, *addition.not_)})


def _merge_weights(known: Mapping[int, Words], added: Mapping[int, Words]) -> dict[int, Words]:
    new = {word for words in added.values() for word in words}
    kept = {weight: tuple(word for word in words if word not in new) for weight, words in known.items()}
    return {weight: (*kept.get(weight, ()), *added.get(weight, ())) for weight in {**kept, **added}}
