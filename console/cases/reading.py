"""The case of a number, for whoever is signed in: alone with their screen, as alone with the bot."""

from sqlalchemy.orm import Session

from console.sign_in.sessions import Viewer
from handlers.cases import queries
from handlers.cases.lists import archived
from handlers.cases.queries import Asker
from handlers.environment.snapshot import Environment
from handlers.errors import NotFound
from handlers.wording import pages as say
from models.case_numbers import WHOLE
from models.cases import Case


def build_asker(viewer: Viewer, env: Environment) -> Asker:
    """Whoever is signed in, for the queries of cases."""
    return Asker(viewer.person, in_private=True, restricted_to=env.restricted_to)


def find_readable(session: Session, asker: Asker, number: str) -> Case:
    """The case of this whole number. Raises NotFound where there is none that the asker may read.

    Raises Archived where it is in the archive.
    """
    wanted = number.upper()
    found = queries.find_numbered(session, asker, wanted) if WHOLE.fullmatch(wanted) else []
    if not found:
        if WHOLE.fullmatch(wanted):
            archived.refuse_archived(session, asker, wanted)
        raise NotFound(say.no_such_case())
    return found[0]
