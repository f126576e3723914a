"""A small OpenID Connect provider, written from the standard: discovery, authorization, token and keys."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "gridbot", "the-secret-of-the-client-at-the-provider"


class FakeProvider:
    """Signs in whoever `user` says, and lies as `lie` says: claims of the token that it gives out otherwise."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.user = "duty1"
        self.lie: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, {"kid": "k1"})
        self.signing_key = self.key
        self.codes: dict[str, dict[str, str]] = {}
        self.calls: list[str] = []

    def rotate(self) -> None:
        self.key = self.signing_key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def authorize(self, url: str) -> str:
        """What a browser does there: the address that it comes back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return f"{asked['redirect_uri']}?{back}"

    def give_token(self, form: dict[str, str], credentials: str) -> dict[str, Any] | None:
        asked = self.codes.pop(form["code"], None)
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (
            asked is None
            or credentials != f"Basic {expected}"
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return None
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer, "aud": asked["client_id"], "sub": "u-1", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "preferred_username": self.user, **self.lie,
        }  # fmt: skip
        return {"access_token": "a", "token_type": "Bearer", "id_token": self._sign(claims)}

    def _sign(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "HS256":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        head = {"alg": self.algorithm, "kid": self.signing_key.kid}
        return jwt.encode(head, claims, self.signing_key)

    def build_app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def describe() -> Response:
            self.calls.append("discovery")
            base = self.issuer
            return JSONResponse(
                {"issuer": self.lie.get("issuer", base), "authorization_endpoint": f"{base}/authorize",
                 "token_endpoint": f"{base}/token", "jwks_uri": f"{base}/keys"}
            )  # fmt: skip

        @app.get("/authorize")
        def authorize(request: Request) -> Response:
            return RedirectResponse(self.authorize(str(request.url)), 302)

        @app.post("/token")
        async def token(request: Request) -> Response:
            async with request.form() as form:
                fields = {name: str(value) for name, value in form.items()}
            found = self.give_token(fields, request.headers.get("Authorization", ""))
            return JSONResponse(found) if found else JSONResponse({"error": "invalid_grant"}, 400)

        @app.get("/keys")
        def keys() -> Response:
            self.calls.append("keys")
            return JSONResponse({"keys": [self.key.as_dict(private=False)]})

        return app
