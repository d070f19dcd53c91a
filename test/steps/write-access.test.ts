import { expect, test } from "vitest";
import type { GitHubRepository } from "../../src/github/github.ts";
import { WriteAccess } from "../../src/steps/write-access.ts";

test("people of each standing are asked about apart, and the permission alone says who may write", async () => {
  const asked: string[] = [];
  const access = new WriteAccess(
    {
      botLogin: "handback[bot]",
      getPermission: async (login: string) => {
        asked.push(login);
        return login === "concealed" ? "write" : "read";
      },
    } as Partial<GitHubRepository> as GitHubRepository,
    "alice",
  );
  const answers = new Set<string>();
  for (let index = 0; index < 20; index += 1) answers.add(await access.of(`fan-${index}`, "other"));
  expect(answers).toEqual(new Set(["no"]));
  expect(await access.of("one-more", "other")).toBe("unknown");
  expect(await access.of("concealed", "contributor")).toBe("yes");
  expect(await access.of("triager", "member")).toBe("no");
  expect(await access.of("fan-3", "other")).toBe("no");
  expect(asked).toHaveLength(22);
});
