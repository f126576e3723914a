"""Files that people write and the program reads: their text, their YAML, and the line of everything in it.

The one reader of YAML: config.yaml, the organisation file, week plans, rule packs and the table of time
limits all come through here, so that a mistake is always told with file, line and path, in Chinese.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import yaml

from models.normalization import normalize_text

# libyaml where PyYAML was built with it: learned weights are read ten times as fast.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SYNTAX_PROBLEMS = (
    ("mapping values are not allowed", "这里不该有冒号，多半是缩进不对，或值里的冒号没有加引号"),
    ("cannot start any token", "这个字符不能这样写：缩进要用空格，@、%、` 开头的值要加引号"),
    ("could not find expected ':'", "缺少冒号，或冒号后面没有空格"),
    ("expected ',' or", "方括号或花括号里缺少逗号，或没有写完"),
    ("expected key", "缩进与上面的行对不上"),
    ("expected '-' indicator", "缩进与上面的行对不上"),
    ("expected <block end>", "缩进与上面的行对不上"),
    ("expected <document start>", "最外层的写法前后不一，多半是缩进不对"),
    ("expected node content", "这里缺少一个值"),
    ("end of stream", "引号没有写完"),
    ("undefined alias", "* 后面的名字没有定义过"),
    ("escape", "双引号里的反斜杠写法不对"),
    ("block sequence entries are not allowed", "列表的“-”不能写在这里"),
    ("unhashable", "键只能是文字或数字"),
    ("could not determine a constructor", "不认识的 ! 标记"),
)
"""What PyYAML and libyaml say about a syntax error, and what that means to the person who wrote it."""


class DataFileError(Exception):
    """A file that cannot be used: one Chinese sentence a mistake, each with its file and line."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class UnreadableFile(DataFileError):
    """A file that is not there, no text, or no YAML."""

    def __init__(self, file: Path, message: str, line: int | None = None) -> None:
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")
        self.file, self.line, self.message = file, line, message


class _UniqueKeys(_Loader):  # type: ignore[valid-type,misc]
    """YAML lets a key appear twice and keeps the last; people do not mean that."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, f"“{name}”写了两次", key.start_mark)
            seen.add(name)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class _UniqueTextKeys(_UniqueKeys):
    """Every plain value stays text: `0102` is a code, not a number, and `no` is not False."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (declared so by the base class)


def read_text(file: Path) -> str:
    """The text of a UTF-8 file, without a byte order mark. Raises UnreadableFile."""
    try:
        # Whole: a text file is decoded piece by piece, which takes twice as long for megabytes of rules.
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(file, "不是 UTF-8 编码的文本") from error
    except OSError as error:
        raise UnreadableFile(file, f"读不到这个文件（{_describe_os_error(error)}）") from error
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _describe_os_error(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "没有这个文件"
    if isinstance(error, IsADirectoryError | NotADirectoryError):
        return "路径上是文件夹还是文件，和写的不一样"
    if isinstance(error, PermissionError):
        return "没有权限"
    return str(error.strerror)


@dataclass(frozen=True)
class YAMLDocument:
    """A YAML file; it is parsed when its value or its nodes are first asked for."""

    file: Path
    text: str
    only_text: bool = False
    """Plain values are not made into numbers, dates or booleans."""
    repeated_keys: bool = False
    """A key may be written twice, the last one counts: `gridbot rules check` tells of both."""

    @classmethod
    def read(cls, file: Path, *, only_text: bool = False, repeated_keys: bool = False) -> Self:
        """The file as text. Raises UnreadableFile where it cannot be read."""
        return cls(file, read_text(file), only_text=only_text, repeated_keys=repeated_keys)

    @cached_property
    def value(self) -> Any:
        """What it holds as plain values, None where nothing. Raises UnreadableFile where it is no YAML."""
        loader = _Loader if self.repeated_keys else _UniqueKeys
        value = self._parse(lambda: yaml.load(self.text, _UniqueTextKeys if self.only_text else loader))  # noqa: S506
        # Not the text before it is parsed: a full-width ＃ or ＠ is no sign of YAML.
        return value if self.text.isascii() or self.text == normalize_text(self.text) else _normalize(value)

    @cached_property
    def root(self) -> yaml.Node | None:
        """The nodes it is made of, each with its place. Raises UnreadableFile where it is no YAML."""
        node: yaml.Node | None = self._parse(lambda: yaml.compose(self.text, _Loader))
        return node

    def find_line(self, steps: Sequence[Any]) -> int:
        """The line of the deepest node that this path of keys and positions leads to, counted from 1."""
        node, line = self.root, 1
        for step in steps:
            if isinstance(node, yaml.MappingNode):
                found = next((pair for pair in node.value if pair[0].value == str(step)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and str(step).isdigit() and int(step) < len(node.value):
                node = node.value[int(step)]
                line = node.start_mark.line + 1
            else:
                break
        return line

    def describe(self, steps: Sequence[Any], message: str) -> str:
        """`file:line: path: message`, for the mistake that this path leads to."""
        where = ".".join(str(step) for step in steps if step != "[key]")
        place = f"{self.file}:{self.find_line(steps)}"
        return f"{place}: {where}: {message}" if where else f"{place}: {message}"

    def _parse(self, parse: Callable[[], Any]) -> Any:
        try:
            return parse()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else None
            raise UnreadableFile(
                self.file, f"YAML 写法不对：{_describe_syntax(error.problem)}", line
            ) from error
        except yaml.YAMLError as error:
            raise UnreadableFile(self.file, "YAML 写法不对：里面有不能用的控制字符") from error
        except ValueError as error:  # 2026-02-30 looks like a date
            raise UnreadableFile(self.file, "YAML 写法不对：有一个日期或数字不存在，请加引号") from error


def _normalize(value: Any) -> Any:
    """All words in it as they are read everywhere, names of keys too."""
    if isinstance(value, str):
        return normalize_text(value)
    if isinstance(value, dict):
        return {_normalize(key): _normalize(item) for key, item in value.items()}
    return [_normalize(item) for item in value] if isinstance(value, list) else value


def _describe_syntax(problem: str | None) -> str:
    said = problem or ""
    if _CHINESE.search(said):
        return said
    return next((chinese for english, chinese in _SYNTAX_PROBLEMS if english in said), "这一行或上一行写错了")
