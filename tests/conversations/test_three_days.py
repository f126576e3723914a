"""Three days in one town, in order: tests/data/three_days.jsonl."""

from tests.conversations.days import Line, ThreeDays

HOLDING = 110
"""Lines of which everything holds that should come of them; put it up when more do."""


def test_as_many_lines_of_the_three_days_hold_as_ever(three_days: tuple[ThreeDays, list[Line]]) -> None:
    days, lines = three_days
    missed = days.play()
    texts = {line["id"]: line["text"] for line in lines}
    said = "\n".join(f"{name} {texts[name]}: {', '.join(wrong)}" for name, wrong in missed.items())
    assert len(lines) - len(missed) >= HOLDING, said
