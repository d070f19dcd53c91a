import { expect, test } from "vitest";
import { pushBranch } from "../local-github/support/test-github.ts";
import { prepareNewestPull, replaced, shop } from "../hostile/support/prepare.ts";
import { startApp } from "../web/start-app.ts";

test("a pull request is compared with its base branch as it is now, not as it was at the last push", async () => {
  const started = await startApp();
  const { local, server, settled } = started;
  await pushBranch(server, "topic", { "a.txt": "a\n" });
  await local.as("alice").openPull(shop, { title: "Mend it", head: "topic", base: "main" });
  local.as("alice").comment(shop, 1, "/agent fix it");
  await settled();
  const ref = { owner: "acme", name: "widgets", installationId: server.installation.id };
  const { baseSha: newest } = (await (await started.github.repository(ref)).getPull(1))!;
  const { task } = await prepareNewestPull(started, (repository) =>
    replaced(repository, "getPull", async (number) => {
      const pull = (await repository.getPull(number))!;
      return { ...pull, baseSha: pull.headSha };
    }),
  );
  expect(task.baseSha).toBe(newest);
});
