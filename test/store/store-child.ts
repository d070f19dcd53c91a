import { openSqlStore } from "../../src/store/sql-store.ts";
import { aTrigger } from "./a-trigger.ts";

/** Another process on the same database: `open FILE`, `claim FILE RUN TIMES`, `accept FILE NAME ISSUES`, `append FILE RUN`. */
const [command, file = "", ...rest] = process.argv.slice(2);
const store = await openSqlStore({ file });
switch (command) {
  case "open":
    await store.createRun({ kind: "change", trigger: aTrigger() });
    break;
  case "claim":
    for (let time = 0; time < Number(rest[1]); time += 1) {
      const run = await store.claimRun(rest[0] ?? "", `process ${process.pid}`);
      process.stdout.write(`${run?.epoch}\n`);
    }
    break;
  case "accept":
    for (let issueNumber = 1; issueNumber <= Number(rest[1]); issueNumber += 1) {
      const deliveryId = `${rest[0]}-${issueNumber}`;
      const run = { kind: "change", trigger: aTrigger({ issueNumber, deliveryId }) } as const;
      const { kind } = await store.acceptDelivery({ deliveryId, event: "issues", run });
      process.stdout.write(`${kind}\n`);
    }
    break;
  case "append": {
    const run = await store.claimRun(rest[0] ?? "", "child");
    if (run === null) throw new Error("There is no such run.");
    for (let time = 1; ; time += 1) {
      const note = { type: "note", step: "s", text: `${time}` } as const;
      await store.append(run.id, run.epoch, [note, note]);
      process.stdout.write(`${time}\n`);
    }
  }
  default:
    throw new Error(`What is ${command}?`);
}
await store[Symbol.asyncDispose]();
