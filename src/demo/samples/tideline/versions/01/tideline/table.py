from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tideline.tide import Tide


class TableError(Exception):
    """A table cannot be read."""


def read_table(path: Path) -> list[Tide]:
    """The tides of a CSV file in order of time. Raises TableError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path}: {error}") from error
    return parse_table(text.splitlines())


def parse_table(lines: Iterable[str]) -> list[Tide]:
    tides = [parse_row(line) for line in lines if line.strip() and not line.startswith("#")]
    return sorted(tides, key=lambda tide: tide.time)


def parse_row(line: str) -> Tide:
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 3:
        raise TableError(f"expected time, kind and height: {line}")
    time, kind, height = fields
    if kind not in ("high", "low"):
        raise TableError(f"a tide is high or low, not {kind!r}")
    try:
        return Tide(datetime.strptime(time, "%Y-%m-%d %H:%M"), kind, float(height))
    except ValueError as error:
        raise TableError(str(error)) from error
