from datetime import datetime

import pytest

from tideline.table import TableError, parse_table, read_table
from tideline.tide import Tide


def test_rows_become_tides_in_order_of_time():
    lines = ["# Saltwick", "2025-03-01 11:13,low,0.6", "", "2025-03-01 05:02, high, 5.2"]
    assert parse_table(lines, "t.csv") == [
        Tide(datetime(2025, 3, 1, 5, 2), "high", 5.2),
        Tide(datetime(2025, 3, 1, 11, 13), "low", 0.6),
    ]


def test_heights_can_be_below_zero():
    assert parse_table(["2025-03-01 11:13,low,-0.3"], "t.csv")[0].height == -0.3


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("2025-03-01 05:02,high", "t.csv:1: expected time, kind and height, found 2 fields"),
        ("2025-03-01 05:02,slack,2.0", "t.csv:1: a tide is high or low, not 'slack'"),
        ("2025-13-01 05:02,high,5.2", "t.csv:1: time data"),
        ("2025-03-01 05:02,high,tall", "t.csv:1: could not convert"),
    ],
)
def test_a_bad_row_is_named(row, complaint):
    with pytest.raises(TableError) as caught:
        parse_table([row], "t.csv")
    assert str(caught.value).startswith(complaint)


def test_a_mark_at_the_head_of_the_file_is_no_part_of_it(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf2025-03-01 05:02,high,5.2\r\n")
    assert len(read_table(path)) == 1


def test_a_missing_file_is_a_table_error(tmp_path):
    with pytest.raises(TableError):
        read_table(tmp_path / "none.csv")
