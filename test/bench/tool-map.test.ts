import { expect, test } from "vitest";
import { finishTool, hasHands, mapAction } from "../../bench/harness/tool-map.ts";
import type { WireTool } from "../../bench/harness/wire.ts";

const text = { type: "string" };
const number = { type: "number" };

function tool(name: string, properties: object, required: string[] = []): WireTool {
  return { name, description: "", input_schema: { type: "object", properties, required } };
}

/** Three ways of declaring the same four tools. */
const capital = [
  tool("Bash", { command: text, description: text, timeout: number }, ["command"]),
  tool("Read", { file_path: text, offset: number, limit: number }, ["file_path"]),
  tool("Edit", { file_path: text, old_string: text, new_string: text, replace_all: { type: "boolean" } }),
  tool("Write", { file_path: text, content: text }),
];
const listed = [
  tool("bash", { command: text, timeout: number }),
  tool("read", { path: text, offset: number, limit: number }),
  tool(
    "edit",
    {
      path: text,
      edits: {
        type: "array",
        items: { type: "object", properties: { oldText: text, newText: text } },
      },
    },
    ["path", "edits"],
  ),
  tool("write", { path: text, content: text }),
];
const camel = [
  tool("bash", { command: text, description: text }, ["command", "description"]),
  tool("edit", { filePath: text, oldString: text, newString: text }),
];

const edit = { kind: "edit", path: "a.js", before: "1", after: "2" } as const;

test.each([
  [capital, "Edit", { file_path: "/w/a.js", old_string: "1", new_string: "2" }],
  [listed, "edit", { path: "/w/a.js", edits: [{ oldText: "1", newText: "2" }] }],
  [camel, "edit", { filePath: "/w/a.js", oldString: "1", newString: "2" }],
])("an edit takes the names that a harness declares, case %#", (tools, name, input) => {
  expect(mapAction(edit, tools, "/w")).toEqual({ name, input });
});

test("a part of a file is asked for with its offset and limit, a whole one without", () => {
  const part = { kind: "read", path: "a.js", offset: 5, limit: 9 } as const;
  expect(mapAction(part, capital, "/w").input).toEqual({ file_path: "/w/a.js", offset: 5, limit: 9 });
  expect(mapAction({ kind: "read", path: "a.js" }, capital, "/w").input).toEqual({ file_path: "/w/a.js" });
});

test("a description is given where a harness demands one, and only there", () => {
  const command = { kind: "bash", command: "ls" } as const;
  expect(mapAction(command, capital, "/w").input).toEqual({ command: "ls" });
  expect(mapAction(command, camel, "/w").input).toEqual({ command: "ls", description: expect.any(String) });
});

test("a file is written with the shell where there is no tool for it, and gets the same bytes", () => {
  const { name, input } = mapAction({ kind: "write", path: "b.txt", content: "one\n$two\n" }, camel, "/w");
  expect(name).toBe("bash");
  expect(input["command"]).toBe("cat > b.txt <<'END_OF_FILE'\none\n$two\nEND_OF_FILE");
});

test("wrong input names nothing that the reading tool knows", () => {
  const { name, input } = mapAction({ kind: "wrong_input" }, capital, "/w");
  expect(name).toBe("Read");
  expect(Object.keys(input)).not.toContain("file_path");
});

test("a harness that cannot take a value is not measured as if it had", () => {
  const poor = [tool("read", { path: text })];
  expect(() => mapAction({ kind: "read", path: "a", limit: 3 }, poor, "/w")).toThrow("takes no");
  expect(() => mapAction(edit, poor, "/w")).toThrow("No tool for edit");
});

test("a request without hands is one beside the conversation", () => {
  expect(hasHands([])).toBe(false);
  expect(hasHands([tool("StructuredOutput", { title: text })])).toBe(false);
  expect(hasHands(capital)).toBe(true);
  expect(finishTool(capital)).toBeUndefined();
});
