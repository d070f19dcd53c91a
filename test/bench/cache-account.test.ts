import fc from "fast-check";
import { expect, test } from "vitest";
import {
  billedTokens,
  CacheAccount,
  promptTokens,
  TooManyBreakpointsError,
} from "../../bench/harness/cache-account.ts";
import { wireRequest, type WireRequest } from "../../bench/harness/wire.ts";

const mark = { cache_control: { type: "ephemeral" } };
const minimum = 100;
const account = () => new CacheAccount(() => minimum);

/** A text block of so many tokens, its frame of four included. */
function block(tokens: number, more: object = {}): Record<string, unknown> {
  return { type: "text", text: "x".repeat((tokens - 4) * 4), ...more };
}

function request(blocks: object[], more: object = {}): WireRequest {
  return wireRequest.parse({ model: "m", messages: [{ role: "user", content: blocks }], ...more });
}

test("a prompt without breakpoints is never cached", () => {
  const cache = account();
  const asked = request([block(200), block(50)]);
  for (const at of [0, 1]) expect(cache.charge(asked, at)).toEqual({ uncached: 250, write: 0, read: 0 });
});

test("what stands before a breakpoint is written once and read after it, the rest is paid for in full", () => {
  const cache = account();
  const asked = request([block(200, mark), block(50)]);
  expect(cache.charge(asked, 0)).toEqual({ uncached: 50, write: 200, read: 0 });
  expect(cache.charge(asked, 1)).toEqual({ uncached: 50, write: 0, read: 200 });
});

test("a prefix just under the minimum is not cached, one of just the minimum is", () => {
  expect(account().charge(request([block(99, mark)]), 0)).toEqual({ uncached: 99, write: 0, read: 0 });
  expect(account().charge(request([block(100, mark)]), 0)).toEqual({ uncached: 0, write: 100, read: 0 });
});

test("the minimum counts from the head of the prompt: tools, then the system prompt, then messages", () => {
  const tools = [{ name: "t", description: "d".repeat(4 * 60), input_schema: {} }];
  const asked = request([block(20, mark)], { tools, system: [block(30, mark)] });
  const { write } = account().charge(asked, 0);
  expect(write).toBe(promptTokens(asked));
  expect(write).toBeGreaterThanOrEqual(minimum);
});

test("a growing conversation reads what it wrote before and writes what is new", () => {
  const cache = account();
  cache.charge(request([block(150, mark)]), 0);
  const grown = request([block(150), block(30), block(20, mark)]);
  expect(cache.charge(grown, 1)).toEqual({ uncached: 0, write: 50, read: 150 });
});

test("an entry is found 20 blocks back from a breakpoint, its own counted, and no further", () => {
  const follow = (blocks: number) => {
    const cache = account();
    cache.charge(request([block(150, mark)]), 0);
    const more = Array.from({ length: blocks - 1 }, () => block(5));
    return cache.charge(request([block(150), ...more, block(5, mark)]), 1).read;
  };
  expect(follow(19)).toBe(150);
  expect(follow(20)).toBe(0);
});

test("a second breakpoint looks further back", () => {
  const cache = account();
  cache.charge(request([block(150, mark)]), 0);
  const between = Array.from({ length: 15 }, () => block(5));
  const asked = request([block(150), ...between, block(5, mark), ...between, block(5, mark)]);
  expect(cache.charge(asked, 1)).toEqual({ uncached: 0, write: 160, read: 150 });
});

test("nothing is written where no breakpoint stands, so a conversation that parts in between reads nothing", () => {
  const cache = account();
  cache.charge(request([block(150), block(10, mark)]), 0);
  expect(cache.charge(request([block(150), block(11, mark)]), 1).read).toBe(0);
});

test("a changed byte at the head makes everything new", () => {
  const cache = account();
  cache.charge(request([block(150, mark)], { system: "Monday" }), 0);
  expect(cache.charge(request([block(150, mark)], { system: "Tuesday" }), 1).read).toBe(0);
});

test("another choice of tools leaves tools and system prompt in the cache, and nothing of the messages", () => {
  const cache = account();
  const body = [block(150, mark)];
  const system = [block(120, mark)];
  cache.charge(request(body, { system }), 0);
  const forced = request(body, { system, tool_choice: { type: "any" } });
  expect(cache.charge(forced, 1)).toEqual({ uncached: 0, write: 150, read: 120 });
});

test("an entry lives for five minutes after its last use", () => {
  const cache = account();
  const asked = request([block(150, mark)]);
  const minutes = (n: number) => n * 60_000;
  cache.charge(asked, 0);
  expect(cache.charge(asked, minutes(4)).read).toBe(150);
  expect(cache.charge(asked, minutes(8)).read).toBe(150);
  expect(cache.charge(asked, minutes(13)).read).toBe(0);
});

test("moving a breakpoint does not change what a prompt says", () => {
  const cache = account();
  cache.charge(request([block(150, mark), block(20)]), 0);
  const result = { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "y", ...mark }] };
  cache.charge(request([block(150), block(20), result]), 1);
  const unmarked = { ...result, content: [{ type: "text", text: "y" }] };
  const { read } = cache.charge(request([block(150), block(20), unmarked, block(9, mark)]), 2);
  expect(read).toBe(promptTokens(request([block(150), block(20), unmarked])));
});

test("five breakpoints are refused, as the provider refuses them", () => {
  const five = request(Array.from({ length: 5 }, () => block(150, mark)));
  expect(() => account().charge(five, 0)).toThrow(TooManyBreakpointsError);
});

test("a tool's own property named cache_control is part of the prompt", () => {
  const input = { cache_control: "no-store" };
  const asked = request([{ type: "tool_use", id: "a", name: "fetch", input }]);
  const without = request([{ type: "tool_use", id: "a", name: "fetch", input: {} }]);
  expect(promptTokens(asked)).toBeGreaterThan(promptTokens(without));
});

test("billed: a quarter more for writing, a tenth for reading", () => {
  expect(billedTokens({ uncached: 10, write: 100, read: 1_000 })).toBe(10 + 125 + 100);
});

test("whatever is cached, the parts are the whole prompt, and nothing is negative", () => {
  const blocks = fc.array(
    fc.tuple(fc.integer({ min: 5, max: 80 }), fc.boolean()).map(([size, marked]) => ({ size, marked })),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(fc.array(blocks, { minLength: 1, maxLength: 6 }), (prompts) => {
      const cache = account();
      for (const [at, prompt] of prompts.entries()) {
        let left = 4;
        const asked = request(
          prompt.map(({ size, marked }) => block(size, marked && (left -= 1) >= 0 ? mark : {})),
        );
        const { uncached, write, read } = cache.charge(asked, at);
        expect(uncached + write + read).toBe(promptTokens(asked));
        expect(Math.min(uncached, write, read)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
