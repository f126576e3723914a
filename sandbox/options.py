"""Every number and habit of the platform that a test may want to change. Times are in seconds.

Values come from the protocol sheets. Habits the sheets call UNVERIFIED are options as well, so that the
bot can be tried against each reading.
"""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Numbers and habits of the platform; frozen, one object a tenant."""

    base_url: str = ""
    """How clients reach this server; media links and response_url start with it."""

    allowed_hosts: str = ""
    """Names under which it is reached from elsewhere, separated by commas; loopback names always are."""

    rate_scale: float = 1.0
    """Shrinks the rate windows: 0.01 turns the minute into 0.6 s and the hour into 36 s."""
    chat_per_minute: int = 30
    chat_per_hour: int = 1000
    uploads_per_minute: int = 30
    uploads_per_hour: int = 1000
    webhook_per_minute: int = 20
    webhook_lock: float = 0.0
    """UNVERIFIED: one source saw a key locked for 600 s after it exceeded its rate."""
    count_stream_frames: bool = False
    """UNVERIFIED: whether every refresh of a stream counts, or only its first frame."""

    media_ttl: float = 300.0
    media_extras: bool = False
    """UNVERIFIED: md5, file_size and filename beside a media url."""
    url_safe_keys: bool = False
    """UNVERIFIED: aeskey in the URL-safe alphabet, with its padding."""
    media_id_ttl: float = 3 * 86400.0
    upload_ttl: float = 1800.0
    chunk_base: int = 0
    """UNVERIFIED: an older sample counts chunks from 1."""

    reply_window: float = 86400.0
    card_window: float = 5.0
    stream_window: float = 360.0
    """UNVERIFIED: 6 or 10 minutes from the first stream frame."""
    response_url_ttl: float = 3600.0
    """One source says 300."""
    response_url_in_socket: bool = True

    bad_secret_code: int = 40001
    """UNVERIFIED: the errcode of a subscribe with a wrong secret."""
    used_task_code: int = 40058
    """UNVERIFIED: the errcode of a task_id that was used before."""
    close_displaced: bool = False
    """Whether a socket that lost its bot is closed, or stays half-alive."""
    tickets_survive_reconnect: bool = False
    replay_on_subscribe: bool = False
    """UNVERIFIED: whether messages sent while the bot was away arrive when it is back."""
    socket_stream_cards: bool = False
    """UNVERIFIED: stream_with_template_card over the long connection."""
    socket_stream_images: bool = False
    """UNVERIFIED: stream.msg_item over the long connection."""
    message_create_time: bool = False
    """Documented as optional, absent in live message frames."""
    markdown_mentions: bool = False
    """UNVERIFIED: whether <@userid> in webhook markdown rings."""

    app_token_ttl: float = 7200.0
    app_code_ttl: float = 72 * 3600.0
    login_ttl: float = 300.0
    app_per_minute: int = 30
    app_per_hour: int = 1000
    """Messages of an app to one member; what goes beyond is dropped without a word."""

    follower_messages: int = 5
    follower_window: float = 48 * 3600.0
    press_messages: int = 3
    press_window: float = 60.0
    """Messages of an official account after a person's own, and after a scan or a press."""

    kf_messages: int = 5
    kf_window: float = 48 * 3600.0
    """Messages of customer service after a customer's own."""
    kf_page: int = 1000
    """Messages of one page, whatever is asked for."""
    kf_empty_pages: bool = False
    """Every other page with something in it comes empty, and says that there is more."""
    kf_bare_syncs: int = 10
    """UNVERIFIED: how often a minute messages are given out without a token."""

    callback_timeout: float = 5.0
    callback_tries: int = 3
    """UNVERIFIED for AI bots."""
    callback_retry_delay: float = 0.5
    stream_poll: float = 1.0

    @property
    def minute(self) -> float:
        """The window for limits per minute, in seconds, scaled by `rate_scale`."""
        return 60.0 * self.rate_scale

    @property
    def hour(self) -> float:
        """The window for limits per hour, in seconds, scaled by `rate_scale`."""
        return 3600.0 * self.rate_scale


class Clock:
    """Wall time that a test may push forward."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Push the clock forward by so many seconds."""
        self._offset += seconds
