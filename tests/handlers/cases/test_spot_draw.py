"""The law of the draw: the stored seed and what was drawn from say what is drawn, and nothing else does."""

import math
from decimal import Decimal

from hypothesis import given, settings, strategies

from handlers.cases.calls.spot_draw import DrawGroup, draw_cases

numbers = strategies.sets(strategies.integers(1, 9999), max_size=60).map(
    lambda found: sorted(f"WG260330-{one:04d}" for one in found)
)
shares = strategies.integers(0, 100).map(lambda percent: Decimal(percent) / 100)
seeds = strategies.binary(min_size=16, max_size=16).map(bytes.hex)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, share=shares, pool=numbers, order=strategies.randoms(use_true_random=False))
def test_the_draw_is_a_function_of_the_stored_seed(seed, share, pool, order) -> None:  # type: ignore[no-untyped-def]
    group = DrawGroup(share, pool)
    drawn = draw_cases(seed, [group])
    assert len(drawn) == math.ceil(share * len(pool))
    assert set(drawn) <= set(pool)
    shuffled = order.sample(pool, len(pool))
    assert draw_cases(seed, [DrawGroup.from_json(DrawGroup(share, shuffled).to_json())]) == drawn


@settings(max_examples=30, deadline=None)
@given(seed=seeds, pool=numbers.filter(lambda found: len(found) >= 2))
def test_before_the_seed_is_known_any_case_may_be_drawn_or_not(seed: str, pool: list[str]) -> None:
    """Whichever case somebody hopes is safe, some seed draws it, and some other does not."""
    one, others = pool[0], DrawGroup(Decimal("0.5"), pool)
    verdicts = {one in draw_cases(f"{seed}{n}", [others]) for n in range(64)}
    assert verdicts == {True, False}
