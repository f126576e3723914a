"""Learns where places begin and end from the examples: what is not marked in a report is no place."""

from handlers.triage.examples import TALK
from handlers.triage.learn import parts
from handlers.triage.packs import Pack
from handlers.triage.result import Part
from handlers.triage.schema import PartRules
from handlers.triage.spots import PLACE

# More of them than of address parts: sentences are built in more ways than addresses.
WORDS, LEAST = 6_000, 3
# From fewer marked places nothing is learned that would hold elsewhere.
FEW = 30


def learn(pack: Pack, *, seed: int = 0) -> PartRules | None:
    """The marks around places; None where the examples mark too few."""
    reports = [each for name, several in pack.examples.items() if name != TALK for each in several]
    if sum(each.place is not None for each in reports) < FEW:
        return None
    told = [parts.Address(each.text, (Part(PLACE, *each.place),) if each.place else ()) for each in reports]
    return parts.learn(told, words=WORDS, least=LEAST, seed=seed).rules
