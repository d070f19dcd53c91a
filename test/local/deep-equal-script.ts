import type { Scene } from "../../src/demo/script.ts";
import { bash, edit, finish, read } from "../../src/demo/scripts/calls.ts";

export const deepEqualTask = `deepEqual(true, []) says true
A boolean, a number or a function counts as equal to any object without keys: deepEqual(true, []), deepEqual(5, {}) and deepEqual({}, function () {}) are all true. They should be false. deepEqual('3', 3) has to stay true when it is not strict.`;

const when = "deepEqual(true, []) says true";

/** Words about deep-equal 0.1.2, for a fix of our own; what the commands print is real. */
export const deepEqualScenes: readonly Scene[] = [
  {
    role: "planner",
    when,
    turns: [
      { calls: [read("index.js"), read("test/cmp.js")] },
      {
        calls: [
          finish({
            summary:
              "A pair with exactly one object falls through to `objEquiv`, which compares keys, and a boolean has none.",
            steps: ["Decide such pairs before `objEquiv`: they differ.", "Test both orders."],
            risks: ["`typeof null` is 'object'; null is handled in `objEquiv` and must stay unequal."],
          }),
        ],
      },
    ],
  },
  {
    role: "coder",
    when,
    turns: [
      {
        say: "First the fault as it is today.",
        calls: [
          bash(
            `node -e 'var e = require("./"); console.log(e(true, []), e([], true), e(5, {}), e({}, function () {}), e("3", 3))'`,
          ),
        ],
      },
      {
        calls: [
          edit("index.js", {
            old: `    return opts.strict ? actual === expected : actual == expected;

`,
            new: `    return opts.strict ? actual === expected : actual == expected;

  // One object and one that is none: what keys they have says nothing.
  } else if (typeof actual != 'object' || typeof expected != 'object') {
    return false;

`,
          }),
          bash(`cat >> test/cmp.js <<'END'

test('an object and a value that is none', function (t) {
    [true, false, 0, 5, '', function () {}].forEach(function (value) {
        [[], {}].forEach(function (object) {
            t.notOk(equal(value, object));
            t.notOk(equal(object, value));
        });
    });
    t.notOk(equal(null, 0));
    t.notOk(equal(0, null));
    t.end();
});
END`),
        ],
      },
      { calls: [bash("npm test 2>&1 | tail -5")] },
      {
        calls: [
          bash(`git add -A && git commit -qm "Tell objects from values that are none" && git show --stat`),
        ],
      },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Tell objects from values that are none",
            summary:
              "A pair of one object and one value that is none is unequal now, in both orders, before any keys are compared.",
            unverified: ["Browsers: the tests ran in Node only."],
            answers: [],
          }),
        ],
      },
    ],
  },
  {
    role: "reviewer",
    when,
    turns: [
      {
        calls: [
          bash(
            `node -e 'var e = require("./"), v = [true, 0, "", "3", null, undefined, [], {}, [3], function () {}]; v.forEach(function (a) { v.forEach(function (b) { if (e(a, b) !== e(b, a)) throw new Error(String(a) + " " + String(b)) }) }); console.log("symmetric over", v.length * v.length)'`,
          ),
          bash("git checkout -q HEAD~1 -- index.js && npm test; git checkout -q HEAD -- index.js"),
        ],
      },
      {
        calls: [
          finish({
            summary:
              "The pairs of the task differ now, and the answer does not depend on the order for 100 pairs. The new test fails with the old code.",
            findings: [],
            unverified: [],
          }),
        ],
      },
    ],
  },
];
