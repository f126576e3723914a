"""The licence is whole, and the notice says where every list and learned weight of the rules comes from."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ("rules/*.yaml", "rules/*.csv", "rules/*.txt", "rules/*.jsonl")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def explained() -> set[str]:
    """Files that an entry of the notice begins with: `one, another: where they come from`."""
    heads = (line.partition(": ")[0] for line in read("NOTICE").splitlines() if line.startswith("rules/"))
    return {name for head in heads for name in head.split(", ")}


def test_the_notice_explains_every_data_file_of_the_rules() -> None:
    listed = subprocess.run(["git", "ls-files", *DATA], cwd=ROOT, capture_output=True, check=True, text=True)
    assert set(listed.stdout.split()) == explained()


def test_the_licence_is_whole() -> None:
    licence = read("LICENSE")
    assert licence.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in licence
