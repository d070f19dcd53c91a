import pytest

from tideline.cli import main

TABLE = "tables/saltwick-2025-03.csv"


def test_next_says_when_how_high_and_how_long(capsys):
    assert main(["next", TABLE, "--at", "2025-03-01 12:00"]) == 0
    assert capsys.readouterr().out == "Sat 1 Mar 17:24, 5.1 m, in 5 h 24 min\n"


def test_next_fails_after_the_end_of_the_table(capsys):
    assert main(["next", TABLE, "--at", "2025-03-07 00:00"]) == 1
    assert capsys.readouterr().err == f"tideline: {TABLE}: no high tide after 2025-03-07 00:00\n"


def test_a_command_is_needed():
    with pytest.raises(SystemExit):
        main([])
