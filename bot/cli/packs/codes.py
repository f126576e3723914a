"""`gridbot rules codes`: the codes that a class has in national and provincial code lists."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import CONFIG, Config, Json, load_settings, refuse
from bot.cli.output import say, say_json
from handlers.triage.rules.class_table import ClassInfo, find_class
from handlers.triage.rules.packs import Pack, load_pack
from handlers.triage.rules.value_errors import format_suggestion

KINDS = {"event": "事件", "part": "部件", "appeal": "诉求", "": "未写"}


def show_codes(
    class_: Annotated[str | None, typer.Argument(metavar="[CLASS]", help="类别的代码或名称")] = None,
    system: Annotated[str | None, typer.Option(help="只看一个标准，如 cjt214 或 cjt214-2007")] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="规则包，可写几个；不写用配置里的")] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """类别在各标准里叫什么、编码是多少：系统、版本、部件还是事件，都写明。"""
    rules = load_pack(pack or load_settings(config).rules.packs)
    _check_system(rules, system)
    descriptions = [_describe_class(rules, info, system) for info in _select_classes(rules, class_)]
    if as_json:
        say_json(descriptions)
        return
    titles = {(each.name, each.version, each.kind): each.title for each in rules.codes.systems}
    for each in descriptions:
        say(f"{each['class']}  {each['name']}（{KINDS[each['kind']]}）")
        for code in each["codes"]:
            title = titles[code["system"], code["version"], code["kind"]]
            say(f"  {title}  {code['code']}  {code['name']}".rstrip())
        if not each["codes"]:
            say("  没有编码")


def _check_system(rules: Pack, system: str | None) -> None:
    known = dict.fromkeys(
        name for each in rules.codes.systems for name in (each.name, f"{each.name}-{each.version}")
    )
    if system is not None and system not in known:
        refuse(f"没有编码表 {system}；有 {'、'.join(known) or '（无）'}")


def _select_classes(rules: Pack, class_: str | None) -> Sequence[ClassInfo]:
    infos = list(rules.classes.values())
    if class_ is None:
        return infos
    chosen = find_class(rules.classes, class_)
    if chosen is None:
        known = [name for info in infos for name in (info.id, info.name)]
        refuse(f"没有类别 {class_}{format_suggestion(class_, known)}")
    return [chosen]


def _describe_class(rules: Pack, info: ClassInfo, system: str | None) -> dict[str, Any]:
    codes = [
        code
        for code in rules.codes.describe_class_codes(info.id)
        if system in (None, code["system"], f"{code['system']}-{code['version']}")
    ]
    return {"class": info.id, "name": info.name, "kind": info.kind, "codes": codes}
