"""What a process need not load: each costs every start, and memory for as long as the process runs."""

import subprocess
import sys

HEAVY = (
    "PIL", "alembic", "apscheduler", "bot.inbox.worker", "console", "handlers.commands", "handlers.router", "jinja2",
    "numpy", "openpyxl", "psycopg", "pygments", "rich", "scheduler", "wechatpy", "xlsxwriter",
)  # fmt: skip
"""The handlers of messages and the ticks are loaded by whoever handles or ticks, pictures for the first one."""
PROGRAM = f"""
import sys
from bot.cli import loading
loading.build_app(["serve"])
import bot.app
print(*[name for name in {HEAVY} if name in sys.modules])
"""


def test_a_process_without_pages_loads_nothing_that_only_others_need() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
