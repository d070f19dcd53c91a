from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["high", "low"]


@dataclass(frozen=True)
class Tide:
    """One row of a table."""

    #: Local time of the harbour, without a zone, as the table gives it.
    time: datetime
    kind: Kind
    #: Metres above the datum of the table.
    height: float
