"""Training of place borders from the examples of a pack; what is not marked in a report is no place."""

from handlers.triage.address.border_scores import PLACE
from handlers.triage.address.boundaries import find_clause
from handlers.triage.learning import address_training
from handlers.triage.rules.examples import TALK, Example
from handlers.triage.rules.packs import Pack
from handlers.triage.rules.schema import PartRules
from handlers.triage.types import AddressPart

# More of them than of address parts: sentences are built in more ways than addresses.
WORDS, LEAST = 6_000, 3
# From fewer marked places nothing is learned that would hold elsewhere.
FEW = 30


def learn(pack: Pack, *, seed: int = 0) -> PartRules | None:
    """The marks around places; None where the examples mark too few places."""
    reports = [each for name, several in pack.examples.items() if name != TALK for each in several]
    if sum(each.place is not None for each in reports) < FEW:
        return None
    addresses = [_to_address(each) for each in reports]
    return address_training.learn(addresses, words=WORDS, least=LEAST, near=True, seed=seed).rules


def _to_address(example: Example) -> address_training.LabelledAddress:
    """The clause with the place; the whole text of an example that names no place."""
    if example.place is None:
        return address_training.LabelledAddress(example.text, ())
    start, end = example.place
    left, right = find_clause(example.text, start, end)
    return address_training.LabelledAddress(
        example.text[left:right], (AddressPart(PLACE, start - left, end - left),)
    )
