"""Who gets in, by which door, for how long; and who does not."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select

from console.sign_in import attempts, passwords, sessions
from console.sign_in.round_trip import keep_inside
from models.console import ConsoleSession
from models.organisation import Person, Role
from tests.console.forms import read_token
from tests.console.office import Office

PASSWORD = "长江路 88 号门口的石狮子"


def find_person(office: Office, code: str) -> int:
    with office.database.read() as session:
        return session.scalars(select(Person.id).where(Person.code == code)).one()


def test_nobody_sees_a_page_before_signing_in_and_comes_back_to_it_afterwards(office: Office) -> None:
    with office.browse() as client:
        answer = client.get("/?folder=late")
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/login?next=/%3Ffolder%3Dlate"
        chosen = client.post("/login/demo", data={"person": "duty1", "next": "/?folder=late"})
        assert chosen.headers["Location"] == "/?folder=late"
        cookie = chosen.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "/a\nb",
        "/login",
    ],
)
def test_no_link_leads_to_another_site(elsewhere: str) -> None:
    assert keep_inside(elsewhere) == "/"


def test_people_to_choose_from_are_there_in_the_demo_on_this_machine_only(office: Office) -> None:
    with office.browse() as client:
        assert 'data-person="duty1"' in client.get("/login").text
        assert 'data-person="zhangyl"' not in client.get("/login").text
        rebound = client.post("/login/demo", data={"person": "duty1"}, headers={"Host": "evil.example"})
        assert rebound.status_code == 403
        proxied = client.post(
            "/login/demo", data={"person": "duty1"}, headers={"X-Forwarded-For": "10.0.0.9"}
        )
        assert proxied.status_code == 403
        usual, office.settings = office.settings, replace(office.settings, is_demo=False)
        try:
            assert "data-person" not in client.get("/login").text
            refused = client.post("/login/demo", data={"person": "duty1"})
            assert refused.status_code == 403
            assert 'role="alert"' in refused.text
        finally:
            office.settings = usual


def test_who_only_reports_has_no_console(office: Office) -> None:
    with office.browse() as client:
        assert client.post("/login/demo", data={"person": "zhangsf"}).status_code == 403
        assert client.get("/").status_code == 303


def test_a_password_is_good_and_wrong_ones_are_counted(office: Office) -> None:
    with office.database.write() as session:
        passwords.set_password(session, find_person(office, "cg1"), PASSWORD, now=office.clock())
    with office.browse() as client:
        for name in ("cg1", "nobody"):
            wrong = client.post("/login/password", data={"name": name, "password": "错的"})
            assert wrong.status_code == 403
            assert "账号或密码不对" in wrong.text
        right = client.post("/login/password", data={"name": "cg1", "password": PASSWORD})
        assert right.status_code == 303
    with office.browse() as client:
        for _ in range(attempts.MOST_OF_NAME):
            client.post("/login/password", data={"name": "cg1", "password": "错的"})
        held = client.post("/login/password", data={"name": "cg1", "password": PASSWORD})
        assert held.status_code == 429
        office.district.now += attempts.WINDOW
        assert client.post("/login/password", data={"name": "cg1", "password": PASSWORD}).status_code == 303


def leave_for_platform(client: httpx.Client, agent: str = "Mozilla") -> str:
    left = client.get("/login/platform?next=/cases", headers={"User-Agent": agent})
    return parse_qs(urlsplit(left.headers["Location"]).query)["state"][0]


def test_an_account_of_the_platform_signs_in_whoever_was_sent_there_from_here(office: Office) -> None:
    with office.browse() as client:
        state = leave_for_platform(client)
        back = client.get("/login/back", params={"code": "code-duty1", "state": state})
        assert back.headers["Location"] == "/cases"
        again = client.get("/login/back", params={"code": "code-duty1", "state": state})
        assert again.status_code == 403
    with office.browse() as victim:
        foreign = victim.get("/login/back", params={"code": "code-duty1", "state": state})
        assert foreign.status_code == 403
        state = leave_for_platform(victim)
        unknown = victim.get("/login/back", params={"code": "code-stranger", "state": state})
        assert unknown.status_code == 403
        assert "名册里没有您" in unknown.text


def test_inside_the_platform_nothing_is_asked(office: Office) -> None:
    with office.browse() as client:
        sent = client.get("/login?next=/cases", headers={"User-Agent": "Mozilla wxwork/4.1"})
        assert sent.headers["Location"] == "/login/platform?next=/cases"
        left = client.get(sent.headers["Location"], headers={"User-Agent": "Mozilla wxwork/4.1"})
        assert "inside=True" in left.headers["Location"]


def test_a_session_ends_by_itself_by_leaving_and_by_losing_the_role(office: Office) -> None:
    with office.browse("duty1") as client, office.browse("duty1") as other:
        assert client.get("/").status_code == 200
        assert client.post("/logout", data={"csrf": "00" * 32}).status_code == 403
        assert client.post("/logout", data={"csrf": read_token(other.get("/").text)}).status_code == 403
        left = client.post("/logout", data={"csrf": read_token(client.get("/").text)})
        assert left.headers["Location"] == "/login"
        assert client.get("/").status_code == 303
        assert other.get("/").status_code == 200
        with office.database.write() as session:
            person = session.scalars(select(Person).where(Person.code == "duty1")).one()
            person.role = Role.INFORMANT
        assert other.get("/").status_code == 303
        with office.database.write() as session:
            session.scalars(select(Person).where(Person.code == "duty1")).one().role = Role.DUTY
            sessions.revoke_person(session, person.id, now=office.clock())
        assert other.get("/").status_code == 303
    with office.browse("duty1") as client:
        office.district.now += office.settings.session + timedelta(seconds=1)
        assert client.get("/").status_code == 303


def test_nobody_who_is_unknown_may_post_much(office: Office) -> None:
    with office.browse() as client:
        answer = client.post("/login/password", data={"name": "a" * 100_000, "password": "b"})
        assert answer.status_code == 413
        assert 'role="alert"' in answer.text


def test_the_database_holds_no_token(office: Office) -> None:
    with office.browse("duty1") as client:
        token = client.cookies["gridbot"]
        with office.database.read() as session:
            assert token not in set(session.scalars(select(ConsoleSession.token_hash)))
