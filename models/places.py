"""Place names beside those written with the units: from maps, lists and people."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base, Id, add_partial_index


class PlaceName(Base):
    """One name of one place. A name may stand in several units; without a unit it stands once."""

    __tablename__ = "places"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    """The unit the place lies in; None where that is not known, or outside the organisation."""
    kind: Mapped[str] = mapped_column(default="")
    """As the list has it: 道路, 小区 …"""
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    """WGS-84."""
    source: Mapped[str] = mapped_column(default="")
    """The list it came from."""


add_partial_index(
    "uq_places_of_unit", PlaceName.name, PlaceName.unit_id, where=PlaceName.unit_id.is_not(None), unique=True
)
add_partial_index("uq_places_of_nobody", PlaceName.name, where=PlaceName.unit_id.is_(None), unique=True)
