"""How other systems are called where people read of them."""


def subscriber_name(channel: str) -> str:
    """Another system, by the name of its channel."""
    return f"其他系统 {channel}"
