"""A case as words need it: names instead of ids, local times instead of instants."""

from dataclasses import dataclass
from datetime import datetime

from models.workflow import Status


@dataclass(frozen=True, slots=True)
class ActDetails:
    partners: str = ""
    """Units called by this act, as people say them."""
    arrival_time: str = ""
    """From the whistle to the arrival."""
    order: str = ""
    """Number of the supervision order."""
    order_due: str = ""
    request: str = ""
    """What was asked: 延期 2 个工作日, 挂账到 12月1日, 作废."""


NO_DETAILS = ActDetails()


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case at one moment, with the act that is being told."""

    number: str
    status: Status
    class_name: str
    nature: str
    place: str
    text: str
    """What was reported, without telephone and identity numbers."""
    unit: str
    """Who has it; empty: nobody yet."""
    suggested: str
    """Whom the rules would give it to."""
    urgent: bool
    risk: str
    """Life is at risk: self_harm, violence; empty where it is not."""
    in_grid: bool
    opened: datetime
    due: datetime | None
    submitted: datetime | None
    """Local times."""
    now: datetime
    reporter: str
    """Only for those who may know."""
    actor: str = ""
    act_text: str = ""
    """The words of the act: a reason, a result; masked like `text`, since whole groups read them."""
    act: str = ""
    acted_at: datetime | None = None
    """When it was done: long before now, where a card is drawn again."""
    has_request: bool = False
    """Somebody asked for something; a second person decides."""
    arbitration: bool = False
    """It bounced twice: whose it is has to be decided for good."""
    returnable: bool = True
    """False: it was decided for good whose it is, or its unit returned it once already."""
    has_arrived: bool = False
    """Whoever this is drawn for is on the spot already."""
    nudges: int = 0
    level: str = ""
    recovered: str = ""
    """Money recovered so far: `4000 元`."""
    parent: str = ""
    """Number of the case it was merged into."""
    details: ActDetails = NO_DETAILS
    solved: bool | None = None
    """The reporter's answer, where the act is a rating."""

    @property
    def short(self) -> str:
        """The last four digits: what people type."""
        return self.number[-4:]

    @property
    def is_paused(self) -> bool:
        """Its time stands still: when it is due will be known once it goes on."""
        return self.status is Status.SUSPENDED
