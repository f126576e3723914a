"""Importing the organisation file (design §10), lists of places, villages and week plans.

    org.yaml | org.xlsx ── parse ──> Organisation ── import_org ──> units, people, accounts, chats

The file decides about every row it names; rows it leaves out stay and are reported.
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
