import pytest

from tideline.cli import main

TABLE = "tables/saltwick-2025-03.csv"


def test_next_says_when_how_high_and_how_long(capsys):
    assert main(["next", TABLE, "--at", "2025-03-01 12:00"]) == 0
    assert capsys.readouterr().out == "Sat 1 Mar 17:24, 5.1 m, in 5 h 24 min\n"


def test_next_fails_after_the_end_of_the_table(capsys):
    assert main(["next", TABLE, "--at", "2025-03-07 00:00"]) == 1
    assert capsys.readouterr().err == f"tideline: {TABLE}: no high tide after 2025-03-07 00:00\n"


def test_day_lists_the_tides(capsys):
    assert main(["day", TABLE, "2025-03-06"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "03:10  low   2.1 m",
        "09:22  high  3.8 m",
        "15:52  low   1.9 m",
        "22:14  high  4.0 m",
    ]


def test_a_table_that_cannot_be_read_is_one_sentence(tmp_path, capsys):
    broken = tmp_path / "broken.csv"
    broken.write_text("yesterday,high,5\n")
    assert main(["next", str(broken)]) == 1
    assert "broken.csv:1" in capsys.readouterr().err


def test_a_command_is_needed():
    with pytest.raises(SystemExit):
        main([])
