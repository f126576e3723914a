"""`gridbot talk replay`: a transcript under the rules as they are, and as they would be, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import CONFIG, Config, Json, load_settings, open_database, refuse
from bot.cli.output import say, say_json, show_progress
from bot.cli.talk.playback import LineOutcome, OpenedCase, Playback, UnknownChat
from bot.cli.talk.throwaway import open_throwaway
from bot.cli.talk.transcript import TranscriptLine, WrongTime, list_times, read_transcript
from bot.config.settings import Settings
from bot.imports import OrganisationError
from bot.rule_snapshots.environment_builder import EnvironmentBuilder
from models.database import Database

_PACK = "default.yaml"


def replay(
    file: Annotated[Path, typer.Argument(help="每行一条 JSON：who、text、chat 或 use、at……；可以是 .gz")],
    rules: Annotated[
        list[Path] | None,
        typer.Option("--rules", help="另一套规则：规则包，可写几个；或里面有 default.yaml 的文件夹"),
    ] = None,
    organisation: Annotated[
        Path | None, typer.Option("--org", help="用这个组织文件；不写用数据库里的，没有就用示例区")
    ] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """把一段对话放一遍，什么也不发出去。写了 --rules，只列两套规则下结果不同的那几句；不写，逐句列出。"""
    settings = load_settings(config)
    lines = read_transcript(file)
    with open_database(settings) as source:
        try:
            times = list(list_times(lines, settings.zone, start=datetime.now(UTC)))
            before = _play(settings, source, organisation, lines, times)
            changed = _with_rules(settings, rules) if rules else None
            after = _play(changed, source, organisation, lines, times) if changed is not None else None
        except (UnknownChat, WrongTime) as error:
            refuse(str(error))
        except OrganisationError as error:
            refuse(*map(str, error.problems))
    if as_json:
        say_json(_to_json(lines, before, after))
        return
    for sentence in _format(lines, before, after):
        say(sentence)


def _with_rules(settings: Settings, rules: Sequence[Path]) -> Settings:
    packs = tuple((each / _PACK if each.is_dir() else each).absolute() for each in rules)
    if missing := [str(pack) for pack in packs if not pack.exists()]:
        refuse(f"没有规则包 {'、'.join(missing)}")
    changed = settings.rules.model_copy(update={"packs": packs})
    return settings.model_copy(update={"rules": changed})


def _play(
    settings: Settings,
    source: Database,
    organisation: Path | None,
    lines: Sequence[TranscriptLine],
    times: Sequence[datetime],
) -> list[LineOutcome]:
    with open_throwaway(source, organisation) as database, show_progress("放一遍"):
        return Playback(database, EnvironmentBuilder(database, settings)()).play(lines, times)


def _list_changed(before: Sequence[LineOutcome], after: Sequence[LineOutcome] | None) -> list[int]:
    """The places of the lines to show: those that differ, or all where there is nothing to compare with."""
    if after is None:
        return list(range(len(before)))
    return [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]


def _count(outcomes: Sequence[LineOutcome]) -> dict[str, int]:
    return {
        "opened": sum(len(each.opened) for each in outcomes),
        "urgent": sum(case.urgent for each in outcomes for case in each.opened),
        "acts": sum(len(each.acts) for each in outcomes),
        "nothing": sum(not each.opened and not each.acts for each in outcomes),
    }


def _to_json(
    lines: Sequence[TranscriptLine], before: Sequence[LineOutcome], after: Sequence[LineOutcome] | None
) -> dict[str, Any]:
    changed = _list_changed(before, after)
    rows = [
        {
            "id": lines[at].id, "who": lines[at].who, "text": lines[at].text, "now": asdict(before[at]),
            **({"then": asdict(after[at])} if after is not None else {}),
        }
        for at in changed
    ]  # fmt: skip
    totals = {"now": _count(before), **({"then": _count(after)} if after is not None else {})}
    return {"lines": len(lines), "differ": len(changed) if after is not None else 0, "rows": rows, **totals}


_TOTALS = {"opened": "立案", "urgent": "其中紧急", "acts": "动作", "nothing": "没有动作也没有立案"}


def _format(
    lines: Sequence[TranscriptLine], before: Sequence[LineOutcome], after: Sequence[LineOutcome] | None
) -> Iterator[str]:
    changed = _list_changed(before, after)
    for at in changed:
        line = lines[at]
        yield f"{line.id}  {line.who}：{' '.join(line.text.split())}"
        if after is None:
            yield f"  {_format_outcome(before[at])}"
        else:
            yield f"  现在  {_format_outcome(before[at])}"
            yield f"  改后  {_format_outcome(after[at])}"
    old, new = _count(before), _count(after) if after is not None else None
    counts = "，".join(
        f"{name} {old[key]} 件" + (f" → {new[key]} 件" if new is not None else "")
        if key in ("opened", "urgent")
        else f"{name} {old[key]}" + (f" → {new[key]}" if new is not None else "")
        for key, name in _TOTALS.items()
    )
    differ = f"，不同 {len(changed)} 句" if after is not None else ""
    yield f"共 {len(lines)} 句{differ}；{counts}"


def _format_outcome(outcome: LineOutcome) -> str:
    parts = [_format_case(case) for case in outcome.opened]
    parts += [f"{act}（第 {of} 句的事件）" if of else act for act, of in outcome.acts]
    return "  ".join([outcome.slug, *parts])


def _format_case(case: OpenedCase) -> str:
    urgent = "，紧急" if case.urgent else ""
    return f"立案 {case.class_id}（{case.place or '没有地点'}{urgent}）"
