"""What the platform keeps of an account: its token, its followers, and what may be said to each of them."""

import secrets
from dataclasses import dataclass, field

from sandbox.access_tokens import AccessTokens
from sandbox.options import Clock, Options
from sandbox.wire import PlatformError
from sandbox.world import PublicAccount, World

BAD_ACCOUNT, BAD_SECRET = 40013, 40001
BAD_OPENID, NOT_A_FOLLOWER, WINDOW_OVER, TOO_MANY = 40003, 43004, 45015, 45047
BAD_CODE, USED_CODE, CODE_OVER = 40029, 40163, 42003


@dataclass(slots=True)
class _Window:
    """So many messages until then (Unix seconds)."""

    left: int
    expires: float


@dataclass(slots=True)
class Follower:
    """A person with ordinary WeChat, to one account."""

    openid: str
    subscribed: bool = True
    spoke: _Window = field(default_factory=lambda: _Window(0, 0.0))
    """What their last message opened."""
    pressed: _Window = field(default_factory=lambda: _Window(0, 0.0))
    """What their last subscription, scan or menu press opened."""
    consents: list[str] = field(default_factory=list)
    """Ids of the notices that they agreed to, once for each."""


@dataclass(slots=True)
class _Login:
    """Somebody who opened a page in WeChat, behind the code with which the page is opened."""

    account: PublicAccount
    openid: str
    expires: float
    is_spent: bool = False


@dataclass(slots=True)
class AccountBook:
    """All accounts of one tenant. Times are in Unix seconds."""

    world: World
    options: Options
    clock: Clock
    tokens_fetched: int = 0
    _tokens: AccessTokens[PublicAccount] = field(init=False)
    _followers: dict[tuple[str, str], Follower] = field(default_factory=dict)
    _logins: dict[str, _Login] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = AccessTokens(self.options, self.clock, length=100)

    def fetch_token(self, app_id: str, secret: str, *, forced: bool) -> tuple[str, int]:
        """The stable token and how many seconds it is good for: the same one while it is, unless `forced`.

        Raises PlatformError.
        """
        self.tokens_fetched += 1
        account = self.world.accounts.get(app_id)
        if account is None:
            raise PlatformError(BAD_ACCOUNT, "invalid appid")
        if not account.secret or account.secret != secret:
            raise PlatformError(BAD_SECRET, "invalid credential")
        return self._tokens.fetch(app_id, account, forced=forced)

    def open_token(self, value: str) -> PublicAccount:
        """The account whose token this is. Raises PlatformError for one that is missing, unknown or over."""
        return self._tokens.open(value)

    def find(self, account: PublicAccount, openid: str) -> Follower:
        """Somebody who follows the account, or did. Raises PlatformError for whoever never has."""
        found = self._followers.get((account.app_id, openid))
        if found is None:
            raise PlatformError(BAD_OPENID, "invalid openid")
        return found

    def subscribe(self, account: PublicAccount, openid: str) -> Follower:
        """They follow the account from now on."""
        follower = self._followers.setdefault((account.app_id, openid), Follower(openid))
        follower.subscribed = True
        self.note_press(follower)
        return follower

    def authorize(self, app_id: str, openid: str) -> str:
        """The code with which the page of somebody who opened it in WeChat comes back; they need not follow.

        Raises PlatformError.
        """
        account = self.world.accounts.get(app_id)
        if account is None:
            raise PlatformError(BAD_ACCOUNT, "invalid appid")
        code = secrets.token_urlsafe(24)
        self._logins[code] = _Login(account, openid, self.clock.now() + self.options.login_ttl)
        return code

    def spend_login(self, app_id: str, secret: str, code: str) -> str:
        """The openid behind a code, once. Raises PlatformError."""
        account, login = self.world.accounts.get(app_id), self._logins.get(code)
        if account is None:
            raise PlatformError(BAD_ACCOUNT, "invalid appid")
        if not account.secret or account.secret != secret:
            raise PlatformError(BAD_SECRET, "invalid appsecret")
        if login is None or login.account is not account:
            raise PlatformError(BAD_CODE, "invalid code")
        if login.is_spent:
            raise PlatformError(USED_CODE, "code been used")
        if login.expires <= self.clock.now():
            raise PlatformError(CODE_OVER, "code expired")
        login.is_spent = True
        return login.openid

    def note_message(self, follower: Follower) -> None:
        """They wrote: what may be said to them is counted anew."""
        options = self.options
        follower.spoke = _Window(options.follower_messages, self.clock.now() + options.follower_window)

    def note_press(self, follower: Follower) -> None:
        """They subscribed, scanned a code or pressed an entry of the menu."""
        options = self.options
        follower.pressed = _Window(options.press_messages, self.clock.now() + options.press_window)

    def take_quota(self, follower: Follower) -> None:
        """Count a customer message to them. Raises PlatformError where none may be sent."""
        if not follower.subscribed:
            raise PlatformError(WINDOW_OVER, "response out of time limit or subscription is canceled")
        now = self.clock.now()
        live = [one for one in (follower.spoke, follower.pressed) if one.expires > now]
        if not live:
            raise PlatformError(WINDOW_OVER, "response out of time limit or subscription is canceled")
        window = next((one for one in live if one.left), None)
        if window is None:
            raise PlatformError(TOO_MANY, "out of response count limit")
        window.left -= 1
