"""Signing in by OpenID Connect: over HTTP against a provider, honest and not."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from bot.config.sign_in import OidcSettings
from bot.process.oidc import OidcProvider
from tests.console.office import Office
from tests.console.oidc_provider import CLIENT, SECRET, FakeProvider
from tests.console.serving import serve_app


def build_client() -> httpx.AsyncClient:
    """No connection stays open behind the loop of the server that it belongs to."""
    return httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


@pytest.fixture
def provider(office: Office) -> Iterator[FakeProvider]:
    running = FakeProvider(office.clock)
    with serve_app(running.build_app()) as address:
        running.issuer = address
        settings = OidcSettings(issuer=address, client_id=CLIENT, client_secret=SecretStr(SECRET))
        office.provider = OidcProvider(settings, build_client(), office.clock)
        yield running
        office.provider = None


def sign_in(client: httpx.Client, provider: FakeProvider) -> httpx.Response:
    """From the button to the return, as a browser goes."""
    left = client.get("/login/oidc?next=/cases")
    assert left.status_code == 303, left.text
    there = httpx.get(left.headers["Location"], trust_env=False)
    back = httpx.URL(there.headers["Location"])
    assert back.path == "/login/oidc/back"
    return client.get(f"{back.path}?{back.query.decode()}")


def test_whoever_the_provider_knows_and_the_roster_has_comes_in(
    office: Office, provider: FakeProvider
) -> None:
    with office.browse() as client:
        assert "用统一身份认证登录" in client.get("/login").text
        answer = sign_in(client, provider)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/cases")
        assert client.get("/cases").status_code == 200
        sign_in(client, provider)
    assert provider.calls == ["discovery", "keys"]
    provider.rotate()
    with office.browse() as client:
        assert sign_in(client, provider).status_code == 303
    assert provider.calls == ["discovery", "keys", "keys"]


@pytest.mark.parametrize(
    ("user", "words"), [("stranger", "名册里没有您"), ("zhangsf", "名册里没有您"), (7, "里没有您")]
)
def test_who_is_no_staff_stays_outside(office: Office, provider: FakeProvider, user: Any, words: str) -> None:
    provider.user = user
    with office.browse() as client:
        answer = sign_in(client, provider)
        assert answer.status_code == 403
        assert words in answer.text
        assert client.get("/cases").status_code == 303


def test_a_claim_may_be_an_account_of_the_platform(office: Office, provider: FakeProvider) -> None:
    assert isinstance(office.provider, OidcProvider)
    office.provider.matches = "wecom"
    provider.user = "cg1"
    with office.browse() as client:
        assert sign_in(client, provider).status_code == 303


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "of another browser"}, {"aud": "another-client"}, {"iss": "https://evil.example"},
        {"aud": [CLIENT, "another"], "azp": "another"}, {"exp": 1}, {"iat": 9_999_999_999}, {"sub": None},
    ],
)  # fmt: skip
def test_a_token_that_is_not_for_this_very_sign_in_is_refused(
    office: Office, provider: FakeProvider, lie: dict[str, Any]
) -> None:
    provider.lie = lie
    with office.browse() as client:
        answer = sign_in(client, provider)
        assert answer.status_code == 403, lie
        assert client.get("/cases").status_code == 303


def test_a_token_signed_by_anybody_else_is_refused(office: Office, provider: FakeProvider) -> None:
    with office.browse() as client:
        provider.algorithm = "HS256"  # by the secret that both know
        assert sign_in(client, provider).status_code == 403
        provider.algorithm = "RS256"
        provider.signing_key = RSAKey.generate_key(2048, {"kid": "k1"})  # under the provider's own name
        assert sign_in(client, provider).status_code == 403
        provider.rotate()
        assert sign_in(client, provider).status_code == 303


def test_a_return_is_good_once_for_the_browser_that_was_sent_there(
    office: Office, provider: FakeProvider
) -> None:
    with office.browse() as client:
        back = httpx.URL(provider.authorize(client.get("/login/oidc").headers["Location"]))
        with office.browse() as victim:
            assert victim.get(back.path, params=back.params).status_code == 403
            victim.get("/login/oidc")
            assert victim.get(back.path, params=back.params).status_code == 403
        mixed = client.get(back.path, params={**back.params, "iss": "https://other.example"})
        assert mixed.status_code == 403
        client.get("/login/oidc")
        assert client.get(back.path, params=back.params).status_code == 403


def test_a_provider_that_is_another_one_or_silent_is_said(office: Office, provider: FakeProvider) -> None:
    provider.lie = {"issuer": "https://evil.example"}
    with office.browse() as client:
        answer = client.get("/login/oidc")
        assert (answer.status_code, "不可信" in answer.text) == (403, True)
        assert isinstance(office.provider, OidcProvider)
        settings = OidcSettings(
            issuer="http://127.0.0.1:9", client_id=CLIENT, client_secret=SecretStr(SECRET)
        )
        office.provider = OidcProvider(settings, build_client(), office.clock)
        assert "暂时没有回应" in client.get("/login/oidc").text
        office.provider = None
        assert client.get("/login/oidc").status_code == 404
        assert client.get("/login/oidc/back").status_code in (403, 404)
