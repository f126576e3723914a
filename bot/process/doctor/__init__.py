"""`gridbot doctor`: is this installation well? Each check looks at one thing and says what to do about it."""

from bot.process.doctor.examination import examine
from bot.process.doctor.findings import Finding, Level

__all__ = ["Finding", "Level", "examine"]
