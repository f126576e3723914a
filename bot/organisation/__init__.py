"""The organisation file (design §10): read it, check that it holds together, bring it into the database.

    org.yaml | org.xlsx ── parse ──> Organisation ── import_org ──> units, people, accounts, chats

The file is the truth about what it names; what it leaves out stays and is reported.
"""

from bot.organisation.importing import ImportReport, import_org
from bot.organisation.reading import OrganisationError, parse
from bot.organisation.rows import ChatRow, Organisation, PersonRow, UnitRow

__all__ = [
    "ChatRow",
    "ImportReport",
    "Organisation",
    "OrganisationError",
    "PersonRow",
    "UnitRow",
    "import_org",
    "parse",
]
