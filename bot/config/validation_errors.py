"""pydantic's errors about a file in the words of the person who wrote it.

The input is never quoted: it may be a secret.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.config.problems import ConfigProblem, find_nearest, format_suggestion
from bot.config.settings import AibotChannel, AppChannel, OfficialAccountChannel, Settings, WebhookChannel

_CHANNELS: Mapping[str, type[BaseModel]] = {
    "aibot": AibotChannel,
    "webhook": WebhookChannel,
    "app": AppChannel,
    "official_account": OfficialAccountChannel,
}

_PROBLEMS = {
    "missing": "缺少这一项",
    "union_tag_not_found": "缺少 kind",
    "union_tag_invalid": f"kind 只能是 {'、'.join(_CHANNELS)}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "greater_than": "应当大于 {gt}",
    "greater_than_equal": "应当不小于 {ge}",
    "less_than_equal": "应当不大于 {le}",
    "string_too_short": "不能为空",
    "too_short": "不能为空",
    "string_type": "应当是文字，数字请加引号",
    "string_pattern_mismatch": "格式不对",
    "model_type": "应当是一组键值",
    "model_attributes_type": "应当是一组键值",
    "dict_type": "应当是一组键值",
    "tuple_type": "应当是列表",
    "path_type": "应当是文件路径",
    "value_error": "{error}",
}
_FAMILIES = (
    ("int", "应当是整数"),
    ("float", "应当是数字"),
    ("bool", "应当是 true 或 false"),
    ("time_delta", "应当是时长"),
)


def describe_errors(error: ValidationError) -> list[ConfigProblem]:
    """What is wrong with config.yaml."""
    return [_describe_error(details) for details in error.errors(include_url=False, include_input=False)]


def _describe_error(details: ErrorDetails) -> ConfigProblem:
    loc = [str(step) for step in details["loc"]]
    path = ".".join(step for step in _drop_channel_kind(loc) if step != "[key]")
    if details["type"] == "extra_forbidden":
        return describe_unknown_key(path, loc[-1], _section(loc[:-1]) or Settings)
    if loc[-1] == "[key]":
        return ConfigProblem(path, "名字只能用字母、数字、- 和 _", "grid")
    return ConfigProblem(path, describe_problem(details), _example(loc))


def describe_unknown_key(path: str, key: str, model: type[BaseModel]) -> ConfigProblem:
    known = list(model.model_fields)
    if near := find_nearest(key, known):
        return ConfigProblem(path, f"不认识的键{format_suggestion(key, known)}", example(model, near))
    return ConfigProblem(path, f"不认识的键（这里可以写 {'、'.join(known)}）")


def describe_problem(details: ErrorDetails) -> str:
    """What is wrong with one value."""
    kind = details["type"]
    context = {key: _words(value) for key, value in details.get("ctx", {}).items()}
    if kind in _PROBLEMS:
        return _PROBLEMS[kind].format(**context)
    return next((words for start, words in _FAMILIES if kind.startswith(start)), "写得不对")


def example(model: type[BaseModel], name: str) -> str:
    """`port: 8000`: the example given with the field, else its default."""
    field = model.model_fields.get(name)
    return f"{name}: {_value(field)}" if field else ""


def _words(value: object) -> str:
    return re.sub(r",? or |, ", "、", str(value).removesuffix(" seconds").replace("'", ""))


def _drop_channel_kind(loc: list[str]) -> list[str]:
    """pydantic puts the chosen kind into the path of a channel's key; the file has no such level."""
    return loc[:2] + loc[3:] if _kind(loc) else loc


def _kind(loc: list[str]) -> str | None:
    return loc[2] if loc[0] == "channels" and len(loc) > 2 and loc[2] in _CHANNELS else None


def _section(loc: list[str]) -> type[BaseModel] | None:
    """The model whose keys stand directly below `loc`."""
    if not loc:
        return Settings
    if kind := _kind(loc):
        return _CHANNELS[kind]
    field = Settings.model_fields.get(loc[0])
    model = field.annotation if field and len(loc) == 1 else None
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def _example(loc: list[str]) -> str:
    if loc[0] == "channels" and len(loc) <= 2:
        return example(Settings, "channels")
    while len(loc) > 1 and _section(loc[:-1]) is None:
        loc = loc[:-1]
    return example(_section(loc[:-1]) or Settings, loc[-1])


def _value(field: FieldInfo) -> str:
    if field.examples:
        return str(field.examples[0])
    if get_origin(field.annotation) is Literal:
        return str(get_args(field.annotation)[0])
    return _default(field.default)


def _default(value: Any) -> str:
    if isinstance(value, BaseModel):
        first = next(iter(type(value).model_fields))
        return f"{{{first}: {_default(getattr(value, first))}}}"
    if isinstance(value, SecretStr):
        return '"…"'
    return str(value).lower() if isinstance(value, bool) else str(value)
