"""pydantic's errors about config.yaml, each with its path and an example of a right value."""

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.channels.registry import SHIPPED_KINDS, ChannelKinds
from bot.config.problems import ConfigProblem
from bot.config.settings import Settings
from handlers.triage.rules import value_errors


def describe_errors(error: ValidationError, kinds: ChannelKinds = SHIPPED_KINDS) -> list[ConfigProblem]:
    """What is wrong with config.yaml, by path, without lines: whoever has the file adds them.

    `kinds`: the kinds of channel that its channels were read as.
    """
    details = error.errors(include_url=False, include_input=False)
    return [_describe_error(each, kinds) for each in details]


def _describe_error(details: ErrorDetails, kinds: ChannelKinds) -> ConfigProblem:
    loc = [str(step) for step in details["loc"]]
    path = ".".join(step for step in _drop_channel_kind(loc, kinds) if step != "[key]")
    if details["type"] == "extra_forbidden":
        return describe_unknown_key(path, loc[-1], _section(loc[:-1], kinds) or Settings)
    if loc[-1] == "[key]":
        return ConfigProblem(path, "名字只能用字母、数字、- 和 _", "grid")
    return ConfigProblem(path, value_errors.describe_problem(details), _example(loc, kinds))


def describe_unknown_key(path: str, key: str, model: type[BaseModel]) -> ConfigProblem:
    """The problem of a key that `model` does not have, with an example of the key that is probably meant."""
    near = value_errors.find_nearest(key, value_errors.list_keys(model))
    return ConfigProblem(
        path,
        value_errors.describe_unknown_key(key, model),
        value_errors.example(model, near) if near else "",
    )


def _drop_channel_kind(loc: list[str], kinds: ChannelKinds) -> list[str]:
    """pydantic puts the chosen kind into the path of a channel's key; the file has no such level."""
    return loc[:2] + loc[3:] if _channel_model(loc, kinds) else loc


def _channel_model(loc: list[str], kinds: ChannelKinds) -> type[BaseModel] | None:
    """The settings model of the channel that the path `loc` leads into; None where it leads elsewhere."""
    return kinds.find_model(loc[2]) if loc[0] == "channels" and len(loc) > 2 else None


def _section(loc: list[str], kinds: ChannelKinds) -> type[BaseModel] | None:
    """The model whose keys stand directly below the path `loc`; None where there is none."""
    if loc and (channel := _channel_model(loc, kinds)):
        return value_errors.find_model(channel, loc[3:])
    return value_errors.find_model(Settings, loc)


def _example(loc: list[str], kinds: ChannelKinds) -> str:
    if loc[0] == "channels" and len(loc) <= 2:
        return value_errors.example(Settings, "channels")
    while len(loc) > 1 and _section(loc[:-1], kinds) is None:
        loc = loc[:-1]
    return value_errors.example(_section(loc[:-1], kinds) or Settings, loc[-1])
