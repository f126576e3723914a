"""`gridbot doctor`: is this installation well? Each check looks at one thing and says what to do about it."""

from bot.process.doctor.diagnoses import Diagnosis, Level
from bot.process.doctor.examination import examine

__all__ = ["Diagnosis", "Level", "examine"]
