from datetime import timedelta

import pytest

from tideline.duration import format_duration


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=5, minutes=24), "5 h 24 min"),
        (timedelta(hours=6), "6 h"),
        (timedelta(minutes=59, seconds=40), "1 h"),
        (timedelta(days=3, hours=2, minutes=40), "3 d 2 h"),
        (timedelta(days=1), "1 d"),
    ],
)
def test_durations_are_said_as_people_say_them(duration, text):
    assert format_duration(duration) == text
