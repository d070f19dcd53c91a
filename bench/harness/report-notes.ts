/** What the figures mean, and what they do not: the words of docs/performance.md that no run changes. */
export const notes = `## What is measured

- **The same conversation.** Four scripts (6 turns, 30 turns, large outputs, faults) say what the model answers: the same
  commands, reads, edits and files for everybody, translated into the names of the tools that each harness declares. A
  harness without a tool for writing files writes them with its shell. The work is real: each harness runs it in a new
  git repository, and the last commit is compared with what must be in it.
- **Large outputs.** Commands that print 20, 60 and 200 KB, a file of 3,000 lines read whole twice and in part twice, a
  file of 300 lines read three times unchanged. After a long output comes the narrower look that a model takes then, for
  everybody, whether what it was shown before was long or short.
- **Faults.** A 429 and a 529 (both with \`retry-after: 1\`), two cut streams, an error event in a stream, a call whose
  input is cut at the token limit, a call with wrong input. Refused requests cost nothing; broken answers cost their prompt.
- **Billed tokens** = uncached + 1.25 × written to the cache + 0.1 × read from it, of all requests, also those beside the
  conversation (titles). Output is not in it; it is scripted, and nearly the same for all. One rule for everybody,
  \`bench/harness/cache-account.ts\`: blocks in the order tools, system, messages; at most 4 breakpoints; a prefix is written
  only at a breakpoint and found at most 20 blocks back from one; nothing under the model's minimum (512 tokens, by the catalog of models);
  five minutes. Tokens are counted as four bytes of what a model reads, and four tokens for each block
  (\`count-tokens.ts\`): no tokenizer of the provider is public, and the rule is the same for all.
- **ms a turn** is the harness alone: from the last event of an answer to the last byte of the next request, less what the
  turn's command takes with \`bash -c\` on this host (measured in the same run; 0 for files). Of each turn the quickest of
  the rounds counts, of the command the quickest of five, then the median over the turns: other work on the machine only
  ever adds. The delays of the scripted stream lie outside of it. Handback's own figure includes the way into its Docker sandbox and back; the others run their
  tools on the host without any wall. "Handback, tools on the host" is the same agent with the tests' stand-in for a
  sandbox, for comparison.
- **Peak MB** is resident memory of the harness's process with all that it started, looked at every 200 ms; pages that two
  processes share count twice. Handback's is a process that has loaded all that a worker loads; what stands after the plus
  is its Docker sandbox, which holds the workspace in memory.
- **50 runs at once**: 50 conversations of 30 turns in one worker process, with the stand-in for a sandbox, because this
  is about the worker's own memory.

## What is not measured

- Whether a model works better in one harness than in another: the script decides every step. A shorter preview may cost
  a turn more, a longer prompt may save one.
- The provider's own tokenizer, its prices for other models, thinking, and what lies between a harness and its server.
- The peers' other ways (interactive use, sub-agents, other models), and platforms other than this one.
- Seconds contain the start of the program and, for Handback, of its sandbox.

## How to run it

\`npm run bench -- harness\` prints the tables; \`--json\` prints the figures against the targets as the last line;
\`--write\` writes this page. The peers are installed from npm into the temporary folder once for each version
(\`--fresh\`: again). They get a home folder of their own, an invented key, and a server on loopback; nothing is sent to a
provider. Exit code 1: a target does not hold.`;
