"""`gridbot talk …`: what is made of words in a situation, and of a transcript under other rules."""

from typing import Annotated

import typer

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database
from bot.cli.output import say, say_json
from bot.cli.packs.rules import format_triage
from bot.cli.talk import replay, shown
from bot.cli.talk.reading import format_reading
from bot.cli.talk.situation_flags import SituationFlags, Speaker, UnknownState, build_situation
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.talk.explanation import explain_reading
from handlers.talk.planning import plan_reading
from handlers.talk.understanding import understand

app = typer.Typer(help="对话：一句话在当时的情形下怎样理解", no_args_is_help=True)
app.command()(replay.replay)
app.command()(shown.show)


@app.command("test")
def explain(
    text: Annotated[str, typer.Argument(help="一句话")],
    speaker: Annotated[Speaker, typer.Option("--as", help="谁说的")] = Speaker.RESIDENT,
    case: Annotated[
        list[str] | None,
        typer.Option(
            help="先前的事件：状态[:事由[:地点]]，如 CALLBACK:路灯不亮:解放路；先报的先写，编号从 0001 起"
        ),
    ] = None,
    direct: Annotated[bool, typer.Option("--direct", help="单聊里说的")] = False,
    overheard: Annotated[bool, typer.Option("--overheard", help="群里说的，没有 @ 机器人")] = False,
    quote: Annotated[bool, typer.Option("--quote", help="引用了第一件的消息")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="最后一件刚报上来，还在等补充")] = False,
    photo: Annotated[bool, typer.Option("--photo", help="带照片")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """看一句话在当时的情形下怎样理解：是哪种对话行为、哪些词得出的、说的是哪一件、要办什么。"""
    flags = SituationFlags(
        speaker, case or (), is_direct=direct, is_overheard=overheard,
        is_quoting=quote, is_fresh=fresh, has_photo=photo,
    )  # fmt: skip
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        env = EnvironmentBuilder(database, settings)()
        try:
            situation = build_situation(text, flags, env, session)
        except UnknownState as error:
            raise typer.BadParameter(str(error), param_hint="--case") from error
    read = understand(flags.words(text), situation, env.classifier)
    explained = explain_reading(read, plan_reading(read, situation, env.classifier.pack.dialogue))
    if as_json:
        say_json(explained | {"triage": read.triage.to_json()})
        return
    for line in format_reading(explained):
        say(line)
    say("识别：")
    for line in format_triage(read.triage, env.class_info(read.triage.class_id).name):
        say(f"  {line}")
