from datetime import date, datetime

from tideline.search import next_high, tides_of
from tideline.tide import Tide

MORNING = Tide(datetime(2025, 3, 1, 5, 2), "high", 5.2)
NOON = Tide(datetime(2025, 3, 1, 11, 13), "low", 0.6)
EVENING = Tide(datetime(2025, 3, 1, 17, 24), "high", 5.1)
TABLE = [MORNING, NOON, EVENING]


def test_next_high_passes_over_low_tides():
    assert next_high(TABLE, datetime(2025, 3, 1, 6, 0)) == EVENING


def test_a_tide_at_this_very_minute_is_not_the_next():
    assert next_high(TABLE, MORNING.time) == EVENING


def test_there_is_none_after_the_end_of_the_table():
    assert next_high(TABLE, datetime(2025, 3, 2)) is None


def test_the_order_of_the_table_does_not_matter():
    assert next_high([EVENING, NOON, MORNING], datetime(2025, 3, 1)) == MORNING


def test_tides_of_a_day():
    assert tides_of(TABLE, date(2025, 3, 1)) == TABLE
    assert tides_of(TABLE, date(2025, 3, 2)) == []
