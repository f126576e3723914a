"""The units of systemd: every directive is one that its manual pages name, and nothing is left open."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).resolve().parents[2] / "deploy" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]

DIRECTIVES = {
    # Its manual page: systemd.unit.
    "Unit": {"Description", "Documentation", "Wants", "After"},
    # Pages systemd.service, systemd.exec and systemd.kill.
    "Service": {
        "Type", "User", "Group", "UMask", "EnvironmentFile", "ExecStart", "WorkingDirectory", "Restart",
        "RestartSec", "TimeoutStopSec", "LimitNOFILE", "StateDirectory", "StateDirectoryMode", "ProtectSystem",
        "ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectKernelTunables", "ProtectKernelModules",
        "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname", "ProtectProc",
        "NoNewPrivileges", "RestrictSUIDSGID", "RestrictNamespaces", "RestrictRealtime", "LockPersonality",
        "RemoveIPC", "RestrictAddressFamilies", "SystemCallArchitectures", "SystemCallFilter",
        "SystemCallErrorNumber", "CapabilityBoundingSet", "AmbientCapabilities",
    },
    # Page systemd.timer.
    "Timer": {"OnCalendar", "RandomizedDelaySec", "Persistent"},
    "Install": {"WantedBy"},
}  # fmt: skip
HARDENED = {
    "User": "gridbot", "UMask": "0077", "ProtectSystem": "strict", "ProtectHome": "true", "PrivateTmp": "true",
    "PrivateDevices": "true", "NoNewPrivileges": "true", "CapabilityBoundingSet": "", "StateDirectoryMode": "0700",
}  # fmt: skip
MOST_EXPOSED = "20"
"""Tenths: systemd calls up to 4.0 OK, and a service without any of this 9.6 UNSAFE."""


def read_unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Section to directive to its values, in order; raises ValueError for a line that is none of these."""
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1]
            continue
        name, sign, value = line.partition("=")
        if not sign:
            raise ValueError(line)
        found.setdefault(section, {}).setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_directive_is_a_documented_one_of_its_section(unit: Path) -> None:
    strange = {
        f"[{section}] {name}"
        for section, values in read_unit(unit).items()
        for name in values
        if name not in DIRECTIVES[section]
    }
    assert strange == set()


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_nobody_who_can_harm_the_machine(unit: Path) -> None:
    service = read_unit(unit)["Service"]
    assert {name: service.get(name, ["-"])[-1] for name in HARDENED} == HARDENED


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_itself_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze on this machine")
    for each in UNITS:
        # The program is not installed where tests run.
        words = re.sub(r"(Exec\w+=)/opt/gridbot/\S+", r"\1/bin/true", each.read_text("utf-8"))
        (tmp_path / each.name).write_text(words, "utf-8")
    name = unit.name.replace("@.", "@worker.")
    verified = subprocess.run(
        [analyze, "verify", "--man=no", f"{tmp_path}/{name}"], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    if unit in SERVICES:
        arguments = ["security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(tmp_path / unit.name)]
        judged = subprocess.run([analyze, *arguments], capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stdout[-400:]
