"""`gridbot case …`: list and show cases, take in what other offices pass on, and answer them."""

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.cases import source_answers
from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table, show_progress
from bot.imports import outside_cases
from bot.imports.outside_cases import ColumnMapping, ImportSummary
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.cases import event_log, queries
from handlers.cases.calls.spot_draw import DrawGroup, draw_cases
from handlers.cases.lists import answers, archived
from handlers.cases.privacy import mask
from handlers.cases.queries import OPERATOR, PUBLIC, CaseFilter
from handlers.errors import NotFound
from handlers.wording import sources as source_words
from handlers.wording.spot_checks import OUTCOMES
from models.cases import Case, Event
from models.organisation import Person, Unit
from models.spot_checks import SpotCheck, SpotDraw
from models.workflow import ACTS, Status

app = typer.Typer(help="事件", no_args_is_help=True)


@app.command("list")
def list_(
    config: Config = CONFIG,
    status: Annotated[str | None, typer.Option(help="只看这个状态，如 NEW")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: Json = False,
) -> None:
    """最近的事件。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        cases, _ = queries.list_filtered(session, OPERATOR, CaseFilter(status=status or None), limit=limit)
        env = EnvironmentBuilder(database, settings)()
        rows = [
            (c.number, Status(c.status).chinese, env.class_info(c.class_id).name, mask(c.place))
            for c in cases
        ]
    if as_json:
        keys = ("number", "status", "class", "place")
        say_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    say_table(("编号", "状态", "类别", "地点"), rows)
    say(f"共 {len(rows)} 件")


@app.command("spot-check")
def show_spot_checks(
    day: Annotated[datetime, typer.Argument(help="哪一天办结的", formats=["%Y-%m-%d"])],
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """一天的抽查：种子、从多少件里抽、抽到哪些、回访怎样；照种子重算一遍，看对不对得上。"""
    with open_database(load_settings(config)) as database, database.read() as session:
        draw = session.scalar(select(SpotDraw).where(SpotDraw.day == day.date()))
        if draw is None:
            refuse(f"{day:%Y-%m-%d} 还没有抽，或者那天没有运行")
        groups = [DrawGroup.from_json(group) for group in draw.groups]
        found = session.execute(
            select(Case.number, Person.name, SpotCheck.outcome)
            .select_from(SpotCheck)
            .join(Case, Case.id == SpotCheck.case_id)
            .outerjoin(Person, Person.id == SpotCheck.caller_id)
            .where(SpotCheck.draw_id == draw.id)
            .order_by(Case.number)
        ).all()
        seed = draw.seed
    rows = [(row.number, row.name or "", row.outcome or "") for row in found]
    agrees = [number for number, *_ in rows] == draw_cases(seed, groups)
    pools = [{"share": str(group.share), "cases": len(group.numbers)} for group in groups]
    if as_json:
        checks = [{"number": number, "caller": name, "outcome": outcome} for number, name, outcome in rows]
        say_json(
            {"day": f"{day:%Y-%m-%d}", "seed": seed, "groups": pools, "checks": checks, "agrees": agrees}
        )
    else:
        say(f"{day:%Y-%m-%d}  种子 {seed}")
        for pool in pools:
            say(f"比例 {pool['share']}，{pool['cases']} 件里抽")
        say_table(
            ("编号", "谁打电话", "结果"),
            [(number, name, OUTCOMES[outcome]) for number, name, outcome in rows],
        )
    if not agrees:
        refuse("照种子重算，和存下的名单不一样")
    if not as_json:
        say("照种子重算，名单一致")


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="编号")], config: Config = CONFIG, as_json: Json = False
) -> None:
    """一件事的经过，并核对它与流水是否一致。"""
    settings = load_settings(config)
    with open_database(settings) as database, database.read() as session:
        try:
            case = queries.find_case(session, OPERATOR, number)
        except NotFound:
            for row in archived.find_archived(session, OPERATOR, number):
                refuse(archived.describe(row))
            refuse(f"没有编号为 {number} 的事件")
        unit = session.get(Unit, case.unit_id) if case.unit_id else None
        events = list(session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.number)))
        codes = EnvironmentBuilder(database, settings)().classifier.pack.codes.describe_class_codes(
            case.class_id
        )
        drift = event_log.find_drift(session, case)
        steps = [
            (e.at.astimezone(settings.zone), e.actor_name, ACTS[e.act].verb, mask(e.text)) for e in events
        ]
        head = (
            case.number,
            Status(case.status).chinese,
            case.class_id,
            mask(case.place),
            unit.display_name if unit else "",
        )
        rules = case.rules_version
    if as_json:
        answer = {"case": head, "codes": codes, "rules_version": rules, "events": steps, "adds_up": not drift}
        say_json(answer)
        return
    say("  ".join(head))
    say(f"识别规则版本 {rules or '（无）'}")
    say_table(("时间", "谁", "做了什么", "内容"), [(f"{at:%Y-%m-%d %H:%M}", *rest) for at, *rest in steps])
    say("与流水一致" if not drift else f"与流水不一致：{'、'.join(drift)}")


class _PreviewOnlyError(Exception):
    """Ends the transaction of a preview, so that nothing of it stays."""


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(help=".xlsx 或 .csv，表头：来源、编号、内容、收到时间，可以有姓名、电话、承办单位"),
    ],
    mapping: Annotated[Path | None, typer.Option(help="对方的表头怎么对应：一个 YAML 文件")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会怎样，什么也不留下")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """导入别处转来的事（12345、留言板、来信）：要么全部成功，要么一行不动；同一编号不会重复立案。"""
    settings = load_settings(config)
    called = outside_cases.read_mapping(mapping) if mapping is not None else ColumnMapping()
    lines = outside_cases.open_list(file, called)
    with open_database(settings) as database, show_progress("导入"):
        env, summary = EnvironmentBuilder(database, settings)(), ImportSummary()
        with suppress(_PreviewOnlyError), database.write() as session:
            now = datetime.now(UTC)
            rows = outside_cases.parse(session, lines, called, env.zone, now=now)
            summary = outside_cases.import_cases(session, rows, env, now=now)
            if dry_run:
                raise _PreviewOnlyError
    if as_json:
        say_json({**asdict(summary), "dry_run": dry_run, "passed_over": [str(note) for note in lines.notes]})
        return
    words = source_words.import_lines(
        opened=len(summary.opened), known=summary.known, late=summary.late, alone=summary.alone,
        doubles=summary.doubles, units=summary.units, is_preview=dry_run,
    )  # fmt: skip
    for line in (*words, *map(str, lines.notes)):
        say(line)


@app.command()
def export(
    source: Annotated[str, typer.Option(help="来源，如 12345")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="从哪天起有结果的")],
    out: Annotated[Path, typer.Option(help="写到哪个 .xlsx 或 .csv；已有的文件不会覆盖")],
    by: Annotated[
        str | None, typer.Option(help="交回答复的值班员编码：写出的答复记为由这个人送回来源")
    ] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """把有结果的写成表，交回来源：编号、答复、时间、结果。限阅的不在里面。"""
    settings = load_settings(config)
    with open_database(settings) as database:
        env = EnvironmentBuilder(database, settings)()
        begins = since.replace(tzinfo=env.zone).astimezone(UTC)
        with database.read() as session:
            found = answers.list_answers(session, PUBLIC, source, env, since=begins)
            source_answers.write_answers(found, out)
        delivered, refused = 0, list[str]()
        if by is not None:
            numbers = [one.case.number for one in found]
            with database.write() as session:
                delivered, refused = source_answers.record_delivery(
                    session, numbers, by, env, now=datetime.now(UTC)
                )
    if as_json:
        say_json({"written": len(found), "delivered": delivered, "refused": refused})
        return
    for line in (source_words.export_summary(len(found), str(out), delivered), *refused):
        say(line)
