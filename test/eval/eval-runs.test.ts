import path from "node:path";
import { expect, test } from "vitest";
import { evalDelivery } from "../../src/eval/eval-delivery.ts";
import { localTrigger, readLocalArguments } from "../../src/local/local-arguments.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import { runCli, temporaryFolder } from "../cli/run-cli.ts";

test("The latest run to replay, and all of them, are those that people asked for, not the cases of an evaluation after them", async () => {
  const data = temporaryFolder();
  const trigger = localTrigger(readLocalArguments(["Round prices"]));
  let asked = "";
  {
    await using store = await openSqlStore({ file: path.join(data, "handback.db") });
    asked = (await store.createRun({ kind: "change", trigger })).id;
    await store.createRun({ kind: "change", trigger: { ...trigger, deliveryId: evalDelivery } });
  }
  for (const which of ["latest", "--all"]) {
    const { stdout } = await runCli(["replay", which, "--json"], { env: { HANDBACK_DATA: data } });
    const { runs } = JSON.parse(stdout) as { runs: { id: string }[] };
    expect(runs.map(({ id }) => id)).toEqual([asked]);
  }
});
