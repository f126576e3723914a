"""A case as texts need it: names instead of ids, local times instead of UTC."""

from dataclasses import dataclass
from datetime import datetime

from models.case_numbers import serial_of
from models.loop import LOOP
from models.workflow import Status, Withdrawal


@dataclass(frozen=True, slots=True)
class ActDetails:
    """Values that only some acts have."""

    partners: str = ""
    """Units called by this act, as people say them."""
    arrival_time: str = ""
    """From the whistle to the arrival."""
    arrival_distance: str = ""
    """From where the unit reported its arrival to the place of the case: 120 米."""
    order: str = ""
    """Number of the supervision order."""
    order_due: str = ""
    request: str = ""
    """What was requested: 延期 2 个工作日, 挂账到 12月1日, 作废."""
    surveyors: str = ""
    """Names of those who were told to go and see."""
    look_by: str = ""
    """Until when they are to have looked."""
    ceiling: str = ""
    """The longest time, where it was just granted that the matter is complex: 30 天."""
    resumes: datetime | None = None
    """When a suspension that begins with this act ends by itself; local."""
    repeats_photo: bool = False
    """A photo of the result is one of the case that was there before."""
    unreached: str = ""
    """Names of those who were asked to and could not be told."""
    leader: str = ""
    """Who takes the case in person by this act, or did until this act."""
    spot_check: str = ""
    """What a call was to a spot check: `reached`, `unreached` for good, `attempted`; "" where it was none."""


NO_DETAILS = ActDetails()


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case at one moment, with the act that the text is about. All times are local."""

    number: str
    status: Status
    class_name: str
    nature: str
    place: str
    text: str
    """What was reported, without telephone and identity numbers."""
    unit: str
    """Name of the lead unit; empty where no unit has the case."""
    suggested: str
    """Name of the unit that the rules suggest."""
    urgent: bool
    risk: str
    """Life is at risk: self_harm, violence; empty where it is not."""
    in_grid: bool
    opened: datetime
    due: datetime | None
    submitted: datetime | None
    """When the result was submitted."""
    now: datetime
    reporter: str
    """Name of the reporter; empty for audiences that may not know it."""
    actor: str = ""
    act_text: str = ""
    """The words of the act: a reason, a result; masked like `text`, since whole groups read them."""
    act: str = ""
    acted_at: datetime | None = None
    """When the act was done; long before `now` where an old card is rendered again."""
    has_request: bool = False
    """A request waits for the decision of a second person."""
    arbitration: bool = False
    """Returned twice: the desk has to decide the unit for good."""
    returnable: bool = True
    """False where the unit was decided for good, or has returned the case once already."""
    has_arrived: bool = False
    """The unit that the card is for has arrived on site."""
    restricted: bool = False
    """Only its readers know the case."""
    is_unverified: bool = False
    """Nobody knows who sent it in."""
    source: str = ""
    """Which other office passed it on, with its number there; "" where it was reported here."""
    is_answered: bool = False
    """The reporter was told the result."""
    is_unreached: bool = False
    """Closed without an answer: nobody could reach the reporter."""
    withdrawal: str | None = None
    """A `Withdrawal`, where its reporter said that nothing need be done."""
    nudges: int = 0
    resumes: datetime | None = None
    """When a suspended case goes on by itself."""
    has_reader: bool = True
    """Whether anybody who may read it can be reached; asked of restricted ones."""
    leader: str = ""
    """Name of who took it in person (包案)."""
    level: str = ""
    is_raised: bool = False
    level_head: str = ""
    """Who answers for the level it was raised to."""
    mediators: str = ""
    """Who could mediate a dispute, each with why; "" where nobody is known."""
    raise_proposed: bool = False
    """The program proposed to raise it."""
    signers: str = ""
    """Names of those whose signature its checked answer waits for; empty: it waits for none."""
    to_recheck: bool = False
    """A day is planned on which its result is looked at again."""
    in_meeting: bool = False
    """It waits for a joint meeting."""
    adoption: str = ""
    """The answer to a suggestion: 部分采纳."""
    asked: str = ""
    """Money that it is about: `4000 元`."""
    recovered: str = ""
    """Money recovered so far: `4000 元`."""
    parent: str = ""
    """Number of the case it was merged into."""
    details: ActDetails = NO_DETAILS
    solved: bool | None = None
    satisfied: bool | None = None
    """The reporter's answer, where the act is a rating."""
    emergency_numbers: tuple[str, ...] = ()
    """What to dial where this is urgent, the fitting one first; empty where the rules do not say."""
    stamped_at: datetime | None = None
    """When the newest photo of the problem that has a watermark was taken, as that says."""
    stamped_place: str = ""
    """Where, likewise; nobody checked it."""
    ground: str = ""
    """By which item of the list of responsibilities the unit has it; "" where the list had none."""
    safety_advice: str = ""
    """How to keep alive until somebody comes; "" where the rules do not say."""

    @property
    def short(self) -> str:
        """What people type to name it: its serial; of another year's, the whole number."""
        return serial_of(self.number) if self.opened.year == self.now.year else self.number

    @property
    def loop_step(self) -> str:
        """The word of the loop; "" for what has left it."""
        step = LOOP.get(self.status)
        return step.chinese if step is not None else ""

    @property
    def is_withdrawn(self) -> bool:
        """Whether nobody is sent until the desk has decided."""
        return self.withdrawal == Withdrawal.STOPS

    @property
    def is_paused(self) -> bool:
        """Whether its time stands still, so that the due time is not known before it resumes."""
        return self.status is Status.SUSPENDED
