"""Times as people say them, and words cut to the room there is. All datetimes are local."""

from datetime import datetime, timedelta


def format_time(moment: datetime, *, now: datetime) -> str:
    """`11:02`, `昨天 18:00`, `11月21日 09:05`, with the year where it is another one."""
    days = (moment.date() - now.date()).days
    hour = f"{moment:%H:%M}"
    named = {0: "", 1: "明天 ", -1: "昨天 "}.get(days)
    if named is not None:
        return f"{named}{hour}"
    year = "" if moment.year == now.year else f"{moment.year}年"
    return f"{year}{moment.month}月{moment.day}日 {hour}"


def format_deadline(due: datetime, *, now: datetime, asks: bool) -> str:
    """By when it is to be finished, or that this is past; `asks`: said to who has to do it."""
    at = format_time(due, now=now)
    if due <= now:
        return f"原定 {at} 办结，已超时{'，请尽快办结' if asks else ''}"
    return f"{'请于' if asks else '预计'} {at} 前办结"


def format_minute(moment: datetime) -> str:
    """`2026-11-21 11:02`, as the fixed fields of a platform want it."""
    return f"{moment:%Y-%m-%d %H:%M}"


def format_span(length: timedelta) -> str:
    """`1 小时 57 分`, `3 天 2 小时`, `不到 1 分钟`."""
    minutes = round(length.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "天"), (hours, "小时"), (rest, "分")] if not days else [(days, "天"), (hours, "小时")]
    phrase = " ".join(f"{count} {unit}" for count, unit in parts if count)
    return phrase or "不到 1 分钟"


def format_money(fen: int | None) -> str:
    """`4000 元`; "" for none."""
    yuan = f"{(fen or 0) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{yuan} 元" if fen else ""


def clip(text: str, most: int) -> str:
    """The text, or its beginning with `…` in `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def format_metres(metres: float | None) -> str:
    """A distance as one says it: `120 米`, `3.4 公里`; empty where it is unknown."""
    if metres is None:
        return ""
    return f"{round(metres, -1):.0f} 米" if metres < 1000 else f"{metres / 1000:.1f} 公里"
