"""What pydantic finds wrong with a row, in the words of the file that the row stands in."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.config import validation_errors
from bot.config.problems import ConfigProblem
from bot.imports.spreadsheet import Line
from handlers.triage.rules import value_errors

_Row = TypeVar("_Row", bound=BaseModel)


def validate_line(
    line: Line, row: object, model: type[_Row], problems: list[ConfigProblem], *, whole: str
) -> _Row | None:
    """`row` (the fields of the line, nested as the model wants them) as a model; None where it is not
    right, and why is added to `problems`. `whole`: the field to name where the row as a whole is wrong."""
    problems += line.faults
    try:
        found = model.model_validate(row)
    except ValidationError as error:
        spoilt = {problem.path for problem in line.faults}
        problems += [
            problem
            for details in error.errors(include_url=False, include_input=False)
            if (problem := _describe_cell(line, details, whole)).path not in spoilt
        ]
        return None
    return found if not line.faults else None


def _describe_cell(line: Line, details: ErrorDetails, whole: str) -> ConfigProblem:
    steps = [step for step in details["loc"] if isinstance(step, str) and step != "[key]"]
    field = ".".join(steps)
    column = line.columns.find_column(field or whole)
    message = value_errors.describe_problem(details)
    if not field:
        message = message.replace(f" {whole}", f"“{line.get_heading(whole)}”")
    elif details["type"] == "missing":
        message = "没有填"
    elif column and column.choices:
        message = f"只能是 {'、'.join(column.choices)}"
    return ConfigProblem(line.locate(field), message, column.example if column else "")


def describe_yaml_errors(place: str, error: ValidationError, model: type[BaseModel]) -> list[ConfigProblem]:
    """What is wrong with one row of a YAML list, each with its path: `people[2].unit`."""
    return [
        _describe_key(place, details, model)
        for details in error.errors(include_url=False, include_input=False)
    ]


def _describe_key(place: str, details: ErrorDetails, model: type[BaseModel]) -> ConfigProblem:
    steps = [str(step) for step in details["loc"] if step != "[key]"]
    path = ".".join([place, *steps])
    if details["type"] == "extra_forbidden" and len(steps) == 1:
        return validation_errors.describe_unknown_key(path, steps[0], model)
    # A row is wrong as a whole where a member of staff has no unit.
    example = value_errors.example(model, steps[0] if steps else "unit")
    return ConfigProblem(path, value_errors.describe_problem(details), example)
