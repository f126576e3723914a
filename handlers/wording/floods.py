"""Texts for when one person sends more in an hour than a desk can read."""

from handlers.wording import marks


def reports_held(most: int, until: str) -> str:
    """To the person; `most` cases an hour are opened one by one, `until`: local time."""
    return (
        f"您一小时内已报 {most} 件。后面的先合在一起，{until} 作为一件送给值班员，一条都不会丢。"
        "有人遇到危险请直接说，马上送。"
    )


def desk_digest(number: str, most: int, until: str) -> str:
    """To the desk; `number`: the person's newest case."""
    return (
        f"有人一小时内报了 {most} 件（最近一件 {number}）。后面的先合在一起，{until} 作为一件送来；"
        "有危险的仍然马上送。"
    )


def pieces_kept(number: str) -> str:
    """To the person, whose pieces of one case are many."""
    return f"{marks.case_mark(number)}补充已经很多，后面的照样存下，不再逐条转告。有新的危险请直接说。"
