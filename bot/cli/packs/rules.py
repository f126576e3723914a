"""`gridbot rules …`: check and explain rules, measure them, learn packs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, show_progress
from bot.cli.packs import codes, suggestions
from bot.cli.packs.labelled import read_rows
from bot.config import rule_files
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.environment.limit_table import LimitTable
from handlers.environment.tables.spot_check_rules import SpotCheckRules
from handlers.triage import engine
from handlers.triage.classify.labeller import Labeller, LabelResult
from handlers.triage.evaluation import rule_lint
from handlers.triage.evaluation.metrics import evaluate
from handlers.triage.rules import pack_source
from handlers.triage.rules.packs import Pack, load_pack
from handlers.triage.text import common_words
from handlers.triage.types import Facts, Reason, Triage

if TYPE_CHECKING:
    from handlers.triage.address.parser import AddressParser
    from handlers.triage.learning.label_training import LabelledMessage

app = typer.Typer(help="识别规则", no_args_is_help=True)
app.command("codes")(codes.show_codes)
suggestions.register(app)

KINDS = {
    "contradictory": "自相矛盾",
    "unreachable": "永远不算",
    "duplicate": "重复",
    "shadowed": "被遮住",
    "uncoded": "没有编码",
    "stale": "该重学了",
}


@app.command()
def check(
    packs: Annotated[list[Path] | None, typer.Argument(help="规则包；不写用配置里的")] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """检查规则包和时限表：读不了的、自相矛盾的、永远不算的、重复的、被遮住的、没有编码的，都说明文件和行。"""
    settings = None if packs else load_settings(config)
    paths = settings.rules.packs if settings else packs or []
    pack = load_pack(paths)
    if settings or pack.classes:
        rule_files.require_triage_pack(pack)
    found = rule_lint.check(pack, pack_source.read_sources(paths))
    if settings:
        LimitTable.load(settings.rules.limits)
        SpotCheckRules.load(settings.rules.spot_checks)
    if as_json:
        say_json({"version": pack.version, "findings": [finding.to_json() for finding in found]})
    else:
        for finding in found:
            say(f"{'错误' if finding.grave else '提示'} {KINDS[finding.kind]}  {finding}")
    grave = sum(finding.grave for finding in found)
    if grave:
        refuse(f"规则有 {grave} 处错误")
    if not as_json:
        parts = f"{len(pack.parts.types)} 种地址部件" if pack.parts else ""
        classes = f"{count} 个类别" if (count := len(pack.classes) or len(pack.labels)) else ""
        say(f"规则没有错误：{'、'.join(filter(None, (classes, parts)))}，版本 {pack.version}")


@app.command("test")
def explain(
    text: Annotated[str, typer.Argument(help="一句话")],
    pack: Annotated[Path | None, typer.Option(help="学得的规则包；不写用配置里的")] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """看规则怎样理解一句话，以及每个结论是由哪些词得出的。

    是回答、催促还是更正，要看谁说的、先前报过什么：用 gridbot talk test。
    """
    if pack is not None and _explain_learned(load_pack([pack]), text, as_json=as_json):
        return
    if pack is not None:
        found = _build_classifier(load_pack([pack])).triage(text, facts=Facts())
        name = found.class_id
    else:
        settings = load_settings(config)
        with open_database(settings) as database:
            env = EnvironmentBuilder(database, settings)()
        found = env.classifier.triage(text, facts=Facts())
        name = env.class_info(found.class_id).name
    if as_json:
        say_json(found.to_json())
        return
    for line in format_triage(found, name):
        say(line)


def format_triage(found: Triage, name: str) -> list[str]:
    """Lines for the terminal; `name`: of the class that was found."""
    place = f"{found.place.text}（{found.place.level}）" if found.place else "没有听出"
    kind = "诉求" if found.report else "闲聊"
    lines = [
        "  ".join([kind, f"{name}（{found.class_id}）", found.nature, *(["紧急"] if found.urgent else [])]),
        f"地点：{place}  单位：{found.unit or '由值班员定'}",
        f"把握 {found.confidence:.0%}，比第二名 {found.runner_up or '（无）'} 多 {found.margin:g} 分",
    ]
    if found.missing:
        lines.append(f"还缺：{'、'.join(found.missing)}")
    return [*lines, *map(_format_reason, found.reasons)]


def _explain_learned(pack: Pack, text: str, *, as_json: bool) -> bool:
    """Print what a pack of learned labels or of address parts makes of the text; False for other packs."""
    if pack.labels:
        _explain_label(Labeller(pack.labels, pack.score).label(text), as_json=as_json)
    elif pack.parts and not pack.classes:
        _explain_parts(_build_parser(pack), text, as_json=as_json)
    return bool(pack.labels or not pack.classes)


def _explain_parts(reader: "AddressParser", text: str, *, as_json: bool) -> None:
    found = [(part, reader.explain_part(text, part)) for part in reader.parse(text)]
    if as_json:
        rows = [{**asdict(part), "reasons": [asdict(reason) for reason in why]} for part, why in found]
        say_json({"parts": rows})
        return
    for part, why in found:
        say(f"{text[part.start : part.end]}  {part.type}")
        for reason in why:
            say(_format_reason(reason))


def _explain_label(found: LabelResult, *, as_json: bool) -> None:
    if as_json:
        say_json(found.to_json())
        return
    say(f"{found.label}  {found.score:g} 分，比第二名 {found.runner_up or '（无）'} 多 {found.margin:g} 分")
    for reason in found.reasons:
        say(_format_reason(reason))


def _format_reason(reason: Reason) -> str:
    return f"  {reason.word}  {reason.weight:+g}  {reason.side}"


@app.command("learn")
def learn_pack(
    file: Annotated[
        Path, typer.Argument(help="每行一条 JSON：title、text、label，或者 text、spans；可以是 .gz")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写到哪个规则包")] = None,
    words: Annotated[
        int | None, typer.Option(min=1, help="每类最多多少个词；不写：消息 3000，地址部件 1000")
    ] = None,
    seed: Annotated[int, typer.Option(help="同样的消息和种子，总得同样的词")] = 0,
    folds: Annotated[int, typer.Option(min=0, help="分几份交叉检验；0 不检验")] = 0,
    title_only: Annotated[bool, typer.Option("--title-only", help="只看标题")] = False,
    as_json: Json = False,
) -> None:
    """从带标注的消息学出关键词，或从标好部件的地址学出部件，写成能改的规则包；--folds 量有多准。"""
    if output is None and not folds:
        refuse("请写明 -o 规则包，或者 --folds 份数")
    from handlers.triage.learning import address_training, label_training

    rows = read_rows(file)
    try:
        if any(map(address_training.is_labelled, rows)):
            summary = _learn_parts(
                rows, output, words=words or address_training.WORDS, seed=seed, folds=folds
            )
        else:
            messages = [
                each for row in rows if (each := label_training.parse_message(row, title_only=title_only))
            ]
            summary = _learn_labels(
                messages, output, words=words or label_training.WORDS, seed=seed, folds=folds
            )
    except (label_training.LearningError, OSError) as error:
        refuse(f"{file}：{error}")
    say_json(summary) if as_json else say(json.dumps(summary, ensure_ascii=False, indent=2))


def _learn_labels(
    messages: Sequence["LabelledMessage"], output: Path | None, *, words: int, seed: int, folds: int
) -> dict[str, Any]:
    from handlers.triage.learning import label_training, pack_writer

    summary: dict[str, Any] = {}
    with show_progress("交叉检验，然后学习" if folds else "学习") as report:
        if folds:
            summary = label_training.cross_validate(messages, folds, words=words, seed=seed, report=report)
        learned = label_training.learn(messages, words=words, seed=seed) if output else None
    if output is not None and learned is not None:
        output.write_text(pack_writer.dump_labels(learned), encoding="utf-8")
        summary |= {"messages": len(messages), "labels": len(learned.labels)}
        summary["words_per_label"] = learned.count_most_words()
    return summary


def _learn_parts(
    rows: Sequence[Mapping[str, Any]], output: Path | None, *, words: int, seed: int, folds: int
) -> dict[str, Any]:
    from handlers.triage.learning import address_training, pack_writer

    addresses = [address_training.parse_address(row) for row in rows if address_training.is_labelled(row)]
    summary: dict[str, Any] = {}
    with show_progress("交叉检验，然后学习" if folds else "学习") as report:
        if folds:
            summary = address_training.cross_validate(addresses, folds, words=words, seed=seed, report=report)
        learned = address_training.learn(addresses, words=words, seed=seed) if output else None
    if output is not None and learned is not None:
        output.write_text(pack_writer.dump_addresses(learned), encoding="utf-8")
        summary |= {"addresses": len(addresses), "types": len(learned.rules.types)}
        summary |= {"weights": learned.count_weights(), "words_per_type": learned.count_most_words()}
    return summary


@app.command("hints")
def learn_hints(
    output: Annotated[Path, typer.Option("-o", "--output", help="写到哪个文件，规则包里要 include 它")],
    pack: Annotated[list[Path] | None, typer.Option(help="规则包，可写几个；不写用配置里的")] = None,
    seed: Annotated[int, typer.Option(help="同样的例句和种子，总得同样的字眼")] = 0,
    config: Config = CONFIG,
) -> None:
    """从规则包的例句学出字眼：像哪一类、像不像来反映事情、急不急。"""
    from handlers.triage.learning import ngram_training, pack_writer

    loaded = load_pack(pack or load_settings(config).rules.packs)
    if not loaded.examples:
        refuse("规则包里没有例句（examples）")
    with show_progress("从例句学习"):
        learned = ngram_training.learn(loaded, seed=seed)
    output.write_text(pack_writer.dump_ngrams(learned), encoding="utf-8")
    say(f"{output}：{learned.examples} 条例句，{learned.count_weights()} 个分值")


@app.command("dangers")
def learn_dangers(
    files: Annotated[
        list[Path], typer.Argument(help="每行一条 JSON：text，和 danger 或 urgent（真假）；可以是 .gz")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="写到哪个文件，规则包里要 include 它")],
    pack: Annotated[list[Path] | None, typer.Option(help="规则包，可写几个；不写用配置里的")] = None,
    config: Config = CONFIG,
) -> None:
    """从带标注的话学出轻重：说的是眼前的危险，还是在谈论危险。"""
    from handlers.triage.learning import alarm_training, pack_writer

    loaded = load_pack(pack or load_settings(config).rules.packs)
    rows = (row for file in files for row in read_rows(file))
    lines = [line for row in rows if (line := alarm_training.parse_line(row))]
    if not any(line.danger for line in lines) or all(line.danger for line in lines):
        refuse("要有带 danger（或 urgent）标注的话，真的假的都要有")
    with show_progress("从标注学习"):
        learned = alarm_training.learn(loaded, lines)
    output.write_text(pack_writer.dump_alarm(learned), encoding="utf-8")
    say(f"{output}：{learned.lines} 条标注，{learned.examples} 条例句，{learned.count_weights()} 个分值")


@app.command("sayings")
def learn_sayings(
    file: Annotated[Path, typer.Argument(help="每行一句接着说的话：谁说的，空格，迹象，空格，句子")],
    output: Annotated[Path, typer.Option("-o", "--output", help="写到哪个文件，规则包里要 include 它")],
    pack: Annotated[list[Path] | None, typer.Option(help="规则包，可写几个；不写用配置里的")] = None,
    config: Config = CONFIG,
) -> None:
    """从例句学出接着说的话里有什么意思：解决了、没解决、催、问、撤回……规则没写到的说法也听得出。"""
    from handlers.talk.sayings import saying_file, sign_training
    from handlers.triage.learning import pack_writer

    loaded = load_pack(pack or load_settings(config).rules.packs)
    try:
        sayings = saying_file.parse_sayings(file.read_text(encoding="utf-8"))
    except ValueError as error:
        refuse(f"{file}：{error}")
    with show_progress("从例句学习"):
        learned = sign_training.learn(loaded, sayings)
    weights = learned.count_weights()
    output.write_text(
        pack_writer.dump_sayings(learned.rules, sayings=learned.sayings, weights=weights), encoding="utf-8"
    )
    say(f"{output}：{learned.sayings} 条例句，{weights} 个分值")


@app.command("eval")
def evaluate_pack(
    file: Annotated[Path, typer.Argument(help="每行一条带标注的 JSON；可以是 .gz")],
    pack: Annotated[list[Path] | None, typer.Option(help="规则包，可写几个；不写用配置里的")] = None,
    overheard: Annotated[bool, typer.Option("--overheard", help="当作没有 @ 机器人的群聊")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """在带标注的语料上量一量规则有多准：消息带了哪些标注，就给哪些分。"""
    loaded = load_pack(pack or load_settings(config).rules.packs)
    classifier = _build_classifier(loaded) if loaded.classes else None
    labeller = Labeller(loaded.labels, loaded.score) if loaded.labels else None
    facts = Facts(addressed=not overheard)
    rows = read_rows(file)
    reader = _build_parser(loaded).parse if loaded.parts and any(row.get("spans") for row in rows) else None
    summary = evaluate(classifier, rows, facts=facts, labeller=labeller, reader=reader)
    summary["version"] = loaded.version
    say_json(summary) if as_json else say(json.dumps(summary, ensure_ascii=False, indent=2))


def _build_parser(pack: Pack) -> "AddressParser":
    """The address parser of the pack. Imported only here: its weights are a table of megabytes."""
    from handlers.triage.address.parser import AddressParser

    if pack.parts is None:
        refuse("规则包里没有地址部件")
    return AddressParser(pack.parts)


def _build_classifier(pack: Pack) -> engine.Classifier:
    return engine.build_classifier(pack, (), common=common_words.load_short_words)
