import type { WireBlock } from "../../src/demo/scripted-answer.ts";
import type { Brain } from "./messages-server.ts";

/** Does what `handback doctor --model` asks, as a good model would. `readsCharacters`: what stands later in a prompt it does not see. */
export function willingBrain({ readsCharacters = Infinity }: { readsCharacters?: number } = {}): Brain {
  return (body) => {
    const asked = textOf(body.messages[0]?.content);
    const last = textOf(body.messages.at(-1)?.content);
    const receipt = /receipt: (\S+)/.exec(last)?.[1];
    if (receipt !== undefined) return { text: `The receipt is ${receipt}.` };
    if (asked.includes("twice")) return { calls: [addition(1, 2), addition(3, 4)] };
    if (asked.includes("Add 17 and 25")) return { text: "I add.", calls: [addition(17, 25)] };
    if (asked.includes("`finish`")) return { calls: [{ name: "finish", input: report }] };
    if (asked.includes("lighthouse")) {
      const seen = textOf(body.system).slice(0, readsCharacters);
      return { text: /code word of the lighthouse is ([\w-]+)/.exec(seen)?.[1] ?? "I do not know." };
    }
    return { text: "ready" };
  };
}

const report = {
  verdict: "faulty",
  findings: [
    { title: "off by one", line: 3 },
    { title: "missing null check", line: 9 },
  ],
};

function addition(a: number, b: number) {
  return { name: "add", input: { a, b } };
}

/** Of a text, of blocks, and of the blocks in a tool's result. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as WireBlock[]).map(({ text, content: inner }) => textOf(text ?? inner)).join("\n");
}
