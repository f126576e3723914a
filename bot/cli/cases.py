"""`gridbot case …`: list and show cases in the terminal."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import select

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, say_table
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from handlers.cases import event_log, queries
from handlers.cases.calls.spot_draw import DrawGroup, draw_cases
from handlers.cases.privacy import mask
from handlers.cases.queries import OPERATOR, CaseFilter
from handlers.errors import NotFound
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
