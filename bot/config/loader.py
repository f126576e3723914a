"""config.yaml, the environment and the shipped rules, made into `Settings` (design §9).

    file ── ${NAME} ──> GRIDBOT_SECTION__KEY ──> Settings ──> paths beside the file

Every mistake is collected, and all are reported together.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.channels.registry import SHIPPED_KINDS, ChannelKinds
from bot.config import validation_errors, yaml_file
from bot.config.problems import ConfigProblem, ConfigProblemsFound
from bot.config.settings import Settings, SpeechModelSettings
from handlers.triage.rules.data_files import YAMLDocument

PREFIX = "GRIDBOT_"
PACKAGE_ROOT = Path(__file__).resolve().parents[2]
"""Where the packages lie, and `rules/` beside them."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class ConfigError(ConfigProblemsFound):
    """config.yaml cannot be used."""


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    missing_ok: bool = False,
    kinds: ChannelKinds = SHIPPED_KINDS,
) -> Settings:
    """The settings; paths in them are absolute. `missing_ok`: without a file, the defaults (demo).

    Raises ConfigError with every mistake, each with its line where it stands in the file.
    """
    document = _read(path, missing_ok=missing_ok)
    mistakes: list[ConfigProblem] = []
    data = _interpolate(document.value or {}, environ, (), mistakes)
    overrides = list(_overrides(environ))
    for steps, value in overrides:
        _set_override(data, steps, value, mistakes)
    settings = None
    try:
        settings = Settings.parse(data, kinds=kinds)
    except ValidationError as error:
        told = {mistake.path for mistake in mistakes}
        described = validation_errors.describe_errors(error, kinds)
        mistakes += [found for found in described if found.path not in told]
    if settings is None or mistakes:
        # Raised outside of the handler: the chained pydantic error would show the secrets.
        raise ConfigError(list(_add_lines(mistakes, document, [steps for steps, _ in overrides])))
    return resolve_paths(settings, path.absolute().parent)


def _add_lines(
    problems: Iterable[ConfigProblem], document: YAMLDocument, overrides: Iterable[list[str]]
) -> Iterator[ConfigProblem]:
    """The problems with the lines of what the file says; what an environment variable says has none."""
    variables = tuple(".".join(steps) for steps in overrides)
    for problem in problems:
        if problem.path.startswith(PREFIX) or problem.path.lower().startswith(variables):
            yield problem
        else:
            yield from yaml_file.add_lines([problem], document)


def resolve_paths(settings: Settings, folder: Path) -> Settings:
    """The same settings with every relative path counted from `folder`."""
    database = settings.database.model_copy(update={"url": _database_url(settings.database.url, folder)})
    media = settings.media.model_copy(update={"folder": folder / settings.media.folder})
    packs = tuple(_resolve_pack(pack, folder) for pack in settings.rules.packs)
    tables = {
        "limits": _resolve_pack(settings.rules.limits, folder),
        "spot_checks": _resolve_pack(settings.rules.spot_checks, folder),
    }
    rules = settings.rules.model_copy(update={"packs": packs, **tables})
    backup = settings.backup
    if backup.folder is not None:
        backup = backup.model_copy(update={"folder": folder / backup.folder})
    speech = settings.speech
    if isinstance(speech, SpeechModelSettings):
        speech = speech.model_copy(update={"folder": folder / speech.folder})
    channels = {name: channel.resolve_paths(folder) for name, channel in settings.channels.items()}
    return settings.model_copy(
        update={
            "database": database,
            "media": media,
            "backup": backup,
            "rules": rules,
            "speech": speech,
            "channels": channels,
        }
    )


def _read(path: Path, *, missing_ok: bool) -> YAMLDocument:
    """The file, which holds a mapping or nothing. Raises ConfigError."""
    if not path.exists():
        if missing_ok:
            return YAMLDocument(path, "")
        hint = "没有这个配置文件；用 --config 指明，或先用 gridbot demo 看一看"
        raise ConfigError([ConfigProblem(str(path), hint)])
    try:
        document = yaml_file.read(path)
    except ConfigProblemsFound as error:
        raise ConfigError(error.problems) from error
    if not isinstance(document.value, dict | None):
        raise ConfigError(
            [ConfigProblem(str(path), "最外层应当是一组键值", "site: {name: 海门区网格接诉中心}")]
        )
    return document


def _interpolate(
    node: Any, environ: Mapping[str, str], path: tuple[str, ...], mistakes: list[ConfigProblem]
) -> Any:
    if isinstance(node, dict):
        return {key: _interpolate(value, environ, (*path, str(key)), mistakes) for key, value in node.items()}
    if isinstance(node, list):
        return [
            _interpolate(value, environ, (*path, str(place)), mistakes) for place, value in enumerate(node)
        ]
    if not isinstance(node, str):
        return node

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in environ:
            mistakes.append(ConfigProblem(".".join(path), f"没有环境变量 {match[1]}", f"export {match[1]}=…"))
        return environ.get(match[1], "")

    return _VARIABLE.sub(value_of, node)


def _overrides(environ: Mapping[str, str]) -> Iterator[tuple[list[str], Any]]:
    """`GRIDBOT_CHANNELS__GRID__SECRET=x` as (["channels", "grid", "secret"], "x"), in a fixed order.

    Every key of the file lies in a section, so a name without `__` is meant for somebody else.
    """
    for name, value in sorted(environ.items()):
        if name.upper().startswith(PREFIX) and "__" in name:
            yield name[len(PREFIX) :].lower().split("__"), _parse_override(value)


def _parse_override(value: str) -> Any:
    """Lists and groups of keys are written as JSON; all else is what it says."""
    if not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _set_override(data: dict[str, Any], steps: list[str], value: Any, mistakes: list[ConfigProblem]) -> None:
    node = data
    for step in steps[:-1]:
        key = _match_key(node, step)
        if node.get(key) is None:
            node[key] = {}
        if not isinstance(node[key], dict):
            variable = PREFIX + "__".join(steps).upper()
            mistakes.append(ConfigProblem(variable, f"配置里的 {key} 不是一组键值，不能改它下面的键"))
            return
        node = node[key]
    node[_match_key(node, steps[-1])] = value


def _match_key(node: Mapping[str, Any], step: str) -> str:
    """The key as the file spells it: names of channels may have capitals, variables do not tell."""
    return next((key for key in node if str(key).lower() == step), step)


def _database_url(url: str, folder: Path) -> str:
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == f"{prefix}:memory:":
        return url
    return f"{prefix}{folder / url.removeprefix(prefix)}"


def _resolve_pack(pack: Path, folder: Path) -> Path:
    """The pack beside the config file, or the shipped one of that name."""
    beside = folder / pack
    shipped = PACKAGE_ROOT / pack
    return shipped if not beside.exists() and shipped.exists() else beside
