"""The office's own texts of rules and limits, and suggestions for them: changed by proposing a whole text."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.context import ConsoleContext, UnusableFile
from console.posting import Posted, PostedForm
from console.sign_in.sessions import Viewer
from console.sign_in.viewers import Guards
from console.templating import Pages
from console.upkeep.forms import TypedForm, go_to
from console.upkeep.rules import require_overseer
from handlers.environment.snapshot import load_place_facts, load_unit_facts
from handlers.environment.upkeep import proposals
from handlers.environment.upkeep.proposals import DraftChange
from handlers.errors import NotFound, Refused
from handlers.insight import rule_corrections
from handlers.triage.evaluation.pack_changes import PackChange
from handlers.triage.learning.rule_suggestions import Suggestion
from handlers.wording import pages as say_page
from handlers.wording import upkeep as say
from models.proposals import ProposalSubject

_MOST_CHANGES = 100
"""Changed messages that a proposal keeps; the rest is counted."""
_TEXTS = (ProposalSubject.RULES, ProposalSubject.LIMITS)


def add_routes(router: APIRouter, context: ConsoleContext, pages: Pages, guards: Guards) -> None:
    """Add the pages of texts and suggestions to the router."""
    reader = Annotated[Viewer, Depends(guards.reader)]
    author = Annotated[Viewer, Depends(guards.author)]
    texts = _RuleTexts(context, pages)

    @router.get("/rules/suggestions")
    def show_suggestions(request: Request, viewer: reader) -> Response:
        return texts.show_suggestions(request, viewer)

    @router.post("/rules/suggestions")
    def start_suggesting(viewer: author) -> Response:
        return texts.start_suggesting(viewer)

    @router.post("/rules/suggestions/{suggestion_id}")
    def propose_suggestion(suggestion_id: str, request: Request, viewer: author) -> Response:
        return texts.propose_suggestion(request, viewer, suggestion_id)

    @router.get("/rules/text/{subject}")
    def show_text(subject: str, request: Request, viewer: reader) -> Response:
        return texts.show_text(request, viewer, _read_subject(subject))

    @router.post("/rules/text/{subject}")
    def propose_text(subject: str, request: Request, viewer: author, posted: Posted) -> Response:
        return texts.propose_text(request, viewer, _read_subject(subject), posted)


class _RuleTexts:
    """What the office writes itself beside what came with the program."""

    def __init__(self, context: ConsoleContext, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    # Suggestions ---------------------------------------------------------------------------------

    def show_suggestions(
        self, request: Request, viewer: Viewer, *, failure: str = "", status: int = 200
    ) -> Response:
        """What can be learned from the desk's corrections, each with its effect on the past.

        For those at the top alone: words and numbers are of cases anywhere.
        """
        with self._context.database.read() as session:
            proposals.require_proposer(session, viewer.person)
        env = self._context.env()
        return self._pages.render(
            request,
            "upkeep/suggestions.html",
            status=status,
            failure=failure,
            job=self._context.rules.find_suggestions(),
            file=self._context.rules.read(ProposalSubject.RULES),
            class_name=lambda class_id: env.class_info(class_id).name,
        )

    def start_suggesting(self, viewer: Viewer) -> Response:
        """Begin to learn, in the background. Raises NotAllowed."""
        with self._context.database.read() as session:
            proposals.require_proposer(session, viewer.person)
            past = rule_corrections.load_past_cases(session)
            names = frozenset(rule_corrections.load_local_names(session))
            units = load_unit_facts(session)
        self._context.rules.start_suggesting(units, past, names)
        return go_to("/rules/suggestions")

    def propose_suggestion(self, request: Request, viewer: Viewer, suggestion_id: str) -> Response:
        """Propose one of the suggestions that were learned last."""
        try:
            suggestion = self._find_suggestion(suggestion_id)
            today = self._context.env().local(self._context.clock()).date()
            content = self._context.rules.add_suggestion(suggestion, by=viewer.person.name, on=today)
            effect, name = suggestion.effect, self._context.env().class_info(suggestion.class_id).name
            title = say.suggestion_title(
                str(suggestion.kind), suggestion.text, name, effect.right, effect.wrong
            )
            number = self._propose(viewer, ProposalSubject.RULES, title, content)
        except Refused as refused:
            return self.show_suggestions(request, viewer, failure=refused.sentence, status=refused.status)
        except UnusableFile as error:
            return self.show_suggestions(request, viewer, failure="\n".join(error.sentences), status=422)
        return go_to(f"/rules/proposals/{number}")

    def _find_suggestion(self, suggestion_id: str) -> Suggestion:
        job = self._context.rules.find_suggestions()
        found = job.result if job is not None and job.result is not None else ()
        suggestion = next((each for each in found if each.id == suggestion_id), None)
        if suggestion is None:
            raise NotFound(say.suggestions_over())
        return suggestion

    # Texts ---------------------------------------------------------------------------------------

    def show_text(
        self,
        request: Request,
        viewer: Viewer,
        subject: ProposalSubject,
        *,
        sheet: TypedForm | None = None,
        problems: Sequence[str] = (),
    ) -> Response:
        """The office's own text, to be changed; `problems`: what is wrong with what was typed."""
        require_overseer(viewer)
        file = self._context.rules.read(subject)
        sheet = sheet or TypedForm()
        content = sheet.get("content") or file.content.decode("utf-8", "replace")
        return self._pages.render(
            request,
            "upkeep/rule_text.html",
            status=422 if problems else sheet.status,
            subject=subject.value,
            name=say.SUBJECTS[subject],
            file=file,
            sheet=sheet,
            content=content,
            problems=problems,
            longest=proposals.LONGEST_TITLE,
            may_propose=file.is_ours and self._may_propose(viewer),
        )

    def propose_text(
        self, request: Request, viewer: Viewer, subject: ProposalSubject, posted: PostedForm
    ) -> Response:
        """Propose what was typed, once it can be used; else the page says what is wrong at which line."""
        content = posted.text("content").replace("\r\n", "\n").strip() + "\n"
        try:
            number = self._propose(viewer, subject, posted.text("title"), content.encode())
        except Refused as refused:
            sheet = TypedForm(posted.texts, refused.sentence, refused.status)
            return self.show_text(request, viewer, subject, sheet=sheet)
        except UnusableFile as error:
            sheet = TypedForm(posted.texts)
            return self.show_text(request, viewer, subject, sheet=sheet, problems=error.sentences)
        return go_to(f"/rules/proposals/{number}")

    def _propose(self, viewer: Viewer, subject: ProposalSubject, title: str, content: bytes) -> int:
        """Measure and keep a change of a text. Raises Refused, UnusableFile."""
        rules, standing = self._context.rules, self._context.rules.read(subject).content
        change = DraftChange(subject, title, content, standing)
        with self._context.database.read() as session:
            proposals.check_change(session, change, viewer.person)
            messages = rule_corrections.load_recent_messages(session)
            facts = load_unit_facts(session), load_place_facts(session)
        effect = None
        if subject == ProposalSubject.RULES:
            found = rules.measure(content, *facts, [text for _, text in messages])
            effect = _describe_effect(found, [number for number, _ in messages])
        else:
            with rules.prepare(subject, content):
                pass
        with self._context.database.write() as session:
            change = DraftChange(subject, title, content, standing, effect)
            return proposals.store_proposal(session, change, viewer.person, now=self._context.clock()).id

    def _may_propose(self, viewer: Viewer) -> bool:
        with self._context.database.read() as session:
            return proposals.is_at_top(session, viewer.person)


def _read_subject(text: str) -> ProposalSubject:
    if text not in _TEXTS:
        raise NotFound(say_page.no_such_page())
    return ProposalSubject(text)


def _describe_effect(changes: Sequence[PackChange], numbers: Sequence[int]) -> dict[str, Any]:
    """What a proposal keeps of its effect: ids of messages and what is made of them, no words."""
    kept = [
        {"message": numbers[change.position], "before": asdict(change.before), "after": asdict(change.after)}
        for change in changes[:_MOST_CHANGES]
    ]
    return {"measured": len(numbers), "changed": len(changes), "changes": kept}
