import { describe, expect, test } from "vitest";
import { detectChecks } from "../../src/run/detect-checks.ts";

function detect(contents: Record<string, string>, paths: string[] = []) {
  return detectChecks({ contents, paths: [...Object.keys(contents), ...paths] });
}

describe("the checks of a Node package", () => {
  const withScripts = (scripts: Record<string, string>, more: object = {}) => ({
    "package.json": JSON.stringify({ name: "x", scripts, ...more }),
  });

  test("are its test and lint scripts, and nothing is installed without dependencies", () => {
    expect(detect(withScripts({ test: "node --test", lint: "eslint ." }))).toEqual({
      setup: [],
      verify: ["npm run lint", "npm test"],
    });
  });

  test("use check instead of lint and typecheck where there is one", () => {
    const { verify } = detect(withScripts({ test: "a", lint: "b", check: "c", typecheck: "d" }));
    expect(verify).toEqual(["npm run check", "npm test"]);
  });

  test("leave out npm's default test script", () => {
    const text = 'echo "Error: no test specified" && exit 1';
    expect(detect(withScripts({ test: text }))).toEqual({ setup: [], verify: [] });
  });

  test.each([
    [["package-lock.json"], {}, "npm ci", "npm test"],
    [[], {}, "npm install --no-package-lock", "npm test"],
    [["pnpm-lock.yaml"], {}, "pnpm install --frozen-lockfile", "pnpm test"],
    [["yarn.lock"], {}, "yarn install --frozen-lockfile", "yarn test"],
    [["package-lock.json", "yarn.lock"], {}, "npm ci", "npm test"],
    [["yarn.lock"], { packageManager: "pnpm@10.1.0" }, "pnpm install --no-lockfile", "pnpm test"],
  ])("with %j and %j are set up by `%s`", (locks, more, setup, verify) => {
    const manifest = withScripts({ test: "x" }, { devDependencies: { y: "1" }, ...more });
    expect(detect(manifest, locks)).toEqual({ setup: [setup], verify: [verify] });
  });

  test("are none when package.json cannot be read", () => {
    expect(detect({ "package.json": "{ nonsense" })).toEqual({ setup: [], verify: [] });
    expect(detect({ "package.json": "[]" })).toEqual({ setup: [], verify: [] });
    expect(detect({ "package.json": '{"scripts": {"test": 7}}' })).toEqual({ setup: [], verify: [] });
  });
});

describe("the checks of a Python project", () => {
  test.each([["pytest.ini"], ["tests/test_add.py"], ["conftest.py"], ["pkg/add_test.py"]])(
    "are pytest with %s",
    (path) => {
      expect(detect({}, [path])).toEqual({ setup: [], verify: ["python3 -m pytest"] });
    },
  );

  test("are none without tests", () => {
    expect(detect({ "pyproject.toml": "[project]\nname = 'x'\n" }, ["x.py"]).verify).toEqual([]);
  });

  test("install requirements that name something", () => {
    const { setup } = detect({ "requirements.txt": "# nothing\n\n", "requirements-dev.txt": "pytest\n" }, [
      "pytest.ini",
    ]);
    expect(setup).toEqual(["python3 -m pip install --user --break-system-packages -r requirements-dev.txt"]);
  });

  test("install the project when it has dependencies or lies in src, and not otherwise", () => {
    const project = (rest: string) => `[build-system]\nrequires = ["x"]\n[project]\nname = "x"\n${rest}`;
    const install = ["python3 -m pip install --user --break-system-packages -e ."];
    const setup = (rest: string, paths: string[] = []) =>
      detect({ "pyproject.toml": project(rest) }, ["tests/test_x.py", ...paths]).setup;
    expect(setup('dependencies = ["requests"]')).toEqual(install);
    expect(setup('dependencies = [\n  "requests",\n]')).toEqual(install);
    expect(setup("dependencies = []\n[tool.x]\nthing = ['y']")).toEqual([]);
    expect(setup("", ["src/x/__init__.py"])).toEqual(install);
    expect(setup('[tool.pytest.ini_options]\npythonpath = ["src"]', ["src/x/__init__.py"])).toEqual([]);
  });
});

test("Go and Rust are checked by their own tools, a mixed repository by all of them", () => {
  expect(detect({}, ["go.mod"]).verify).toEqual(["go test ./..."]);
  expect(detect({}, ["Cargo.toml", "go.mod"]).verify).toEqual(["go test ./...", "cargo test"]);
});

test("a Makefile's test target counts where nothing else is found", () => {
  const Makefile = "CC := gcc\ntest: build\n\t./run\n";
  expect(detect({ Makefile }).verify).toEqual(["make test"]);
  expect(detect({ Makefile }, ["go.mod"]).verify).toEqual(["go test ./..."]);
  expect(detect({ Makefile: "test := 1\n" }).verify).toEqual([]);
  expect(detect({ Makefile: "check:\n\ttrue\n" }).verify).toEqual(["make check"]);
});
