"""Permissions to answer: req_ids of frames, response codes of response_url, running streams."""

import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sandbox.options import Clock, Options
from sandbox.wire import PlatformError
from sandbox.world import Message

EXPIRED = 846604
INVALID = 846605
STREAM_OVER = 846608
DEAD_CODE = 40029
"""UNVERIFIED: the errcode of a response_url that is unknown, used or expired."""


class TicketKind(StrEnum):
    """The message or event that a ticket belongs to, which decides how it may be answered."""

    MESSAGE = "message"
    ENTER = "enter"
    CARD = "card"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The permission to answer one message or event; `at` is in Unix seconds."""

    req_id: str
    kind: TicketKind
    bot_id: str
    chat: str
    user: str
    at: float
    card_message: str | None = None
    connection: int = 0


@dataclass(slots=True)
class Stream:
    """A bubble that a bot fills piece by piece; `started` is in Unix seconds."""

    message: Message
    started: float
    finished: bool = False


@dataclass(slots=True)
class Tickets:
    """All tickets of one tenant, by req_id and by response code."""

    options: Options
    clock: Clock
    _tickets: dict[str, Ticket] = field(default_factory=dict)
    _codes: dict[str, Ticket] = field(default_factory=dict)
    streams: dict[tuple[str, str, str], Stream] = field(default_factory=dict)
    """(bot, req_id, stream id) -> the bubble it fills."""

    def issue(
        self, kind: TicketKind, bot_id: str, *, chat: str, user: str, connection: int, card: str | None = None
    ) -> Ticket:
        """A new ticket with a random req_id, valid on this connection."""
        req_id = "SRV-" + secrets.token_hex(12)
        ticket = Ticket(req_id, kind, bot_id, chat, user, self.clock.now(), card, connection)
        self._tickets[req_id] = ticket
        return ticket

    def rebind(self, ticket: Ticket, connection: int) -> Ticket:
        """The same ticket, valid on a newer connection."""
        moved = replace(ticket, connection=connection)
        self._tickets[ticket.req_id] = moved
        return moved

    def find(self, req_id: str, kind: TicketKind, *, bot_id: str, connection: int) -> Ticket:
        """The ticket that a reply names. Raises PlatformError where it is unknown, of another bot, kind or
        connection, or too old.
        """
        ticket = self._tickets.get(req_id)
        if ticket is None or ticket.bot_id != bot_id or ticket.kind is not kind:
            raise PlatformError(INVALID, "invalid req_id")
        if ticket.connection != connection and not self.options.tickets_survive_reconnect:
            raise PlatformError(INVALID, "invalid req_id")
        self.check_age(ticket)
        return ticket

    def check_age(self, ticket: Ticket) -> None:
        """Raise PlatformError where the time to answer (24 hours; 5 seconds for a card) is over."""
        window = self.options.reply_window if ticket.kind is TicketKind.MESSAGE else self.options.card_window
        if self.clock.now() - ticket.at > window:
            raise PlatformError(EXPIRED, "req_id expired")

    def new_code(self, ticket: Ticket) -> str:
        """A new response code for this ticket."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = ticket
        return code

    def spend_code(self, code: str) -> Ticket:
        """The ticket of a response code. Raises PlatformError for a used, unknown or expired code."""
        ticket = self._codes.pop(code, None)
        if ticket is None or self.clock.now() - ticket.at > self.options.response_url_ttl:
            raise PlatformError(DEAD_CODE, "invalid response_code")
        return ticket

    def find_stream(self, ticket: Ticket, stream_id: str) -> Stream | None:
        """The stream with this id, None where there is none. Raises PlatformError where it is over."""
        stream = self.streams.get((ticket.bot_id, ticket.req_id, stream_id))
        if stream is None:
            return None
        late = self.clock.now() - stream.started > self.options.stream_window
        if stream.finished or late:
            raise PlatformError(STREAM_OVER, "stream update window is over")
        return stream

    def start_stream(self, ticket: Ticket, stream_id: str, message: Message) -> Stream:
        """Begin a stream that fills this message."""
        stream = Stream(message, self.clock.now())
        self.streams[ticket.bot_id, ticket.req_id, stream_id] = stream
        return stream
