import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Tool } from "../../src/agent/tool.ts";
import { editTool } from "../../src/agent/tools/edit.ts";
import { readTool } from "../../src/agent/tools/read.ts";
import { writeTool } from "../../src/agent/tools/write.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

async function start(files: Record<string, string> = {}) {
  const sandbox = await LocalDirectorySandbox.create(files);
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  return sandbox;
}

const signal = new AbortController().signal;

function use(tool: Tool, input: unknown, options = { signal }) {
  return tool.run(tool.input.parse(input), options);
}

describe("read", () => {
  test("shows lines with their numbers, and says where it is in a longer file", async () => {
    const read = readTool(await start({ "a.txt": "one\ntwo\nthree\n" }));
    expect((await use(read, { path: "a.txt" })).text).toBe("1\tone\n2\ttwo\n3\tthree");
    expect((await use(read, { path: "a.txt", offset: 2, limit: 1 })).text).toBe("2\ttwo\n[lines 2–2 of 3]");
  });

  test("cuts very long lines and very many of them", async () => {
    const long = `${"x".repeat(5_000)}\n`.repeat(100);
    const read = readTool(await start({ "long.txt": long }));
    const { text } = await use(read, { path: "long.txt", limit: 100 });
    expect(text).toContain("… [5000 characters]");
    expect(text).toMatch(/\[lines 1–\d\d of 100\]$/);
    expect(text.length).toBeLessThan(40_000);
  });

  test("shows the beginning of a long file, and any part of it that is asked for", async () => {
    const read = readTool(await start({ "long.txt": "a line of the file\n".repeat(2_000) }));
    const { text } = await use(read, { path: "long.txt" });
    expect(text.length).toBeLessThan(7_000);
    const shown = /\[lines 1–(\d+) of 2000; give offset and limit for more\]$/.exec(text)?.[1];
    const more = await use(read, { path: "long.txt", offset: Number(shown) + 1, limit: 1_000 });
    expect(more.text).toMatch(/^\d+\ta line of the file\n/);
    expect(more.text.split("\n")).toHaveLength(1_001);
  });

  test("shows a line of a megabyte, and one of bytes that are no text, without letting them through", async () => {
    const sandbox = await start({ "one.txt": "x".repeat(1_000_000) });
    await sandbox.writeFile("bad.txt", new Uint8Array([0x61, 0xff, 0xfe, 0x0a]));
    const read = readTool(sandbox);
    expect((await use(read, { path: "one.txt" })).text.length).toBeLessThan(2_000);
    expect(await use(read, { path: "bad.txt" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("is not text"),
    });
  });

  test.each([
    [{ path: "nowhere.txt" }, "does not exist"],
    [{ path: "src" }, "is a directory"],
    [{ path: "src/a.txt", offset: 9 }, "has 1 lines"],
    [{ path: "binary" }, "is not text (4 bytes)"],
    [{ path: "latin1" }, "is not text"],
    [{ path: "huge" }, "sed -n"],
  ])("answers %j in words", async (input, words) => {
    const sandbox = await start({ "src/a.txt": "x\n" });
    await sandbox.writeFile("binary", Uint8Array.from([0, 1, 2, 3]));
    await sandbox.writeFile("latin1", Uint8Array.from([0x66, 0xfc, 0x72]));
    await sandbox.exec("truncate -s 300M huge");
    const output = await use(readTool(sandbox), input);
    expect(output.isError).toBe(true);
    expect(output.text).toContain(words);
  });

  test("an empty file is no error", async () => {
    const output = await use(readTool(await start({ "e.txt": "" })), { path: "e.txt" });
    expect(output).toEqual({ text: "e.txt is empty.", isError: false });
  });
});

test("write makes folders and replaces files, under any name", async () => {
  const sandbox = await start();
  const path = "new dir/ü\nx.txt";
  expect(await use(writeTool(sandbox), { path, content: "a\nb\n" })).toMatchObject({ isError: false });
  expect((await use(writeTool(sandbox), { path, content: "c" })).text).toContain("1 lines");
  expect(new TextDecoder().decode(await sandbox.readFile(path))).toBe("c");
  expect(await use(writeTool(sandbox), { path: "new dir", content: "x" })).toMatchObject({ isError: true });
});

describe("edit", () => {
  async function edit(content: string, input: object) {
    const sandbox = await start({ "f.js": content });
    const output = await use(editTool(sandbox), { path: "f.js", ...input });
    return {
      ...output,
      content: new TextDecoder("utf-8", { ignoreBOM: true }).decode(await sandbox.readFile("f.js")),
    };
  }

  test("replaces the one exact piece, and takes dollar signs as they are", async () => {
    expect(await edit("a\nb\nc\n", { old_text: "b", new_text: "$& $1" })).toEqual({
      text: "Edited f.js: line 2.",
      isError: false,
      content: "a\n$& $1\nc\n",
    });
  });

  test("refuses a piece that is there several times, naming the lines, unless all is meant", async () => {
    const input = { old_text: "x = 1\n", new_text: "y\n" };
    expect(await edit("x = 1\nb\nx = 1\nx = 1\n", input)).toEqual({
      text: "old_text is in f.js 3 times (lines 1, 3, 4). Take more of what is around it, or set all.",
      isError: true,
      content: "x = 1\nb\nx = 1\nx = 1\n",
    });
    expect(await edit("x = 1\nb\nx = 1\n", { ...input, all: true })).toMatchObject({ content: "y\nb\ny\n" });
  });

  test("shows the nearest lines when the piece is not there", async () => {
    const { text, isError } = await edit("function add(a, b) {\n  return a + b;\n}\n", {
      old_text: "  return a+b;\n",
      new_text: "",
    });
    expect(isError).toBe(true);
    expect(text).toContain("2\t  return a + b;");
  });

  test("keeps CRLF line ends, and edits where hidden characters were shown", async () => {
    expect(await edit("a\r\nb\r\nc\r\n", { old_text: "a\nb", new_text: "a\nx\ny" })).toMatchObject({
      content: "a\r\nx\r\ny\r\nc\r\n",
    });
    expect(
      await edit("\ufeffa = '\u200b';", { old_text: "⟦U+FEFF⟧a = '⟦U+200B⟧'", new_text: "a = ''" }),
    ).toMatchObject({
      content: "a = '';",
    });
  });

  test("refuses a file that is not text, or is missing", async () => {
    const sandbox = await start();
    await sandbox.writeFile("b", Uint8Array.from([0, 255]));
    const input = { old_text: "a", new_text: "b" };
    expect(await use(editTool(sandbox), { path: "b", ...input })).toMatchObject({ isError: true });
    expect(await use(editTool(sandbox), { path: "none", ...input })).toMatchObject({ isError: true });
  });

  test("changes nothing but the piece", async () => {
    const sandbox = await start();
    const part = fc.string({ unit: fc.constantFrom("a", "b", "\n", "$", "é", " ") });
    await fc.assert(
      fc.asyncProperty(part, part, part, async (before, after, replacement) => {
        await sandbox.writeFile("p.txt", `${before}#piece#${after}`);
        const input = { path: "p.txt", old_text: "#piece#", new_text: replacement };
        expect((await use(editTool(sandbox), input)).isError).toBe(false);
        expect(new TextDecoder().decode(await sandbox.readFile("p.txt"))).toBe(before + replacement + after);
      }),
      { numRuns: 50 },
    );
  });
});
