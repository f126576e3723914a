"""`gridbot rules …`: ask the rules what they make of a sentence, and how good they are."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.common import CONFIG, Config, Json, load, opened, refuse, say, say_json
from bot.offices import OfficeKeeper
from handlers.triage.evaluate import evaluate
from handlers.triage.packs import PackError, load_pack
from handlers.triage.result import Facts, Triage

app = typer.Typer(help="识别规则", no_args_is_help=True)


@app.command()
def check(config: Config = CONFIG) -> None:
    """检查规则包，错误说明文件和位置。"""
    settings = load(config)
    try:
        pack = load_pack(settings.rules.packs)
    except PackError as error:
        refuse(str(error))
    say(f"规则没有问题：{len(pack.classes)} 个类别，版本 {pack.version}")


@app.command("test")
def explain(
    text: Annotated[str, typer.Argument(help="一句话")], config: Config = CONFIG, as_json: Json = False
) -> None:
    """看规则怎样理解一句话，以及每个结论是由哪些词得出的。"""
    settings = load(config)
    with opened(settings) as database:
        office = OfficeKeeper(database, settings)()
    found = office.understanding.triage(text, facts=Facts())
    if as_json:
        say_json(found.to_json())
        return
    for line in _told(found, office.class_info(found.class_id).name):
        say(line)


def _told(found: Triage, name: str) -> list[str]:
    place = f"{found.place.text}（{found.place.level}）" if found.place else "没有听出"
    kind = "诉求" if found.report else "闲聊"
    lines = [
        "  ".join([kind, f"{name}（{found.class_id}）", found.nature, *(["紧急"] if found.urgent else [])]),
        f"地点：{place}  单位：{found.unit or '由值班员定'}",
        f"把握 {found.confidence:.0%}，比第二名 {found.runner_up or '（无）'} 多 {found.margin:g} 分",
    ]
    if found.missing:
        lines.append(f"还缺：{'、'.join(found.missing)}")
    lines += [f"  {reason.word}  {reason.weight:+g}  {reason.side}" for reason in found.reasons]
    return lines


@app.command("eval")
def eval_(
    file: Annotated[Path, typer.Argument(help="每行一条带标注的 JSON")],
    pack: Annotated[Path | None, typer.Option(help="规则包；不写用配置里的")] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """在带标注的语料上量一量规则有多准。"""
    from handlers.triage import engine

    packs = [pack] if pack is not None else load(config).rules.packs
    try:
        understanding = engine.build(load_pack(packs), ())
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (PackError, OSError, ValueError) as error:
        refuse(f"{file}：{error}")
    scores = evaluate(understanding, rows)
    if as_json:
        say_json(scores)
        return
    say(json.dumps(scores, ensure_ascii=False, indent=2))
