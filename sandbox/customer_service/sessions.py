"""What the platform keeps of an account: its messages in order, and how it stands with each customer."""

import base64
import itertools
import secrets
from dataclasses import dataclass, field

from sandbox.limits import RateLimit, SlidingWindows
from sandbox.options import Clock, Options
from sandbox.wire import RATE_LIMITED, Json, PlatformError
from sandbox.world import ServiceAccount, World

BAD_ACCOUNT, BAD_CUSTOMER, BAD_STATE, BAD_SERVICER = 95000, 40096, 95018, 95014
NO_PERMISSION, BAD_SYNC_TOKEN, BAD_CURSOR, BAD_CODE = 48002, 95007, 40058, 95007
UNHANDLED, BY_PROGRAM, POOL, BY_PERSON, ENDED = range(5)
_NEXT = {
    UNHANDLED: {BY_PROGRAM, POOL, BY_PERSON, ENDED},
    BY_PROGRAM: {POOL, BY_PERSON, ENDED},
    POOL: {BY_PERSON, ENDED},
    BY_PERSON: {ENDED},
    ENDED: set(),
}
TOO_LATE, TOO_MANY = 4, 6
"""`fail_type` of a message that was accepted and not delivered."""
_HISTORY = 3 * 86400.0
_TOKEN_TTL = 600.0
_CODE_TTL = 20.0


@dataclass(slots=True)
class Session:
    """One customer with one account. Times are in Unix seconds."""

    account: ServiceAccount
    customer: str
    state: int = UNHANDLED
    servicer: str = ""
    wrote_at: float = 0.0
    """When the customer last wrote; 0: never."""
    messages_left: int = 0


@dataclass(slots=True)
class ServiceBook:
    """All customer-service accounts of one tenant."""

    world: World
    options: Options
    clock: Clock
    syncs: int = 0
    fetched: list[str] = field(default_factory=list)
    """Ids of the messages that were given out, as often as they were."""
    _items: dict[str, list[Json]] = field(default_factory=dict)
    _sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Token of a call -> account, and when it is over."""
    _codes: dict[str, tuple[Session, float]] = field(default_factory=dict)
    """Code of an event -> whom it speaks to, and when it is over."""
    _message_ids: set[tuple[str, str]] = field(default_factory=set)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _bare_rate: SlidingWindows = field(init=False)

    def __post_init__(self) -> None:
        limit = RateLimit(self.options.kf_bare_syncs, self.options.minute)
        self._bare_rate = SlidingWindows(limit)

    def find_account(self, app_id: str, open_kfid: object) -> ServiceAccount:
        """An account that this app may speak for. Raises PlatformError."""
        account = self.world.services.get(open_kfid) if isinstance(open_kfid, str) else None
        if account is None:
            raise PlatformError(BAD_ACCOUNT, "invalid open_kfid")
        if account.app_id != app_id:
            raise PlatformError(NO_PERMISSION, "api forbidden")
        return account

    def open_session(self, account: ServiceAccount, customer: str) -> Session:
        """How it stands with a customer, who may be new."""
        key = account.open_kfid, customer
        return self._sessions.setdefault(key, Session(account, customer))

    def find_session(self, account: ServiceAccount, customer: object) -> Session:
        """How it stands with somebody who has come before. Raises PlatformError."""
        found = self._sessions.get((account.open_kfid, customer)) if isinstance(customer, str) else None
        if found is None:
            raise PlatformError(BAD_CUSTOMER, "invalid external_userid")
        return found

    def list_sessions(self, account: ServiceAccount) -> list[Session]:
        """How it stands with everybody who has come, in the order they came."""
        return [session for (of, _), session in self._sessions.items() if of == account.open_kfid]

    # Messages to be fetched ------------------------------------------------------------------------

    def add_item(self, account: ServiceAccount, origin: int, msgtype: str, content: Json, **who: str) -> Json:
        """Append a message or an event to what is fetched; `who`: external_userid, servicer_userid."""
        item = {
            "msgid": f"k{next(self._numbers)}{secrets.token_hex(8)}",
            "send_time": int(self.clock.now()),
            "origin": origin,
            "msgtype": msgtype,
            msgtype: content,
        }
        if msgtype != "event":
            item |= {"open_kfid": account.open_kfid, **who}
        self._items.setdefault(account.open_kfid, []).append(item)
        return item

    def issue_sync_token(self, account: ServiceAccount) -> str:
        """The token that a call carries."""
        token = "ENC" + secrets.token_urlsafe(48)
        self._tokens[token] = account.open_kfid, self.clock.now() + _TOKEN_TTL
        return token

    def read_page(self, account: ServiceAccount, body: Json) -> Json:
        """`sync_msg`: what came after the cursor, within three days. Raises PlatformError."""
        self._check_sync_token(account, body.get("token"))
        items = self._items.get(account.open_kfid, [])
        start = _read_cursor(body.get("cursor"), len(items))
        limit = min(int(body.get("limit") or 1000), self.options.kf_page)
        self.syncs += 1
        page = items[start : start + limit]
        if self.options.kf_empty_pages and page and self.syncs % 2:
            page, limit = [], 0
        oldest = self.clock.now() - _HISTORY
        given = [item for item in page if item["send_time"] >= oldest]
        self.fetched += [item["msgid"] for item in given]
        end = start + len(page)
        has_more = int(end < len(items))
        return {"next_cursor": _write_cursor(end), "has_more": has_more, "msg_list": given}

    def _check_sync_token(self, account: ServiceAccount, token: object) -> None:
        if not token:
            if not self._bare_rate.take(account.open_kfid, self.clock.now()):
                raise PlatformError(RATE_LIMITED, "api freq out of limit")
            return
        of, until = self._tokens.get(str(token), ("", 0.0))
        if of != account.open_kfid or until <= self.clock.now():
            raise PlatformError(BAD_SYNC_TOKEN, "invalid msg token")

    # What may be said ------------------------------------------------------------------------------

    def note_message(self, session: Session) -> None:
        """The customer wrote: what may be said is counted anew, and an ended session begins again."""
        session.wrote_at = self.clock.now()
        session.messages_left = self.options.kf_messages
        if session.state == ENDED:
            session.state, session.servicer = UNHANDLED, ""

    def take_quota(self, session: Session) -> int | None:
        """Count a message to the customer; `fail_type` where it is not delivered. Raises PlatformError."""
        if session.state not in (UNHANDLED, BY_PROGRAM):
            raise PlatformError(BAD_STATE, "session state invalid")
        if session.wrote_at + self.options.kf_window <= self.clock.now():
            return TOO_LATE
        if session.messages_left <= 0:
            return TOO_MANY
        session.messages_left -= 1
        return None

    def is_known_message(self, account: ServiceAccount, message_id: str) -> bool:
        """Whether a message went under this id before: then it is not sent again."""
        return (account.open_kfid, message_id) in self._message_ids

    def note_message_id(self, account: ServiceAccount, message_id: str) -> None:
        """A message went under this id."""
        self._message_ids.add((account.open_kfid, message_id))

    def issue_code(self, session: Session) -> str:
        """A code with which one message may be sent on an event, within seconds."""
        code = "CODE" + secrets.token_urlsafe(24)
        self._codes[code] = session, self.clock.now() + _CODE_TTL
        return code

    def spend_code(self, code: object) -> Session:
        """Whom a code speaks to, once. Raises PlatformError for one that is spent, over or unknown."""
        found = self._codes.pop(code, None) if isinstance(code, str) else None
        if found is None or found[1] <= self.clock.now():
            raise PlatformError(BAD_CODE, "invalid code")
        return found[0]

    def was_here_lately(self, session: Session) -> bool:
        """Whether the customer wrote within two days: then nobody greets them."""
        return session.wrote_at + self.options.kf_window > self.clock.now()

    def change_state(self, session: Session, state: int, servicer: str) -> None:
        """`service_state/trans`. Raises PlatformError."""
        if state not in _NEXT[session.state]:
            raise PlatformError(BAD_STATE, "session state invalid")
        if state == BY_PERSON and servicer not in session.account.servicers:
            raise PlatformError(BAD_SERVICER, "invalid servicer_userid")
        session.state, session.servicer = state, servicer if state == BY_PERSON else ""


def _write_cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _read_cursor(cursor: object, end: int) -> int:
    if not cursor:
        return 0
    try:
        position = int(base64.urlsafe_b64decode(str(cursor)).decode().removeprefix("at:"))
    except ValueError as error:
        raise PlatformError(BAD_CURSOR, "invalid cursor") from error
    if not 0 <= position <= end:
        raise PlatformError(BAD_CURSOR, "invalid cursor")
    return position
