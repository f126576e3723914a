"""`gridbot console …`: passwords and sessions of the console."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cli.common import CONFIG, Config, load_settings, open_database, refuse
from bot.cli.output import say
from console.sign_in import passwords, sessions
from models.organisation import Person

app = typer.Typer(help="工作台的密码和登录", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="人员代码，如 duty1")]


@app.command()
def password(person: Code, config: Config = CONFIG) -> None:
    """给一个人设密码（要先在配置里写 console.passwords: true）。原来的登录都会退出。

    在终端里会问两遍；也可以从标准输入给一行。
    """
    settings = load_settings(config)
    if not settings.console.passwords:
        refuse("密码登录没有开通：请在 config.yaml 写 console: {passwords: true}")
    with open_database(settings) as database:
        with database.read() as session:
            _find_staff(session, person)
        chosen = _ask_password()
        now = datetime.now(UTC)
        with database.write() as session:
            found = _find_staff(session, person)
            passwords.set_password(session, found.id, chosen, now=now)
            sessions.revoke_person(session, found.id, now=now)
    say(f"{person} 的密码已设好")


@app.command()
def revoke(person: Code, config: Config = CONFIG) -> None:
    """让一个人在所有浏览器上退出：离职、丢了手机。"""
    with open_database(load_settings(config)) as database, database.write() as session:
        found = session.scalar(select(Person).where(Person.code == person))
        if found is None:
            refuse(f"没有代码为 {person} 的人员")
        ended = sessions.revoke_person(session, found.id, now=datetime.now(UTC))
    say(f"{person} 退出了 {ended} 处登录")


def _find_staff(session: Session, code: str) -> Person:
    found = session.scalar(select(Person).where(Person.code == code))
    if found is None:
        refuse(f"没有代码为 {code} 的人员")
    if not sessions.may_enter(found):
        refuse(f"{code} 是信息员或居民，不用登录工作台")
    return found


def _ask_password() -> str:
    if sys.stdin.isatty():
        chosen = str(typer.prompt("密码", hide_input=True, confirmation_prompt="再输一遍"))
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    if not passwords.LEAST <= len(chosen) <= passwords.MOST:
        refuse(f"密码要有 {passwords.LEAST} 到 {passwords.MOST} 个字符")
    return chosen
