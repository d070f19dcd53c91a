import type { Scene } from "../script.ts";
import { bash, edit, finish, read } from "./calls.ts";
import { minHeightReviews, title, finding } from "./min-height-reviews.ts";

/** What the model says about the feature: the first change breaks an old use, and the coder takes the reviewer's suggestion. */
export const minHeight: readonly Scene[] = [
  {
    role: "planner",
    when: title,
    turns: [
      {
        calls: [read("tideline/cli.py"), read("tideline/search.py"), read("README.md")],
      },
      {
        calls: [
          finish({
            summary:
              "`next_high` gets a lowest height, and `tideline next` an option `--min-height METRES` that passes it on.",
            steps: [
              "`tideline/search.py`: `next_high(table, after, min_height)`; a tide of exactly that height counts.",
              "`tideline/cli.py`: `--min-height METRES`; when the table has no such tide, the message names the height.",
              "Tests for both, with the example from the issue; a paragraph in the README.",
            ],
            risks: ["Without the option, answers and messages must stay what they are."],
          }),
        ],
      },
    ],
  },
  {
    role: "coder",
    when: title,
    turns: [
      {
        calls: [
          read("tideline/search.py"),
          read("tideline/cli.py"),
          read("tests/test_search.py"),
          read("tests/test_cli.py"),
        ],
      },
      {
        say: "The search first, then the command line.",
        calls: [
          edit("tideline/search.py", {
            old: `def next_high(table: Iterable[Tide], after: datetime) -> Tide | None:
    """The first high tide later than \`after\`; None when the table has none."""
    highs = (tide for tide in table if tide.kind == "high" and tide.time > after)
`,
            new: `#: Takes every tide.
NO_MINIMUM = 0.0


def next_high(table: Iterable[Tide], after: datetime, min_height: float = NO_MINIMUM) -> Tide | None:
    """The first high tide later than \`after\` of at least \`min_height\` metres; None when the table has none."""
    highs = (
        tide for tide in table if tide.kind == "high" and tide.time > after and tide.height >= min_height
    )
`,
          }),
          edit("tideline/cli.py", {
            old: "from tideline.search import next_high, tides_of",
            new: "from tideline.search import NO_MINIMUM, next_high, tides_of",
          }),
          edit("tideline/cli.py", {
            old: "    next_.set_defaults(run=run_next)\n",
            new: `    next_.add_argument(
        "--min-height", type=float, default=NO_MINIMUM, metavar="METRES", help="only a tide of METRES or more"
    )
    next_.set_defaults(run=run_next)
`,
          }),
          edit("tideline/cli.py", {
            old: `    tide = next_high(read_table(args.table), at)
    if tide is None:
        return fail(f"{args.table}: no high tide after {at:%Y-%m-%d %H:%M}")
`,
            new: `    tide = next_high(read_table(args.table), at, args.min_height)
    if tide is None:
        wanted = "high tide" if args.min_height == NO_MINIMUM else f"high tide of {args.min_height:g} m or more"
        return fail(f"{args.table}: no {wanted} after {at:%Y-%m-%d %H:%M}")
`,
          }),
          edit("tests/test_search.py", {
            old: "def test_there_is_none_after_the_end_of_the_table():\n",
            new: `def test_a_tide_that_is_too_low_is_passed_over():
    assert next_high([EVENING, MORNING], datetime(2025, 3, 1), min_height=5.15) == MORNING
    assert next_high(TABLE, MORNING.time, min_height=5.15) is None


def test_a_tide_of_exactly_the_height_is_high_enough():
    assert next_high(TABLE, MORNING.time, min_height=5.1) == EVENING


def test_there_is_none_after_the_end_of_the_table():
`,
          }),
          edit("tests/test_cli.py", {
            old: "def test_day_lists_the_tides(capsys):\n",
            new: `def test_next_passes_over_tides_that_are_too_low(capsys):
    assert main(["next", TABLE, "--at", "2025-03-04 12:00", "--min-height", "4"]) == 0
    assert capsys.readouterr().out == "Thu 6 Mar 22:14, 4.0 m, in 2 d 10 h\\n"


def test_next_names_the_height_that_the_table_does_not_have(capsys):
    assert main(["next", TABLE, "--at", "2025-03-04 12:00", "--min-height", "4.25"]) == 1
    assert capsys.readouterr().err == f"tideline: {TABLE}: no high tide of 4.25 m or more after 2025-03-04 12:00\\n"


def test_day_lists_the_tides(capsys):
`,
          }),
          edit("README.md", {
            old: "Without `--at`, `next` counts from now. ",
            new: "With `--min-height 4`, `next` passes over tides below 4 m. Without `--at`, it counts from now. ",
          }),
        ],
      },
      {
        calls: [
          bash(
            `python3 -m pytest -q && python3 -m tideline next tables/saltwick-2025-03.csv --at "2025-03-04 12:00" --min-height 4`,
          ),
        ],
      },
      {
        calls: [
          bash(`git add -A && git commit -q -m "Add --min-height to next" && git show --stat --oneline HEAD`),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Add --min-height to next",
            summary: `\`tideline next --min-height METRES\` passes over high tides below that height. A tide of exactly that height counts, as the issue asks. When the table has none, the message names the height:

    tideline: tables/saltwick-2025-03.csv: no high tide of 4.25 m or more after 2025-03-04 12:00

Without the option the message is what it was. The example from the issue is a test.`,
            unverified: ["Only metres: a table in feet would be compared as it stands."],
            answers: [],
          }),
        ],
      },
    ],
  },
  {
    role: "coder",
    when: finding,
    turns: [
      {
        say: "Right, 0.0 is not “no minimum”. The suggestion covers the command line too, since its default is the same name. A test keeps it.",
        calls: [
          edit("tideline/search.py", { old: "NO_MINIMUM = 0.0", new: `NO_MINIMUM = float("-inf")` }),
          edit("tests/test_search.py", {
            old: "def test_a_tide_of_exactly_the_height_is_high_enough():\n",
            new: `def test_a_high_tide_below_zero_is_found_when_no_height_is_asked_for():
    neap = Tide(datetime(2025, 11, 4, 6, 10), "high", -0.1)
    assert next_high([neap], datetime(2025, 11, 4)) == neap
    assert next_high([neap], datetime(2025, 11, 4), min_height=0.0) is None


def test_a_tide_of_exactly_the_height_is_high_enough():
`,
          }),
          bash("python3 -m pytest -q"),
        ],
      },
      {
        calls: [
          bash(
            `git commit -q -a -m "Take high tides below zero when no height is asked for" && git show --stat --oneline HEAD`,
          ),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Add --min-height to next",
            summary:
              "Without `--min-height`, every high tide is taken again, also below zero, as before this pull request.",
            unverified: [],
            answers: [
              {
                findingId: "f1",
                action: "fixed",
                reply:
                  "Taken as suggested; the command line uses the same default, so it is mended with it. There is now a test with a high tide at -0.1 m, with no height asked for and with 0.",
              },
            ],
          }),
        ],
      },
    ],
  },
  ...minHeightReviews,
];
