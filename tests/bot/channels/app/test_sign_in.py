"""Signing in with an account of WeCom, against the sandbox."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.app.channel import AppChannel
from bot.channels.sign_in import SignIn, SignInRefused
from models.database import Database
from sandbox.server import SandboxServer
from tests.bot.channels.app.samples import AGENT, CORP, DATA, open_channel

pytestmark = pytest.mark.anyio
PAGE = "https://grid.example/console/sign-in?to=/cases"


@pytest.fixture
def box() -> Iterator[SandboxServer]:
    app = {
        "id": str(AGENT),
        "name": "网格",
        "corp_id": CORP,
        "secret": DATA["secret"],
        "visible_to": ["ZhangSan"],
    }
    members = [{"id": "ZhangSan", "name": "张三"}, {"id": "lisi", "name": "李四"}]
    with SandboxServer({"members": members, "apps": [app]}) as server:
        yield server


@pytest.fixture
async def app(box: SandboxServer, sqlite_database: Database) -> AsyncIterator[AppChannel]:
    async with open_channel(sqlite_database, api_base=box.url) as channel:
        yield channel


def sign_in(app: AppChannel) -> SignIn:
    assert app.sign_in is not None
    return app.sign_in


def authorize(box: SandboxServer, user: str) -> str:
    code: str = box.post("authorize", bot=str(AGENT), user=user)["code"]
    return code


async def find_refusal(app: AppChannel, code: str) -> str:
    with pytest.raises(SignInRefused) as refused:
        await sign_in(app).find_account(code)
    return refused.value.slug


async def test_a_member_is_known_by_the_code_once(app: AppChannel, box: SandboxServer) -> None:
    code = authorize(box, "ZhangSan")
    assert await sign_in(app).find_account(code) == "zhangsan"
    assert await find_refusal(app, code) == "code_over"


async def test_a_code_is_over_after_five_minutes(app: AppChannel, box: SandboxServer) -> None:
    code = authorize(box, "ZhangSan")
    box.advance_clock(301)
    assert await find_refusal(app, code) == "code_over"


async def test_who_does_not_see_the_app_is_nobody(app: AppChannel, box: SandboxServer) -> None:
    assert await find_refusal(app, authorize(box, "lisi")) == "no_member"


@pytest.mark.parametrize("code", ["", "x" * 513, "made-up"])
async def test_what_is_no_code_signs_nobody_in(app: AppChannel, code: str) -> None:
    assert await find_refusal(app, code) == "code_over"


async def test_a_platform_that_refuses_us_signs_nobody_in(app: AppChannel, box: SandboxServer) -> None:
    box.arm_faults(errcodes={"auth/getuserinfo": (60020, 1)})
    assert await find_refusal(app, authorize(box, "ZhangSan")) == "unavailable"


@pytest.mark.parametrize(
    ("inside", "host", "path"),
    [
        (True, "open.weixin.qq.com", "/connect/oauth2/authorize"),
        (False, "login.work.weixin.qq.com", "/wwlogin/sso/login"),
    ],
)
async def test_the_browser_is_sent_to_the_platform_and_back(
    app: AppChannel, inside: bool, host: str, path: str
) -> None:
    url = urlsplit(sign_in(app).build_url(redirect_to=PAGE, state="abc123", inside=inside))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.scheme, url.netloc, url.path) == ("https", host, path)
    assert (query["appid"], query["agentid"]) == (CORP, str(AGENT))
    assert (query["redirect_uri"], query["state"]) == (PAGE, "abc123")
    assert url.fragment == ("wechat_redirect" if inside else "")


@pytest.mark.parametrize("state", ["", "a-b", "x" * 129, "状态"])
async def test_a_state_that_the_platform_would_change_is_refused(app: AppChannel, state: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        sign_in(app).build_url(redirect_to=PAGE, state=state, inside=True)
