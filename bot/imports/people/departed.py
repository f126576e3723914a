"""People of the file whom the corporation's own list says have left: they are taken in without rights."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config.problems import ConfigProblem
from bot.imports.org_rows import Organisation, PersonRow
from models.contacts import Contact
from models.organisation import OUTSIDERS, Role


def withhold_rights(session: Session, organisation: Organisation) -> tuple[Organisation, list[ConfigProblem]]:
    """The organisation without the accounts of who has left, and without the rights of who has no other.

    An old file must not give back what leaving ended. Each is named in a warning.
    """
    gone = select(Contact.provider, Contact.user_id).where(Contact.has_left)
    left = {(provider, user) for provider, user in session.execute(gone)}
    people, warnings = [], []
    for person in organisation.people:
        stays = {each: user for each, user in person.accounts.items() if (each, user) not in left}
        if stays == person.accounts:
            people.append(person)
            continue
        people.append(_take_rights(person, stays))
        location = organisation.locations["people", person.id]
        reason = f"{person.name}已离开企业（通讯录），没有给权限；回来了的，先 gridbot contacts sync"
        warnings.append(ConfigProblem(location.locate("accounts"), reason))
    return replace(organisation, people=tuple(people)), warnings


def _take_rights(person: PersonRow, accounts: dict[str, str]) -> PersonRow:
    """The row with these accounts; staff who are left without one are staff no more."""
    if accounts or person.role in OUTSIDERS:
        return person.model_copy(update={"accounts": accounts})
    return person.model_copy(update={"accounts": {}, "role": Role.RESIDENT, "unit": None, "posts": ()})
