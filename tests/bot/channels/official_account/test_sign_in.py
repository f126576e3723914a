"""Who opens a page in WeChat, against the sandbox."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.channels.official_account.channel import OfficialAccount
from bot.channels.sign_in import SignIn, SignInRefused
from models.database import Database
from sandbox.server import NO_TRUSTED_CA, SandboxServer
from tests.bot.channels.official_account.samples import APP_ID, DATA, OPENID, open_channel

pytestmark = pytest.mark.anyio
PAGE = "https://grid.example/mine/back"
_EXCHANGE = "wechat/sns/oauth2/access_token"


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    account = {"id": APP_ID, "name": "网格", "secret": DATA["secret"]}
    with SandboxServer({"accounts": [account]}) as server:
        yield server


@pytest.fixture
async def account(box: SandboxServer, sqlite_database: Database) -> AsyncIterator[OfficialAccount]:
    base = f"{box.url}/wechat"
    async with open_channel(sqlite_database, api_base=base, oauth_base=base) as channel:
        yield channel


@pytest.fixture
def sign_in(account: OfficialAccount) -> SignIn:
    assert account.sign_in is None, "it makes nobody staff"
    assert account.resident_sign_in is not None
    return account.resident_sign_in


def open_in_wechat(address: str, openid: str) -> str:
    """The code with which the platform sends a browser on."""
    with httpx.Client(trust_env=False, verify=NO_TRUSTED_CA) as browser:
        asked = browser.get(address)
        assert "openid" in asked.text  # the sandbox does not know whose browser it is
        sent = browser.get(address, params={**dict(parse_qs(urlsplit(address).query)), "as_openid": openid})
    assert sent.headers["Location"].startswith(PAGE)
    back = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert back["state"] == ["s1"]
    return back["code"][0]


async def find_refusal(sign_in: SignIn, code: str) -> str:
    with pytest.raises(SignInRefused) as refused:
        await sign_in.find_account(code)
    return refused.value.slug


def build_address(sign_in: SignIn) -> str:
    return sign_in.build_url(redirect_to=PAGE, state="s1", inside=True)


async def test_whoever_opens_the_page_is_known_once_and_need_not_follow(sign_in: SignIn) -> None:
    code = open_in_wechat(build_address(sign_in), OPENID)
    assert await sign_in.find_account(code) == OPENID
    assert await find_refusal(sign_in, code) == "code_over"


async def test_the_fields_stand_as_the_platform_wants_them(sign_in: SignIn) -> None:
    address = urlsplit(build_address(sign_in))
    assert list(parse_qs(address.query)) == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert (parse_qs(address.query)["scope"], address.fragment) == (["snsapi_base"], "wechat_redirect")
    for state, inside in (("a b", True), ("s1", False)):
        with pytest.raises(ValueError):
            sign_in.build_url(redirect_to=PAGE, state=state, inside=inside)


async def test_a_code_is_over_after_five_minutes(sign_in: SignIn, box: SandboxServer) -> None:
    code = open_in_wechat(build_address(sign_in), OPENID)
    box.advance_clock(301)
    assert await find_refusal(sign_in, code) == "code_over"


@pytest.mark.parametrize("code", ["", "x" * 513, "made-up"])
async def test_what_is_no_code_is_nobody(sign_in: SignIn, code: str) -> None:
    assert await find_refusal(sign_in, code) == "code_over"


async def test_a_platform_that_refuses_us_knows_nobody(sign_in: SignIn, box: SandboxServer) -> None:
    code = open_in_wechat(build_address(sign_in), OPENID)
    box.arm_faults(errcodes={_EXCHANGE: (40125, 1)})
    assert await find_refusal(sign_in, code) == "unavailable"
