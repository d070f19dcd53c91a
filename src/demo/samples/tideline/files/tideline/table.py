from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tideline.tide import Tide


class TableError(Exception):
    """A table cannot be read; the message names the line."""


def read_table(path: Path) -> list[Tide]:
    """The tides of a CSV file in order of time. Raises TableError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path}: {error}") from error
    return parse_table(text.splitlines(), str(path))


def parse_table(lines: Iterable[str], name: str) -> list[Tide]:
    tides = [
        parse_row(line, f"{name}:{number}")
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    return sorted(tides, key=lambda tide: tide.time)


def parse_row(line: str, where: str) -> Tide:
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 3:
        raise TableError(f"{where}: expected time, kind and height, found {len(fields)} fields")
    time, kind, height = fields
    if kind not in ("high", "low"):
        raise TableError(f"{where}: a tide is high or low, not {kind!r}")
    try:
        return Tide(datetime.strptime(time, "%Y-%m-%d %H:%M"), kind, float(height))
    except ValueError as error:
        raise TableError(f"{where}: {error}") from error
