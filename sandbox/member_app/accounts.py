"""What the platform keeps of an app: its tokens, the codes that change its cards, the groups it made."""

import secrets
from dataclasses import dataclass, field

from sandbox.access_tokens import AccessTokens
from sandbox.limits import RateLimit, SlidingWindows
from sandbox.options import Clock, Options
from sandbox.wire import BAD_PARAMS, PlatformError
from sandbox.world import MemberApp, Message, World

BAD_CORP, BAD_SECRET = 40013, 40001
BAD_LOGIN = 40029


@dataclass(frozen=True, slots=True)
class _CardCode:
    app: MemberApp
    messages: tuple[Message, ...]
    expires: float


@dataclass(slots=True)
class AppAccounts:
    """All apps of one tenant. Times are in Unix seconds."""

    world: World
    options: Options
    clock: Clock
    groups: dict[str, str] = field(default_factory=dict)
    """chatid -> id of the app that made the group."""
    tokens_fetched: int = 0
    _tokens: AccessTokens[MemberApp] = field(init=False)
    _codes: dict[str, _CardCode] = field(default_factory=dict)
    _logins: dict[str, tuple[MemberApp, str, float]] = field(default_factory=dict)
    """Code of a sign-in -> app, user id, and when it is over."""
    _rates: SlidingWindows = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = AccessTokens(self.options, self.clock, length=160)
        minute = RateLimit(self.options.app_per_minute, self.options.minute)
        self._rates = SlidingWindows(minute, RateLimit(self.options.app_per_hour, self.options.hour))

    def fetch_token(self, corp_id: str, secret: str) -> tuple[str, int]:
        """The app's token and how many seconds it is good for: the same one while it is.

        Raises PlatformError.
        """
        self.tokens_fetched += 1
        of_corp = [app for app in self.world.apps.values() if app.corp_id == corp_id]
        if not of_corp:
            raise PlatformError(BAD_CORP, "invalid corpid")
        app = next((one for one in of_corp if one.secret and one.secret == secret), None)
        if app is None:
            raise PlatformError(BAD_SECRET, "invalid credential")
        return self._tokens.fetch(app.app_id, app)

    def open_token(self, value: str) -> MemberApp:
        """The app whose token this is. Raises PlatformError for one that is missing, unknown or over."""
        return self._tokens.open(value)

    def expire_tokens(self) -> None:
        """Let every token end now."""
        self._tokens.expire_all()

    def issue_code(self, app: MemberApp, messages: tuple[Message, ...]) -> str:
        """A response code that changes the card of these messages, once."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _CardCode(app, messages, self.clock.now() + self.options.app_code_ttl)
        return code

    def spend_code(self, app: MemberApp, code: object) -> tuple[Message, ...]:
        """The messages whose card it changes. Raises PlatformError for one that is spent, over or unknown."""
        found = self._codes.pop(code, None) if isinstance(code, str) else None
        if found is None or found.app is not app or found.expires <= self.clock.now():
            raise PlatformError(BAD_PARAMS, "invalid response_code")
        return found.messages

    def authorize(self, app: MemberApp, userid: str) -> str:
        """The code with which a browser comes back once this person has signed in."""
        code = secrets.token_urlsafe(24)
        self._logins[code] = app, userid, self.clock.now() + self.options.login_ttl
        return code

    def spend_login(self, app: MemberApp, code: str) -> str:
        """The user id behind a sign-in's code. Raises PlatformError for one that is spent or over."""
        found = self._logins.pop(code, None)
        if found is None or found[0] is not app or found[2] <= self.clock.now():
            raise PlatformError(BAD_LOGIN, "invalid code")
        return found[1]

    def take_quota(self, app: MemberApp, userid: str) -> bool:
        """Count a message to a member; False where the limit is reached, and it is dropped without a word."""
        return self._rates.take(f"{app.app_id} {userid}", self.clock.now())
