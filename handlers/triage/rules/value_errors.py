"""pydantic's errors about a file in Chinese, with what may be written in its place.

The input is never quoted: it may be a secret.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from handlers.triage.rules.data_files import YAMLDocument

_PROBLEMS = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识的键",
    "union_tag_not_found": "缺少 {discriminator}",
    "union_tag_invalid": "{discriminator} 只能是 {expected_tags}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "greater_than": "应当大于 {gt}",
    "greater_than_equal": "应当不小于 {ge}",
    "less_than": "应当小于 {lt}",
    "less_than_equal": "应当不大于 {le}",
    "string_too_short": "不能为空",
    "string_too_long": "太长，最多 {max_length} 个字",
    "too_short": "不能为空",
    "string_type": "应当是文字，数字请加引号",
    "string_pattern_mismatch": "格式不对",
    "model_type": "应当是一组键值",
    "model_attributes_type": "应当是一组键值",
    "dict_type": "应当是一组键值",
    "mapping_type": "应当是一组键值",
    "tuple_type": "应当是列表",
    "list_type": "应当是列表",
    "path_type": "应当是文件路径",
    "value_error": "{error}",
}
_FAMILIES = (
    ("int", "应当是整数"),
    ("float", "应当是数字"),
    ("bool", "应当是 true 或 false"),
    ("time_delta", "应当是时长"),
)


def describe_problem(details: ErrorDetails) -> str:
    """What is wrong with one value, as a Chinese sentence without a full stop."""
    kind = details["type"]
    context = {key: _join_choices(value) for key, value in details.get("ctx", {}).items()}
    if kind in _PROBLEMS:
        return _PROBLEMS[kind].format(**context)
    return next((words for start, words in _FAMILIES if kind.startswith(start)), "写得不对")


def describe_errors(document: YAMLDocument, error: ValidationError, model: type[BaseModel]) -> list[str]:
    """`file:line: path: what is wrong` for every mistake in a document that should be a `model`."""
    return [
        document.describe(details["loc"], _describe_in_model(details, model))
        for details in error.errors(include_url=False, include_input=False)
    ]


def _describe_in_model(details: ErrorDetails, model: type[BaseModel]) -> str:
    steps = details["loc"]
    section = find_model(model, steps[:-1]) if details["type"] == "extra_forbidden" else None
    return describe_unknown_key(str(steps[-1]), section) if section else describe_problem(details)


def describe_unknown_key(key: str, model: type[BaseModel]) -> str:
    """That the key is unknown, with the one that is probably meant, or else all there are."""
    known = list_keys(model)
    if find_nearest(key, known):
        return f"不认识的键{format_suggestion(key, known)}"
    return f"不认识的键（这里可以写 {'、'.join(known)}）"


def list_keys(model: type[BaseModel]) -> list[str]:
    """The keys of a model as a file spells them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def find_nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is most like this one; None where none is like it."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), None)


def format_suggestion(word: str, known: Sequence[str]) -> str:
    """`（是不是 secret？）` where a known word is near, else nothing."""
    near = find_nearest(word, known)
    return f"（是不是 {near}？）" if near else ""


def example(model: type[BaseModel], name: str) -> str:
    """`port: 8000` for a field of a model; empty where it has none of this name."""
    field = model.model_fields.get(name)
    return f"{name}: {_example_value(field)}" if field else ""


def _join_choices(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return re.sub(r",? or |, ", "、", str(value).removesuffix(" seconds").replace("'", ""))


def find_model(model: type[BaseModel], steps: Sequence[int | str]) -> type[BaseModel] | None:
    """The model whose keys stand directly below this path."""
    annotation: Any = model
    for step in steps:
        annotation = next((below for arm in _arms(annotation) if (below := _descend(arm, step))), None)
    return next((arm for arm in _arms(annotation) if _is_model(arm)), None)


def _arms(annotation: Any) -> Iterator[Any]:
    """An annotation without `Annotated` and `None`; each side of a union."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _arms(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for arm in get_args(annotation):
            yield from _arms(arm)
    elif annotation not in (None, NoneType):
        yield annotation


def _descend(annotation: Any, step: int | str) -> Any:
    if _is_model(annotation):
        fields = annotation.model_fields.items()
        return next((field.annotation for name, field in fields if step in (name, field.alias)), None)
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return args[1]
    return args[0] if origin in (tuple, list) else None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _example_value(field: FieldInfo) -> str:
    if field.examples:
        return str(field.examples[0])
    if get_origin(field.annotation) is Literal:
        return str(get_args(field.annotation)[0])
    return _example_default(field.default)


def _example_default(value: Any) -> str:
    if isinstance(value, BaseModel):
        first = next(iter(type(value).model_fields))
        return f"{{{first}: {_example_default(getattr(value, first))}}}"
    if isinstance(value, SecretStr):
        return '"…"'
    return str(value).lower() if isinstance(value, bool) else str(value)
