"""The command line as a test calls it, and a configuration whose database has an organisation."""

from pathlib import Path

from typer.testing import CliRunner, Result

from bot.cli.tree import app

ROOT = Path(__file__).parents[3]


def gridbot(config: Path, *words: object) -> Result:
    """What `gridbot WORDS… --config CONFIG` ends with."""
    return CliRunner().invoke(app, [*map(str, words), "--config", str(config)])


def write_config(folder: Path, organisation: str) -> Path:
    """Write a configuration on SQLite into the folder, and import the organisation (YAML); its path."""
    path = folder / "config.yaml"
    path.write_text(
        f"database: {{url: 'sqlite:///{folder}/gridbot.db'}}\n"
        f"rules: {{packs: ['{ROOT}/rules/default.yaml'], limits: '{ROOT}/rules/limits.yaml'}}\n",
        encoding="utf-8",
    )
    (folder / "org.yaml").write_text(organisation, encoding="utf-8")
    assert gridbot(path, "org", "import", folder / "org.yaml").exit_code == 0
    return path
