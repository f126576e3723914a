"""`gridbot bench …`: how fast, always beside a floor measured in the same run."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import Json
from bot.cli.output import say, say_json

app = typer.Typer(help="量一量有多快", no_args_is_help=True)


@app.command()
def intake(as_json: Json = False) -> None:
    """可靠接收：每秒存下多少条，与只解密、不存储相比。"""
    _print_numbers("intake", as_json=as_json)


@app.command()
def rules(as_json: Json = False) -> None:
    """规则匹配：与 jieba 分词在同一批文本上相比。"""
    _print_numbers("rules", as_json=as_json)


@app.command()
def flow(as_json: Json = False) -> None:
    """从消息到立案、回执入队：每秒多少件；闲聊每秒略过多少条。"""
    _print_numbers("flow", as_json=as_json)


@app.command()
def serving(as_json: Json = False) -> None:
    """一个进程全干：边处理边应答，应答要等多久，每秒处理多少条。"""
    _print_numbers("serving", as_json=as_json)


@app.command()
def pages(as_json: Json = False) -> None:
    """工作台：十万件里，五十人每人每秒翻一页列表，每页用多少 CPU、要等多久，与只渲染一页的相比。"""
    _print_numbers("pages", as_json=as_json)


@app.command()
def workers(as_json: Json = False) -> None:
    """PostgreSQL 上两个 worker 比一个快多少：往返各加 3 毫秒，另看 CPU、数据库时间、死锁和等锁。"""
    _print_numbers("hosts.workers", as_json=as_json)


@app.command()
def claim(as_json: Json = False) -> None:
    """从收件箱取一条要多久：没有积压时，和有一个人积压两万条时，两种数据库各量一遍。"""
    _print_numbers("hosts.claim", as_json=as_json)


@app.command()
def growth(
    database: Annotated[str, typer.Option(help="sqlite 或 postgres；postgres 量到十万件")] = "sqlite",
    as_json: Json = False,
) -> None:
    """越用越多还快不快：一万、十万、一百万件时，每张页面、每条命令、每次巡查、每份报表各用多少。"""
    _print_numbers("growth", as_json=as_json, database=database)


@app.command()
def county(
    messages: Annotated[
        int, typer.Option(min=60, help="一天多少条消息；人数、刷屏的、同一件事的按比例")
    ] = 100_000,
    groups: Annotated[int, typer.Option(min=2, help="多少个群")] = 3_000,
    seconds: Annotated[float, typer.Option(min=5, help="一天压成多少秒，限流的时间窗也缩短同样倍数")] = 3_600,
    kill_every: Annotated[float, typer.Option(min=1, help="每隔多少秒 kill -9 一个进程")] = 5,
    database: Annotated[
        list[str] | None, typer.Option(help="sqlite、postgres，可写多次；不写就两种都量")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="留下数据库、日志和群里显示过的每一条，放进这个新建的目录")
    ] = None,
    as_json: Json = False,
) -> None:
    """一个县的一天：三千个群、二十万人、十万条消息，随时杀掉一个进程，数有没有丢、重、乱；再推算三十个县。"""
    chosen: dict[str, Any] = {"databases": tuple(database)} if database else {}
    numbers = _print_numbers(
        "county.measuring", as_json=as_json, messages=messages, groups=groups, seconds=seconds,
        kill_every=kill_every, keep=keep, **chosen,
    )  # fmt: skip
    if numbers["faults"]:
        raise typer.Exit(1)


def _print_numbers(name: str, *, as_json: bool, **size: Any) -> dict[str, Any]:
    # Imported by name and only here: the import contract forbids the program to depend on `bench`.
    numbers: dict[str, Any] = import_module(f"bench.{name}").measure(**size)
    if as_json:
        say_json(numbers)
        return numbers
    for key, value in numbers.items():
        say(f"{key:>28}  {value:,.2f}" if isinstance(value, float) else f"{key:>28}  {value}")
    return numbers
