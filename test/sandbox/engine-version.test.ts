import { expect, test } from "vitest";
import { compareVersions, readEngineVersion } from "../../src/sandbox/engine-version.ts";

test.for([
  ["1.1.12", "v1.1.12-0-g51d5e94", "1.1.12", null],
  ["v1.7.27", "05044ec0a9a75232cad458027ca83437aae3f4da", "1.7.27", null],
  // A commit's name may look like a word.
  ["1.1.11", "1deb0d5ubuntu", "1.1.11", null],
  ["18.06.1-ce", "e68fc7a", "18.06.1", null],
  ["1.0.0-rc95", "", "1.0.0-rc95", null],
  ["1.4.0-rc.2", "", "1.4.0-rc.2", null],
  ["1.1.5+ds1", "1.1.5+ds1-1+deb12u1", "1.1.5", "1.1.5+ds1-1+deb12u1"],
  ["20.10.24+dfsg1", "5d6db84", "20.10.24", "20.10.24+dfsg1"],
  ["1.1.12-0ubuntu3.1", "", "1.1.12", "1.1.12-0ubuntu3.1"],
  ["1.0.0~rc93+ds1", "", "1.0.0", "1.0.0~rc93+ds1"],
  ["25.0.8+azure-2", "", "25.0.8", "25.0.8+azure-2"],
] as const)("%s with commit '%s' is %s, made by %s", ([text, commit, upstream, distribution]) => {
  expect(readEngineVersion(text, commit)).toEqual({ upstream, distribution });
});

test.for(["", "dev", "library-import", "crun 1.8"])("'%s' is no version", (text) => {
  expect(readEngineVersion(text)).toBeNull();
});

test("orders releases and their candidates by number, not by letters", () => {
  const ordered = [
    "1.0.0-rc6",
    "1.0.0-rc10",
    "1.0.0-rc95",
    "1.0.0",
    "1.1.9",
    "1.1.12",
    "1.4.0-beta.1",
    "1.4.0-rc.2",
    "1.4.0-rc.3",
    "1.4.0",
    "29.3.1",
  ];
  expect(ordered.toReversed().toSorted(compareVersions)).toEqual(ordered);
  expect(compareVersions("23.0", "23.0.0")).toBe(0);
});
