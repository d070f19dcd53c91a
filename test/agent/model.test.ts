import { modelContract } from "../contract/model.contract.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { startModel } from "../support/scripted-model.ts";

modelContract("InMemoryModel", async (turns) => {
  return new InMemoryModel(
    turns.map(({ say, calls }) => reply(say, ...calls.map(({ tool, input }) => call(tool, input)))),
  );
});

modelContract("AnthropicModel", async (turns) => (await startModel(turns)).model);
