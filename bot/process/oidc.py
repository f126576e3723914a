"""Signing in by OpenID Connect: the authorization code flow with PKCE, by Authlib's parts.

    browser ── build_url ──> provider ── code ──> find_user: token endpoint ─> ID token ─> checks ─> claim

Nothing is kept between the two: nonce and verifier are derived from the state of the browser's cookie and
the secret of this client, which nobody else has.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import httpx
import structlog

from bot.channels.base import Clock
from bot.config.sign_in import OidcSettings
from console.context import AccountUnknown

log = structlog.get_logger()

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures by a key that the provider publishes; never one by the secret, and never none."""
_LEEWAY = 60
"""Seconds that two clocks may differ."""
_KEEP = 3600.0
"""Seconds that what the provider says of itself is believed."""


class OidcProvider:
    """One provider, as the console asks for it; a `console.context.ProviderSignIn`."""

    def __init__(self, settings: OidcSettings, client: httpx.AsyncClient, clock: Clock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._metadata: Mapping[str, Any] | None = None
        self._keys: Mapping[str, Any] | None = None
        self._asked_at = 0.0
        self.name = settings.name
        self.matches: str = settings.matches

    async def build_url(self, *, redirect_to: str, state: str) -> str:
        """Where to send the browser. Raises AccountUnknown where the provider does not answer."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        metadata = await self._load_metadata()
        url: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=redirect_to,
            scope="openid profile",
            state=state,
            nonce=self._derive("nonce", state),
            code_challenge=create_s256_code_challenge(self._derive("verifier", state)),
            code_challenge_method="S256",
        )
        return url

    async def find_user(self, code: str, *, redirect_to: str, state: str, issuer: str = "") -> str:
        """Who came back with this code, by the configured claim. Raises AccountUnknown.

        `issuer`: who the answer says it is from (RFC 9207), where it says so.
        """
        if issuer and issuer != self._settings.issuer:
            raise AccountUnknown("wrong_issuer")
        metadata = await self._load_metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_to,
            "code_verifier": self._derive("verifier", state),
        }
        token = await self._call("POST", metadata["token_endpoint"], data=form, auth=self._credentials())
        claims = await self._check_token(token, nonce=self._derive("nonce", state))
        user = claims.get(self._settings.claim)
        if not isinstance(user, str) or not user or "\0" in user:
            raise AccountUnknown("no_member")
        return user

    def _credentials(self) -> httpx.BasicAuth:
        return httpx.BasicAuth(self._settings.client_id, self._settings.client_secret.get_secret_value())

    async def _check_token(self, token: Mapping[str, Any], *, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token that is for this client, now, and for this very sign-in."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        try:
            decoded = await self._decode(str(token.get("id_token", "")))
            expected = {
                "iss": {"essential": True, "value": self._settings.issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
            }
            given = {
                "nonce": nonce,
                "client_id": self._settings.client_id,
                "access_token": token.get("access_token"),
            }
            claims = CodeIDToken(decoded.claims, decoded.header, expected, given)
            claims.validate(now=int(self._clock().timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("oidc.token_refused", reason=type(error).__name__)
            raise AccountUnknown("token_refused") from error
        return dict(claims)

    async def _decode(self, id_token: str) -> Any:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet

        try:
            keys = KeySet.import_key_set(dict(await self._load_keys()))  # type: ignore[arg-type]
            return jwt.decode(id_token, keys, algorithms=list(_ALGORITHMS))
        except InvalidKeyIdError:
            # Keys change: a new one is looked for once.
            self._keys = None
            keys = KeySet.import_key_set(dict(await self._load_keys()))  # type: ignore[arg-type]
            return jwt.decode(id_token, keys, algorithms=list(_ALGORITHMS))

    async def _load_metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself. Raises AccountUnknown where it says that it is another one."""
        from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

        now = self._clock().timestamp()
        if self._metadata is None or now - self._asked_at > _KEEP:
            url = get_well_known_url(self._settings.issuer, external=True)
            found = OpenIDProviderMetadata(await self._call("GET", url))
            complete = all(found.get(key) for key in ("authorization_endpoint", "token_endpoint", "jwks_uri"))
            if found.get("issuer") != self._settings.issuer or not complete:
                log.error("oidc.wrong_provider", issuer=self._settings.issuer)
                raise AccountUnknown("wrong_issuer")
            self._metadata, self._keys, self._asked_at = found, None, now
        return self._metadata

    async def _load_keys(self) -> Mapping[str, Any]:
        if self._keys is None:
            metadata = await self._load_metadata()
            self._keys = await self._call("GET", metadata["jwks_uri"])
        return self._keys

    async def _call(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:
        try:
            answer = await self._client.request(method, url, follow_redirects=False, **more)
            data = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            log.warning("oidc.no_answer", error=type(error).__name__)
            raise AccountUnknown("unavailable") from error
        if answer.status_code == 400:
            raise AccountUnknown("code_over")
        if answer.status_code != 200 or not isinstance(data, dict):
            log.warning("oidc.refused", status=answer.status_code)
            raise AccountUnknown("unavailable")
        return data

    def _derive(self, what: str, state: str) -> str:
        secret = self._settings.client_secret.get_secret_value().encode()
        return hmac.new(secret, f"{what}:{state}".encode(), hashlib.sha256).hexdigest()
