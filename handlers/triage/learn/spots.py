"""Learns where places begin and end from the examples in which somebody has marked them."""

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
    marked = [
        parts.Address(each.text, (Part(PLACE, *each.place),))
        for several in pack.examples.values()
        for each in several
        if each.place
    ]
    if len(marked) < FEW:
        return None
    return parts.learn(marked, words=WORDS, least=LEAST, seed=seed).rules
