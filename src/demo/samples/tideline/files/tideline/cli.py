import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from tideline.duration import format_duration
from tideline.search import next_high, tides_of
from tideline.table import TableError, read_table


def main(argv: Sequence[str] | None = None) -> int:
    args = build_parser().parse_args(argv)
    try:
        return args.run(args)
    except TableError as error:
        return fail(str(error))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tideline", description="Answers from tide tables.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    next_ = commands.add_parser("next", help="the next high tide")
    next_.add_argument("table", type=Path)
    next_.add_argument("--at", type=datetime.fromisoformat, metavar="TIME", help="count from TIME, not from now")
    next_.set_defaults(run=run_next)

    day = commands.add_parser("day", help="all tides of one day")
    day.add_argument("table", type=Path)
    day.add_argument("day", type=date.fromisoformat, metavar="DATE")
    day.set_defaults(run=run_day)
    return parser


def run_next(args: argparse.Namespace) -> int:
    at = args.at or datetime.now()
    tide = next_high(read_table(args.table), at)
    if tide is None:
        return fail(f"{args.table}: no high tide after {at:%Y-%m-%d %H:%M}")
    when = f"{tide.time:%a} {tide.time.day} {tide.time:%b %H:%M}"
    print(f"{when}, {tide.height:.1f} m, in {format_duration(tide.time - at)}")
    return 0


def run_day(args: argparse.Namespace) -> int:
    tides = tides_of(read_table(args.table), args.day)
    if not tides:
        return fail(f"{args.table}: no tides on {args.day}")
    for tide in tides:
        print(f"{tide.time:%H:%M}  {tide.kind:<4}  {tide.height:.1f} m")
    return 0


def fail(message: str) -> int:
    print(f"tideline: {message}", file=sys.stderr)
    return 1
