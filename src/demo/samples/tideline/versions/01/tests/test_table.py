from datetime import datetime

import pytest

from tideline.table import TableError, parse_table, read_table
from tideline.tide import Tide


def test_rows_become_tides_in_order_of_time():
    lines = ["# Saltwick", "2025-03-01 11:13,low,0.6", "", "2025-03-01 05:02, high, 5.2"]
    assert parse_table(lines) == [
        Tide(datetime(2025, 3, 1, 5, 2), "high", 5.2),
        Tide(datetime(2025, 3, 1, 11, 13), "low", 0.6),
    ]


@pytest.mark.parametrize("row", ["2025-03-01 05:02,high", "2025-03-01 05:02,slack,2.0", "2025-03-01 05:02,high,tall"])
def test_a_bad_row_is_refused(row):
    with pytest.raises(TableError):
        parse_table([row])


def test_a_missing_file_is_a_table_error(tmp_path):
    with pytest.raises(TableError):
        read_table(tmp_path / "none.csv")
