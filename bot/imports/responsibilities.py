"""Import of a list of responsibilities (权责清单), all or nothing: a wrong row refuses the whole file.

What the list itself leaves open (an item without a unit, one in the hands of two) is no mistake of the file:
it is taken in and reported, since that is what rulings are for.
"""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.imports.org_rows import SheetRow, Text
from bot.imports.places import OrganisationIndex
from bot.imports.row_errors import validate_line
from bot.imports.spreadsheet import Column, Line, ListColumns
from handlers.environment.areas import Areas
from handlers.environment.snapshot import Environment
from handlers.environment.upkeep.responsibilities import Item
from handlers.errors import NotFound

COLUMNS = ListColumns(
    subject="name",
    unkept={"序号": "", "备注": "", "事项类型": "", "实施主体类型": "", "追责情形": ""},
    columns=(
        Column("number", "事项编号", ("编号", "事项编码", "职权编码", "权力编码"), True, "320684-CG-012"),
        Column("name", "事项名称", ("名称", "职权名称", "权力名称", "事项"), True, "对油烟扰民的处罚"),
        Column("law", "依据", ("法律依据", "实施依据", "设定依据"), example="《大气污染防治法》第八十一条"),
        Column("unit", "责任单位", ("单位", "实施主体", "实施部门", "责任主体", "部门"), example="城管局"),
        Column("level", "层级", ("行使层级", "级别"), example="区级"),
        Column("class_name", "类别", ("事件类别",), example="餐饮油烟"),
    ),
)


class ResponsibilityRow(SheetRow):
    """One line of a list of responsibilities."""

    number: Annotated[Text, Field(max_length=64, examples=["320684-CG-012"])]
    name: Annotated[Text, Field(max_length=200, examples=["对油烟扰民的处罚"])]
    law: Annotated[str, Field(max_length=1000, examples=["《大气污染防治法》第八十一条"])] = ""
    unit: Annotated[Text | None, Field(examples=["城管局"])] = None
    level: Annotated[str, Field(max_length=20, examples=["区级"])] = ""
    class_name: Annotated[Text | None, Field(examples=["餐饮油烟"])] = None


def read_items(session: Session, lines: Iterable[Line], env: Environment) -> list[Item]:
    """The items of a list.

    Raises ConfigProblemsFound with every wrong row: an unknown unit or class, an item twice in the hands of
    one unit, one number for two names.
    """
    index = OrganisationIndex.load(session, Areas())
    problems: list[ConfigProblem] = []
    found: dict[tuple[str, int | None], Item] = {}
    names: dict[str, str] = {}
    for line in lines:
        row = validate_line(line, line.fields, ResponsibilityRow, problems, whole="number")
        item = _read_row(line, row, index, env, problems) if row is not None else None
        if item is None:
            continue
        if (item.number, item.unit_id) in found:
            problems.append(ConfigProblem(line.locate("number"), f"{item.number} 已经在前面写过了"))
        elif names.setdefault(item.number, item.name) != item.name:
            problems.append(
                ConfigProblem(line.locate("name"), f"{item.number} 前面叫「{names[item.number]}」")
            )
        found[item.number, item.unit_id] = item
    if problems:
        raise ConfigProblemsFound(problems)
    return list(found.values())


def _read_row(
    line: Line,
    row: ResponsibilityRow,
    index: OrganisationIndex,
    env: Environment,
    problems: list[ConfigProblem],
) -> Item | None:
    before = len(problems)
    unit_id = index.units.get(row.unit) if row.unit is not None else None
    if row.unit is not None and unit_id is None:
        problems.append(ConfigProblem(line.locate("unit"), f"没有单位「{row.unit}」"))
    class_id = None
    if row.class_name is not None:
        try:
            class_id = env.find_class(row.class_name).id
        except NotFound as error:
            problems.append(ConfigProblem(line.locate("class_name"), error.sentence))
    if len(problems) > before:
        return None
    return Item(row.number, row.name, row.law, row.level, unit_id, class_id)
