"""YAML files of the edge (config.yaml, organisation, week plan), their mistakes as `ConfigProblem`s."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bot.config.problems import ConfigProblem, ConfigProblemsFound
from handlers.triage.rules.data_files import UnreadableFile, YAMLDocument

_STEP = re.compile(r"[^.\[\]]+")


def read(path: Path, *, only_text: bool = False) -> YAMLDocument:
    """The file, parsed; `only_text` keeps `0102` and `no` as they are written.

    Raises ConfigProblemsFound where it cannot be read, is no YAML, or has a key twice.
    """
    try:
        document = YAMLDocument.read(path, only_text=only_text)
        document.value  # noqa: B018 (parsed here, so that whoever asks for it later need not expect a refusal)
    except UnreadableFile as error:
        place = f"{error.file}:{error.line}" if error.line else str(error.file)
        raise ConfigProblemsFound([ConfigProblem(place, error.message)]) from error
    return document


def add_lines(problems: Iterable[ConfigProblem], document: YAMLDocument) -> list[ConfigProblem]:
    """The same problems with file and line of what their paths (`people[3].unit`) lead to."""
    return [
        replace(problem, file=document.file, line=document.find_line(_STEP.findall(problem.path)))
        for problem in problems
    ]
