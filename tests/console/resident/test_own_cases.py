"""`/mine`: whom it knows, what it shows them, and that it makes nobody staff."""

import re
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, update

from bot.channels.sign_in import SignInRefused
from console.sign_in import sessions
from handlers.cases.queries import Asker
from handlers.insight import audit
from models.account_ids import WECHAT
from models.case_links import CaseLink
from models.organisation import Account, Person
from tests.console.resident.conftest import Resident
from tests.district import District
from tests.residents import OPENID
from tests.residents import Resident as Follower

WECHAT_BROWSER = "Mozilla/5.0 MicroMessenger/8.0.50"
WECOM_BROWSER = "Mozilla/5.0 MicroMessenger/7.0.1 wxwork/4.1.3"
LAMP = "路灯不亮，解放路15号"


class FakeWeChat:
    """A code is `code-` and the openid it is for."""

    def build_url(self, *, redirect_to: str, state: str, inside: bool) -> str:
        assert inside
        return f"https://wechat.example/?redirect_uri={redirect_to}&state={state}"

    async def find_account(self, code: str) -> str:
        if not code.startswith("code-"):
            raise SignInRefused("code_over")
        return code.removeprefix("code-")


@pytest.fixture
def channels() -> dict[str, Any]:
    declared = SimpleNamespace(provider=WECHAT)
    return {"public": SimpleNamespace(sign_in=None, resident_sign_in=FakeWeChat(), declaration=declared)}


@dataclass
class Phone:
    """Somebody's telephone, with a browser that follows nowhere by itself."""

    resident: Resident
    openid: str = OPENID

    def get(self, path: str, agent: str = WECHAT_BROWSER) -> httpx.Response:
        return self.resident.open(path, **{"User-Agent": agent})

    def enter(self) -> httpx.Response:
        """Open the page, be sent to WeChat, and come back."""
        sent = self.get("/mine")
        state = parse_qs(urlsplit(sent.headers["Location"]).query)["state"][0]
        return self.get(f"/mine/back?code=code-{self.openid}&state={state}")

    def open_case(self, number: str) -> httpx.Response:
        form = read_form(self.get("/mine").text, number)
        return self.resident.browser.post(f"/mine/{number}", data=form)


def read_form(page: str, number: str) -> dict[str, str]:
    found = re.search(rf'action="/mine/{number}".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0])) if found else {}


@pytest.fixture
def phone(resident: Resident) -> Phone:
    return Phone(resident)


def test_in_wechat_one_finds_what_one_reported_and_nothing_else(phone: Phone, district: District) -> None:
    Follower(district).say(LAMP)
    mine = district.case().number
    district.say("zhangsf", "zhangsf", "长江路88号有建筑垃圾", direct=True)
    others = next(case.number for case in district.cases() if case.number != mine)
    assert phone.enter().headers["Location"] == "/mine"
    page = phone.get("/mine")
    assert re.findall(r'data-case="([^"]+)"', page.text) == [mine]
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == (
        "no-referrer",
        "private, no-store",
    )
    opened = phone.open_case(mine)
    assert opened.headers["Location"].startswith("/c/")
    assert "add" in phone.resident.list_forms(opened.headers["Location"])
    assert "/mine" in phone.get(opened.headers["Location"]).text
    form = read_form(page.text, mine)
    assert phone.resident.browser.post(f"/mine/{others}", data=form).status_code == 404
    assert phone.resident.browser.post(f"/mine/{mine}").status_code == 403
    with district.database.write() as session:
        session.execute(update(CaseLink).values(revoked_at=district.now))
    assert phone.open_case(mine).status_code == 404


@pytest.mark.parametrize("agent", ["Mozilla/5.0 Chrome", WECOM_BROWSER])
def test_another_browser_is_told_where_to_open_it(phone: Phone, agent: str) -> None:
    answer = phone.get("/mine", agent)
    assert answer.status_code == 403
    assert "请在微信里打开" in answer.text
    assert 'role="alert"' in answer.text


def test_only_a_browser_that_was_sent_from_here_is_known(phone: Phone, district: District) -> None:
    Follower(district).say(LAMP)
    assert phone.get(f"/mine/back?code=code-{OPENID}&state=made-up").status_code == 403
    sent = phone.get("/mine")
    state = parse_qs(urlsplit(sent.headers["Location"]).query)["state"][0]
    spent = phone.get(f"/mine/back?code=spent&state={state}")
    assert (spent.status_code, 'role="alert"' in spent.text) == (403, True)
    assert phone.get("/mine").status_code == 303


def test_who_never_spoke_is_not_put_on_the_roster(phone: Phone, district: District) -> None:
    answer = phone.enter()
    assert answer.status_code == 403
    assert "还没有在公众号里反映过" in answer.text
    with district.database.read() as session:
        assert session.scalar(select(Account).where(Account.user_id == OPENID)) is None


@pytest.fixture
def officer(district: District) -> Person:
    """The duty officer, whose WeChat the roster names as well."""
    with district.database.write() as session:
        person = session.scalars(select(Person).where(Person.code == "duty1")).one()
        session.add(Account(person_id=person.id, provider=WECHAT, user_id=OPENID))
    return person


def test_it_makes_nobody_staff(phone: Phone, district: District, officer: Person) -> None:
    district.say("zhangsf", "zhangsf", "长江路88号有建筑垃圾", direct=True)
    phone.enter()
    page = phone.get("/mine")
    assert page.status_code == 200
    assert "data-case" not in page.text
    token = phone.resident.browser.cookies["gridbot_mine"]
    assert phone.resident.open("/", Cookie=f"gridbot={token}").headers["Location"] == "/login"
    with district.database.write() as session:
        staff = sessions.open_session(
            session, session.get_one(Person, officer.id), "demo", now=district.now,
            lasts=timedelta(hours=1),
        )  # fmt: skip
    assert phone.resident.open("/mine", Cookie=f"gridbot_mine={staff}").status_code == 403
    with district.database.read() as session:
        leader = session.scalars(select(Person).where(Person.code == "leader1")).one()
        lines, _ = audit.list_audit(session, Asker(leader), audit.AuditKind.SIGN_INS, size=9)
    assert len(lines) == 1, "who opens a resident's page does not sign in to the console"
