/**
 * Does a command wait for a person? Its stdin is empty and it has no terminal, so most programs that ask fail at once.
 * What is left has made a terminal of its own (script, a pty library) or reads a pipe into which nobody writes.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

const TERMINAL = "a terminal at which nobody sits";
const PIPE = "a pipe into which nobody writes";

/** As in the kernel's table; what other machines call so is read as "does not wait". */
const CALLS: Readonly<Record<string, { read: number[]; open: number[]; poll: number[] }>> = {
  x64: { read: [0, 19], open: [257], poll: [7, 23, 232, 270, 271, 281] },
  arm64: { read: [63, 65], open: [56], poll: [22, 72, 73] },
};
const MODE_BITS = 0o3;
const READ_ONLY = 0;
const WRITE_ONLY = 1;

const PROMPTS = [
  /[?:>$#›»❯]$/,
  // With the answer that is taken for none: `name: (sample)`, `Port [80]`.
  /[?:] ?[[(][^\])]*[\])]$/,
  /[[(]y(?:es)?\/no?[^\])]*[\])]$/i,
  /press (?:any key|enter|return)[^\n]*$/i,
];

/** What one of these processes is blocked on, in words; null when none waits for input that cannot come. */
export function findInputWait(pids: readonly number[]): string | null {
  for (const pid of pids) {
    const found = waitOf(pid);
    if (found !== null) return found;
  }
  return null;
}

/** Ticks of processor time that these processes have used. */
export function processorTicks(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
    const fields = read(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, "")
      .split(" ");
    return sum + (Number(fields[11]) || 0) + (Number(fields[12]) || 0);
  }, 0);
}

/** Does this unfinished line ask for something? */
export function looksLikePrompt(line: string): boolean {
  // Colours and other commands to a terminal.
  const plain = line.replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "").trimEnd();
  return PROMPTS.some((prompt) => prompt.test(plain));
}

function waitOf(pid: number): string | null {
  const calls = CALLS[process.arch];
  const [call, ...parts] = read(`/proc/${pid}/syscall`).trim().split(" ");
  if (calls === undefined || call === undefined || !/^\d+$/.test(call)) return null;
  const [first = 0, , third = 0] = parts.map(Number);
  if (calls.open.includes(Number(call))) {
    // Only the open of a named pipe waits for the other side.
    const isWaiting = read(`/proc/${pid}/wchan`).trim() === "wait_for_partner";
    return isWaiting && (third & MODE_BITS) === READ_ONLY ? PIPE : null;
  }
  if (calls.poll.includes(Number(call))) return isTerminal(pid, 0) ? TERMINAL : null;
  if (!calls.read.includes(Number(call))) return null;
  if (isTerminal(pid, first)) return TERMINAL;
  return isPipe(pid, first) && !hasWriter(pid, first) ? PIPE : null;
}

function isTerminal(pid: number, fd: number): boolean {
  return /^\/dev\/(?:pts\/\d+|tty)$/.test(link(pid, fd));
}

function isPipe(pid: number, fd: number): boolean {
  try {
    return statSync(`/proc/${pid}/fd/${fd}`).isFIFO();
  } catch {
    return false;
  }
}

/** Somebody else holds its other end. Who opened a named pipe for both, did it to keep it open. */
function hasWriter(reader: number, fd: number): boolean {
  const pipe = link(reader, fd);
  return processes().some(
    (pid) =>
      pid !== reader &&
      descriptors(pid).some(
        (other) => link(pid, other) === pipe && (flagsOf(pid, other) & MODE_BITS) === WRITE_ONLY,
      ),
  );
}

function flagsOf(pid: number, fd: number): number {
  return Number.parseInt(/^flags:\s*(\d+)/m.exec(read(`/proc/${pid}/fdinfo/${fd}`))?.[1] ?? "0", 8);
}

function processes(): number[] {
  return numbersIn("/proc");
}

function descriptors(pid: number): number[] {
  return numbersIn(`/proc/${pid}/fd`);
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function link(pid: number, fd: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
