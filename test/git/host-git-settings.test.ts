import { expect, test } from "vitest";
import { hostGit } from "../../src/git/host-git.ts";

test("git on the host gets every setting of the hardening list, and nothing of this machine's", async () => {
  const listed = (await hostGit(["config", "--list", "--show-origin"])).toString().trim().split("\n");
  const settings = listed.map((line) => line.split("\t"));
  expect(settings.filter(([origin]) => origin !== "command line:")).toEqual([]);
  expect(settings.map(([, setting]) => setting)).toEqual(
    expect.arrayContaining([
      "core.hookspath=/dev/null",
      "core.fsmonitor=false",
      "core.symlinks=false",
      "core.attributesfile=/dev/null",
      "safe.barerepository=explicit",
      "submodule.recurse=false",
      "fetch.recursesubmodules=false",
      "transfer.fsckobjects=true",
      "transfer.bundleuri=false",
      "http.followredirects=false",
      "credential.helper=",
      "gc.auto=0",
      "maintenance.auto=false",
      "commit.gpgsign=false",
    ]),
  );
});

test("git on the host has an environment of its own: no home, no configuration, no prompt, no transport, no secret", async () => {
  process.env["HANDBACK_CANARY"] = "canary";
  const printed = (await hostGit(["-c", "alias.environment=!env", "environment"])).toString();
  delete process.env["HANDBACK_CANARY"];
  const environment = new Map(printed.split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));
  expect(Object.fromEntries(environment)).toMatchObject({
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    GIT_SSH_COMMAND: "/bin/false",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_LFS_SKIP_SMUDGE: "1",
  });
  expect(printed).not.toContain("canary");
});
