"""What those hear whose report was joined to an earlier one, and what the desk hears of them.

Each step that the reporter of a case is told of, they are told of too, where they reported, under
their own number: one message a chat, however many reported it there.
"""

from collections import defaultdict
from dataclasses import replace

from handlers.cases import merged
from handlers.cases.views import through, view
from handlers.notifications.notification import Telling
from handlers.wording import reporter, staff
from models.cases import Case
from models.messages import TextPush
from models.organisation import Chat
from models.workflow import Audience

_R, _H, _D = Audience.REPORTER, Audience.HANDLING, Audience.DUTY


def groups(telling: Telling) -> list[Telling]:
    """One telling for each chat in which joined cases were reported.

    Where the case itself was reported in such a chat, the first is the telling of the case itself,
    which then also names them.
    """
    scene = telling.scene
    there: dict[int, list[Case]] = defaultdict(list)
    for child in merged.followers(scene.session, scene.case):
        if child.chat_id is not None:
            there[child.chat_id].append(child)
    own = there.pop(scene.case.chat_id, []) if scene.case.chat_id is not None else []
    found = [replace(telling, together=tuple(child.number for child in own))] if own else []
    for chat_id, (first, *rest) in there.items():
        found.append(
            replace(
                telling,
                view=through(scene.session, telling.view, first, scene.office),
                together=tuple(child.number for child in rest),
                only=scene.session.get_one(Chat, chat_id),
            )
        )
    return found


def joined(telling: Telling) -> None:
    """The reporter of what was joined just now: that it is known, and how far it is."""
    scene = telling.scene
    parent = scene.session.get(Case, scene.case.parent_id) if scene.case.parent_id else None
    if parent is None:
        return
    words = reporter.repeated if parent.reporter_id == scene.case.reporter_id else reporter.merged
    seen = view(scene.session, parent, scene.office, now=scene.now)
    telling.say(_R, words(telling.view, seen))


def again(telling: Telling) -> None:
    """The desk, when the program joined it: how many there are by now.

    An urgent one is never absorbed in silence: whoever handles it hears and sees it too.
    """
    scene, child = telling.scene, telling.scene.case
    parent = scene.session.get(Case, child.parent_id) if child.parent_id else None
    if parent is None or scene.actor.person is not None:
        return
    seen = view(scene.session, parent, scene.office, now=scene.now)
    theirs = replace(telling, scene=replace(scene, case=parent), view=seen)
    words = staff.again(seen, telling.view, 1 + len(merged.followers(scene.session, parent)))
    if not child.urgent:
        theirs.to(_D, TextPush(words), f"again{child.id}", status=True)
        return
    photos = telling.case_photos("before")
    for audience in (_D, _H):
        theirs.say(audience, words, part=f"again{child.id}", ring=True)
        theirs.photos(audience, photos)


def hinted(telling: Telling) -> Telling:
    """The desk's first card of a case that may be the same matter as another says so first."""
    other = telling.scene.given.parent if telling.scene.act.key in ("report", "assign") else None
    if other is None:
        return telling
    hint = staff.maybe_same(telling.view, other.number)
    return replace(telling, view=replace(telling.view, text=f"{hint}\n{telling.view.text}"))
