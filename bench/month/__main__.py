"""What was played, and what differs.

    python -m bench.month [--cases 2000] [--towns 12] [--units 60] [--seed 14] [--keep FOLDER]

The seed decides what people do, until the program draws by chance of its own whom to call (spot checks).
Ends with 1 where any figure differs from the recount, or anything was given up.
"""

import argparse
import logging
import sys
from pathlib import Path

from bench.month.play import play_month
from bot.ops import log_setup


def main() -> int:
    """Play and print; the exit code."""
    parser = argparse.ArgumentParser(prog="bench.month")
    for name, usual in (("cases", 2000), ("towns", 12), ("units", 60), ("seed", 14)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--keep", type=Path, help="new folder in which the database stays")
    asked = parser.parse_args()
    # The clock of the play is not that of this machine, of which every heartbeat would warn.
    log_setup.configure(level=logging.ERROR)
    done = play_month(asked.cases, asked.towns, asked.units, seed=asked.seed, keep=asked.keep)
    played = done.played
    print(
        f"{played.reports} reports and {played.imported} rows, {played.said} messages, {done.cpu:.0f} s CPU"
    )
    print("  ".join(f"{act} {number}" for act, number in done.acts.items()))
    for kind, row, error in done.dead:
        print(f"given up: {kind} {row} {error}")
    print(f"{done.figures} figures, {len(done.differences)} differ")
    for (table, line, name), program, recounted in done.differences:
        print(f"{table:>10} {line or '-':<24} {name:<12} program {program:>6} recount {recounted:>6}")
    return 1 if done.differences or done.dead else 0


if __name__ == "__main__":
    sys.exit(main())
