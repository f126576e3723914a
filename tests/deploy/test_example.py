"""The configuration that the installation guide begins with."""

from pathlib import Path

from bot.config import loader

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def test_the_example_is_a_configuration_whose_data_lie_where_the_unit_may_write() -> None:
    settings = loader.load(DEPLOY / "config.example.yaml", environ={})
    assert settings.database.url == "sqlite:////var/lib/gridbot/gridbot.db"
    assert settings.backup.folder is not None
    for folder in (settings.media.folder, settings.backup.folder):
        assert folder.is_relative_to("/var/lib/gridbot")
    assert settings.rules.packs[0].is_file(), "the shipped rules are found without a word"
