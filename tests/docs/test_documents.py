"""What the documents promise: links lead somewhere, commands exist, examples work, two languages say the same."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli.tree import app
from bot.config import loader
from bot.imports import import_org, parse_organisation
from handlers.commands.run import known_words
from models.database import Database

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = "README.md", "README.zh-CN.md"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CHAT_COMMAND = re.compile(r"`/([\u4e00-\u9fff]+)")
_OWN_COMMAND = re.compile(r"(?:`|bin/)gridbot ([a-z][^`\n]*)")
_TARGET = re.compile(r"\bmake ([a-z]+)")


def documents() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, check=True)
    yield from (ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists())


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[str]:
    return [body for language, body in _FENCE.findall(read(name)) if language in languages]


def shape(name: str) -> list[str]:
    """The document without its words: levels of headings, rows of tables, items of lists, languages of blocks."""
    text = _FENCE.sub(lambda found: f"```{found[1]} {found[2].count(chr(10))}", read(name))
    marks = re.findall(r"^(#+ |\| *|- |\d+\. |```.*|!)", text, re.MULTILINE)
    return [mark.strip() for mark in marks]


def test_links_and_pictures_lead_to_something() -> None:
    dead = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in documents()
        for link in _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
        if not link.startswith(("http", "#")) and not (path.parent / link.partition("#")[0]).exists()
    ]
    assert dead == []


def test_both_languages_have_the_same_shape() -> None:
    assert shape(ENGLISH) == shape(CHINESE)


def test_both_languages_show_the_same_examples() -> None:
    assert blocks(ENGLISH, "sh", "yaml") == blocks(CHINESE, "sh", "yaml")


def test_both_languages_name_the_same_commands() -> None:
    assert _CHAT_COMMAND.findall(read(ENGLISH)) == _CHAT_COMMAND.findall(read(CHINESE))


@pytest.mark.parametrize("name", [ENGLISH, CHINESE, "CHANGELOG.md"])
def test_every_chat_command_exists(name: str) -> None:
    named = set(_CHAT_COMMAND.findall(read(name)))
    assert named
    assert named - known_words() == set()


@pytest.mark.parametrize("name", [ENGLISH, CHINESE])
def test_every_gridbot_command_exists(name: str) -> None:
    said = [found.split() for found in _OWN_COMMAND.findall(read(name))]
    assert said
    assert [" ".join(words) for words in said if not _exists(words)] == []


def _exists(words: list[str]) -> bool:
    """Whether the command answers for itself; a wrong option or subcommand is refused before that."""
    return CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_a_made_up_command_would_be_noticed() -> None:
    assert not _exists(["serve", "--rule", "intake"])
    assert not _exists(["letters", "burn"])


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    for path in documents():
        examples = "\n".join(
            re.findall(r"`[^`]+`|^ *make .*$", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert set(_TARGET.findall(examples)) - targets == set(), path


def yaml_with(key: str) -> str:
    return next(body for body in blocks(ENGLISH, "yaml") if body.startswith(f"{key}:"))


def test_the_configuration_shown_is_a_right_one(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(yaml_with("site"), encoding="utf-8")
    settings = loader.load(file, environ={"GRID_SECRET": "s", "GRIDBOT_API_TOKEN": "t"})
    assert list(settings.channels) == ["grid", "rings"]


def test_the_organisation_shown_can_be_imported(sqlite_database: Database, tmp_path: Path) -> None:
    file = tmp_path / "org.yaml"
    file.write_text(yaml_with("units"), encoding="utf-8")
    written: dict[str, list[Any]] = yaml.safe_load(yaml_with("units"))
    with sqlite_database.write() as session:
        report = import_org(session, parse_organisation(file))
    assert len(report.added) == sum(len(rows) for rows in written.values())
    assert report.warnings == []
