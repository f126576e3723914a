"""/清单: whose something is by the list of responsibilities, and by which law. The list is public."""

from handlers.chat.inbound import InboundMessage
from handlers.commands.case_lists import is_page_number
from handlers.commands.parser import Command
from handlers.environment.upkeep import responsibilities
from handlers.errors import NotFound
from handlers.wording import responsibilities as say

_PAGE = 6


def search_list(inbound: InboundMessage, command: Command) -> str:
    """`/清单 油烟`, `/清单 油烟 2`: a page of what fits every word. Returns a slug. Raises NotFound."""
    version = responsibilities.find_version(inbound.session)
    if version is None:
        raise NotFound(say.no_list())
    words = command.tail.split()
    page = int(words.pop()) if len(words) > 1 and is_page_number(words[-1]) else 1
    found, total = responsibilities.search_items(
        inbound.session, words, inbound.env.classes, page=max(page, 1), size=_PAGE
    )
    said = " ".join(words)
    if not words:
        inbound.reply(say.usage(version.number, total))
    elif not total:
        raise NotFound(say.no_item(said))
    else:
        lines = [
            say.item_line(item.row.number, item.row.name, item.row.law, item.row.level, item.unit)
            for item in found
        ]
        inbound.reply(say.found(said, lines, total=total, page=max(page, 1), pages=-(-total // _PAGE)))
    return "command.responsibilities"
