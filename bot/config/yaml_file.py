"""Reading YAML that people wrote: a syntax error or a key given twice is a mistake with its line."""

from pathlib import Path
from typing import Any

import yaml

from bot.config.problems import ConfigProblem, ConfigProblemsFound

try:
    # libyaml where PyYAML was built with it: ten times as fast.
    from yaml import CSafeLoader as _Safe
except ImportError:
    from yaml import SafeLoader as _Safe  # type: ignore[assignment]


class _UniqueKeys(_Safe):
    """YAML lets a key appear twice and keeps the last; people do not mean that."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, f"“{key.value}”写了两次", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class _UniqueKeysText(_UniqueKeys):
    """Every plain value stays text: `0102` is a code, not a number, and `no` is not False."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (declared so by the base class)


def read(path: Path, *, only_text: bool = False) -> Any:
    """What the file holds, None if nothing; `MistakesFound` if it is not YAML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), "不是 UTF-8 编码的文本")]) from error
    except OSError as error:
        raise ConfigProblemsFound(
            [ConfigProblem(str(path), f"读不到这个文件（{error.strerror}）")]
        ) from error
    try:
        # A subclass of the safe loader: builds plain values only.
        return yaml.load(text, _UniqueKeysText if only_text else _UniqueKeys)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigProblemsFound(
            [ConfigProblem(f"{path}:{line}", f"YAML 写法不对：{error.problem}")]
        ) from error
    except yaml.YAMLError as error:
        raise ConfigProblemsFound([ConfigProblem(str(path), f"YAML 写法不对：{error}")]) from error
