"""Dockerfile and compose file, read as Docker reads them; nothing is built here."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def read_dockerfile() -> list[tuple[str, str]]:
    """Instruction and its words, a line each, by the rules of Docker's reference: comments, `\\` at the end."""
    lines = [
        line for line in (DEPLOY / "Dockerfile").read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for line in joined.splitlines() if line for word, _, rest in [line.partition(" ")]]


def last_stage() -> dict[str, str]:
    """The last value of each instruction of the image that is run."""
    instructions = read_dockerfile()
    begin = max(at for at, (word, _) in enumerate(instructions) if word == "FROM")
    return dict(instructions[begin:])


def test_every_instruction_is_one_of_docker() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
             "ENTRYPOINT", "CMD"}  # fmt: skip
    assert {word for word, _ in read_dockerfile()} <= known


def test_the_image_is_slim_and_runs_as_nobody_of_the_host() -> None:
    stage = last_stage()
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", stage["FROM"])
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", stage["USER"])


def test_its_health_is_asked_for_and_its_commands_get_signals_themselves() -> None:
    stage = last_stage()
    assert "/readyz" in stage["HEALTHCHECK"]
    entry, command = json.loads(stage["ENTRYPOINT"]), json.loads(stage["CMD"])
    assert [*entry, *command][:2] == ["gridbot", "serve"]


def test_what_is_copied_is_there_and_is_let_in() -> None:
    """Each package of the wheel, and nothing that the ignore file keeps out."""
    sources = [
        source
        for word, rest in read_dockerfile()
        if word == "COPY" and not rest.startswith("--from")
        for source in shlex.split(rest)[:-1]
    ]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert set(wheel["packages"]) <= set(sources)
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if f"!{source}" not in ignored] == []


def read_lock(path: Path) -> dict[str, set[str]]:
    """`name==version` to its hashes."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=\S)", path.read_text("utf-8")):
        found[entry.split(" ")[0]] = set(re.findall(r"--hash=(\S+)", entry))
    return found


def test_the_image_gets_what_was_tested() -> None:
    """Its lock is a part of the repository's, but for what builds the package; every entry has a hash."""
    whole, part = read_lock(ROOT / "requirements.lock"), read_lock(DEPLOY / "requirements.lock")
    builders = {name.split("==")[0] for name in part.keys() - whole.keys()}
    assert builders <= {"hatchling", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}
    assert all(part.values())
    assert all(part[name] <= whole[name] for name in part.keys() & whole.keys())
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=\[]", name)[0].lower() for name in wanted["dependencies"]}
    assert names <= {name.split("==")[0] for name in part}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def test_gridbot_may_write_to_its_volume_only(compose: dict[str, Any]) -> None:
    for name in ("gridbot", "upgrade"):
        service = compose["services"][name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["user"] == last_stage()["USER"].replace('"', "")
        assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == [
            "data:/var/lib/gridbot"
        ]


def test_it_starts_when_the_database_is_well_and_upgraded(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["gridbot"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "upgrade": {"condition": "service_completed_successfully"},
    }
    assert services["postgres"]["healthcheck"]["test"][-1].startswith("pg_isready")
    assert set(compose["volumes"]) == {"data", "postgres"}


def test_nothing_is_open_to_the_network_and_no_log_grows_for_ever(compose: dict[str, Any]) -> None:
    services = compose["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000"]
    assert all(service["logging"]["options"]["max-size"] for service in services.values())


def test_no_password_stands_in_the_file() -> None:
    words = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert re.findall(r"PASSWORD:\s*(\S+)|gridbot:([^@\s]+)@", words) == [
        ("", "${GRIDBOT_DB_PASSWORD:?}"), ("${GRIDBOT_DB_PASSWORD:?}", ""),
    ]  # fmt: skip
