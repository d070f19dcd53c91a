from collections.abc import Iterable
from datetime import datetime

from tideline.tide import Tide


def next_high(table: Iterable[Tide], after: datetime) -> Tide | None:
    """The first high tide later than `after`; None when the table has none."""
    highs = (tide for tide in table if tide.kind == "high" and tide.time > after)
    return min(highs, key=lambda tide: tide.time, default=None)
