"""The organisation file (design §10): read it, check that it holds together, bring it into the database.

    org.yaml | org.xlsx ── parse ──> Organisation ── import_org ──> units, people, accounts, chats

The file is the truth about what it names; what it leaves out stays and is reported.
"""

from bot.imports.org_file import OrganisationError, parse_organisation
from bot.imports.org_rows import ChatRow, Organisation, PersonRow, UnitRow
from bot.imports.organisation import ImportReport, import_org

__all__ = [
    "ChatRow",
    "ImportReport",
    "Organisation",
    "OrganisationError",
    "PersonRow",
    "UnitRow",
    "import_org",
    "parse_organisation",
]
