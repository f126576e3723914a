"""pydantic's errors about config.yaml, each with its path and an example of a right value."""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.config.problems import ConfigProblem
from bot.config.settings import AibotChannel, AppChannel, OfficialAccountChannel, Settings, WebhookChannel
from handlers.triage.rules import value_errors

_CHANNELS: Mapping[str, type[BaseModel]] = {
    "aibot": AibotChannel,
    "webhook": WebhookChannel,
    "app": AppChannel,
    "official_account": OfficialAccountChannel,
}


def describe_errors(error: ValidationError) -> list[ConfigProblem]:
    """What is wrong with config.yaml, by path; whoever has the file adds the lines."""
    return [_describe_error(details) for details in error.errors(include_url=False, include_input=False)]


def _describe_error(details: ErrorDetails) -> ConfigProblem:
    loc = [str(step) for step in details["loc"]]
    path = ".".join(step for step in _drop_channel_kind(loc) if step != "[key]")
    if details["type"] == "extra_forbidden":
        return describe_unknown_key(path, loc[-1], _section(loc[:-1]) or Settings)
    if loc[-1] == "[key]":
        return ConfigProblem(path, "名字只能用字母、数字、- 和 _", "grid")
    return ConfigProblem(path, value_errors.describe_problem(details), _example(loc))


def describe_unknown_key(path: str, key: str, model: type[BaseModel]) -> ConfigProblem:
    """That `model` has no such key, with an example of the one that is probably meant."""
    near = value_errors.find_nearest(key, value_errors.list_keys(model))
    return ConfigProblem(
        path,
        value_errors.describe_unknown_key(key, model),
        value_errors.example(model, near) if near else "",
    )


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
        return value_errors.example(Settings, "channels")
    while len(loc) > 1 and _section(loc[:-1]) is None:
        loc = loc[:-1]
    return value_errors.example(_section(loc[:-1]) or Settings, loc[-1])
