"""The terms in which the workflow table is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

UNDO_WITHIN = timedelta(minutes=5)
"""How long whoever did something may take it back."""


class Status(StrEnum):
    """Where a case stands on its way (design §5)."""

    NEW = "NEW"
    ACCEPTED = "ACCEPTED"
    DISPATCHED = "DISPATCHED"
    IN_PROGRESS = "IN_PROGRESS"
    SUSPENDED = "SUSPENDED"
    SUBMITTED = "SUBMITTED"
    CALLBACK = "CALLBACK"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    VOID = "VOID"
    DUPLICATE = "DUPLICATE"

    @property
    def chinese(self) -> str:
        return _STATUS_NAMES[self]


_STATUS_NAMES = {
    Status.NEW: "待受理",
    Status.ACCEPTED: "已受理",
    Status.DISPATCHED: "待签收",
    Status.IN_PROGRESS: "办理中",
    Status.SUSPENDED: "挂账",
    Status.SUBMITTED: "待核验",
    Status.CALLBACK: "待回访",
    Status.CLOSED: "已办结",
    Status.REJECTED: "不予受理",
    Status.VOID: "作废",
    Status.DUPLICATE: "并案",
}

OPEN = frozenset(Status) - {Status.CLOSED, Status.REJECTED, Status.VOID, Status.DUPLICATE}


class CaseRelation(StrEnum):
    """How a person must stand to a case to perform an act."""

    ANYONE = "anyone"
    REPORTER = "reporter"
    DUTY = "duty"
    COORDINATOR = "coordinator"
    LEADER = "leader"
    HANDLER = "handler"
    """Of the unit that has the case, or of a part of it."""
    PARTNER = "partner"
    """Of a unit that was called to help and has not finished."""
    WARNED = "warned"
    """Of a unit that was rung for a danger, as long as nobody was given the case."""
    GRID = "grid"
    """Grid officer of the area the case lies in."""
    SURVEYOR = "surveyor"
    """Somebody who was asked to look at the place and has not answered."""
    SIGNER = "signer"
    """Asked to sign the answer, and of no unit that handled the case."""
    OBSERVER = "observer"
    """Observer of the area: comments, and changes nothing."""
    CHECKER = "checker"
    """Duty, coordinator, leader, grid officer or reporter, but never whoever handled it."""
    SECOND = "second"
    """Duty or leader, but not the person who asked."""
    LAST = "last"
    """Whoever did the last thing, a short while ago."""
    TIME = "time"
    """The program itself."""


class ActField(StrEnum):
    """What must, or may, be given with an act."""

    TEXT = "text"
    REASON = "reason"
    UNIT = "unit"
    UNITS = "units"
    CLASS = "class"
    PLACE = "place"
    PARENT = "parent"
    """The number of the case it belongs to."""
    LENGTH = "length"
    """How much longer: `2个工作日`."""
    EVIDENCE = "evidence"
    """Words or a file."""
    VERDICT = "verdict"
    """通过 or 不通过; 不通过 also wants a reason."""
    ANSWER = "answer"
    """Solved or not, satisfied or not."""
    CALL = "call"
    """What a call to the reporter was: reached or not; solved, satisfied."""
    SIGNATURE = "signature"
    """同意 or 退改; 退改 also wants a reason."""
    LEVEL = "level"
    """The level it is raised to: 镇 or 县."""
    MONEY = "money"
    """Money recovered: `追回 4000 元`."""
    AMOUNT = "amount"
    """Money that it is about: `4000 元`."""
    ADOPTION = "adoption"
    """全部, 部分 or 暂不, and why."""
    DECISIONS = "decisions"
    """The conclusion of a meeting, and a line for each unit: what it does, by when."""
    PARTY = "party"
    """Somebody it concerns: name, telephone, and what they are to the matter."""
    UNTIL = "until"
    """A day to go on at: `到 12月1日`."""
    LIMIT = "limit"
    """A time limit of its own: `4小时`."""
    LEADER = "leader"
    """The leader who answers for it in person; whoever does the act themself where none is named."""
    SUGGESTED_UNIT = "suggested_unit"
    """The unit that should have the case instead."""


class Audience(StrEnum):
    """Who is notified of an act. The table names audiences; the handlers find the chats for them."""

    REPORTER = "reporter"
    HANDLING = "handling"
    """The unit that has the case."""
    PARTNERS = "partners"
    """Units called to help by this very act."""
    JOINT = "joint"
    """The lead and every unit called to help, but for the one that acts, while several work on the case."""
    DUTY = "duty"
    LEADER = "leader"
    FORMER = "former"
    """The unit that had the case before this act gave it to another."""
    CHARGE = "charge"
    """The leader who took the case in person, in private."""
    SURVEYORS = "surveyors"
    """People asked to look at the place by this very act."""
    SIGNER = "signer"
    """Whoever signs the answer."""


class Condition(StrEnum):
    """What an act may require of a case beside its state."""

    REQUEST_PENDING = "request_pending"
    NO_REQUEST_PENDING = "no_request_pending"
    """One question at a time: 「同意」 must say to what."""
    RESTRICTED = "restricted"
    """Only its readers know it, and nobody has asked yet to lift that."""
    IN_ARBITRATION = "in_arbitration"
    """Returned twice: the duty desk decides for good which unit has it (standards §10)."""
    NOT_IN_ARBITRATION = "not_in_arbitration"
    NOT_ARRIVED = "not_arrived"
    """The unit of whoever acts is not on the spot yet."""
    RECALLABLE = "recallable"
    """Handed out, not signed for, and nothing has come of it since."""
    RETURNABLE = "returnable"
    """Not decided for good, and its unit has not returned it before."""
    BELOW_TOP_LEVEL = "below_top_level"
    IN_CHARGE = "in_charge"
    """A leader took it in person (包案)."""
    NOT_IN_CHARGE = "not_in_charge"
    NOT_RAISED = "not_raised"
    """Nobody has raised it, nor has the program proposed that."""
    SIGNATURE_ASKED = "signature_asked"
    """Checked, and the answer waits for whoever signs it."""
    NO_SIGNATURE_ASKED = "no_signature_asked"
    ORDER_OPEN = "order_open"
    """A supervision order waits for its answer."""
    NO_ORDER_OPEN = "no_order_open"
    RECHECK_PLANNED = "recheck_planned"
    NOT_URGENT = "not_urgent"
    NOT_ON_AGENDA = "not_on_agenda"
    """It does not wait for a meeting yet."""
    STAGE_RUNNING = "stage_running"
    """Its class has named stages, and one of them is running."""
    IS_SUGGESTION = "is_suggestion"
    ADOPTED = "adopted"
    """It is a suggestion that was taken up, as a whole or in part."""
    ANSWERED_SUGGESTION = "answered_suggestion"
    MILESTONE_AHEAD = "milestone_ahead"
    PUBLICATION_PROPOSED = "publication_proposed"
    """Somebody wrote what everybody may read of it, and nobody else has agreed yet."""
    PUBLISHED = "published"
    HAS_VOICE = "has_voice"
    """Its reporter said something whose words did not come with it."""
    HAS_PAGE_LINK = "has_page_link"
    """Its reporter has a link to its page."""
    LAST_ACT_UNDOABLE = "last_act_undoable"
    MATTER_ANSWERED = "matter_answered"
    """Joined to another case, that one's result was told."""
    NOT_WITHDRAWN = "not_withdrawn"
    WITHDRAWN = "withdrawn"
    """By its reporter, so that nobody is sent until the desk has decided."""


class Turn(StrEnum):
    """What makes an act another one: people say the same word and mean what fits."""

    RESULT_ASKED = "result_asked"
    """The reporter is being asked whether it is solved."""
    WITHDRAWN = "withdrawn"
    SIGNATURE_ASKED = "signature_asked"
    """The answer waits for whoever signs it."""
    NOTHING_TO_UNDO = "nothing_to_undo"
    """Whoever acts reported the case, and did nothing last that could be taken back."""


class Withdrawal(StrEnum):
    """What became of the reporter's word that nothing need be done."""

    STOPS = "stops"
    """Nobody is sent until the desk has decided; of a joined case: its reporter follows no longer."""
    GOES_ON = "goes_on"
    """On record: the case is urgent, a danger to life, restricted, or others reported it too."""


class RequestKind(StrEnum):
    """What is asked for and decided by a second person."""

    EXTEND = "extend"
    SUSPEND = "suspend"
    COMPLEX = "complex"
    VOID = "void"
    UNRESTRICT = "unrestrict"

    @property
    def chinese(self) -> str:
        return {
            "extend": "延期", "suspend": "挂账", "complex": "按复杂事件办理", "void": "作废",
            "unrestrict": "解除限阅",
        }[self]  # fmt: skip


class Reply(StrEnum):
    """What words that quote a push of a case may amount to."""

    NOT_SAME = "not_same"
    """It was joined to another matter by mistake."""
    ACCOUNT = "account"
    """What somebody saw who was asked to go and look."""
    RATING = "rating"
    """The reporter's word on the result."""
    UNSOLVED = "unsolved"
    """The reporter's word that it is not solved."""
    DONE = "done"
    """The work is done."""
    SHARE_DONE = "share_done"
    """The part of a unit called to help is done."""
    UPDATE = "update"
    """How it goes on."""
    OTHER = "other"
    """Whatever else is said."""


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the act table: all that is data about an act."""

    key: str
    verb: str
    """The command's word, `/签收`."""
    from_states: frozenset[Status]
    to_states: tuple[Status, ...]
    """States it may lead to; empty: the state stays as it is."""
    relations: tuple[CaseRelation, ...]
    required_fields: tuple[ActField, ...] = ()
    """Without these it is refused."""
    audiences: tuple[Audience, ...] = ()
    aliases: tuple[str, ...] = ()
    usage: str = ""
    """What follows the number in a command, in words."""
    about: str = ""
    """One line for `/帮助` and the documentation."""
    may_stay: bool = False
    """It may also leave the state as it is, although it can change it."""
    undoable: bool = False
    """Whoever did it may take it back within five minutes."""
    bulk: bool = False
    """It makes sense for several numbers at once."""
    needs_confirmation: bool = False
    """Shown and confirmed before it is done."""
    optional_fields: tuple[ActField, ...] = ()
    """What may be given beside, and is read from what is typed."""
    requires: Condition | None = None
    """The condition that must hold, beside the state, for the act to be possible."""
    request: RequestKind | None = None
    """It only asks: a second person decides."""
    grants: bool | None = None
    """It decides the pending request: granted or not."""
    reply: Reply | None = None
    """What a reply to a push of the case must amount to, to be this act."""
    stands_in_for: str | None = None
    """Key of the check that it brings along where a grid officer solved the case: it need not wait for it."""
    impartial: bool = False
    """It is a word on the result: nobody of the units that handled the case says it."""
    own_number_only: bool = False
    """The reporter's word on the result: whoever reported a joined case gives it for their own number."""
    recallable: bool = False
    """What it hands out can be taken back within five minutes, while nobody has signed for it."""
    takes_back_task: bool = False
    """The unit that had the case need not do anything: its card says so."""
    own_case_only: bool = False
    """Whoever reported a case joined to another says nothing of it: it changes the one that is worked on."""
    reveals_reporter: bool = False
    """It names the reporter: only in a direct conversation, and on record."""
    names_people: bool = False
    """Names and numbers come with it: in a direct conversation only, and no event repeats them."""
    is_second_word: bool = False
    """A second person stands behind what another wrote."""
    is_late_news: bool = False
    """It comes long after the matter ended: where each message counts it is told by a notice of fixed fields,
    and where there is none, by the page alone."""
    about_handling: bool = False
    """It is a word on those who handle the case: read by desk, leaders and whoever said it, never by them."""
    is_audited: bool = False
    """Leaders look at it afterwards."""
    on_page: bool = False
    """Whoever reported the case may do it on its page."""

    sends_down: bool = False
    """It gives the work to a unit beneath, whose answer comes back to the unit that has the case."""
    becomes: tuple[Turn, str] | None = None
    """When it means another act, and the key of that."""
    said: str = ""
    """What one says to do, where the verb is a noun: 记进展. Empty: the verb."""

    @property
    def fields(self) -> tuple[ActField, ...]:
        """All fields that can be given with the act, the required ones first."""
        return self.required_fields + self.optional_fields

    @property
    def doing(self) -> str:
        """The act as one says it after 不能 or 已."""
        return self.said or self.verb

    @property
    def own_word(self) -> bool:
        """Only whoever reported the case says it."""
        return self.relations == (CaseRelation.REPORTER,)

    @property
    def calls_unit(self) -> bool:
        """Whether it gives a unit something to do, so that its words are meant for that unit."""
        return not {ActField.UNIT, ActField.UNITS}.isdisjoint(self.fields)

    @property
    def words(self) -> tuple[str, ...]:
        """Every word for the act: verb, aliases, and the key with `_` and with `-`."""
        return (self.verb, *self.aliases, self.key, self.key.replace("_", "-"))

    @property
    def opens_case(self) -> bool:
        """Whether the act opens a case, so that it is never performed on an existing one."""
        return not self.from_states

    @property
    def is_for_program(self) -> bool:
        """Whether the program may perform the act by itself: nothing is required for it but a reason."""
        return CaseRelation.TIME in self.relations and set(self.required_fields) <= {ActField.REASON}


class Step(StrEnum):
    """What a clock measures."""

    ACCEPT = "accept"
    SIGN = "sign"
    CONTACT = "contact"
    """Until somebody of the unit has spoken to the reporter."""
    ARRIVE = "arrive"
    """Until a unit that was whistled for is on the spot."""
    PROGRESS = "progress"
    """Silence of the handler: begins anew with each word of progress."""
    STAGE = "stage"
    """A named stage of a long matter, inside its finish."""
    FINISH = "finish"
    VERIFY = "verify"
    SIGNOFF = "signoff"
    """Until the answer is signed; the finish runs on meanwhile."""
    CALLBACK = "callback"
    ORDER = "order"
    """Until a supervision order is answered."""
    ACTION = "action"
    """Until a unit has done what a meeting gave it."""

    @property
    def chinese(self) -> str:
        return _STEP_NAMES[self]


_STEP_NAMES = {
    Step.ACCEPT: "受理",
    Step.SIGN: "签收",
    Step.CONTACT: "联系报事人",
    Step.ARRIVE: "到场",
    Step.PROGRESS: "报进展",
    Step.STAGE: "阶段办理",
    Step.FINISH: "办结",
    Step.VERIFY: "核查",
    Step.SIGNOFF: "审签",
    Step.CALLBACK: "回访",
    Step.ORDER: "督办回复",
    Step.ACTION: "会商任务",
}


class ClockEffect(StrEnum):
    """What a state does to a clock. A clock the state does not name is stopped."""

    START = "start"
    """Runs; begins now if it did not run yet."""
    KEEP = "keep"
    """Goes on if it runs; does not begin."""
    PAUSE = "pause"


CLOCKS: Mapping[Status, Mapping[Step, ClockEffect]] = {
    Status.NEW: {
        Step.ACCEPT: ClockEffect.START,
        Step.FINISH: ClockEffect.START,
        Step.ARRIVE: ClockEffect.KEEP,
        Step.ACTION: ClockEffect.KEEP,
        Step.ORDER: ClockEffect.KEEP,
    },
    Status.ACCEPTED: {
        Step.STAGE: ClockEffect.KEEP,
        Step.FINISH: ClockEffect.START,
        Step.ARRIVE: ClockEffect.KEEP,
        Step.ACTION: ClockEffect.KEEP,
        Step.ORDER: ClockEffect.KEEP,
    },
    Status.DISPATCHED: {
        Step.SIGN: ClockEffect.START,
        Step.CONTACT: ClockEffect.START,
        Step.STAGE: ClockEffect.KEEP,
        Step.FINISH: ClockEffect.START,
        Step.ARRIVE: ClockEffect.KEEP,
        Step.ACTION: ClockEffect.KEEP,
        Step.ORDER: ClockEffect.KEEP,
    },
    Status.IN_PROGRESS: {
        Step.CONTACT: ClockEffect.KEEP,
        Step.PROGRESS: ClockEffect.START,
        Step.STAGE: ClockEffect.START,
        Step.FINISH: ClockEffect.START,
        Step.ARRIVE: ClockEffect.KEEP,
        Step.ACTION: ClockEffect.KEEP,
        Step.ORDER: ClockEffect.KEEP,
    },
    Status.SUSPENDED: {
        Step.CONTACT: ClockEffect.PAUSE,
        Step.ACTION: ClockEffect.KEEP,
        Step.STAGE: ClockEffect.PAUSE,
        Step.FINISH: ClockEffect.PAUSE,
        Step.ORDER: ClockEffect.KEEP,
    },
    Status.SUBMITTED: {
        Step.STAGE: ClockEffect.PAUSE,
        Step.FINISH: ClockEffect.PAUSE,
        Step.VERIFY: ClockEffect.START,
        Step.ORDER: ClockEffect.KEEP,
    },
    Status.CALLBACK: {
        Step.STAGE: ClockEffect.PAUSE,
        Step.FINISH: ClockEffect.PAUSE,
        Step.CALLBACK: ClockEffect.START,
        Step.ORDER: ClockEffect.KEEP,
    },
}
"""Which clocks run in which state. The handling clock waits while others check or are asked."""

IN_SIGNOFF: Mapping[Step, ClockEffect] = {
    Step.STAGE: ClockEffect.PAUSE,
    Step.FINISH: ClockEffect.START,
    Step.SIGNOFF: ClockEffect.START,
    Step.ORDER: ClockEffect.KEEP,
}
"""Which clocks run while a checked result waits to be signed (requirements B06)."""


def find_clock_effects(status: str, *, in_signoff: bool) -> Mapping[Step, ClockEffect]:
    """What the state does to the clocks; `in_signoff`: its answer waits for a signature."""
    return IN_SIGNOFF if in_signoff else CLOCKS.get(Status(status), {})


RUNNING = frozenset(
    status for status, effects in CLOCKS.items() if effects.get(Step.FINISH) is ClockEffect.START
)
"""States in which the time to finish runs: not once a result is in, nor while suspended or asked back.

It also runs while the answer waits for a signature (`IN_SIGNOFF`).
"""
